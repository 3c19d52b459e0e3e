"""`minga actor`: bodies and people that sign, founded and shown; `actor_changes` changes their keys."""

import secrets
from gettext import gettext as _
from gettext import ngettext
from typing import Any

import click

from node.authoring.actors import KeyHolder, found_actor, recovery_plan
from node.cli.actors.actor_changes import add_changes
from node.cli.actors.keys import show_papers
from node.cli.actors.people import actor_json, actor_status, show_actor, view_actor
from node.cli.actors.taking_part import find_part, part_json, show_part
from node.cli.actors.vouching import show_vouching, view_vouching, vouching_json
from node.cli.arguments import labelled_key, public_key, subject_and_name, texts
from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import all_things, find_actor, find_record, find_thing, own_actors
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.personal_fields import personal_fields, personal_fields_of_person, personal_options
from node.cli.reading import blocked_words
from node.cli.render import Column, note, say, short_id, show_fields, show_json, show_table, suggest, wrapped
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.keys.paper_key import paper_from_seed
from node.keys.secret_seed import SecretSeed
from node.trust.veil import without_blocked
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.keys import SEED_SIZE_BYTES
from protocol.kinds.actor import ACTOR_TYPES
from protocol.kinds.text import preferred
from protocol.limits import KEYS_MAX


@click.group("actor", cls=Verbs)
def actor_command() -> None:
    """Found and look after the bodies and people that sign: keys, thresholds, recovery."""


add_changes(actor_command)


@actor_command.command("new")
@click.option(
    "--name",
    "names",
    multiple=True,
    required=True,
    metavar="TEXT[@LANG]",
    help="Its name; once for each language.",
)
@click.option(
    "--type",
    "actor_type",
    required=True,
    type=click.Choice(ACTOR_TYPES),
    metavar="WORD",
    help=f"What it is: {', '.join(ACTOR_TYPES)}.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY[=LABEL]",
    help="A did:key, or the label of a key of this home, and whose it is. Without any: this home's keys.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1, KEYS_MAX),
    metavar="M",
    help="How many of the keys must sign. For one key: 1.",
)
@click.option(
    "--recovery-keys",
    type=click.IntRange(1, KEYS_MAX),
    metavar="N",
    help="Make N recovery keys for paper, shown once.",
)
@click.option(
    "--recovery-key",
    "recovery_given",
    multiple=True,
    metavar="KEY",
    help="A recovery key somebody made, by its did:key.",
)
@click.option(
    "--recovery-threshold",
    type=click.IntRange(1, KEYS_MAX),
    metavar="R",
    help="How many recovery keys must sign to take the actor back.",
)
@click.option(
    "--description",
    "descriptions",
    multiple=True,
    metavar="TEXT[@LANG]",
    help="What people should know of it.",
)
@click.option("--website", metavar="URL", help="Its page.")
@click.option(
    "--speaks-for",
    "voices",
    multiple=True,
    metavar="ID[=NAME]",
    help="A commons or pact in which it was named before it had keys.",
)
@personal_options
@json_option
@pass_operator
def new(
    operator: Operator,
    /,
    names: tuple[str, ...],
    actor_type: str,
    keys: tuple[str, ...],
    threshold: int | None,
    recovery_keys: int | None,
    recovery_given: tuple[str, ...],
    recovery_threshold: int | None,
    descriptions: tuple[str, ...],
    website: str | None,
    voices: tuple[str, ...],
    **personal: Any,
) -> None:
    """Found an actor: a community, an administration, an association, a person.

    It can sign once as many of its own keys as the threshold asks have signed its first record; those of this
    home sign now, the others with `minga actor cosign`.
    """
    profile: dict[str, Any] = {}
    if descriptions:
        profile["description"] = texts(descriptions, operator.language)
    if website:
        profile["website"] = website
    if voices:
        found = [subject_and_name(voice) for voice in voices]
        profile["speaks_for"] = [{"subject": s, **({"name": n} if n else {})} for s, n in found]

    async def work(place: Workplace) -> None:
        named = texts(names, operator.language)
        await ask_about_namesakes(place, "actor", named)
        holders = _holders(place, keys)
        papers = [SecretSeed(secrets.token_bytes(SEED_SIZE_BYTES)) for _ in range(recovery_keys or 0)]
        given = [public_key(typed, place.keyring) for typed in recovery_given]
        plan = recovery_plan([*(seed.public for seed in papers), *given], recovery_threshold)
        needed = _threshold(threshold, len(holders))
        here = {info.public for info in place.keyring.list() if info.kind == "actor"}
        if actor_type == "person":
            profile.update(personal_fields_of_person(operator, personal))
        else:
            profile.update(personal_fields(operator, personal))
        signing = [place.unlock(holder.key) for holder in holders if holder.key in here]
        records = found_actor(named, actor_type, holders, needed, signing, plan, profile)
        await place.submit(records)
        state = await place.store.actor(ActorId(records[0].id))
        assert state is not None
        view = await view_actor(place, state)
        if operator.json:
            answer = actor_json(view)
            answer["recovery_papers"] = [
                {"key": seed.did, "paper": paper_from_seed(seed.reveal())} for seed in papers
            ]
            show_json(answer)
            return
        show_actor(view, operator.language)
        if papers:
            say()
            say(_("Recovery keys, for paper:"))
            show_papers([(seed, None) for seed in papers])
        elif plan is None:
            note(_("Without recovery keys, whoever steals its keys keeps the actor; see --recovery-keys."))
        if view.status == "founded":
            suggest(operator, "commons add --name … --resource …")
        else:
            suggest(operator, "export FILE --kind actor")

    run_in(work, operator, writing=True)


