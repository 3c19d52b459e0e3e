"""What `minga commons import` shows: a preview, or what came of an import, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.cli.counting import things_counted
from node.cli.place_words import resource_words
from node.cli.render import note, plain, say, wrapped
from node.cli.sentences import sentence
from node.importing.drafts import Skipped, Summary
from node.importing.headings import NAME, Reading
from node.importing.preview import Candidate, Preview, candidates_geojson
from node.importing.readers import InputFile

# Rows that are named one by one; the reasons are always all there.
NAMED_MAX = 10

# Columns without a use that are named; forms have hundreds.
UNREAD_NAMED_MAX = 12


def rows_json(rows: Sequence[Skipped]) -> list[dict[str, Any]]:
    """Return rows that are left out, or doubted, as JSON can hold them."""
    return [{"row": one.row, "label": one.label, "reason": one.reason} for one in rows]


def summary_json(
    file: InputFile, mapping: str, summary: Summary, left_out: Sequence[Skipped], *, dry_run: bool
) -> dict[str, Any]:
    """Return what came of an import, or would come, as JSON can hold it."""
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
        "left_out": rows_json(left_out),
    }


def preview_json(file: InputFile, reading: Reading, seen: Preview) -> dict[str, Any]:
    """Return a preview as JSON can hold it: that of an import, and the candidates as a GeoJSON collection."""
    return {
        **summary_json(file, reading.mapping.name, seen.summary, seen.skipped, dry_run=True),
        "read_as": {field: list(columns) for field, columns in reading.taken.items()},
        "unread": list(reading.unread),
        "resources": dict(seen.resources),
        "doubtful": len(seen.doubtful),
        "doubts": dict(seen.doubts),
        "personal_columns": seen.personal,
        "candidates": candidates_geojson(seen),
        "more_candidates": seen.more,
    }


def show_preview(file: InputFile, reading: Reading, seen: Preview, *, show_all: bool) -> None:
    """Write a preview: how the file is read, what would be new, what is doubtful, what is left out."""
    if reading.mapping.name == NAME:
        say(_("{file}, read by its headings").format(file=file.path.name))
        taken = "; ".join(
            f"{field} = {', '.join(map(plain, columns))}" for field, columns in reading.taken.items()
        )
        say(wrapped(_("Read as: {fields}").format(fields=taken), "  "))
        if reading.unread:
            named = ", ".join(map(plain, reading.unread[:UNREAD_NAMED_MAX]))
            more = ", …" if len(reading.unread) > UNREAD_NAMED_MAX else ""
            say(wrapped(_("Columns without a use here: {columns}").format(columns=named + more), "  "))
    else:
        _show_mapping(file, reading.mapping.name)
    for line in file.notes:
        note(sentence(line))
    if seen.personal:
        named = ", ".join(map(plain, seen.personal))
        say(wrapped(_("Columns that look like data about people: {columns}").format(columns=named), "  "))
    _show_counts(seen.summary, dry_run=True)
    if seen.resources:
        counted = ", ".join(f"{resource_words(one)} {count}" for one, count in seen.resources.most_common())
        say(wrapped(_("Resources: {counts}").format(counts=counted), "  "))
    _show_doubtful(seen, show_all=show_all)
    _show_left_out(seen.summary, seen.skipped, show_all=show_all)
    _show_notes(Counter({text: n for text, n in seen.summary.notes.items() if text not in seen.doubts}))


def _show_doubtful(seen: Preview, *, show_all: bool) -> None:
    if not seen.doubtful:
        return
    say(
        ngettext(
            "Doubtful, {count} row: look at it before it is signed",
            "Doubtful, {count} rows: look at them before they are signed",
            len(seen.doubtful),
        ).format(count=len(seen.doubtful))
    )
    for text, count in seen.doubts.most_common():
        say(wrapped(_("  {count} × {doubt}").format(count=count, doubt=plain(sentence(text))), "      "))
    doubted = [one for one in seen.candidates if one.doubts]
    for one in doubted if show_all else doubted[:NAMED_MAX]:
        _show_doubted(one)
    if len(doubted) > NAMED_MAX and not show_all:
        note(_("--all lists them."))


def _show_doubted(one: Candidate) -> None:
    doubts = "; ".join(plain(sentence(text)) for text in one.doubts)
    text = _("  row {row}, {label}: {reason}").format(row=one.row, label=plain(one.label), reason=doubts)
    say(wrapped(text, "    "))


def show_summary(
    file: InputFile,
    mapping: str,
    summary: Summary,
    left_out: Sequence[Skipped],
    *,
    dry_run: bool,
    show_all: bool,
) -> None:
    """Write what came of an import, or would come."""
    _show_mapping(file, mapping)
    for line in file.notes:
        note(sentence(line))
    _show_counts(summary, dry_run=dry_run)
    _show_left_out(summary, left_out, show_all=show_all)
    _show_notes(summary.notes)


def _show_mapping(file: InputFile, mapping: str) -> None:
    say(_("{file}, read by the mapping {mapping}").format(file=file.path.name, mapping=mapping))


def _show_counts(summary: Summary, *, dry_run: bool) -> None:
    say(
        _("Would be new: {counts}").format(counts=_counted(summary.new))
        if dry_run
        else _("New: {counts}").format(counts=_counted(summary.new))
    )
    if summary.changed:
        say(_("Changed since: {counts}").format(counts=_counted(summary.changed)))
    if summary.unchanged:
        say(_("Unchanged: {count}").format(count=summary.unchanged))


def _show_left_out(summary: Summary, left_out: Sequence[Skipped], *, show_all: bool) -> None:
    for reason, count in summary.skipped.most_common():
        say(
            wrapped(
                _("Left out, {count}: {reason}").format(count=count, reason=plain(sentence(reason))), "  "
            )
        )
    shown = left_out if show_all else left_out[:NAMED_MAX]
    for one in shown:
        show_row(one)
    if len(left_out) > len(shown):
        rest = len(left_out) - len(shown)
        note(
            ngettext(
                "{count} more row is left out; --all lists it.",
                "{count} more rows are left out; --all lists them.",
                rest,
            ).format(count=rest)
        )


def _show_notes(notes: Counter[str]) -> None:
    for remark, count in notes.most_common():
        say(wrapped(_("Noted, {count}: {remark}").format(count=count, remark=plain(sentence(remark))), "  "))


def show_row(one: Skipped) -> None:
    """Write a row that is left out or doubted, and why."""
    reason = plain(sentence(one.reason))
    if one.label.startswith(f"row {one.row}"):
        # Nothing in the row says what it is about.
        text = _("  row {row}: {reason}").format(row=one.row, reason=reason)
    else:
        text = _("  row {row}, {label}: {reason}").format(row=one.row, label=plain(one.label), reason=reason)
    say(wrapped(text, "    "))


def _counted(counts: Counter[str]) -> str:
    return ", ".join(things_counted(kind, count) for kind, count in sorted(counts.items())) or "0"
