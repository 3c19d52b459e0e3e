"""What a territory comes to, as data: the figures, its parts, and the commons in it, page by page."""

from typing import Any

from node.store.interface import TerritoryRow, TerritoryView, ThingPage
from node.territory_figures import figures_data, part_data
from node.web.frame.listing import Entry, entry_data
from node.web.frame.surroundings import Surroundings
from protocol.kinds.placing import EVERYWHERE, NOWHERE, TerritoryId, territory_text


def territory_path(territory: TerritoryId) -> str:
    """Return the address of a territory's page."""
    if territory == EVERYWHERE:
        return "/territories"
    return "/territory/none" if territory == NOWHERE else f"/territory/{territory_text(territory)}"


def territory_data(
    here: Surroundings, view: TerritoryView, listed: ThingPage, entries: list[Entry]
) -> dict[str, Any]:
    """Return what a territory comes to, its parts, and a page of the commons in it."""
    following = None
    if listed.after is not None:
        following = here.asked.same(after=listed.after, limit=here.asked.length(), format="json")
    data = figures_data(view)
    for named, row in ((data["territory"], view.row), *zip(data["around"], view.around, strict=True)):
        named["page"] = territory_path(row.id)
    return {
        **data,
        "on": here.today,
        "parts": [_part(row) for row in view.parts],
        "next_parts": None if view.after is None else here.asked.same(parts=view.after, format="json"),
        "things": [entry_data(entry) for entry in entries],
        "next": following,
    }


def _part(row: TerritoryRow) -> dict[str, Any]:
    return part_data(row) | {"page": territory_path(row.id)}
