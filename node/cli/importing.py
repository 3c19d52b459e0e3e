"""`minga commons import`: what a file would record, what it did record, and what it leaves out and why."""

from collections import Counter
from collections.abc import Mapping
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Any

from node.cli.naming import find_actor
from node.cli.progress import counter
from node.cli.render import note, plain, say, show_json, suggest, wrapped
from node.cli.workplace import Workplace
from node.importing.drafts import Skipped, Summary
from node.importing.mapping import choose_mapping
from node.importing.plan import plan
from node.importing.readers import InputFile, open_input
from node.importing.signing import Documenter, Outcome, Recorded, import_commons, recorded_before

# Rows left out that are named one by one; the reasons are always all there.
NAMED_MAX = 10


async def import_into(
    place: Workplace,
    path: Path,
    mapping_name: str | None,
    actor_name: str | None,
    given: Mapping[str, str],
    *,
    dry_run: bool,
    show_all: bool,
) -> None:
    """Import a file in an actor's name, or say what that would do."""
    file = open_input(path)
    mapping = choose_mapping(mapping_name, file.columns)
    actor = None
    if not dry_run or actor_name is not None:
        actor = await find_actor(place, actor_name)
    recorded = Recorded() if actor is None else await recorded_before(place.store, actor)
    left_out: list[Skipped] = []
    outcomes = plan(file, mapping, recorded.known, given)

    def hear(outcome: Outcome) -> None:
        if isinstance(outcome, Skipped) and not outcome.unchanged:
            left_out.append(outcome)

    with counter(_("Importing")) as tell:
        if dry_run:
            summary = Summary()
            for done, outcome in enumerate(outcomes, 1):
                summary.add(outcome)
                hear(outcome)
                if done % 1_000 == 0:
                    tell(done)
        else:
            assert actor is not None
            documenter = await Documenter.of(place.signer, actor)
            summary = await import_commons(
                outcomes,
                documenter,
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
        as_whom = f" --as {actor_name}" if actor_name else ""
        suggest(place.operator, f"commons import {path} --mapping {mapping_name or mapping.name}{as_whom}")
    elif summary.new or summary.changed:
        suggest(place.operator, "commons list")


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
        "left_out": [{"row": one.row, "label": one.label, "reason": one.reason} for one in left_out],
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
        say(wrapped(_("Left out, {count}: {reason}").format(count=count, reason=plain(reason)), "  "))
    shown = left_out if show_all else left_out[:NAMED_MAX]
    for one in shown:
        say(
            wrapped(
                _("  row {row}, {label}: {reason}").format(
                    row=one.row, label=plain(one.label), reason=plain(one.reason)
                ),
                "    ",
            )
        )
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
        say(wrapped(_("Noted, {count}: {remark}").format(count=count, remark=plain(remark)), "  "))


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "0"
