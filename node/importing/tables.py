"""Rows of a table, whatever it was written in: headings first, then a row for each line under them."""

from collections.abc import Iterator
from typing import Any

from node.importing.form_places import FormPlaces
from node.importing.reference_systems import System, turning_from
from node.importing.rows import Row, Unreadable, remark

# Open-data tables have tens of columns; questionnaires have hundreds.
COLUMNS_MAX = 1_024


def table_rows(
    records: Iterator[tuple[int, list[Any]]], name: str, notes: list[str], system: System | None = None
) -> Iterator[Row]:
    """Yield the rows of a table from its lines, each with its number; the first holds the headings.

    `system` is the one that its coordinates are in, where that is not WGS 84.  Raises `Unreadable`.
    """
    turning = None if system is None else turning_from(system, name, notes)
    headings = _headings(next(records, (1, []))[1], name, notes)
    places = FormPlaces(headings)
    for number, (line, cells) in enumerate(records, start=1):
        said: tuple[str, ...] = ()
        problem = None
        if all(_is_blank(cell) for cell in cells):
            problem = remark("the line is blank")
        elif not all(_is_blank(cell) for cell in cells[len(headings) :]):
            problem = remark(f"it has {len(cells)} cells under {len(headings)} headings: is a quote missing?")
        elif len(cells) < len(headings):
            said = (
                remark(f"the line has {len(cells)} of {len(headings)} cells; the rest is taken as blank"),
            )
            cells = cells + [""] * (len(headings) - len(cells))
        named = {heading: cell for heading, cell in zip(headings, cells, strict=False) if heading}
        if problem is not None:
            yield Row(number, line, named, problem=problem)
            continue
        place = places.of(named)
        yield Row(
            number,
            line,
            named if place.accuracy_m is None else named | {"@accuracy_m": place.accuracy_m},
            place.geometry,
            problem=place.problem,
            notes=(*said, *place.notes),
            turning=turning,
        )


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _headings(cells: list[Any], name: str, notes: list[str]) -> list[str]:
    """Check the line of headings; a blank one names no column and its cells are left out."""
    names = [" ".join(str("" if cell is None else cell).split()) for cell in cells]
    if not any(names):
        raise Unreadable(f"{name} has no line of headings")
    if len(names) > COLUMNS_MAX:
        raise Unreadable(f"{name} has more than {COLUMNS_MAX} columns")
    named = [one for one in names if one]
    repeated = sorted({one for one in named if named.count(one) > 1})
    if repeated:
        raise Unreadable(f"{name} has two columns called {repeated[0]!r:.60}: rename one")
    if len(named) < len(names):
        notes.append(remark("columns without a heading were left out"))
    return names
