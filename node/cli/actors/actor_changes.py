"""`minga actor rotate` and `recover`: new keys for an actor, and taking it back after a loss or a theft."""

import secrets
import sys
from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path

import click

from node.authoring.actors import KeyChange, KeyHolder, recover, recovery_plan, rotate, signed_by_each
from node.cli.actors.keys import show_papers, typed_paper
from node.cli.actors.people import actor_json, show_actor, view_actor
from node.cli.arguments import labelled_key, public_key, texts
from node.cli.naming import find_actor, find_record
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import day, note, plain, say, short_id, show_json, suggest
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.keys.paper_key import paper_from_seed, seed_from_paper
from node.keys.secret_seed import SecretSeed
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.keys import SEED_SIZE_BYTES, PublicKey, SigningKey, did_key
from protocol.kinds.actor import Actor
from protocol.limits import KEYS_MAX
from protocol.state.authority import ActorState


def add_changes(group: click.Group) -> None:
    """Add the commands of this module to `minga actor`."""
    group.add_command(rotate_command)
    group.add_command(recover_command)


@click.command("rotate")
@click.argument("actor", required=False)
@click.option("--add", "added", multiple=True, metavar="KEY[=LABEL]", help="A key to add.")
@click.option(
    "--remove",
    "removed",
    multiple=True,
    metavar="KEY",
    help="A key to remove, by did:key, label, or its label in the actor.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1, KEYS_MAX),
    metavar="M",
    help="How many of the keys must sign from now on.",
)
@click.option(
    "--uphold",
    "upheld",
    multiple=True,
    metavar="RECORD",
    help="What stays in effect of what removed keys signed; otherwise all that is known here.",
)
@click.option("--uphold-nothing", is_flag=True, help="Nothing that removed keys signed stays in effect.")
@click.option(
    "--uphold-everything",
    is_flag=True,
    help="All that removed keys ever signed stays in effect: for keys that nobody else has had.",
)
@click.option("--name", "names", multiple=True, metavar="TEXT[@LANG]", help="A new name.")
@json_option
@pass_operator
def rotate_command(
    operator: Operator,
    actor: str | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    threshold: int | None,
    upheld: tuple[str, ...],
    uphold_nothing: bool,
    uphold_everything: bool,
    names: tuple[str, ...],
) -> None:
    """Change an actor's keys, threshold or name, signed by its present keys."""
    if not (added or removed or threshold or names):
        raise ConfigError("say what to change: --add, --remove, --threshold or --name")
    if uphold_everything and (upheld or uphold_nothing):
        raise ConfigError(
            "--uphold-everything leaves nothing to choose; leave out the other --uphold options"
        )

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        state = await place.signer.actor(who)
        assert state.current is not None
        change = KeyChange(
            add=[KeyHolder(*labelled_key(one, place.keyring)) for one in added],
            remove=[_listed_key(place, state.current, one) for one in removed],
            threshold=threshold,
            uphold=await _upheld(place, upheld, uphold_nothing),
            uphold_everything=uphold_everything,
            profile={"name": texts(names, operator.language)} if names else {},
        )
        _require_signers(len(state.current.keys) + len(change.add) - len(change.remove), threshold)
        records = await rotate(place.signer, who, change)
        await place.submit(records)
        await _show_changed(place, who, [])

    run_in(work, operator, writing=True)


@click.command("recover")
@click.argument("actor")
@click.option(
    "--paper",
    "papers",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file with the text of a recovery key; - asks for it.",
)
@click.option(
    "--recovery-key", "stored", multiple=True, metavar="KEY", help="A recovery key kept in this home."
)
@click.option("--key", "added", multiple=True, metavar="KEY[=LABEL]", help="A key that signs from now on.")
@click.option(
    "--keep", "kept", multiple=True, metavar="KEY", help="A present key that was not lost and stays."
)
@click.option(
    "--threshold",
    type=click.IntRange(1, KEYS_MAX),
    metavar="M",
    help="How many of the keys must sign from now on.",
)
@click.option("--after", metavar="RECORD", help="The last version of the actor that the community stands by.")
@click.option(
    "--uphold",
    "upheld",
    multiple=True,
    metavar="RECORD",
    help="What stays in effect of what lost keys signed; otherwise all that is known here.",
)
@click.option("--uphold-nothing", is_flag=True, help="Nothing that lost keys signed stays in effect.")
@click.option("--yes", is_flag=True, help="Do not ask whether all that is known here may stay in effect.")
@click.option(
    "--new-recovery-keys",
    type=click.IntRange(1, KEYS_MAX),
    metavar="N",
    help="Make N new recovery keys for paper: those used now have been seen.",
)
@click.option(
    "--new-recovery-threshold",
    type=click.IntRange(1, KEYS_MAX),
    metavar="R",
    help="How many of the new ones must sign.",
)
@json_option
@pass_operator
def recover_command(
    operator: Operator,
    actor: str,
    papers: tuple[Path, ...],
    stored: tuple[str, ...],
    added: tuple[str, ...],
    kept: tuple[str, ...],
    threshold: int | None,
    after: str | None,
    upheld: tuple[str, ...],
    uphold_nothing: bool,
    yes: bool,
    new_recovery_keys: int | None,
    new_recovery_threshold: int | None,
) -> None:
    """Take an actor back with its recovery keys, after keys were lost or stolen.

    Whatever the lost keys signed or changed since, this outranks it on every node. All present keys are
    dropped but those named with --keep. What lost keys signed stays in effect as far as it is known here:
    where a thief's doings are known here too, name what the community stands by, with --after and --uphold.
    """
    if not papers and not stored:
        raise ConfigError("give the recovery keys: --paper FILE for each sheet, or --recovery-key")
    if not added and not kept:
        raise ConfigError("name at least one key that signs from now on: --key, or --keep for one not lost")

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        state = await place.store.actor(who)
        assert state is not None
        base = None if after is None else (await find_record(place, after)).id
        before = _version_before(state, base)
        staying = [_listed_key(place, before, one) for one in kept]
        change = KeyChange(
            add=[KeyHolder(*labelled_key(one, place.keyring)) for one in added],
            remove=[PublicKey(e.key) for e in before.keys if PublicKey(e.key) not in staying],
            threshold=threshold or min(before.threshold, len(added) + len(staying)),
            uphold=await _upheld(place, upheld, uphold_nothing),
        )
        _require_signers(len(added) + len(staying), change.threshold)
        if change.uphold is None and await _warn_of_upheld(place, state, base, change.remove):
            asking = sys.stdin.isatty() and not (yes or operator.json)
            if asking:
                click.confirm(_("Is all of that the community's own?"), abort=True, err=True)
        fresh = [SecretSeed(secrets.token_bytes(SEED_SIZE_BYTES)) for _ in range(new_recovery_keys or 0)]
        plan = recovery_plan([seed.public for seed in fresh], new_recovery_threshold)
        records = await recover(place.signer, who, _recovery_keys(place, papers, stored), change, plan, base)
        await place.submit(records)
        await _show_changed(place, who, fresh)
        if not fresh:
            note(_("The recovery keys used now have been seen: make new ones, with --new-recovery-keys."))

    run_in(work, operator, writing=True)


