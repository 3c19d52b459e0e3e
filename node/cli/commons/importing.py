"""`minga commons import`: what a file would record, what it did record, and what it leaves out and why."""

from collections import Counter
from collections.abc import Container
from collections.abc import Mapping as MappingOf
from gettext import gettext as _
from gettext import ngettext
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Any

from node.cli.counting import things_counted
from node.cli.naming import find_actor
from node.cli.progress import counter
from node.cli.render import note, plain, say, show_json, suggest, wrapped
from node.cli.sentences import sentence
from node.cli.workplace import Workplace
from node.errors import ConfigError
from node.importing.drafts import Skipped, SourceKey, Summary
from node.importing.erased_rows import ErasedRows
from node.importing.event_signing import import_events
from node.importing.kept_places import KeptPlaces
from node.importing.mapping import Mapping, choose_mapping
from node.importing.plan import plan
from node.importing.readers import InputFile, open_input
from node.importing.signing import (
    BATCH_RECORDS,
    Documenter,
    Outcome,
    Recorded,
    import_commons,
    recorded_before,
)
from protocol.identifiers import ActorId

# Rows left out that are named one by one; the reasons are always all there.
NAMED_MAX = 10


async def import_into(
    place: Workplace,
    path: Path,
    mapping_name: str | None,
    actor_name: str | None,
    given: MappingOf[str, str],
    *,
    dry_run: bool,
    show_all: bool,
    erased_too: bool = False,
) -> None:
    """Import a file in an actor's name, or say what that would do."""
    file = open_input(path)
    mapping = choose_mapping(mapping_name, file.columns)
    actor = None
    try:
        actor = await find_actor(place, actor_name)
    except ConfigError:
        # Who only looks may do so before there is anybody to import as.
        if not dry_run or actor_name is not None:
            raise
    as_whom = f" --as {quote(actor_name)}" if actor_name else ""
    erased = () if erased_too else ErasedRows(place.home.path)
    again = f"commons import {quote(str(path))} --mapping {quote(mapping_name or mapping.name)}{as_whom}"
    if mapping.events is not None:
        await _import_events(
            place, file, mapping, actor, given, erased, dry_run=dry_run, show_all=show_all, again=again
        )
        return
    recorded = Recorded() if actor is None else await recorded_before(place.store, actor)
    left_out: list[Skipped] = []
    outcomes = plan(file, mapping, recorded.known, given, erased)

    def hear(outcome: Outcome) -> None:
        if isinstance(outcome, Skipped) and not outcome.unchanged:
            left_out.append(outcome)

    with counter(_("Importing")) as tell:
        if dry_run:
            summary = Summary()
            kept, done = KeptPlaces(place.store), 0
            while part := list(islice(outcomes, BATCH_RECORDS)):
                for outcome in await kept.sift(part):
                    summary.add(outcome)
                    hear(outcome)
                done += len(part)
                tell(done)
        else:
            assert actor is not None
            documenter = await Documenter.of(place.signer, actor)
            summary = await import_commons(
                outcomes,
                documenter,
                place.store,
                place.submit,
                versions=recorded.versions,
                on_outcome=hear,
                on_progress=tell,
            )
    if place.operator.json:
        show_json(_summary_json(file, mapping.name, summary, left_out, dry_run=dry_run))
        return
    _show_summary(file, mapping.name, summary, left_out, dry_run=dry_run, show_all=show_all)
    if dry_run:
        suggest(place.operator, again)
    elif summary.new or summary.changed:
        suggest(place.operator, "commons list")


async def _import_events(
    place: Workplace,
    file: InputFile,
    mapping: Mapping,
    actor: ActorId | None,
    given: MappingOf[str, str],
    erased: Container[SourceKey],
    *,
    dry_run: bool,
    show_all: bool,
    again: str,
) -> None:
    """Record what happened to the things of a register, or say what that would do."""
    documenter = None
    if not dry_run:
        assert actor is not None
        documenter = await Documenter.of(place.signer, actor)
    with counter(_("Importing")) as tell:
        result = await import_events(
            file,
            mapping,
            given,
            place.store,
            actor,
            documenter,
            place.submit,
            erased=erased,
            on_progress=tell,
        )
    if place.operator.json:
        answer = _summary_json(file, mapping.name, result.summary, result.left_out, dry_run=dry_run)
        show_json(answer | {"doubts": _rows_json(result.doubts)})
        return
    _show_summary(file, mapping.name, result.summary, result.left_out, dry_run=dry_run, show_all=show_all)
    if result.doubts:
        say(_("Kept, although other rows say otherwise: {count}").format(count=len(result.doubts)))
        for one in result.doubts if show_all else result.doubts[:NAMED_MAX]:
            _show_row(one)
        if len(result.doubts) > NAMED_MAX and not show_all:
            note(_("--all lists them."))
    if dry_run:
        suggest(place.operator, again)
    elif result.summary.new or result.summary.changed:
        suggest(place.operator, "pact list")


def _rows_json(rows: list[Skipped]) -> list[dict[str, Any]]:
    return [{"row": one.row, "label": one.label, "reason": one.reason} for one in rows]


def _summary_json(
    file: InputFile, mapping: str, summary: Summary, left_out: list[Skipped], *, dry_run: bool
) -> dict[str, Any]:
    return {
        "file": str(file.path),
        "mapping": mapping,
        "dry_run": dry_run,
        "new": dict(summary.new),
        "changed": dict(summary.changed),
        "unchanged": summary.unchanged,
        "skipped": dict(summary.skipped),
        "notes": dict(summary.notes),
        "file_notes": list(file.notes),
        "left_out": _rows_json(left_out),
    }


def _show_summary(
    file: InputFile,
    mapping: str,
    summary: Summary,
    left_out: list[Skipped],
    *,
    dry_run: bool,
    show_all: bool,
) -> None:
    say(_("{file}, read by the mapping {mapping}").format(file=file.path.name, mapping=mapping))
    for line in file.notes:
        note(line)
    say(
        _("Would be new: {counts}").format(counts=_counted(summary.new))
        if dry_run
        else _("New: {counts}").format(counts=_counted(summary.new))
    )
    if summary.changed:
        say(_("Changed since: {counts}").format(counts=_counted(summary.changed)))
    if summary.unchanged:
        say(_("Unchanged: {count}").format(count=summary.unchanged))
    for reason, count in summary.skipped.most_common():
        say(
            wrapped(
                _("Left out, {count}: {reason}").format(count=count, reason=plain(sentence(reason))), "  "
            )
        )
    shown = left_out if show_all else left_out[:NAMED_MAX]
    for one in shown:
        _show_row(one)
    if len(left_out) > len(shown):
        rest = len(left_out) - len(shown)
        note(
            ngettext(
                "{count} more row is left out; --all lists it.",
                "{count} more rows are left out; --all lists them.",
                rest,
            ).format(count=rest)
        )
    for remark, count in summary.notes.most_common():
        say(wrapped(_("Noted, {count}: {remark}").format(count=count, remark=plain(sentence(remark))), "  "))


def _show_row(one: Skipped) -> None:
    reason = plain(sentence(one.reason))
    if one.label.startswith(f"row {one.row}"):
        # Nothing in the row says what it is about.
        text = _("  row {row}: {reason}").format(row=one.row, reason=reason)
    else:
        text = _("  row {row}, {label}: {reason}").format(row=one.row, label=plain(one.label), reason=reason)
    say(wrapped(text, "    "))


def _counted(counts: Counter[str]) -> str:
    return ", ".join(things_counted(kind, count) for kind, count in sorted(counts.items())) or "0"
