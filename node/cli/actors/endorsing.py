"""`minga endorse`: say that one knows an actor and what it speaks for, or take that back."""

from gettext import gettext as _
from typing import Any

import click

from node.authoring.endorsing import endorse, withdraw_endorsement
from node.cli.act_fields import TEXT, act_fields, act_options, text_fields
from node.cli.actors.people import actor_name
from node.cli.actors.vouching import show_vouching, view_vouching, vouching_json
from node.cli.arguments import Day, texts
from node.cli.faults import NotHere
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator
from node.cli.render import say, short_id, show_json, suggest, wrapped
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import ActorId, id_text
from protocol.limits import ENDORSEMENT_REACH_MAX, LIST_LENGTH_MAX
from protocol.state.effect import Effect


@click.command("endorse")
@click.argument("endorsed", metavar="ACTOR")
@click.option(
    "--speaks-for",
    "places",
    multiple=True,
    metavar="PLACE",
    help="A commons or territory that it speaks for, by name or id; may be repeated.",
)
@click.option(
    "--reach",
    type=click.IntRange(0, ENDORSEMENT_REACH_MAX),
    metavar="N",
    help="How many endorsements may follow yours in a chain; 0: only this actor, not those it endorses. "
    "Without it, any number.",
)
@click.option("--until", type=Day(), help="The last day on which it counts.")
@click.option("--text", multiple=True, metavar=TEXT, help="How you know them.")
@click.option("--withdraw", is_flag=True, help="Take back your endorsement.")
@act_options
def endorse_command(operator: Operator, /, endorsed: str, **given: Any) -> None:
    """Vouch for an actor: you know them, and what they speak for.

    It takes the place of what you said of them before. Everybody can see it, and it goes on record with the
    threshold of your actor's keys.
    """
    given_fields = [name for name in ("places", "reach", "until") if given[name] not in (None, ())]
    if given["withdraw"] and given_fields:
        raise ConfigError(
            "--withdraw takes the endorsement back; leave out --speaks-for, --reach and --until"
        )

    async def work(place: Workplace) -> None:
        by = await find_actor(place, given["actor"])
        of = await find_thing(place, endorsed, "actor")
        payload = act_fields(operator, given) | text_fields(operator, given, "text")
        if given["withdraw"]:
            records = await withdraw_endorsement(place.signer, by, of, payload)
        else:
            payload |= {name: given[name] for name in ("reach", "until") if given[name] is not None}
            if given["places"]:
                payload["speaks_for"] = await _places(place, given["places"])
            records = await endorse(place.signer, by, of, payload)
        await place.submit(records)
        now = await place.store.thing(of.subject)
        assert now is not None
        act = records[0]
        awaiting = now.judged[act.id].effect is Effect.AWAITING
        view = await view_vouching(place, ActorId(of.subject))
        if operator.json:
            show_json({"record": id_text(act.id), "awaiting": awaiting, **vouching_json(view)})
            return
        who, whom = await actor_name(place, by), await actor_name(place, ActorId(of.subject))
        if given["withdraw"]:
            say(wrapped(_("{who} vouches no longer for {whom}.").format(who=who, whom=whom)))
        else:
            say(wrapped(_("{who} vouches for {whom}.").format(who=who, whom=whom)))
        if awaiting:
            say(wrapped(_("It waits for further signatures, and counts once they are there.")))
            suggest(operator, f"actor cosign {short_id(id_text(act.id))}")
            return
        say()
        await show_vouching(place, view)

    run_in(work, operator, writing=True)


async def _places(place: Workplace, typed: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return places that somebody speaks for: things held here by their id and name, others by name."""
    if len(typed) > LIST_LENGTH_MAX:
        raise ConfigError(f"an endorsement names {LIST_LENGTH_MAX} places at most")
    found: list[dict[str, Any]] = []
    for one in typed:
        try:
            thing = await find_thing(place, one)
        except NotHere:
            found.append({"name": texts((one,), place.operator.language)})
            continue
        named = {"name": dict(thing.title)} if thing.title else {}
        found.append({"subject": thing.subject, **named})
    return found
