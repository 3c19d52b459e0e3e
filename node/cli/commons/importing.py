"""`minga commons import`: what a file would record, what it did record, and what it leaves out and why.

The file is read to its end before anything is signed: of one that is broken nothing is imported.
"""

import asyncio
import sys
from collections.abc import Container, Mapping
from dataclasses import dataclass
from gettext import gettext as _
from gettext import ngettext
from itertools import islice
from pathlib import Path
from shlex import quote

import click

from node.cli.commons.import_views import preview_json, show_preview, show_summary, summary_json
from node.cli.commons.importing_events import import_events_into
from node.cli.naming import find_actor
from node.cli.progress import counter
from node.cli.render import show_json, suggest
from node.cli.workplace import Workplace
from node.errors import ConfigError
from node.importing.drafts import Skipped, SourceKey, Summary
from node.importing.erased_rows import ErasedRows
from node.importing.formats import format_named
from node.importing.headings import Chosen, Reading, reading_of
from node.importing.held import doubt_what_is_held
from node.importing.kept_places import KeptPlaces
from node.importing.plan import plan
from node.importing.preview import Looker, Preview, doubted, without_rows
from node.importing.readers import InputFile, open_input
from node.importing.reference_systems import system_named
from node.importing.signing import (
    BATCH_RECORDS,
    Documenter,
    Outcome,
    Recorded,
    import_commons,
    recorded_before,
)
from protocol.identifiers import ActorId


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of an import: the file, how it is read, in whose name, and how far it goes."""

    file: Path
    mapping: str | None
    chosen: Chosen
    file_format: str | None
    layer: str | None
    crs: str | None
    encoding: str | None
    delimiter: str | None
    areas: bool
    actor: str | None
    given: Mapping[str, str]
    dry_run: bool
    leave_doubtful: bool
    ask: bool
    show_all: bool
    erased_too: bool

    def opened(self) -> InputFile:
        """Open the file.  Raises `Unreadable`."""
        return open_input(
            self.file,
            file_format=None if self.file_format is None else format_named(self.file_format),
            encoding=self.encoding,
            delimiter=self.delimiter,
            system=None if self.crs is None else system_named(self.crs),
            layer=self.layer,
            areas=self.areas,
        )

    @property
    def again(self) -> str:
        """The command that imports what was only looked at."""
        parts = ["commons import", quote(str(self.file))]
        texts = {
            "--mapping": self.mapping,
            "--resource": self.chosen.resources,
            "--source": self.chosen.source,
            "--licence": self.chosen.licence,
            "--format": self.file_format,
            "--layer": self.layer,
            "--crs": self.crs,
            "--encoding": self.encoding,
            "--delimiter": self.delimiter,
            "--as": self.actor,
        }
        parts += [f"{option} {quote(text)}" for option, text in texts.items() if text]
        parts += [f"--column {quote(f'{field}={column}')}" for field, column in self.chosen.columns.items()]
        parts += ["--areas"] if self.areas else []
        return " ".join(parts)


async def import_into(place: Workplace, asked: Asked) -> None:
    """Import a file in an actor's name, or say what that would do."""
    file = asked.opened()
    asking = asked.ask and not (asked.dry_run or place.operator.json) and sys.stdin.isatty()
    # What is guessed of a file's headings is shown before anything is signed, or was said outright.
    reading = reading_of(file, asked.mapping, asked.chosen, guess=asked.dry_run or asking)
    actor = None
    try:
        actor = await find_actor(place, asked.actor)
    except ConfigError:
        # Who only looks may do so before there is anybody to import as.
        if not asked.dry_run or asked.actor is not None:
            raise
    erased = () if asked.erased_too else ErasedRows(place.home.path)
    given = {**asked.given, **asked.chosen.given}
    if reading.mapping.events is not None:
        await import_events_into(
            place,
            file,
            reading.mapping,
            actor,
            given,
            erased,
            dry_run=asked.dry_run,
            show_all=asked.show_all,
            again=asked.again,
        )
        return
    recorded = Recorded() if actor is None else await recorded_before(place.store, actor)
    seen = None
    if asked.dry_run or asking or asked.leave_doubtful:
        seen = await _looked_at(place, file, reading, recorded, given, erased, actor)
    else:
        await asyncio.to_thread(_read_to_its_end, file)
    if asked.dry_run or asking:
        assert seen is not None
        if place.operator.json:
            show_json(preview_json(file, reading, seen))
            return
        show_preview(file, reading, seen, show_all=asked.show_all)
    if asked.dry_run:
        suggest(place.operator, asked.again)
        return
    doubtful = seen.doubtful if seen is not None and asked.leave_doubtful else set()
    if asking and seen is not None:
        doubtful = _asked_about(seen, leave_doubtful=asked.leave_doubtful)
    assert actor is not None
    await _record(place, file, reading, recorded, given, erased, actor, doubtful, show_all=asked.show_all)


def _read_to_its_end(file: InputFile) -> None:
    for _row in file.rows():
        pass


async def _looked_at(
    place: Workplace,
    file: InputFile,
    reading: Reading,
    recorded: Recorded,
    given: Mapping[str, str],
    erased: Container[SourceKey],
    actor: ActorId | None,
) -> Preview:
    """Return what an import would do."""
    outcomes = plan(file, reading.mapping, recorded.known, given, erased)
    kept, looker, done = KeptPlaces(place.store), Looker(), 0
    with counter(_("Looking")) as tell:
        while part := list(islice(outcomes, BATCH_RECORDS)):
            for outcome in await kept.sift(part):
                looker.take(doubted(outcome))
            done += len(part)
            tell(done)
    seen = looker.done(file.columns, file.notes)
    await doubt_what_is_held(place.store, seen, actor)
    return seen


def _asked_about(seen: Preview, *, leave_doubtful: bool) -> set[int]:
    """Ask whether to go on, and return the rows to be left out."""
    if not seen.candidates:
        return set()
    doubtful = set(seen.doubtful)
    if doubtful and not leave_doubtful:
        text = ngettext(
            "Write the {count} doubtful row, too?", "Write the {count} doubtful rows, too?", len(doubtful)
        ).format(count=len(doubtful))
        doubtful = set() if click.confirm(text, err=True) else doubtful
    click.confirm(_("Sign it, for everybody to read?"), abort=True, err=True)
    return doubtful


async def _record(
    place: Workplace,
    file: InputFile,
    reading: Reading,
    recorded: Recorded,
    given: Mapping[str, str],
    erased: Container[SourceKey],
    actor: ActorId,
    doubtful: Container[int],
    *,
    show_all: bool,
) -> None:
    left_out: list[Skipped] = []

    def hear(outcome: Outcome) -> None:
        if isinstance(outcome, Skipped) and not outcome.unchanged:
            left_out.append(outcome)

    outcomes = without_rows(
        plan(file, reading.mapping, recorded.known, given, erased),
        doubtful,
        "it is doubtful, and doubtful rows are left out",
    )
    documenter = await Documenter.of(place.signer, actor)
    with counter(_("Importing")) as tell:
        summary: Summary = await import_commons(
            outcomes,
            documenter,
            place.store,
            place.submit,
            versions=recorded.versions,
            on_outcome=hear,
            on_progress=tell,
        )
    name = reading.mapping.name
    if place.operator.json:
        show_json(summary_json(file, name, summary, left_out, dry_run=False))
        return
    show_summary(file, name, summary, left_out, dry_run=False, show_all=show_all)
    if summary.new or summary.changed:
        suggest(place.operator, "commons list")
