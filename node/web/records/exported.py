"""Documents to be checked without this node, as `minga pact export` and `minga record export` write them."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from aiohttp import web

from node.exports import ExportedPact, NotExported, WhyNot, export_pact, export_record
from node.store.interface import Store
from node.trust.blocks import Blocks
from node.web.exchange.answer import LINKED_DATA, document_answer, file_answer, opened
from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem, not_held
from node.web.words.speech import N_
from protocol.errors import Malformed
from protocol.identifiers import RecordId, SubjectId, parse_id
from protocol.keys import SigningKey
from protocol.proofs.jcs import canonical_json
from protocol.proofs.pact_document import CONTEXT_1
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState


class Holding(Protocol):
    """What is exported from."""

    @property
    def store(self) -> Store:
        """All that is held."""

    @property
    def blocks(self) -> Blocks:
        """What is not shown."""

    @property
    def signing_key(self) -> SigningKey:
        """What closes an archive."""


Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]

# A context never changes: another meaning is another name.
CONTEXT_MAX_AGE_S = 365 * 24 * 60 * 60


def exported_routes(view: Holding) -> dict[str, Handler]:
    """Return the addresses of all documents that are made to be checked elsewhere."""

    async def pact(request: web.Request, asked: Asked) -> web.Response:
        version = asked.identifier("version")
        return await pact_answer(view.store, view.blocks, request.match_info["id"], version)

    async def history(request: web.Request, asked: Asked) -> web.Response:
        version = asked.identifier("version")
        return await history_answer(view.store, view.blocks, request.match_info["id"], version)

    async def archive(request: web.Request, asked: Asked) -> web.Response:
        version = asked.identifier("version")
        return await archive_answer(view, request.match_info["id"], version)

    async def record(request: web.Request, _: Asked) -> web.Response:
        return await record_document_answer(view.store, view.blocks, request.match_info["id"])

    async def context(request: web.Request, _: Asked) -> web.Response:
        return context_answer(request.match_info["name"])

    return {
        "/thing/{id}/pact.json": pact,
        "/thing/{id}/pact.history.json": history,
        "/thing/{id}/pact.archive.json": archive,
        "/record/{id}/record.json": record,
        "/contexts/{name}": context,
    }


async def pact_answer(store: Store, blocks: Blocks, text: str, version: RecordId | None) -> web.Response:
    """Answer `/thing/{id}/pact.json`: a pact with the proofs of its parties.  Raises `Problem`."""
    exported = await _exported(store, blocks, text, version)
    try:
        return document_answer(canonical_json(exported.verifiable()), LINKED_DATA)
    except NotExported as fault:
        raise _problem(fault.why) from None


async def history_answer(store: Store, blocks: Blocks, text: str, version: RecordId | None) -> web.Response:
    """Answer `/thing/{id}/pact.history.json`: whose the keys are.  Raises `Problem`."""
    exported = await _exported(store, blocks, text, version)
    return document_answer(canonical_json(exported.history()))


async def archive_answer(view: Holding, text: str, version: RecordId | None) -> web.Response:
    """Answer `/thing/{id}/pact.archive.json`: both, closed by this node's proof.  Raises `Problem`.

    It names no time, so that it is the same at every request, and is not sent to whoever has it.
    """
    exported = await _exported(view.store, view.blocks, text, version)
    try:
        return document_answer(exported.archive(view.signing_key), LINKED_DATA)
    except NotExported as fault:
        raise _problem(fault.why) from None


async def record_document_answer(store: Store, blocks: Blocks, text: str) -> web.Response:
    """Answer `/record/{id}/record.json`: a record, its bytes, its author's keys.  Raises `Problem`."""
    record = await store.record(_id(text))
    if record is None:
        raise not_held()
    actor = record.header.actor
    _refuse_blocked(blocks, [record, *([] if actor is None else await store.records_of(SubjectId(actor)))])
    return document_answer(canonical_json(await export_record(store, record)))


def context_answer(name: str) -> web.Response:
    """Answer `/contexts/1.json`: what the words of an exported pact stand for.  Raises `Problem`."""
    if name != "1.json":
        raise not_held()
    return opened(file_answer(canonical_json(CONTEXT_1), LINKED_DATA, CONTEXT_MAX_AGE_S))


async def _exported(store: Store, blocks: Blocks, text: str, version: RecordId | None) -> ExportedPact:
    thing = await store.thing(SubjectId(_id(text)))
    if thing is None or thing.kind != "pact":
        raise not_held()
    _refuse_blocked_thing(blocks, thing)
    try:
        exported = await export_pact(store, thing, version)
    except NotExported as fault:
        raise _problem(fault.why) from None
    _refuse_blocked(blocks, exported.records)
    return exported


def _id(text: str) -> RecordId:
    try:
        return parse_id(text)
    except Malformed:
        raise not_held() from None


def _refuse_blocked_thing(blocks: Blocks, thing: ThingState) -> None:
    if blocks.of_thing(thing) is not None:
        raise _blocked()


def _refuse_blocked(blocks: Blocks, records: Iterable[VerifiedRecord]) -> None:
    """Refuse a document that would hold what is blocked here: without it nobody could check the rest."""
    if any(blocks.of_record(record) is not None for record in records):
        raise _blocked()


def _blocked() -> Problem:
    return Problem(
        403,
        "blocked",
        N_("This node does not give out that document"),
        N_(
            "It would hold words of somebody whom those who run this node have blocked, and could not be "
            "checked without them. Another node may give it."
        ),
    )


def _problem(why: WhyNot) -> Problem:
    details = {
        WhyNot.NOT_IN_FORCE: N_(
            "No version of this pact is in force by signatures that this node holds. A version can be named: "
            "version=ID."
        ),
        WhyNot.NO_VERSION: N_("The version asked for is no version of this pact that this node holds."),
        WhyNot.ERASED: N_("Its author has withdrawn the content of this version."),
        WhyNot.NO_PROOF: N_(
            "No consent to it carries a proof for verifiers elsewhere: the parties signed with an older "
            "program, or on paper. The records themselves can be checked."
        ),
        WhyNot.TWO_SPELLINGS: N_(
            "There is no archive of this pact: a text holds a control character, or one that was damaged "
            "before (�), of which a byte could be changed and the text be read the same."
        ),
    }
    return Problem(404, why.value.replace("_", "-"), N_("There is no such document"), details[why])
