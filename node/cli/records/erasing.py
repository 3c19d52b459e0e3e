"""`minga erase`: take the content of one's own records out of every node, and see that it is gone here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from gettext import gettext as _
from typing import Any

import click

from node.atlas.reading import Atlas
from node.authoring.things import erase, payload_of
from node.backups import backups_made
from node.clearing import cleared
from node.cli.actors.people import actor_name
from node.cli.arguments import texts
from node.cli.faults import NotHere
from node.cli.naming import find_actor, find_record
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.records.erasure_receipt import NAMED_MAX, Receipt
from node.cli.records.erasures import erasure_json, erasure_sentence
from node.cli.render import note, say, short_id, show_fields, show_json, suggest, wrapped
from node.cli.workplace import Workplace, open_workplace, run_in
from node.importing.erased_rows import ErasedRows
from node.importing.plan import source_key
from node.leftovers import Looked, Mark, look_through, marks_of
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.erasures import ErasureOf, erasures_of


@dataclass
class _Erased:
    """What a command has signed about one thing, and what it looks for afterwards."""

    targets: list[VerifiedRecord]
    erasure: RecordId
    marks: list[Mark] = field(default_factory=list)


@click.command("erase")
@click.argument("records", nargs=-1, required=True)
@click.option(
    "--as", "actor", metavar="ACTOR", help="The author of the records; otherwise the only actor of this home."
)
@click.option(
    "--basis",
    type=click.Choice(["author", "habeas_data", "court_order", "mistake"]),
    default="author",
    show_default=True,
    help="On what ground.",
)
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="TEXT[@LANG]",
    help="Why, in words that everybody will read.",
)
@click.option(
    "--status", is_flag=True, help="Erase nothing: say how it stands with the erasure of these records."
)
@click.option("--yes", is_flag=True, help="Do not ask again.")
@json_option
@pass_operator
def erase_command(
    operator: Operator,
    records: tuple[str, ...],
    actor: str | None,
    basis: str,
    reasons: tuple[str, ...],
    status: bool,
    yes: bool,
) -> None:
    """Have the content of records erased, here and on every node that hears of it.

    That the record was there, who signed it and when, stays; what it said goes for good. It takes effect with
    the threshold of the author's keys. Waits until nothing of it is left in the files of this home, looks
    through them, and gives a receipt. Exit code 1 where something is left.
    """
    if status:
        run_in(lambda place: _show_status(place, records), operator)
        return
    asyncio.run(_erase(operator, records, actor, basis, texts(reasons, operator.language) or None, yes))


async def _erase(
    operator: Operator,
    records: Sequence[str],
    actor: str | None,
    basis: str,
    reason: dict[str, str] | None,
    yes: bool,
) -> None:
    async with open_workplace(operator, writing=True) as place:
        who = await find_actor(place, actor)
        targets = [await find_record(place, one) for one in dict.fromkeys(records)]
        left = [one for one in targets if not await _is_erased(place, one)]
        if not left:
            await _show_status(place, records)
            return
        if not yes and not operator.json:
            show_fields((target.header.kind, id_text(target.id)) for target in left)
            click.confirm(_("Erase what they say, for good?"), abort=True, err=True)
        done = []
        for about in _by_thing(left):
            signed = await erase(place.signer, who, about, basis, reason)
            done.append(_Erased(about, signed[0].id, marks_of(about)))
            _remember_rows(place, about)
            await place.submit(signed)
        state = await _waited_for(place, [one.erasure for one in done])
        receipts = [await _receipt(place, one, state) for one in done]
    # Nothing of the store is open in this process any more.
    for receipt in receipts:
        if receipt.erasure.erases:
            receipt.looked = await asyncio.to_thread(look_through, operator.home.path, receipt.marks)
    async with open_workplace(operator) as place:
        for receipt in receipts:
            await _find_others(place, receipt)
    _answer(operator, receipts)


def _by_thing(records: Sequence[VerifiedRecord]) -> list[list[VerifiedRecord]]:
    """Return the records in groups that one erasure can name: about one thing each."""
    groups: dict[SubjectId, list[VerifiedRecord]] = {}
    for record in records:
        groups.setdefault(record.subject, []).append(record)
    return list(groups.values())


def _remember_rows(place: Workplace, records: Sequence[VerifiedRecord]) -> None:
    """Remember which rows of registers these came from: importing again does not bring them back."""
    keys = [source_key(record.header.kind, payload_of(record)) for record in records]
    ErasedRows(place.home.path).add(key for key in keys if key is not None)


async def _is_erased(place: Workplace, record: VerifiedRecord) -> bool:
    thing = await place.store.thing(record.subject)
    return thing is not None and record.id in thing.erased


async def _waited_for(place: Workplace, erasures: Sequence[RecordId]) -> dict[str, Any]:
    """Wait until what was erased is gone here, and connected nodes have heard of it."""
    if place.node is not None:
        return await place.node.cleared(erasures)
    return await cleared(place.store, Atlas(place.home.path))


async def _receipt(place: Workplace, done: _Erased, state: dict[str, Any]) -> Receipt:
    target = done.targets[0]
    erasure = await _erasure(place, target, done.erasure)
    passed_on = None
    if "passed_on_to" in state:
        passed_on = (len(state["passed_on_to"]), len(state["not_yet"]))
    before = [backup for backup in backups_made(place.home) if backup.time_ms <= erasure.time_ms]
    return Receipt(
        kind=target.header.kind,
        records=[one.id for one in done.targets],
        erasure=erasure,
        who=await actor_name(place, erasure.actor),
        cleared=state["cleared"] if erasure.erases else None,
        why_not=state["why_not"],
        passed_on=passed_on,
        marks=done.marks,
        backups=before if erasure.erases else (),
        store=place.home.store_path,
    )


async def _erasure(place: Workplace, target: VerifiedRecord, erasure: RecordId) -> ErasureOf:
    thing = await place.store.thing(target.subject)
    assert thing is not None
    return next(one for one in erasures_of(thing.judged, target.id) if one.erasure == erasure)


async def _find_others(place: Workplace, receipt: Receipt) -> None:
    """Find which other records say what was found in the store's file."""
    looked = receipt.looked or Looked()
    open_marks = {mark for path, marks in looked.found.items() if receipt.is_store(path) for mark in marks}
    if not open_marks:
        return
    receipt.said_by = {mark: [] for mark in open_marks}
    async for record_id, envelope in place.store.all_records():
        folded = envelope.lower()
        for mark in open_marks:
            if mark.data in (folded if mark.word else envelope):
                receipt.said_by[mark].append(record_id)
        # One that says it is reason enough for it to be there; a few are worth naming.
        open_marks = {mark for mark in open_marks if len(receipt.said_by[mark]) < NAMED_MAX}
        if not open_marks:
            return


