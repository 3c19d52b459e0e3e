"""`minga block`: what this node does not show or take in, by its operator's choice."""

from gettext import gettext as _
from typing import Any

import click

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.arguments import is_whole_id
from node.cli.faults import NotHere
from node.cli.naming import find_record, find_thing, own_actors
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import Column, note, plain, say, short_id, show_json, show_table, suggest, wrapped
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.trust.blocks import REASON_LENGTH_MAX_CHARACTERS, Block, Blocks, Target
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, SubjectId, parse_id
from protocol.keys import ED25519_PREFIX, parse_did_key
from protocol.kinds.text import preferred
from protocol.state.course import day_of


@click.group("block", cls=Verbs)
def block_command() -> None:
    """Choose what this node does not show or take in: actors, records, nodes."""


@block_command.command("add")
@click.argument("target", metavar="ACTOR|RECORD|NODE")
@click.option(
    "--reason", metavar="TEXT", default="", help="Why, in a sentence that readers of the pages see."
)
@click.option(
    "--actor", "is_actor", is_flag=True, help="The id is that of an actor whom this node does not hold."
)
@json_option
@pass_operator
def add(operator: Operator, target: str, reason: str, is_actor: bool) -> None:
    """Show and take in no longer what an actor writes, a record or a thing, or what a node brings.

    Pages say that it is blocked here, since when and why. What is held stays: a signature counts here as
    everywhere, and other nodes show what they like. ACTOR and RECORD are names or ids, NODE is a did:key.
    """
    said = " ".join(reason.split())
    if len(said) > REASON_LENGTH_MAX_CHARACTERS:
        raise ConfigError(f"a reason has {REASON_LENGTH_MAX_CHARACTERS} characters at most: one sentence")

    async def work(place: Workplace) -> None:
        kind, identifier = await _meant(place, target, is_actor)
        if kind is not Target.NODE and identifier in {state.actor for state in await own_actors(place)}:
            raise ConfigError("that is one of ours: a key of this home signs for it")
        blocks = Blocks.of_home(place.home.path)
        block = Block(kind, identifier, day_of(now_ms()), said)
        blocks.add(block)
        await _tell(place)
        if operator.json:
            show_json(_as_json(block))
            return
        say(wrapped(_("Blocked here: {what}.").format(what=await _named(place, block))))
        suggest(operator, "block list")

    run_in(work, operator)


@block_command.command("remove")
@click.argument("target", metavar="ACTOR|RECORD|NODE")
@json_option
@pass_operator
def remove(operator: Operator, target: str) -> None:
    """Show and take in again what was blocked."""

    async def work(place: Workplace) -> None:
        blocks = Blocks.of_home(place.home.path)
        listed = [one for one in blocks if one.text.startswith(target.strip())]
        if len(listed) != 1:
            kind, identifier = await _meant(place, target, is_actor=False)
            listed = [one for one in blocks if (one.target, one.identifier) == (kind, identifier)]
        if not listed:
            raise NotHere(_("nothing of that is blocked here; `minga block list` shows what is"))
        blocks.remove(listed[0].target, listed[0].identifier)
        await _tell(place)
        if operator.json:
            show_json({"removed": _as_json(listed[0])})
            return
        say(wrapped(_("No longer blocked here: {what}.").format(what=await _named(place, listed[0]))))

    run_in(work, operator)


@block_command.command("list")
@json_option
@pass_operator
def list_blocks(operator: Operator) -> None:
    """List what is blocked here, since when and why."""

    async def work(place: Workplace) -> None:
        blocks = list(Blocks.of_home(place.home.path))
        if operator.json:
            show_json([_as_json(block) for block in blocks])
            return
        if not blocks:
            note(_("Nothing is blocked here."))
            return
        columns = [
            Column(_("Blocked"), flexible=True),
            Column(_("What it is")),
            Column(_("Id")),
            Column(_("Since")),
        ]
        names = [await _named(place, block) for block in blocks]
        show_table(
            columns,
            [
                (
                    name,
                    _target_words(block.target),
                    short_id(block.text.removeprefix("did:key:")),
                    block.since,
                )
                for name, block in zip(names, blocks, strict=True)
            ],
        )
        for name, block in zip(names, blocks, strict=True):
            if block.reason:
                say(wrapped(f"{name}: {plain(block.reason)}", "  "))

    run_in(work, operator)


def _target_words(target: Target) -> str:
    return {Target.ACTOR: _("an actor"), Target.RECORD: _("a record"), Target.NODE: _("a node")}[target]


def _as_json(block: Block) -> dict[str, Any]:
    return {"target": block.target, "id": block.text, "since": block.since, "reason": block.reason}


async def _meant(place: Workplace, typed: str, is_actor: bool) -> tuple[Target, bytes]:
    """Return what is to be blocked.  Raises `NotHere`, `ConfigError`."""
    if typed.startswith("did:"):
        try:
            return Target.NODE, parse_did_key(typed)[len(ED25519_PREFIX) :]
        except ProtocolError as fault:
            raise ConfigError(f"{typed[:80]!r}: {fault}") from None
    if is_actor:
        return Target.ACTOR, _whole_id(typed)
    try:
        thing = await find_thing(place, typed)
    except NotHere:
        if not is_whole_id(typed):
            raise
        return Target.RECORD, _whole_id(typed)  # known from elsewhere, and not to be taken in
    if thing.kind == "actor":
        return Target.ACTOR, thing.subject
    try:
        record = await find_record(place, typed)
    except ConfigError:
        return Target.RECORD, thing.subject
    # Its name, or the id of the version shown, means the thing; the id of another record that record.
    whole = record.id == thing.display or record.subject != thing.subject
    return Target.RECORD, thing.subject if whole else record.id


def _whole_id(typed: str) -> bytes:
    try:
        return parse_id(typed)
    except ProtocolError as fault:
        raise ConfigError(f"{typed[:80]!r}: {fault}") from None


async def _named(place: Workplace, block: Block) -> str:
    if block.target is Target.NODE:
        return block.text.removeprefix("did:key:")[:16]
    if block.target is Target.ACTOR:
        return await actor_name(place, ActorId(block.identifier))
    thing = await place.store.thing(SubjectId(block.identifier))
    if thing is not None and thing.title:
        return plain(preferred(dict(thing.title), place.operator.language))
    return short_id(block.text)


async def _tell(place: Workplace) -> None:
    """Have the node that runs here take note."""
    if place.node is not None:
        await place.node.blocks_changed()
