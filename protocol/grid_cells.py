"""The cells of a grid that lines and polygons lie in, and the outline of cells (docs/protocol.md §6.3).

Whole numbers only: a cell is its column and row, counted in cells from 0° 0°; a row of cells is a list of
spans `(first, end)` of columns, `end` not among them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from protocol.errors import OverLimit
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX
from protocol.limits import GRID_CROSSINGS_MAX, POSITIONS_MAX

Span = tuple[int, int]
Cells = dict[int, list[Span]]
"""The spans of each row, rows and spans in order, no span touching the next."""

_Vertex = tuple[int, int]


def cells_of_lines(lines: Iterable[Sequence[int]], grid_units: int) -> Cells:
    """Return the cells that lines of positions pass through; what lies on a border is in the cell north or
    east of it.  Raises `OverLimit` where a coarser grid is called for.
    """
    rows: Cells = {}
    _require_few(lines, grid_units)
    last_row, last_column = LATITUDE_MAX // grid_units - 1, LONGITUDE_MAX // grid_units - 1
    for line in lines:
        for x, y, other_x, other_y in _steps(line):
            lowest = min(y // grid_units, last_row)
            for row in range(lowest, min(other_y // grid_units, last_row) + 1):
                columns = [
                    _column(x, y, other_x, other_y, at, grid_units)[0]
                    for at in (max(y, row * grid_units), min(other_y, (row + 1) * grid_units))
                ]
                if y == other_y:
                    columns = [x // grid_units, other_x // grid_units]
                first, last = min(columns), max(columns)
                rows.setdefault(row, []).append((min(first, last_column), min(last, last_column) + 1))
    return _merged(rows)


def cells_of_polygons(polygons: Iterable[Sequence[Sequence[int]]], grid_units: int) -> Cells:
    """Return the cells of which polygons (each an outer ring and holes) cover any part.

    Raises `OverLimit` where a coarser grid is called for.
    """
    rows: Cells = {}
    for rings in polygons:
        _require_few(rings, grid_units)
        middles: dict[int, list[int]] = {}
        for ring in rings:
            for step in _steps(ring):
                _cross(step, grid_units, rows, middles)
        for row, crossings in middles.items():
            crossings.sort()
            for start, end in zip(crossings[0::2], crossings[1::2], strict=True):
                rows.setdefault(row, []).append((start // 2, (end + 1) // 2))
    return _merged(rows)


def outline(cells: Cells, grid_units: int) -> list[list[list[int]]]:
    """Return the polygons that cells make up, in units: an outer ring each, then holes (RFC 7946 §3.1.6).

    Cells that meet at a corner alone are in polygons of their own.  Raises `OverLimit`.
    """
    parts = _connected(cells)
    polygons: dict[int, list[list[int]]] = {}
    size = 0
    for ring, part in _rings(_borders(cells), parts):
        corners = _corners(ring)
        flat = [unit * grid_units for corner in (*corners, corners[0]) for unit in corner]
        size += len(flat)
        if size > 2 * POSITIONS_MAX:
            raise OverLimit(
                f"on this grid the place has more than {POSITIONS_MAX} corners: take a coarser one"
            )
        found = polygons.setdefault(part, [])
        if _is_outer(corners):
            found.insert(0, flat)
        else:
            found.append(flat)
    return list(polygons.values())


def _steps(line: Sequence[int]) -> Iterable[tuple[int, int, int, int]]:
    """Yield the steps of a line, each from its southern end to its northern one."""
    positions = list(zip(line[0::2], line[1::2], strict=True))
    for (x, y), (other_x, other_y) in pairwise(positions):
        yield (x, y, other_x, other_y) if y <= other_y else (other_x, other_y, x, y)


def _require_few(lines: Iterable[Sequence[int]], grid_units: int) -> None:
    crossed = sum(abs(b - a) // grid_units + 1 for line in lines for a, b in pairwise(line[1::2]))
    if crossed > GRID_CROSSINGS_MAX:
        raise OverLimit(
            f"the place crosses this grid more than {GRID_CROSSINGS_MAX} times: take a coarser one"
        )


def _column(x: int, y: int, other_x: int, other_y: int, at: int, grid_units: int) -> tuple[int, bool]:
    """Return in which column a step is at latitude `at`, and whether it is on its western border."""
    if y == other_y:
        return x // grid_units, x % grid_units == 0
    column, rest = divmod(x * (other_y - y) + (at - y) * (other_x - x), (other_y - y) * grid_units)
    return column, rest == 0


def _cross(
    step: tuple[int, int, int, int], grid_units: int, rows: Cells, middles: dict[int, list[int]]
) -> None:
    """Add to `rows` the cells whose inside a step passes through, and to `middles` where it crosses the
    middle of a row: twice the column, and one more where that is not on the column's border.
    """
    x, y, other_x, other_y = step
    if y == other_y:
        if y % grid_units:
            first, last = min(x, other_x), max(x, other_x)
            rows.setdefault(y // grid_units, []).append((first // grid_units, -(-last // grid_units)))
        return
    for row in range(y // grid_units, -(-other_y // grid_units)):
        south, north = max(y, row * grid_units), min(other_y, (row + 1) * grid_units)
        ends = [_column(*step, at, grid_units) for at in (south, north)]
        first = min(column for column, _ in ends)
        end = max(column if exact else column + 1 for column, exact in ends)
        if first < end:
            rows.setdefault(row, []).append((first, end))
        middle = row * grid_units + grid_units // 2
        if (y <= middle) != (other_y <= middle):
            column, exact = _column(*step, middle, grid_units)
            middles.setdefault(row, []).append(2 * column + (not exact))


def _merged(rows: Cells) -> Cells:
    merged: Cells = {}
    for row in sorted(rows):
        spans: list[Span] = []
        for first, end in sorted(rows[row]):
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            elif first < end:
                spans.append((first, end))
        if spans:
            merged[row] = spans
    return merged


def _connected(cells: Cells) -> dict[tuple[int, int], int]:
    """Return for each span, by its row and first column, the number of the part it belongs to: spans of rows
    that lie on each other are of one part.
    """
    parent: list[int] = []
    number: dict[tuple[int, int], int] = {}

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for row, spans in cells.items():
        below = cells.get(row - 1, [])
        at = 0
        for first, end in spans:
            number[row, first] = mine = len(parent)
            parent.append(mine)
            while at < len(below) and below[at][1] <= first:
                at += 1
            touching = at
            while touching < len(below) and below[touching][0] < end:
                parent[root(mine)] = root(number[row - 1, below[touching][0]])
                touching += 1
    return {span: root(one) for span, one in number.items()}


def _borders(cells: Cells) -> dict[_Vertex, list[tuple[_Vertex, tuple[int, int] | None]]]:
    """Return the borders of cells, from each corner on, with the cells to their left, and the span of those
    that are upright.
    """
    borders: dict[_Vertex, list[tuple[_Vertex, tuple[int, int] | None]]] = {}
    for row, spans in cells.items():
        for first, end in spans:
            borders.setdefault((first, row + 1), []).append(((first, row), (row, first)))
            borders.setdefault((end, row), []).append(((end, row + 1), (row, first)))
    for row in {*cells, *(row + 1 for row in cells)}:
        above, below = cells.get(row, []), cells.get(row - 1, [])
        turns_above, turns_below = ({column for span in spans for column in span} for spans in (above, below))
        over = under = False
        for west, east in pairwise(sorted(turns_above | turns_below)):
            over ^= west in turns_above
            under ^= west in turns_below
            if over and not under:
                borders.setdefault((west, row), []).append(((east, row), None))
            elif under and not over:
                borders.setdefault((east, row), []).append(((west, row), None))
    return borders


def _rings(
    borders: dict[_Vertex, list[tuple[_Vertex, tuple[int, int] | None]]], parts: dict[tuple[int, int], int]
) -> Iterable[tuple[list[_Vertex], int]]:
    """Yield the closed rings that borders make up, none of which meets itself, each with its part."""
    for start in sorted(borders):
        while borders[start]:
            path, spans, at = [start], [], {start: 0}
            while borders[path[-1]]:
                here = path[-1]
                onward = borders[here]
                chosen = 0 if len(path) < 2 else _leftmost(path[-2], here, [there for there, _ in onward])
                there, span = onward.pop(chosen)
                spans.append(span)
                if there in at:
                    since = at[there]
                    named = next(span for span in spans[since:] if span is not None)
                    yield path[since:], parts[named]
                    for gone in path[since + 1 :]:
                        del at[gone]
                    del path[since + 1 :], spans[since:]
                else:
                    at[there] = len(path)
                    path.append(there)


def _leftmost(before: _Vertex, here: _Vertex, onward: Sequence[_Vertex]) -> int:
    """Return which way turns most to the left: so what meets at a corner alone stays apart."""
    dx, dy = here[0] - before[0], here[1] - before[1]
    turns = [dx * (there[1] - here[1]) - dy * (there[0] - here[0]) for there in onward]
    return turns.index(max(turns))


def _corners(ring: Sequence[_Vertex]) -> list[_Vertex]:
    """Return a ring's corners, from its least on, without what lies on a straight line."""
    corners = [
        here
        for before, here, after in zip((ring[-1], *ring[:-1]), ring, (*ring[1:], ring[0]), strict=True)
        if (before[0] == here[0]) != (here[0] == after[0])
    ]
    least = corners.index(min(corners))
    return corners[least:] + corners[:least]


def _is_outer(corners: Sequence[_Vertex]) -> bool:
    """Whether a ring is wound counter-clockwise: at its least corner, the south-western, it goes east."""
    return corners[1][1] == corners[0][1]
