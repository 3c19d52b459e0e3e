"""`minga record`: what one record is, who signed it, and checking that again, step by step."""

import time
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Any

import click

from node.cli.actors.people import actor_name
from node.cli.actors.vouching import distance_sentence, view_vouching, vouchers_sentence, vouching_json
from node.cli.faults import NotHere
from node.cli.naming import find_record
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.plain_form import to_plain
from node.cli.reading import blocked_words
from node.cli.records.checking import Step, checked
from node.cli.records.erasures import erasure_json, erasure_sentence
from node.cli.records.exporting import export_record
from node.cli.render import (
    Column,
    accent,
    day,
    moment,
    plain,
    say,
    short_id,
    show_fields,
    show_json,
    show_table,
    size,
    suggest,
    wrapped,
)
from node.cli.things import status_words
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.keys import PublicKey, did_key
from protocol.limits import ENVELOPE_SIZE_MAX_BYTES
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect
from protocol.state.erasures import erasures_of
from protocol.state.fold import ThingState


@click.group("record", cls=Verbs)
def record_command() -> None:
    """Show one record and check its signatures."""


record_command.add_command(export_record)


@record_command.command("show")
@click.argument("record")
@click.option("--bytes", "show_bytes", is_flag=True, help="Show the signed bytes as well, in hexadecimal.")
@json_option
@pass_operator
def show(operator: Operator, record: str, show_bytes: bool) -> None:
    """Show a record: one sentence first, then keys, history and content.

    RECORD is an id, the beginning of one, or the name of a thing: then its version that is shown.
    """

    async def work(place: Workplace) -> None:
        found = await find_record(place, record)
        thing = await place.store.thing(found.subject)
        assert thing is not None
        if operator.json:
            show_json(await _record_json(place, found, thing))
            return
        say(wrapped(await _sentence(place, found, thing)))
        block = place.blocks.of_record(found)
        if block is not None:
            say(wrapped(blocked_words(block)))
        say()
        await _show_details(place, found, thing)
        if show_bytes:
            say()
            say(wrapped(found.envelope.hex()))
        suggest(operator, f"record verify {short_id(id_text(found.id))}")

    run_in(work, operator)


@record_command.command("verify")
@click.argument("record", metavar="RECORD|FILE")
@json_option
@pass_operator
def verify(operator: Operator, record: str) -> None:
    """Check a record again, step by step, from its bytes: one held here, or a file with one envelope.

    Exit code 1 where it does not hold.
    """
    path = Path(record)
    if path.is_file():
        _show_steps(operator, checked(_envelope_in(path), _now_ms()), None)
        return

    async def work(place: Workplace) -> None:
        found = await find_record(place, record)
        thing = await place.store.thing(found.subject)
        assert thing is not None
        steps = checked(found.envelope, _now_ms())
        _show_steps(operator, steps, await _sentence(place, found, thing))

    run_in(work, operator)


def _show_steps(operator: Operator, steps: list[Step], effect: str | None) -> None:
    """Show the steps of a verification and what the record amounts to; end with 1 where one fails."""
    failed = next((step for step in steps if step.fault is not None), None)
    if operator.json:
        show_json(
            {
                "verified": failed is None,
                "steps": [
                    {
                        "number": s.number,
                        "what": s.what,
                        "passed": s.fault is None,
                        "fault": s.fault,
                        "code": s.code,
                    }
                    for s in steps
                ],
                "effect": effect,
            }
        )
    else:
        for step in steps:
            mark = accent(_("holds"), "green") if step.fault is None else accent(_("fails"), "red")
            say(wrapped(f"{step.number}. {_(step.what)}: {mark}", "   "))
        say()
    if failed is not None:
        raise NotHere(
            _("the record does not verify: {reason} ({code})").format(reason=failed.fault, code=failed.code)
        )
    if not operator.json:
        say(wrapped(_("Its bytes and its signature are as they should be; checked here, now.")))
        if effect:
            say(wrapped(effect))


