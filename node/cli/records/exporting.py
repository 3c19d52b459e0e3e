"""`minga pact export` and `minga record export`: JSON that is checked without a node."""

from collections.abc import Iterable
from gettext import gettext as _
from pathlib import Path
from typing import assert_never

import click

from node import exports
from node.cli.faults import NotHere
from node.cli.naming import find_record, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import note, plain, say, show_fields, show_json, wrapped
from node.cli.workplace import Workplace, run_in
from node.durable_files import write_durably
from node.errors import ConfigError
from protocol.kinds.text import preferred
from protocol.proofs.data_integrity import Document
from protocol.proofs.jcs import canonical_json
from protocol.proofs.proof_set import PartyProofs, Provable
from protocol.record.verification import VerifiedRecord

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
        named = None if version is None else (await find_record(place, version)).id
        try:
            exported = await exports.export_pact(place.store, thing, named)
            document = exported.verifiable() if verifiable else exported.bare()
        except exports.NotExported as fault:
            raise _not_exported(fault.why) from None
        beside = history or (out.with_suffix(".history.json") if verifiable and out is not None else None)
        if beside is not None:
            _write(beside, exported.history())
        _answer(operator, document, out, beside)
        if verifiable:
            _name_unproven(place, exported.version, exported.parties)

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
        document = await exports.export_record(place.store, found)
        _answer(operator, document, out, None)

    run_in(work, operator)


def _not_exported(why: exports.WhyNot) -> Exception:
    match why:
        case exports.WhyNot.NOT_IN_FORCE:
            return NotHere(
                _(
                    "this pact is not in force; name the version to export with --version, "
                    "see `minga pact show`"
                )
            )
        case exports.WhyNot.NO_VERSION:
            return ConfigError("that record is not a version of this pact")
        case exports.WhyNot.ERASED:
            return ConfigError("the content of this version was erased")
        case exports.WhyNot.NO_PROOF:
            return NotHere(
                _(
                    "no consent to this pact carries a proof for others: the parties signed with an older "
                    "program, or on paper; `minga export --about` carries what they signed"
                )
            )
        case _:
            assert_never(why)


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