@actor_command.command("show")
@click.argument("actor", required=False)
@json_option
@pass_operator
def show(operator: Operator, actor: str | None) -> None:
    """Show an actor by its id, the beginning of it, or its name; without one, this home's own.

    With its seats on councils and boards, the votes in which it has a voice, and who vouches for it.
    """

    async def work(place: Workplace) -> None:
        state = await place.store.actor(await find_actor(place, actor))
        assert state is not None
        view = await view_actor(place, state)
        trust = await view_vouching(place, state.actor)
        part = await find_part(place, state.actor)
        thing = await place.store.thing(SubjectId(state.actor))
        assert thing is not None
        if operator.json:
            trusted = {"trust": vouching_json(trust)}
            show_json(actor_json(view) | part_json(part) | trusted | await voices_json(place, thing))
            return
        show_actor(view, operator.language)
        block = place.blocks.actor(state.actor)
        if block is not None:
            say()
            say(wrapped(blocked_words(block)))
        show_part(place, part)
        say()
        await show_vouching(place, trust)
        await show_voices(place, thing)
        if view.status == "contested":
            suggest(operator, f"actor recover {short_id(id_text(state.actor))} --key …")

    run_in(work, operator)


@actor_command.command("list")
@click.option("--mine", is_flag=True, help="Only those for which a key of this home signs.")
@json_option
@pass_operator
def list_actors(operator: Operator, mine: bool) -> None:
    """List the actors known here."""

    async def work(place: Workplace) -> None:
        own = {state.actor for state in await own_actors(place)}
        listed = [row async for row in all_things(place, "actor") if not mine or ActorId(row.subject) in own]
        rows = await without_blocked(place.store, place.blocks, listed)
        if operator.json:
            show_json(
                [
                    {
                        "id": id_text(row.subject),
                        "name": dict(row.title),
                        "status": row.status,
                        "mine": ActorId(row.subject) in own,
                    }
                    for row in rows
                ]
            )
            return
        if not rows:
            note(_("No actor is known here yet."))
            suggest(operator, "actor new --name … --type community")
            return
        columns = [
            Column(_("Id")),
            Column(_("Name"), flexible=True),
            Column(_("Standing")),
            Column(_("Ours")),
        ]
        show_table(
            columns,
            [
                (
                    short_id(id_text(row.subject)),
                    preferred(dict(row.title), operator.language) if row.title else "–",
                    actor_status(row.status),
                    _("yes") if ActorId(row.subject) in own else "",
                )
                for row in rows
            ],
        )

    run_in(work, operator)


@actor_command.command("cosign")
@click.argument("record")
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the record's own author.")
@json_option
@pass_operator
def cosign(operator: Operator, record: str, actor: str | None) -> None:
    """Add the signatures of this home's keys to a record that waits for them.

    RECORD is an id or the beginning of one; a thing's name or id means its version that waits.
    """

    async def work(place: Workplace) -> None:
        target = await _to_cosign(place, record)
        who = target.header.actor or ActorId(target.id)
        if actor is not None and await find_actor(place, actor) != who:
            raise ConfigError("that record was signed by another actor; only its own keys add to it")
        records = await place.signer.cosign(who, target)
        await place.submit(records)
        if operator.json:
            show_json({"record": id_text(target.id), "cosigns": [id_text(one.id) for one in records]})
            return
        say(
            ngettext("{count} signature was added.", "{count} signatures were added.", len(records)).format(
                count=len(records)
            )
        )
        show_fields([(_("Record"), id_text(target.id))])
        following = "erase --status" if target.header.kind == "erasure" else "record show"
        suggest(operator, f"{following} {short_id(id_text(target.id))}")

    run_in(work, operator, writing=True)


async def _to_cosign(place: Workplace, text: str) -> Any:
    """Return the record that a name, or an id that is a thing's as well, asks to be signed."""
    thing = await find_thing(place, text)
    waiting = [v.record for v in thing.judged.values() if v.effect.value == "awaiting"]
    if thing.actor is not None:
        state = thing.actor
        unsettled = [v for v in state.contents if v not in state.standing]
        waiting = [r for v in unsettled if (r := await place.store.record(v)) is not None]
    exact = next((r for r in waiting if id_text(r.id).startswith(text.strip().lower())), None)
    if exact is not None:
        return exact
    if len(waiting) == 1:
        if thing.actor is not None and waiting[0].header.subject is not None:
            # Two thieves of five need one hasty hand: nobody changes keys without having named the change.
            change = short_id(id_text(waiting[0].id))
            raise ConfigError(
                f"a change of its keys waits: look at it with `minga record show {change}`, "
                "and sign it by that id if it is yours"
            )
        return waiting[0]
    named = [one for one in thing.judged if id_text(one).startswith(text.strip().lower())]
    if len(waiting) > 1 and all(one == RecordId(thing.subject) for one in named):
        # Which of them is meant nobody can know: one may be a thief's, and waits for a hasty hand.
        shown = ", ".join(short_id(id_text(one.id)) for one in waiting)
        raise ConfigError(f"several wait for signatures, look at each and write the id of one: {shown}")
    return await find_record(place, text)


def _holders(place: Workplace, typed: tuple[str, ...]) -> list[KeyHolder]:
    if typed:
        return [KeyHolder(*labelled_key(one, place.keyring)) for one in typed]
    own = [info for info in place.keyring.list() if info.kind == "actor"]
    if not own:
        raise ConfigError("this home has no key to sign with yet; make one with `minga key new`")
    return [KeyHolder(info.public, info.label) for info in own]


def _threshold(asked: int | None, keys: int) -> int:
    if asked is None:
        if keys > 1:
            raise ConfigError(f"say how many of the {keys} keys must sign, with --threshold")
        return 1
    if asked > keys:
        raise ConfigError(f"{asked} keys cannot sign where there are {keys}; lower --threshold or add keys")
    return asked
