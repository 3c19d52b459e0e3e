"""Figures over time as an inline drawing: lines told apart by dash and mark, never by colour alone.

One scale, from zero where that does not hide what moved; every figure drawn stands in a table beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

from node.web.frame.markup import Element, Node, e

WIDTH, HEIGHT = 340.0, 210.0
WIDE = 680.0

# What an eye can follow; each has a dash and a mark of its own (style: charts.css).
LINES_MAX = 6

# On a line; the newest are drawn, the table and the file have more.
POINTS_MAX = 60
POINTS_BESIDE_MAX = 24

# Up to so many points each is labelled; of more, the first and the last.
LABELLED_MAX = 6

# Where all figures are closer together than this share of the largest, an axis from zero would hide them.
SHARE_SHOWN_FROM_ZERO = 0.15

# A thousandth of the smallest figure of a report (protocol.kinds.procedure.DECIMALS_MAX).
SPREAD_MIN = 1e-12

_TOP, _BOTTOM, _RIGHT = 26.0, 26.0, 14.0
_LETTER_WIDTH, _LABEL_GAP, _NAME_WIDTH = 7.4, 15.0, 190.0
_MARKS = ("circle", "square", "up", "diamond", "down", "cross")

Written = Callable[[float], str]
"""How a figure is written in the reader's language."""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure on a day, and how it is written."""

    day: date
    value: float
    written: str


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one series, oldest first; `name` stands at its end where several are drawn."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of values: its ends and the steps between."""

    low: float
    high: float
    step: float

    @property
    def from_zero(self) -> bool:
        """Whether zero is on it."""
        return self.low <= 0 <= self.high

    def ticks(self) -> list[float]:
        """Return where lines are drawn."""
        number = round((self.high - self.low) / self.step)
        return [self.low + self.step * at for at in range(number + 1)]

    @property
    def places(self) -> int:
        """Decimals with which its steps are told apart."""
        return max(0, -floor(log10(self.step) + 1e-9))


