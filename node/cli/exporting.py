"""`minga pact export` and `minga record export`: JSON that is checked without a node."""

from collections.abc import Iterable
from gettext import gettext as _
from pathlib import Path

import click

from node.cli.faults import NotHere
from node.cli.naming import find_record, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import note, plain, say, show_fields, show_json, wrapped
from node.cli.workplace import Workplace, run_in
from node.durable_files import write_durably
from node.errors import ConfigError
from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.text import preferred
from protocol.proofs.data_integrity import Document
from protocol.proofs.jcs import canonical_json
from protocol.proofs.pact_document import pact_document
from protocol.proofs.proof_set import PartyProofs, Provable, party_proofs, proven_document
from protocol.proofs.travelling import history_document, record_document
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

# What is exported is published: anybody may read the file.
EXPORT_FILE_MODE = 0o644

_OUT = click.option(
    "--out",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it there; otherwise it goes to standard output.",
)


@click.command("export")
@click.argument("pact")
@click.option(
    "--verifiable",
    is_flag=True,
    help="With the proofs of its parties, which other people's software verifies (W3C eddsa-jcs-2022).",
)
@_OUT
@click.option(
    "--history",
    "history",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the history of the parties' keys goes; otherwise beside --out, as NAME.history.json.",
)
@click.option("--version", "version", metavar="RECORD", help="The exact version; otherwise the one in force.")
@json_option
@pass_operator
def export_pact(
    operator: Operator,
    pact: str,
    verifiable: bool,
    out: Path | None,
    history: Path | None,
    version: str | None,
) -> None:
    """Write a pact as one JSON document, as it was signed, to be read and checked elsewhere.

    The document holds what the parties signed and their proofs, and not a byte more. Whose the keys are is in
    the history beside it: keep the two together.
    """

    if out is not None and history is not None and out.absolute() == history.absolute():
        raise ConfigError("--out and --history name one file: the pact and the keys need a file each")

    async def work(place: Workplace) -> None:
        thing = await find_thing(place, pact, "pact")
        shown = await _version(place, thing, version)
        if shown.is_erased or shown.id in thing.erased:
            raise ConfigError("the content of this version was erased")
        records = await place.store.records_of(SubjectId(shown.subject))
        parties = party_proofs(shown, thing, records)
        if verifiable and not any(party.proofs for party in parties):
            raise NotHere(
                _(
                    "no consent to this pact carries a proof for others: the parties signed with an older "
                    "program, or on paper; `minga export --about` carries what they signed"
                )
            )
        document = proven_document(shown, parties) if verifiable else pact_document(shown)
        beside = history or (out.with_suffix(".history.json") if verifiable and out is not None else None)
        if beside is not None:
            told = history_document(shown, parties, await _behind(place, shown, parties, records))
            _write(beside, told)
        _answer(operator, document, out, beside)
        if verifiable:
            _name_unproven(place, shown, parties)

    run_in(work, operator)


@click.command("export")
@click.argument("record")
@_OUT
@json_option
@pass_operator
def export_record(operator: Operator, record: str, out: Path | None) -> None:
    """Write a record as JSON, with the exact bytes that were signed and the keys of its author.

    docs/checking-by-hand.md says how to check it with tools that every system has.
    """

    async def work(place: Workplace) -> None:
        found = await find_record(place, record)
        about = await place.store.records_of(found.subject)
        cosigns = [one for one in about if one.header.kind == "cosign" and one.header.parents[0] == found.id]
        actor = found.header.actor or ActorId(found.id)
        document = record_document(found, cosigns, await _keys_of(place, [actor]))
        _answer(operator, document, out, None)

    run_in(work, operator)


async def _version(place: Workplace, thing: ThingState, typed: str | None) -> VerifiedRecord:
    """Return the version to export: the one named, otherwise the one in force."""
    if typed is not None:
        named = await find_record(place, typed)
        if named.header.kind != "pact" or named.subject != thing.subject:
            raise ConfigError("that record is not a version of this pact")
        return named
    if thing.pact is None or thing.pact.in_force is None:
        raise NotHere(
            _("this pact is not in force; name the version to export with --version, see `minga pact show`")
        )
    record = await place.store.record(thing.pact.in_force)
    assert record is not None
    return record


async def _behind(
    place: Workplace,
    version: VerifiedRecord,
    parties: Iterable[PartyProofs],
    records: Iterable[VerifiedRecord],
) -> list[VerifiedRecord]:
    """Return the records that show a pact to be what it is: its version, the consents, everybody's keys."""
    chosen = {version.id, *(consent for party in parties for consent in party.consents)}
    about = [
        one
        for one in records
        if one.id in chosen or (one.header.kind == "cosign" and one.header.parents[0] in chosen)
    ]
    actors = {party.actor for party in parties if party.actor is not None}
    actors |= {one.header.actor for one in about if one.header.actor is not None}
    return [*about, *(await _keys_of(place, sorted(actors)))]


async def _keys_of(place: Workplace, actors: Iterable[ActorId]) -> list[VerifiedRecord]:
    """Return every version of some actors, and the signatures of those."""
    return [
        record
        for actor in actors
        for record in await place.store.records_of(SubjectId(actor))
        if record.header.kind in ("actor", "cosign")
    ]


def _answer(operator: Operator, document: Document, out: Path | None, beside: Path | None) -> None:
    if out is None:
        # As it is signed, so that not a blank in it can be changed unseen.
        click.echo(canonical_json(document).decode("utf-8"))
        return
    _write(out, document)
    if operator.json:
        show_json({"file": str(out), "history": None if beside is None else str(beside)})
        return
    say(_("The document is written."))
    show_fields([(_("File"), str(out)), (_("Keys"), "" if beside is None else str(beside))])


def _write(path: Path, document: Document) -> None:
    write_durably(path.absolute(), canonical_json(document), mode=EXPORT_FILE_MODE)


def _name_unproven(place: Workplace, version: VerifiedRecord, parties: Iterable[PartyProofs]) -> None:
    """Name on standard error each party whose consent others cannot verify."""
    for party in parties:
        if party.provable is Provable.VERIFIABLE:
            continue
        name = plain(preferred(version.content.parties[party.index].name, place.operator.language))
        note(wrapped(_unproven(party.provable).format(party=name)))


def _unproven(provable: Provable) -> str:
    match provable:
        case Provable.NO_CONSENT:
            return _("Not verifiable elsewhere: {party} has not consented to this version.")
        case Provable.NO_KEYS:
            return _("Not verifiable elsewhere: {party} is named here without keys.")
        case Provable.WRONG_PROOF:
            return _("Not verifiable elsewhere: {party} consented, with a proof of another document.")
        case _:
            return _("Not verifiable elsewhere: {party} consented, and too few of its keys gave a proof.")
