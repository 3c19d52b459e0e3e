"""Files of events at the terminal: what happened to the things of a register
(`node.importing.event_signing`).
"""

from collections.abc import Container
from collections.abc import Mapping as MappingOf
from gettext import gettext as _

from node.cli.commons.import_views import NAMED_MAX, rows_json, show_row, show_summary, summary_json
from node.cli.progress import counter
from node.cli.render import note, say, show_json, suggest
from node.cli.workplace import Workplace
from node.importing.drafts import SourceKey
from node.importing.event_signing import import_events
from node.importing.mapping import Mapping
from node.importing.readers import InputFile
from node.importing.signing import Documenter
from protocol.identifiers import ActorId


async def import_events_into(
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
        answer = summary_json(file, mapping.name, result.summary, result.left_out, dry_run=dry_run)
        show_json(answer | {"doubts": rows_json(result.doubts)})
        return
    show_summary(file, mapping.name, result.summary, result.left_out, dry_run=dry_run, show_all=show_all)
    if result.doubts:
        say(_("Kept, although other rows say otherwise: {count}").format(count=len(result.doubts)))
        for one in result.doubts if show_all else result.doubts[:NAMED_MAX]:
            show_row(one)
        if len(result.doubts) > NAMED_MAX and not show_all:
            note(_("--all lists them."))
    if dry_run:
        suggest(place.operator, again)
    elif result.summary.new or result.summary.changed:
        suggest(place.operator, "pact list")
