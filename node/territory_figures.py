"""What a territory comes to, as JSON and as a table for spreadsheets: the same from pages and commands."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from node.store.interface import TerritoryRow, TerritoryView
from protocol.identifiers import id_text
from protocol.kinds.placing import NOWHERE, territory_text
from protocol.state.territories import IN_FORCE, Sum

# In words of programs, for whoever adds up what is here with something else.
HOW_COUNTED = (
    "Sums over the commons whose records name the territory, and the pacts about them. Nothing is taken out: "
    "where claims overlap, or two records tell of one commons, its area is counted in each. A commons that "
    "lies in several parts is in the figures of each, and once in those of what is around them. Areas are as "
    "stated, otherwise those of the public geometry on the ellipsoid WGS 84. A commons of several resources, "
    "and a pact about it, is counted under each."
)

COLUMNS = (
    *("what", "id", "level", "code", "name"),
    *("commons", "area_known_of", "area_m2", "pacts_in_force", "pacts"),
)

# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Name = Callable[[Mapping[str, str]], str]
"""Returns the name to show of those in several languages."""


def figures_data(view: TerritoryView) -> dict[str, Any]:
    """Return what a territory comes to, without its parts."""
    figures = view.figures
    return {
        "territory": row_data(view.row),
        "around": [row_data(row) for row in view.around],
        "commons": sum_data(figures.commons),
        "commons_by_status": {status: sum_data(one) for status, one in sorted(figures.by_status.items())},
        "commons_by_resource": {slug: sum_data(one) for slug, one in sorted(figures.by_resource.items())},
        "pacts": figures.pacts.total(),
        "pacts_in_force": in_force(view),
        "pacts_by_status": dict(sorted(figures.pacts.items())),
        "pacts_in_force_by_resource": dict(sorted(figures.in_force.items())),
        "documented_by": [id_text(row.subject) for row in view.documented_by],
        "called_alike": [row_data(row) for row in view.namesakes],
        "how_counted": HOW_COUNTED,
    }


def part_data(row: TerritoryRow) -> dict[str, Any]:
    """Return one territory within another."""
    return row_data(row) | sum_data(row.commons) | {"pacts_in_force": row.in_force}


def row_data(row: TerritoryRow) -> dict[str, Any]:
    """Return which territory it is."""
    if row.step is None:
        return {"id": None, "level": None, "code": None, "name": {}}
    return {
        "id": territory_text(row.id),
        "level": row.step.level,
        "code": code_of(row),
        "name": dict(row.title),
    }


def sum_data(one: Sum) -> dict[str, int]:
    """Return how many commons, of how many the area is known, and how large these are together."""
    return {"number": one.number, "area_known_of": one.measured, "area_m2": one.area_m2}


def code_of(row: TerritoryRow) -> str | None:
    """Return the code by which a territory is known, if it is by one."""
    return row.step.word.upper() if row.step is not None and row.step.by == "code" else None


def in_force(view: TerritoryView) -> int:
    """Return how many pacts are in force."""
    return sum(number for status, number in view.figures.pacts.items() if status in IN_FORCE)


def csv_text(view: TerritoryView, name: Name) -> str:
    """Return the same figures as lines: the whole, its parts, its resources, its standing, its pacts."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in _lines(view, name):
        writer.writerow([_cell(line.get(column, "")) for column in COLUMNS])
    return table.getvalue()


def _lines(view: TerritoryView, name: Name) -> Iterator[Mapping[str, Any]]:
    figures = view.figures
    yield {
        "what": "all",
        **_named(view.row, name),
        **_summed(figures.commons),
        "pacts_in_force": in_force(view),
        "pacts": figures.pacts.total(),
    }
    for row in view.parts:
        yield {"what": "part", **_named(row, name), **_summed(row.commons), "pacts_in_force": row.in_force}
    for slug, one in sorted(figures.by_resource.items()):
        yield {
            "what": "resource",
            "name": slug,
            **_summed(one),
            "pacts_in_force": figures.in_force.get(slug, 0),
        }
    for status, one in sorted(figures.by_status.items()):
        yield {"what": "status", "name": status, **_summed(one)}
    for status, number in sorted(figures.pacts.items()):
        yield {"what": "pact status", "name": status, "pacts": number}


def _named(row: TerritoryRow, name: Name) -> dict[str, str]:
    if row.step is None:
        return {"id": "none" if row.id == NOWHERE else ""}
    return {
        "id": territory_text(row.id),
        "level": row.step.level,
        "code": code_of(row) or "",
        "name": name(row.title) if row.title else "",
    }


def _summed(one: Sum) -> dict[str, int]:
    return {"commons": one.number, "area_known_of": one.measured, "area_m2": one.area_m2}


def _cell(value: Any) -> Any:
    """Return a value as it may stand in a spreadsheet: a name that begins like a formula is kept a name."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
