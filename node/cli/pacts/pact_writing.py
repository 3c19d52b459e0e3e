"""Writing an act about a thing: a warning of what will not count, and where the thing stands then."""

import sys
from gettext import gettext as _

import click

from node.authoring.procedure import weigh
from node.cli.actors.people import actor_name
from node.cli.naming import find_record
from node.cli.pacts.pact_course import course_json, show_standing
from node.cli.pacts.pact_views import pact_json
from node.cli.pacts.procedure_words import event_words, why_not_words
from node.cli.render import note, say, short_id, show_json, suggest, wrapped
from node.cli.things import thing_json
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.identifiers import id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect
from protocol.state.fold import ThingState


async def write_act_of(
    place: Workplace, thing: ThingState, records: list[VerifiedRecord], *, yes: bool
) -> None:
    """Store an act about a thing, and show where the thing stands now.

    What would be shown but not count is asked about first.  Raises `ConfigError` where nobody can be asked.
    """
    operator, act = place.operator, records[0]
    event = await weigh(place.signer, thing, records)
    if event is not None and not event.counts and event.why_not != Effect.AWAITING:
        note(
            _("It will be shown in the timeline and will not count: {why}.").format(
                why=why_not_words(event.why_not)
            )
        )
        if not yes:
            if operator.json or not sys.stdin.isatty():
                raise ConfigError("it would not count; write it all the same with --yes")
            click.confirm(_("Write it all the same?"), abort=True, err=True)
    await place.submit(records)
    now = await place.store.thing(thing.subject)
    assert now is not None
    awaiting = now.judged[act.id].effect is Effect.AWAITING
    if operator.json:
        of_pact = pact_json(now) | course_json(now) if now.pact is not None else thing_json(now)
        show_json({"record": id_text(act.id), "act": event.what if event else act.header.kind} | of_pact)
        return
    assert act.header.actor is not None
    what = event_words(event) if event is not None else act.header.kind
    author = await actor_name(place, act.header.actor)
    say(
        wrapped(
            _("Recorded: {what}, by {who} ({record}).").format(
                what=what, who=author, record=short_id(id_text(act.id))
            )
        )
    )
    if now.pact is not None:
        say()
        await show_standing(place, now)
    if awaiting:
        suggest(operator, f"actor cosign {short_id(id_text(act.id))}")
    elif now.pact is not None:
        suggest(operator, f"pact timeline {short_id(id_text(now.subject))}")
    else:
        suggest(operator, f"record show {short_id(id_text(act.id))}")


async def find_act(place: Workplace, text: str) -> tuple[VerifiedRecord, ThingState]:
    """Return a record that something is said about, and the thing it belongs to."""
    record = await find_record(place, text)
    thing = await place.store.thing(record.subject)
    assert thing is not None
    return record, thing