async def _sentence(place: Workplace, record: VerifiedRecord, thing: ThingState) -> str:
    """Return what a record amounts to, in one sentence."""
    header = record.header
    who = await actor_name(place, header.actor or ActorId(record.id))
    when = day(header.time_ms)
    if header.kind == "cosign":
        return _("A further signature by {who}, given on {when}, of record {record}.").format(
            who=who, when=when, record=short_id(id_text(header.parents[0]))
        )
    given, needed, counted, status = _weight(record, thing)
    listed = await _keys_listed(place, record) or counted
    if status is Effect.EFFECTIVE:
        return ngettext(
            "Signed by {given} of the {keys} key of {who} ({needed} needed), on {when}; it is in effect.",
            "Signed by {given} of the {keys} keys of {who} ({needed} needed), on {when}; it is in effect.",
            listed,
        ).format(given=given, keys=listed, needed=needed, who=who, when=when)
    if status is Effect.AWAITING:
        return _(
            "Signed by {given} of the {needed} keys of {who} that it needs, on {when}; it has no effect yet."
        ).format(given=given, needed=needed, who=who, when=when)
    reasons = {
        Effect.CONTESTED: _(
            "{who} is contested: two successors claim it, and this was signed under one of them."
        ),
        Effect.UNKNOWN_AUTHOR: _(
            "The keys of its author ({who}) are not known here yet, so it has no effect."
        ),
        Effect.VOID: _("Signed in the name of {who} on {when}, by a key that could not; it has no effect."),
    }
    return reasons[status].format(who=who, when=when)


async def _keys_listed(place: Workplace, record: VerifiedRecord) -> int:
    """Return how many keys the version of the actor has that a record was signed under, 0 where unknown."""
    state = None if record.header.actor is None else await place.store.actor(record.header.actor)
    content = None if state is None or record.header.auth is None else state.contents.get(record.header.auth)
    return 0 if content is None else len(content.keys)


def _weight(record: VerifiedRecord, thing: ThingState) -> tuple[int, int, int, Effect]:
    """Return how many keys signed a record, how many it needs, how many the actor has, and its effect."""
    if record.header.kind == "actor" and thing.actor is not None:
        state = thing.actor
        before = [state.contents[p] for p in record.header.parents if p in state.contents] or [
            state.contents[record.id]
        ]
        keys = {PublicKey(e.key) for e in before[0].keys}
        signers = state.signers[record.id]
        stands = record.id in state.standing
        given = len(signers & keys) or len(signers)
        effect = (
            Effect.EFFECTIVE if stands else Effect.CONTESTED if record.id in state.rivals else Effect.AWAITING
        )
        return given, before[0].threshold, len(keys), effect
    verdict = thing.judged[record.id]
    return len(verdict.signed_by), verdict.needed, max(verdict.needed, len(verdict.signed_by)), verdict.effect


async def _show_details(place: Workplace, record: VerifiedRecord, thing: ThingState) -> None:
    header = record.header
    show_fields(
        [
            (_("Record"), id_text(record.id)),
            (_("Kind"), header.kind),
            (_("About"), id_text(record.subject)),
            (_("Author"), "" if header.actor is None else id_text(header.actor)),
            (_("Under version"), "" if header.auth is None else short_id(id_text(header.auth))),
            (_("Signed with"), did_key(header.signer)),
            (_("Author's clock"), moment(header.time_ms)),
            (_("Follows"), "\n".join(id_text(parent) for parent in header.parents)),
            (_("Content"), _("erased") if record.content is None else size(header.payload_size)),
        ]
    )
    for erasure in erasures_of(thing.judged, record.id):
        say(wrapped(await erasure_sentence(place, erasure)))
    further = _cosigners(await place.store.records_of(record.subject), record.id)
    if further:
        say()
        show_table(
            [Column(_("Further signature")), Column(_("Day")), Column(_("By"), flexible=True)],
            [
                (short_id(id_text(one.id)), day(one.header.time_ms), did_key(one.header.signer))
                for one in further
            ],
        )
    await _show_trust(place, record)
    others = [r for r in thing.judged.values() if r.record.id != record.id]
    if others:
        say()
        show_table(
            [
                Column(_("Also about it")),
                Column(_("Kind")),
                Column(_("Day")),
                Column(_("Worth"), flexible=True),
            ],
            [
                (
                    short_id(id_text(one.record.id)),
                    one.record.header.kind,
                    day(one.record.header.time_ms),
                    _in_effect(one.record, thing),
                )
                for one in sorted(others, key=lambda one: one.record.header.time_ms)
            ],
        )
    if record.content is not None and header.kind != "cosign":
        say()
        _show_content(to_plain(record.content))