def _answer(operator: Operator, receipts: Sequence[Receipt]) -> None:
    in_effect = all(receipt.erasure.erases for receipt in receipts)
    left = [receipt for receipt in receipts if receipt.erasure.erases and not receipt.is_done]
    if operator.json:
        first = receipts[0]
        show_json(
            {
                "erasure": id_text(first.erasure.erasure),
                "in_effect": in_effect,
                "records": [id_text(one) for receipt in receipts for one in receipt.records],
                "receipts": [receipt.data() for receipt in receipts],
            }
        )
    else:
        say(
            _("The content is erased here, and will be on every node that this reaches.")
            if in_effect
            else _("The erasure waits for further signatures; until then nothing is erased.")
        )
        for receipt in receipts:
            say()
            receipt.show(operator.language)
        if in_effect:
            for receipt in receipts:
                receipt.warn()
        else:
            suggest(operator, f"actor cosign {short_id(id_text(receipts[0].erasure.erasure))}")
    if left:
        raise NotHere(_("some of what was erased is left in the files of this home: see above"))


async def _show_status(place: Workplace, records: Sequence[str]) -> None:
    """Say how it stands with the erasure of records, each named by itself or by its erasure."""
    answers = []
    for text in dict.fromkeys(records):
        record = await find_record(place, text)
        targets = list(record.header.parents) if record.header.kind == "erasure" else [record.id]
        thing = await place.store.thing(record.subject)
        assert thing is not None
        for target in targets:
            erasures = erasures_of(thing.judged, target)
            answers.append(
                {
                    "record": id_text(target),
                    "erased": target in thing.erased,
                    "held": target in thing.judged,
                    "erasures": [erasure_json(one) for one in erasures],
                }
            )
            if place.operator.json:
                continue
            show_fields([(_("Record"), id_text(target))])
            for one in erasures:
                say(wrapped(await erasure_sentence(place, one)))
            if not erasures:
                say(_("Nobody has asked for it to be taken out."))
    clearing = await place.store.is_clearing()
    if place.operator.json:
        show_json({"cleared": not clearing, "records": answers})
    elif any(answer["erased"] for answer in answers):
        if clearing:
            note(
                _(
                    "Copies of what was erased may still stand in unused parts of the store: that is being "
                    "cleared."
                )
            )
        else:
            say(_("Nothing of what was erased is left in the store here."))
