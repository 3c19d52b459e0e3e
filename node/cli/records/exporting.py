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
from protocol.keys import SigningKey
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
@click.option(
    "--archive",
    "archive",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where both go, closed by one proof of this node's; otherwise beside --out, as NAME.archive.json.",
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
    archive: Path | None,
    version: str | None,
) -> None:
    """Write a pact as one JSON document, as it was signed, to be read and checked elsewhere.

    The document holds what the parties signed and their proofs, and not a byte more. Whose the keys are is in
    the history beside it. The archive holds both, closed by one proof of this node's, so that a single
    question to somebody else's verifier tells whether a byte of them was changed: keep the three together.
    """
    beside = out if verifiable else None
    keys = history or (None if beside is None else beside.with_suffix(".history.json"))
    closed = archive or (None if beside is None else beside.with_suffix(".archive.json"))
    _require_a_file_each(out, keys, closed)

    async def work(place: Workplace) -> None:
        thing = await find_thing(place, pact, "pact")
        named = None if version is None else (await find_record(place, version)).id
        try:
            exported = await exports.export_pact(place.store, thing, named)
            document = exported.verifiable() if verifiable else exported.bare()
        except exports.NotExported as fault:
            raise _not_exported(fault.why) from None
        sealed = None if closed is None else _archive(place, exported, asked_for=archive is not None)
        if keys is not None:
            _write(keys, canonical_json(exported.history()))
        if closed is not None and sealed is not None:
            _write(closed, sealed)
        _answer(operator, document, out, history=keys, archive=None if sealed is None else closed)
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
        _answer(operator, document, out)

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
        case exports.WhyNot.TWO_SPELLINGS:
            return ConfigError(
                "there is no archive of this pact: a text holds a control character, or one that was "
                "damaged before (�), of which a byte could be changed and the text be read the same"
            )
        case _:
            assert_never(why)


def _require_a_file_each(*files: Path | None) -> None:
    named = [file.absolute() for file in files if file is not None]
    if len(set(named)) < len(named):
        raise ConfigError("--out, --history and --archive name one file twice: they need a file each")


def _archive(place: Workplace, exported: exports.ExportedPact, *, asked_for: bool) -> bytes | None:
    """Return the archive, closed by this node's key; where there is none, say why, or fail if `asked_for`."""
    key = SigningKey(place.keyring.node_key().seed.reveal())
    try:
        return exported.archive(key)
    except exports.NotExported as fault:
        if asked_for:
            raise _not_exported(fault.why) from None
        note(str(_not_exported(fault.why)))
        return None


def _answer(
    operator: Operator,
    document: Document,
    out: Path | None,
    *,
    history: Path | None = None,
    archive: Path | None = None,
) -> None:
    if out is None:
        # As it is signed, so that not a blank in it can be changed unseen.
        click.echo(canonical_json(document).decode("utf-8"))
        return
    _write(out, canonical_json(document))
    beside = {"history": history, "archive": archive}
    if operator.json:
        told = {name: None if path is None else str(path) for name, path in beside.items()}
        show_json({"file": str(out), **told})
        return
    say(_("The document is written."))
    shown = ["" if path is None else str(path) for path in beside.values()]
    show_fields(list(zip((_("File"), _("Keys"), _("Archive")), (str(out), *shown), strict=True)))


def _write(path: Path, data: bytes) -> None:
    write_durably(path.absolute(), data, mode=EXPORT_FILE_MODE)


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