async def _show_trust(place: Workplace, record: VerifiedRecord) -> None:
    """Show who vouches for the author of a record, and how far that is from us."""
    view = await view_vouching(place, record.header.actor or ActorId(record.id))
    say()
    show_fields(
        [
            (_("Its author"), await distance_sentence(place, view)),
            (_("Vouched for by"), await vouchers_sentence(place, view)),
        ]
    )


def _in_effect(record: VerifiedRecord, thing: ThingState) -> str:
    effect = _weight(record, thing)[3]
    return _("in effect") if effect is Effect.EFFECTIVE else status_words(effect.value)


def _show_content(content: Any, indent: str = "") -> None:
    """Show a content's fields as indented lines."""
    for name, value in content.items():
        if isinstance(value, dict) and value.keys() == {"type", "coordinates"}:
            say(f"{indent}{plain(name)}: {plain(value['type'])}")
        elif isinstance(value, dict):
            say(f"{indent}{plain(name)}:")
            _show_content(value, indent + "  ")
        elif isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
            for number, part in enumerate(value, 1):
                say(f"{indent}{plain(name)} {number}:")
                _show_content(part, indent + "  ")
        else:
            text = ", ".join(plain(part) for part in value) if isinstance(value, list) else plain(value)
            say(wrapped(f"{indent}{plain(name)}: {text}", indent + "  "))


async def _record_json(place: Workplace, record: VerifiedRecord, thing: ThingState) -> dict[str, Any]:
    header = record.header
    given, needed, listed, effect = (0, 0, 0, None) if header.kind == "cosign" else _weight(record, thing)
    return {
        "id": id_text(record.id),
        "kind": header.kind,
        "subject": id_text(record.subject),
        "actor": None if header.actor is None else id_text(header.actor),
        "auth": None if header.auth is None else id_text(header.auth),
        "signer": did_key(header.signer),
        "parents": [id_text(parent) for parent in header.parents],
        "time": header.time_ms,
        "sentence": await _sentence(place, record, thing),
        "effect": None if effect is None else effect.value,
        "signatures": {"given": given, "needed": needed, "keys": await _keys_listed(place, record) or listed},
        "cosigns": [
            {"id": id_text(one.id), "signer": did_key(one.header.signer), "time": one.header.time_ms}
            for one in _cosigners(await place.store.records_of(record.subject), record.id)
        ],
        "content": None if record.content is None else to_plain(record.content),
        "erasures": [erasure_json(erasure) for erasure in erasures_of(thing.judged, record.id)],
        "trust": vouching_json(await view_vouching(place, header.actor or ActorId(record.id))),
        "envelope": record.envelope.hex(),
    }


def _cosigners(records: list[VerifiedRecord], signed: RecordId) -> list[VerifiedRecord]:
    found = [r for r in records if r.header.kind == "cosign" and r.header.parents[0] == signed]
    return sorted(found, key=lambda r: (r.header.time_ms, r.id))


def _envelope_in(path: Path) -> bytes:
    """Return the envelope in a file, as bytes or as hexadecimal text.  Raises `ConfigError`."""
    with path.open("rb") as file:
        data = file.read(2 * ENVELOPE_SIZE_MAX_BYTES + 2)
    try:
        return bytes.fromhex(data.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        pass
    if len(data) > ENVELOPE_SIZE_MAX_BYTES:
        raise ConfigError(f"{path} is larger than a record; for a bundle use `minga import --dry-run`")
    return data


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