def scale_of(values: Sequence[float]) -> Scale:
    """Return the axis for some figures, in steps of 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    extent = max(abs(low), abs(high)) or 1.0
    if low >= 0 and high - low >= SHARE_SHOWN_FROM_ZERO * high:
        low = 0.0
    elif high <= 0 and high - low >= SHARE_SHOWN_FROM_ZERO * -low:
        high = 0.0
    # Closer together than a thousandth they are told apart by no axis; one of so much holds them.
    spread = max(high - low, extent / 1_000, SPREAD_MIN)
    step = _round_step(spread / 4)
    low, high = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return Scale(low, high if high > low else low + step, step)


def chart(
    title: str,
    said: str,
    lines: Sequence[Line],
    target: tuple[float, str] | None,
    written: Callable[[float, int], str],
    wide: bool = False,
) -> tuple[Element, bool]:
    """Return the drawing of lines, and whether its axis starts at zero.

    `said` tells in a sentence what is to be seen; `target` is a figure aimed at and how it is written;
    `written` writes a figure with so many decimals.  There is at least one point.
    """
    most = POINTS_BESIDE_MAX if wide else POINTS_MAX
    shown = [Line(line.name, line.points[-most:]) for line in lines[:LINES_MAX]]
    values = [point.value for line in shown for point in line.points]
    scale = scale_of([*values, *([target[0]] if target else [])])
    days = [point.day for line in shown for point in line.points]
    labels = [written(tick, scale.places) for tick in scale.ticks()]
    frame = _Frame(
        left=max(map(len, labels)) * _LETTER_WIDTH + 10,
        right=(WIDE if wide else WIDTH) - (_NAME_WIDTH if wide else _RIGHT),
        first=min(days),
        last=max(days),
        scale=scale,
    )
    width = WIDE if wide else WIDTH
    drawn = e(
        "svg",
        e("title", title),
        e("desc", said),
        [_grid(frame, tick, label) for tick, label in zip(scale.ticks(), labels, strict=True)],
        _years(frame),
        _target(frame, *target, shown[0].points) if target else None,
        [_line(frame, line, at, labelled=not wide) for at, line in enumerate(shown)],
        _names(frame, shown) if wide else None,
        viewBox=f"0 0 {width:.0f} {HEIGHT:.0f}",
        role="img",
        class_="chart wide-chart" if wide else "chart",
    )
    return drawn, scale.from_zero


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    right: float
    first: date
    last: date
    scale: Scale

    def x(self, day: date) -> float:
        days = (self.last - self.first).days
        if not days:
            return (self.left + self.right) / 2
        inset = 12.0
        return self.left + inset + (day - self.first).days / days * (self.right - self.left - 2 * inset)

    def y(self, value: float) -> float:
        share = (value - self.scale.low) / (self.scale.high - self.scale.low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def _grid(frame: _Frame, tick: float, label: str) -> Node:
    y = frame.y(tick)
    return [
        e("path", d=f"M{frame.left:.1f} {y:.1f}H{frame.right:.1f}", class_="zero" if tick == 0 else "grid"),
        e("text", label, x=f"{frame.left - 6:.1f}", y=f"{y + 4:.1f}", class_="tick"),
    ]


def _years(frame: _Frame) -> Node:
    """Return the years under the axis, as many as have room; the days themselves where all lie in one."""
    first, last = frame.first.year, frame.last.year
    room = max(1, int((frame.right - frame.left) / 52))
    step = ceil((last - first + 1) / room)
    labels: list[Node] = []
    for year in range(first, last + 1, step):
        # A report of a year ends on its last day: its name stands under the middle of what is drawn of it.
        day = min(max(date(year, 12, 31), frame.first), frame.last)
        labels.append(e("text", str(year), x=f"{frame.x(day):.1f}", y=f"{HEIGHT - 7:.1f}", class_="year"))
    return labels


def _target(frame: _Frame, value: float, label: str, points: Sequence[Point]) -> Node:
    """Return the line that is aimed at, its name at the end that lies farther from what was reached."""
    y, first, last = frame.y(value), frame.y(points[0].value), frame.y(points[-1].value)
    at_end = abs(last - y) > abs(first - y)
    # On the side of the line where the figures are not.
    below = (last if at_end else first) < y
    return [
        e("path", d=f"M{frame.left:.1f} {y:.1f}H{frame.right:.1f}", class_="target"),
        e(
            "text",
            label,
            x=f"{frame.right if at_end else frame.left + 4:.1f}",
            y=f"{y + 14 if below else max(y - 5, 11):.1f}",
            class_=f"target-name {'at-end' if at_end else 'at-start'}",
        ),
    ]


def _line(frame: _Frame, line: Line, at: int, labelled: bool) -> Element:
    places = [(frame.x(point.day), frame.y(point.value), point) for point in line.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in places)
    told = places if len(places) <= LABELLED_MAX else [places[0], places[-1]]
    return e(
        "g",
        e("path", d=path, class_="line") if len(places) > 1 else None,
        [_mark(x, y, _MARKS[at]) for x, y, _ in places],
        [_label(frame, x, y, point.written) for x, y, point in told] if labelled else None,
        class_=f"line-{at + 1}",
    )


def _label(frame: _Frame, x: float, y: float, text: str) -> Element:
    half = len(text) * _LETTER_WIDTH / 2
    x = min(max(x, frame.left + half), frame.right + _RIGHT - half)
    return e("text", text, x=f"{x:.1f}", y=f"{max(y - 9, 10):.1f}", class_="value")


def _mark(x: float, y: float, shape: str) -> Element:
    r, d = 4.0, 5.5
    paths = {
        "square": f"M{x - r:.1f} {y - r:.1f}h{2 * r}v{2 * r}h-{2 * r}z",
        "up": f"M{x:.1f} {y - r - 1:.1f}L{x + r + 1:.1f} {y + r:.1f}H{x - r - 1:.1f}z",
        "diamond": f"M{x:.1f} {y - d:.1f}l{d} {d}l-{d} {d}l-{d} -{d}z",
        "down": f"M{x:.1f} {y + r + 1:.1f}L{x + r + 1:.1f} {y - r:.1f}H{x - r - 1:.1f}z",
        "cross": f"M{x - r:.1f} {y - r:.1f}l{2 * r} {2 * r}M{x + r:.1f} {y - r:.1f}l-{2 * r} {2 * r}",
    }
    if shape == "circle":
        return e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{r:g}", class_="mark-point")
    return e("path", d=paths[shape], class_="mark-point")


def _names(frame: _Frame, lines: Sequence[Line]) -> Node:
    """Return the names of lines beside their ends, moved apart where they would cover one another."""
    ends = sorted((frame.y(line.points[-1].value), at) for at, line in enumerate(lines))
    placed: list[Node] = []
    above = -1e9
    lowest = HEIGHT - 8 - _LABEL_GAP * (len(ends) - 1)
    for number, (y, at) in enumerate(ends):
        here = min(max(y + 4, above + _LABEL_GAP, 10.0), lowest + _LABEL_GAP * number)
        above = here
        x = frame.x(lines[at].points[-1].day) + 12
        placed.append(
            e(
                "g",
                e("text", lines[at].name, x=f"{x:.1f}", y=f"{here:.1f}", class_="name"),
                class_=f"line-{at + 1}",
            )
        )
    return placed
