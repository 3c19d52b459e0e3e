"""`minga export` and `minga import`: records in a file, for a USB stick or a mail."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from gettext import gettext as _
from pathlib import Path
from shlex import quote

import click

from node.bundles import Imported, import_bundle, write_bundle
from node.cli.counting import records_counted
from node.cli.faults import NotHere
from node.cli.naming import all_things, find_thing, own_actors
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import counter
from node.cli.render import day, in_figures, note, say, show_fields, show_json, size, suggest
from node.cli.workplace import Workplace, run_in
from node.durable_files import write_durably
from node.errors import ConfigError
from node.sync.in_touch import last_in_touch_ms
from protocol.bundle import BundleHeader, Progress
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId, SubjectId
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header
from protocol.record.verification import VerifiedRecord

# Fetched from the store at once while writing: some megabytes.
STEP_RECORDS = 1_000

# Whoever carries a bundle away is told where this node has heard nothing for longer.
OUT_OF_TOUCH_MS = 24 * 60 * 60 * 1_000

# Where imports that were broken off stand.
PROGRESS_NAME = "imports.json"


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Only records about things of this kind, and about the actors who signed them; may be repeated.",
)
@click.option(
    "--about",
    "subjects",
    multiple=True,
    metavar="THING",
    help="Only records about this thing, and about the actors who signed them; may be repeated.",
)
@click.option("--note", "remark", metavar="TEXT", help="A word to whoever opens it.")
@json_option
@pass_operator
def export_command(
    operator: Operator, file: Path, kinds: tuple[str, ...], subjects: tuple[str, ...], remark: str | None
) -> None:
    """Write the records held here into a bundle file, to be carried to another node.

    An older file of that name is replaced once the new one is whole.
    """

    target = file.absolute()

    async def work(place: Workplace) -> None:
        chosen = {(await find_thing(place, one)).subject for one in subjects}
        wanted = None if not kinds and not chosen else await _wanted(place, set(kinds), chosen)
        header = BundleHeader(time.time_ns() // 1_000_000, place.settings.network_name, remark)
        loop = asyncio.get_running_loop()
        with counter(_("Writing")) as tell:
            envelopes = _envelopes(place, wanted, loop, tell)
            written = await asyncio.to_thread(write_bundle, target, envelopes, header)
        in_touch_ms = await last_in_touch_ms(place.store)
        if operator.json:
            show_json(
                {
                    "file": str(written.path),
                    "records": written.records,
                    "size_bytes": written.size_bytes,
                    "in_touch": in_touch_ms,
                }
            )
            return
        say(_("The bundle is written."))
        show_fields(
            [
                (_("File"), str(written.path)),
                (_("Records"), in_figures(written.records)),
                (_("Size"), size(written.size_bytes)),
            ]
        )
        await _tell_out_of_touch(place, in_touch_ms)

    with _plain_file_faults():
        run_in(work, operator)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and say what is new, and store nothing.")
@click.option("--salvage", is_flag=True, help="Take what is whole out of a damaged file.")
@json_option
@pass_operator
def import_command(operator: Operator, file: Path, dry_run: bool, salvage: bool) -> None:
    """Take in the records of a bundle file, each checked exactly as if it came over the network.

    The file is never written to. An import that was broken off goes on where it stood. Exit code 1
    where the file is damaged or records in it were refused.
    """

    async def work(place: Workplace) -> None:
        key = _identity(file)
        start = None if dry_run else _standing(place).get(key)
        taking = _Taking(place)
        take = taking.count if dry_run else taking.store

        with counter(_("Records read:")) as tell:

            def stand(progress: Progress) -> None:
                tell(progress.records)
                if not dry_run:
                    _note_standing(place, key, progress)

            report = await import_bundle(
                file, time.time_ns() // 1_000_000, take, progress=start, on_progress=stand, salvage=salvage
            )
        if not dry_run:
            _note_standing(place, key, None)
        _show_report(operator, file, report, dry_run=dry_run)

    with _plain_file_faults():
        run_in(work, operator, writing=not dry_run)


async def _tell_out_of_touch(place: Workplace, in_touch_ms: int | None) -> None:
    """Say so where a bundle may hold what was erased elsewhere, for this node has heard of nothing lately."""
    if in_touch_ms is not None:
        if time.time_ns() // 1_000_000 - in_touch_ms > OUT_OF_TOUCH_MS:
            note(
                _(
                    "This node was last in touch with another on {day}: what was erased elsewhere since may "
                    "be in the bundle. Sync first, if you can."
                ).format(day=day(in_touch_ms))
            )
        return
    own = {SubjectId(state.actor) for state in await own_actors(place)}
    if any([row.subject not in own async for row in all_things(place, "actor")]):
        note(
            _(
                "This node was never in touch with another: what was erased elsewhere may be in the bundle. "
                "Sync first, if you can."
            )
        )


class _Taking:
    """What becomes of a block's verified records."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._seen: set[RecordId] = set()

    async def store(self, records: list[VerifiedRecord]) -> int:
        """Store them; return how many were new."""
        return len((await self._place.submit(records)).new)

    async def count(self, records: list[VerifiedRecord]) -> int:
        """Only count those that are new."""
        unknown = set(await self._place.store.unknown([record.id for record in records])) - self._seen
        self._seen |= unknown
        return len(unknown)


