"""Marks that lie on one another on a drawn map: one circle with their number, leading closer."""

from dataclasses import dataclass

from node.web.frame.markup import Element, Node, e
from node.web.map.mark import Mark
from node.web.map.sheet import Sheet
from node.web.words.speech import Speech

# Icons closer than this, in pixels, are one circle with their number.
CELL = 40.0

# The least radius, and how much a digit adds, in pixels.
RADIUS_MIN, RADIUS_OF_DIGIT = 13.0, 4.2

# How much closer a circle leads, and how close at most.
CLOSER, CLOSE_MAX = 2.5, 12.0


@dataclass(slots=True)
class Cluster:
    """Where some marks lie, how many, and the one mark where it is one that is known."""

    x: float
    y: float
    number: int
    mark: Mark | None = None


def gather(clusters: list[Cluster], x: float, y: float, number: int = 1, mark: Mark | None = None) -> None:
    """Add marks to the cluster that is near, or to none."""
    for one in clusters:
        if abs(one.x - x) < CELL and abs(one.y - y) < CELL:
            one.number += number
            one.x += (x - one.x) * number / one.number
            one.y += (y - one.y) * number / one.number
            one.mark = None
            return
    clusters.append(Cluster(x, y, number, mark))


def circle(cluster: Cluster, sheet: Sheet, say: Speech, closer: str | None) -> Element:
    """Return the circle of a cluster; `closer` is the address of a map, to which the place is added."""
    number, x, y = say.number(cluster.number), cluster.x, cluster.y
    radius = RADIUS_MIN + RADIUS_OF_DIGIT * (len(number) - 1)
    drawn: Node = [
        e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:.1f}"),
        e("text", number, x=f"{x:.1f}", y=f"{y:.1f}", dy="0.35em", text_anchor="middle"),
    ]
    title = e("title", say.count("{n} commons", "{n} commons", cluster.number))
    if closer is None:
        return e("g", title, drawn, class_="several")
    lon, lat = sheet.degrees(x, y)
    zoom = min(sheet.zoom + CLOSER, CLOSE_MAX)
    return e("a", title, drawn, href=f"{closer}map={zoom:.1f}/{lat:.3f}/{lon:.3f}", class_="several")
