"""A map drawn by the server, as a part of the page: for paper, for browsers without scripts or WebGL, and for
whoever waits for the other one.

Line and pattern tell who speaks, as everywhere: solid where those who care for it do, dashed where others
document it, hatched where it is contested, soft where the place is known only roughly; a seal for a pact in
force, brick for an alert.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from node.atlas.gathering import Gathered
from node.web.frame.layout import icon_name
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import clipped
from node.web.map.clusters import Cluster, circle, gather
from node.web.map.ground import Line, ground, towns
from node.web.map.mark import Mark
from node.web.map.sheet import Points, Sheet, cut_line, cut_ring, thinned
from node.web.words.speech import Speech

# 3,000 points of some 6 characters are 18 KB, and as many may lie on it: half of a page for a thin link.
GROUND_POINTS_MAX = 3_000
MARK_POINTS_MAX = 3_000

# Lines start as fine as a pixel of a phone shows them.
TOLERANCE_START = 0.9

# What is smaller than this, in pixels, is told by its icon instead of its outline.
OUTLINE_MIN = 14.0

# Larger still, it has its icon and its name beside; so many of them at most.
NAMED_MIN = 90.0
NAMED_MAX = 24
NAME_SHOWN_MAX_CHARS = 40

# Names of towns on a sheet, the width of a letter in pixels, and how far apart two lines of text are.
NAMES_MAX = 16
NAME_LETTER = 7.0
NAME_APART = 30.0

# Patterns have ids, and a page one of each.
HATCH, SOFT = "hatched-", "softened-"

# How far beyond the edge lines are drawn, so that their ends do not show.
EDGE = 12.0

# The whole earth takes half a second to draw and 30 KB to keep, and is the same whatever lies on it.
GROUNDS_KEPT_MAX = 32

# Around the earth one way, not at all, the other way.
TURNS = (-360.0, 0.0, 360.0)

# An island or lake smaller than this, in pixels either way, is not drawn.
SPECK = 1.6


def draw(
    sheet: Sheet,
    marks: Sequence[Mark],
    title: str,
    say: Speech,
    *,
    closer: str | None = None,
    gathered: Iterable[Gathered] = (),
    names_max: int = NAMES_MAX,
) -> Element:
    """Return the drawing of a sheet with what is marked on it.

    `closer`: the address of a map, to which the place is added where several lie on one another; without it
    such a circle is no link.  `gathered`: how many lie where, of which no more is known; `names_max`: how
    many towns are named.
    """
    areas: list[tuple[Mark, list[Points]]] = []
    soft: list[Node] = []
    named: list[Node] = []
    clusters: list[Cluster] = []
    for mark in marks:
        lines = [line for line in mark.lines if line]
        if not lines:
            continue
        turn = sheet.turn(lines[0][0] / mark.scale)
        placed = [sheet.line(line, mark.scale, turn) for line in lines]
        x, y, size = _middle(placed)
        on_sheet = -EDGE <= x <= sheet.width + EDGE and -EDGE <= y <= sheet.height + EDGE
        if mark.uncertainty_m:
            soft.append(_soft(mark, x, y, mark.uncertainty_m / sheet.metres_per_pixel()))
        if mark.shape != "point" and size >= OUTLINE_MIN:
            areas.append((mark, placed))
            if size >= NAMED_MIN and on_sheet:
                named.append(_named(mark, x, y))
        elif on_sheet:
            gather(clusters, x, y, mark=mark)
    for cell in gathered:
        [(x, y)] = sheet.line((cell.lon, cell.lat), 1.0, sheet.turn(cell.lon))
        gather(clusters, x, y, cell.number)
    pins = [
        circle(one, sheet, say, closer)
        if one.mark is None
        else _linked(one.mark, _icon(one.mark, one.x, one.y))
        for one in clusters
    ]
    return e(
        "svg",
        e("title", title),
        _patterns(marks),
        e("g", _ground(sheet), class_="ground"),
        e("g", soft, _outlines(areas, sheet), class_="marks"),
        e("g", _names(sheet, names_max), class_="names", aria_hidden="true"),
        e("g", pins, named[:NAMED_MAX], class_="marks"),
        viewBox=f"0 0 {sheet.width} {sheet.height}",
        preserveAspectRatio="xMidYMid slice",
        role="group",
        class_="drawn",
    )


def icons_of(marks: Iterable[Mark]) -> list[str]:
    """Return the names of the icons that a drawing of some marks uses."""
    return sorted({mark.resource for mark in marks})


@lru_cache(GROUNDS_KEPT_MAX)
def _ground(sheet: Sheet) -> Node:
    earth = ground()
    seen = {name: list(_seen(shapes, sheet, earth.scale)) for name, shapes in earth.layers.items()}
    tolerance = TOLERANCE_START
    while True:
        paths = {
            name: [_path_of(shape, sheet, tolerance, closed=name in ("land", "lakes")) for shape in shapes]
            for name, shapes in seen.items()
        }
        if sum(path.count("l") for drawn in paths.values() for path in drawn) <= GROUND_POINTS_MAX:
            break
        tolerance *= 1.5
    return [
        e("rect", x=0, y=0, width=sheet.width, height=sheet.height, class_="sea"),
        [
            e("path", d="".join(drawn), class_=name, fill_rule="evenodd") if any(drawn) else None
            for name, drawn in paths.items()
        ],
    ]


def _seen(shapes: Iterable[list[Line]], sheet: Sheet, scale: int) -> Iterator[list[Points]]:
    """Yield where the shapes that meet the sheet lie on it; across the antimeridian some lie there twice."""
    half = (sheet.width / 2 + EDGE) / sheet.earth_pixels * 360
    south, north = sheet.degrees(0, sheet.height + EDGE)[1] * scale, sheet.degrees(0, -EDGE)[1] * scale
    speck = SPECK / sheet.earth_pixels * 360 * scale
    sides = [(turn, (sheet.lon - half - turn) * scale, (sheet.lon + half - turn) * scale) for turn in TURNS]
    for shape in shapes:
        outer = shape[0]
        if outer.north < south or outer.south > north:
            continue
        if max(outer.east - outer.west, outer.north - outer.south) < speck:
            continue
        for turn, west, east in sides:
            if outer.east >= west and outer.west <= east:
                yield [sheet.line(line.points, scale, turn) for line in shape]


@lru_cache(GROUNDS_KEPT_MAX)
def _names(sheet: Sheet, number_max: int) -> Sequence[Node]:
    """Return the names of the largest towns, as many as do not run into each other."""
    drawn: list[Node] = []
    if not number_max:
        return drawn
    taken: list[tuple[float, float, float]] = []
    for town in towns():
        [(x, y)] = sheet.line((town.lon, town.lat), 1.0, sheet.turn(town.lon))
        wide = len(town.name) * NAME_LETTER
        if not (8 < x < sheet.width - wide and 16 < y < sheet.height - 8):
            continue
        if any(abs(y - down) < NAME_APART and x < right and left < x + wide for left, right, down in taken):
            continue
        taken.append((x - NAME_APART, x + wide + NAME_APART, y))
        drawn += [
            e("circle", cx=f"{x:.0f}", cy=f"{y:.0f}", r=2),
            e("text", town.name, x=f"{x + 6:.0f}", y=f"{y + 4:.0f}"),
        ]
        if len(taken) == number_max:
            break
    return drawn


def _outlines(areas: Sequence[tuple[Mark, list[Points]]], sheet: Sheet) -> list[Node]:
    """Return the outlines of areas and lines, as fine as all of them together may be."""
    tolerance = TOLERANCE_START
    while True:
        paths = [_path_of(lines, sheet, tolerance, closed=mark.shape == "area") for mark, lines in areas]
        if sum(path.count("l") for path in paths) <= MARK_POINTS_MAX:
            return [_outline(mark, path) for (mark, _), path in zip(areas, paths, strict=True) if path]
        tolerance *= 1.5


def _path_of(lines: Iterable[Points], sheet: Sheet, tolerance: float, *, closed: bool) -> str:
    """Return the data of a path through what of some lines lies on the sheet."""
    parts: list[str] = []
    for line in lines:
        if closed:
            ring = thinned(cut_ring(line, sheet.width, sheet.height, EDGE), tolerance)
            if len(ring) > 2:
                parts.append(_steps(ring) + "Z")
        else:
            parts += [
                _steps(thinned(piece, tolerance)) for piece in cut_line(line, sheet.width, sheet.height, EDGE)
            ]
    return "".join(parts)


def _steps(line: Points) -> str:
    """Return a line as path data, in steps of half a pixel: finer would be longer and look the same."""
    x, y = round(line[0][0] * 2), round(line[0][1] * 2)
    parts = [f"M{x / 2:g} {y / 2:g}"]
    for right, down in line[1:]:
        step_x, step_y = round(right * 2) - x, round(down * 2) - y
        if step_x or step_y:
            parts.append(f"l{step_x / 2:g} {step_y / 2:g}")
            x, y = x + step_x, y + step_y
    return "".join(parts)


def _middle(lines: Sequence[Points]) -> tuple[float, float, float]:
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    size = max(max(xs) - min(xs), max(ys) - min(ys))
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, size


def _outline(mark: Mark, path: str) -> Element:
    names = f"{mark.shape} {mark.told}{' rough' if mark.rough else ''}{' alert' if mark.alert else ''}"
    hatched = f"url(#{HATCH}{icon_name(mark.resource)})" if mark.told == "contested" else None
    outline = e("path", d=path, class_=names, fill_rule="evenodd", fill=hatched)
    return _linked(mark, [e("path", d=path, class_="band") if mark.rough else None, outline])


def _soft(mark: Mark, x: float, y: float, radius: float) -> Element:
    fill = f"url(#{SOFT}{icon_name(mark.resource)})"
    circle = e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{max(radius, 3):.1f}", fill=fill, class_="soft")
    return e("g", circle, class_=_class_of(mark))


def _named(mark: Mark, x: float, y: float) -> Element:
    """Return the icon of an area at its middle, and its name below."""
    name = clipped(mark.name, NAME_SHOWN_MAX_CHARS)
    return _linked(mark, [_icon(mark, x, y), e("text", name, x=f"{x:.1f}", y=f"{y + 26:.1f}")])


def _icon(mark: Mark, x: float, y: float) -> Node:
    names = f"pin {mark.told}{' alert' if mark.alert else ''}"
    return [
        e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=11, class_=names),
        e(
            "use",
            href=f"#i-{icon_name(mark.resource)}",
            x=f"{x - 7:.1f}",
            y=f"{y - 7:.1f}",
            width=14,
            height=14,
        ),
        e("circle", cx=f"{x + 9:.1f}", cy=f"{y + 8:.1f}", r=4, class_="seal") if mark.pact else None,
    ]


def _linked(mark: Mark, drawn: Node) -> Element:
    return e("a", e("title", mark.name), drawn, href=mark.href, class_=_class_of(mark))


def _class_of(mark: Mark) -> str:
    return _class(icon_name(mark.resource))


def _patterns(marks: Sequence[Mark]) -> Element:
    """Return what areas are filled with: a pattern has the colour of its own place, so each resource one."""
    contested = sorted({icon_name(mark.resource) for mark in marks if mark.told == "contested"})
    soft = sorted({icon_name(mark.resource) for mark in marks if mark.uncertainty_m})
    return e(
        "defs",
        [hatching(f"{HATCH}{name}", _class(name)) for name in contested],
        [softening(f"{SOFT}{name}", _class(name)) for name in soft],
    )


def hatching(identifier: str, class_: str | None = None) -> Element:
    """Return the pattern of what is contested, under an id."""
    return e(
        "pattern",
        e("path", d="M0 0V8", class_="hatch"),
        id=identifier,
        class_=class_,
        width=8,
        height=8,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def softening(identifier: str, class_: str | None = None) -> Element:
    """Return the soft edge of what is known only roughly, under an id."""
    return e(
        "radialGradient",
        e("stop", offset="0.55", class_="inner"),
        e("stop", offset="1", class_="outer"),
        id=identifier,
        class_=class_,
    )


def _class(name: str) -> str:
    return f"i-{name.replace('_', '-')}"