async def _warn_of_upheld(
    place: Workplace, state: ActorState, base: RecordId | None, removed: Sequence[PublicKey]
) -> bool:
    """Say what stays in effect of removed keys where nothing is named; whether there is any."""
    signed = await signed_by_each(place.signer, state.actor, removed)
    followed = await place.store.record(base or state.standing[-1])
    if not signed or followed is None:
        return False
    labels = {PublicKey(entry.key): entry.label for entry in _version_before(state, base).keys}
    each = [
        ngettext(
            "{count} record of the key {key}, {first} to {last}",
            "{count} records of the key {key}, {first} to {last}",
            one.records,
        ).format(
            count=one.records,
            key=plain(labels.get(one.key) or did_key(one.key)),
            first=day(one.first_ms),
            last=day(one.last_ms),
        )
        for one in signed
    ]
    note(
        _(
            "The new version follows that of {day} ({id}), and all that is held here of what its removed "
            "keys signed stays in effect, on every node: {each}."
        ).format(day=day(followed.header.time_ms), id=short_id(id_text(followed.id)), each="; ".join(each))
    )
    note(
        _(
            "If a thief may have signed some of it, name instead what the community stands by: with --after "
            "the last version of the actor that is its own, and with --uphold what it signed, or use "
            "--uphold-nothing."
        )
    )
    return True


def _version_before(state: ActorState, base: RecordId | None) -> Actor:
    version = base or (state.standing[-1] if state.standing else None)
    content = None if version is None else state.contents.get(version)
    if content is None:
        raise ConfigError("the version to recover from is not held here; import the actor's records first")
    return content


def _recovery_keys(place: Workplace, papers: Sequence[Path], stored: Sequence[str]) -> list[SigningKey]:
    seeds = [
        SecretSeed(seed_from_paper(typed_paper(None if str(file) == "-" else file))).reveal()
        for file in papers
    ]
    keys = [SigningKey(seed) for seed in seeds]
    return keys + [place.unlock(place.keyring.find(name).public) for name in stored]


def _listed_key(place: Workplace, content: Actor, typed: str) -> PublicKey:
    """Return the key of an actor that is meant: by the label it has there, or like any key."""
    named = [entry for entry in content.keys if entry.label == typed]
    if len(named) == 1:
        return PublicKey(named[0].key)
    key = public_key(typed, place.keyring)
    if all(entry.key != key for entry in content.keys):
        raise ConfigError(f"{typed!r} is not one of the actor's keys; `minga actor show` lists them")
    return key


async def _upheld(place: Workplace, typed: tuple[str, ...], nothing: bool) -> list[RecordId] | None:
    if nothing:
        if typed:
            raise ConfigError("--uphold and --uphold-nothing contradict each other; choose one")
        return []
    return [(await find_record(place, one)).id for one in typed] if typed else None


def _require_signers(keys: int, threshold: int | None) -> None:
    if keys < 1:
        raise ConfigError("an actor keeps at least one key; add one with the same command")
    if threshold is not None and threshold > keys:
        raise ConfigError(
            f"{threshold} keys cannot sign where there are {keys}; lower --threshold, or add some"
        )


async def _show_changed(place: Workplace, who: ActorId, papers: list[SecretSeed]) -> None:
    operator = place.operator
    thing = await place.store.thing(SubjectId(who))
    assert thing is not None
    assert thing.actor is not None
    view = await view_actor(place, thing.actor)
    if operator.json:
        answer = actor_json(view)
        answer["recovery_papers"] = [{"key": s.did, "paper": paper_from_seed(s.reveal())} for s in papers]
        show_json(answer)
        return
    show_actor(view, operator.language)
    if papers:
        say()
        say(_("New recovery keys, for paper:"))
        show_papers([(seed, None) for seed in papers])
    suggest(operator, "actor show")