def _show_report(operator: Operator, file: Path, report: Imported, *, dry_run: bool) -> None:
    whole = report.complete and not report.damage and not report.refused
    if operator.json:
        show_json(
            {
                "file": str(file),
                "dry_run": dry_run,
                "records": report.records,
                "new": report.new,
                "kinds": dict(report.kinds),
                "refused": dict(report.refused),
                "damage": [asdict(one) for one in report.damage],
                "complete": report.complete,
                "made_at": None if report.header is None else report.header.made_at_ms,
                "note": None if report.header is None else report.header.note,
            }
        )
    else:
        say(
            _("Would be new: {count}").format(count=in_figures(report.new))
            if dry_run
            else _("New: {count}").format(count=in_figures(report.new))
        )
        kinds = ", ".join(records_counted(kind, count) for kind, count in report.kinds.most_common())
        show_fields([(_("Records read"), in_figures(report.records)), (_("Of these"), kinds)])
        for code, count in report.refused.most_common():
            note(_("{count} refused: {code}").format(count=in_figures(count), code=code))
        for one in report.damage:
            note(
                _("The file is damaged at byte {offset}: {fault}").format(
                    offset=one.offset, fault=one.fault.value
                )
            )
        if report.new:
            suggest(operator, "status" if not dry_run else f"import {quote(str(file))}")
    if not whole:
        raise NotHere(
            _("not all of the bundle could be taken; what was whole is stored: ask for a new copy")
            if not dry_run
            else _("not all of the bundle could be taken: ask for a new copy")
        )


async def _wanted(place: Workplace, kinds: set[str], subjects: set[SubjectId]) -> set[SubjectId]:
    """Return the subjects to export: those chosen, and every actor that signed or is named about them."""
    from node.cli.naming import all_things

    chosen = set(subjects)
    for kind in kinds:
        async for row in all_things(place, kind):
            chosen.add(row.subject)
    if kinds and not chosen:
        raise ConfigError(
            f"nothing here is of the kind {', '.join(sorted(kinds))}; `minga status` lists the kinds"
        )
    for subject in list(chosen):
        thing = await place.store.thing(subject)
        if thing is not None:
            chosen |= {SubjectId(actor) for actor in thing.actors | thing.linked}
    return chosen


def _envelopes(
    place: Workplace,
    wanted: set[SubjectId] | None,
    loop: asyncio.AbstractEventLoop,
    tell: Callable[[int], None],
) -> Iterator[bytes]:
    """Yield the envelopes to write, on another thread than the store's loop."""
    records = place.store.all_records().__aiter__()

    async def step() -> list[tuple[RecordId, bytes]]:
        part = []
        async for item in records:
            part.append(item)
            if len(part) == STEP_RECORDS:
                break
        return part

    done = 0
    while part := asyncio.run_coroutine_threadsafe(step(), loop).result():
        for record_id, envelope in part:
            if wanted is None or _subject_of(record_id, envelope) in wanted:
                done += 1
                yield envelope
        tell(done)


def _subject_of(record_id: RecordId, envelope: bytes) -> SubjectId:
    return decode_header(split_envelope(envelope).header).subject or SubjectId(record_id)


def _identity(file: Path) -> str:
    try:
        state = file.stat()
    except OSError as fault:
        raise ConfigError(f"{file} cannot be read ({fault.strerror})") from None
    return f"{file.absolute()}|{state.st_size}|{state.st_mtime_ns}"


def _standing(place: Workplace) -> dict[str, Progress]:
    """Return where imports that were broken off stand, by file."""
    try:
        noted = json.loads((place.home.path / PROGRESS_NAME).read_text(encoding="utf-8"))
        return {
            key: Progress(one["offset"], one["blocks"], one["records"], bytes.fromhex(one["chain"]))
            for key, one in noted.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _note_standing(place: Workplace, key: str, progress: Progress | None) -> None:
    standing = _standing(place)
    if progress is None:
        standing.pop(key, None)
    else:
        standing[key] = progress
    path = place.home.path / PROGRESS_NAME
    if not standing:
        path.unlink(missing_ok=True)
        return
    text = {k: {**asdict(p), "chain": p.chain.hex()} for k, p in standing.items()}
    write_durably(path, json.dumps(text).encode())


@contextmanager
def _plain_file_faults() -> Iterator[None]:
    try:
        yield
    except ProtocolError as fault:
        raise ConfigError(f"this is not a bundle file that can be read: {fault}") from None
