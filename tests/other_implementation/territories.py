"""Which territory is which, and what it comes to: §8.12, with nothing of this project's own code."""

import math
import re
import unicodedata
from collections import Counter
from typing import Any

from .authority import Held
from .courses import Course
from .things import Thing
from .values import digest, encode

LEVELS = (
    *("community", "neighbourhood", "parish", "municipality", "district"),
    *("canton", "province", "region", "nation"),
)
PACT_STATUSES = {"in_force", "contested", "proposed", "reported", "ended", "declined", "partly_signed"}
LARGEST_M2 = 2 * 10**13


def fold(name: str) -> str:
    bare = [c for c in unicodedata.normalize("NFKD", name) if unicodedata.combining(c) < 200]
    kept = [c if unicodedata.category(c)[0] in "LNM" else " " for c in "".join(bare).casefold()]
    return unicodedata.normalize("NFC", " ".join("".join(kept).split())) or name


def words(entry: dict[str, Any]) -> tuple[str, str]:
    code = entry.get("code")
    if code and code.strip():
        return "code", re.sub(r"\s+", " ", code.casefold()).strip()
    return "name", fold(entry["name"][min(entry["name"])])


def number(purpose: str, data: bytes) -> int:
    return max(int.from_bytes(digest(purpose, data), "big") >> 196, 2)


def text(territory: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[(territory >> 5 * place) % 32] for place in reversed(range(12)))


def size(level: str) -> int:
    return LEVELS.index("municipality" if level == "district" else level)


def territories(kind: str, content: dict[str, Any]) -> tuple[dict[tuple[str, str, str], int], int | None]:
    """The id of each territory that a content names; for a place, the one it documents."""
    entries = list(content.get("territory", []))
    if kind == "place":
        entries.insert(0, content)
    known = [entry["level"] for entry in entries if entry["level"] in LEVELS]
    if known and size(known[0]) > size(known[-1]):
        entries.reverse()
    order: list[tuple[int, str]] = []
    below = -1
    named: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        level = entry["level"]
        below = size(level) if level in LEVELS else below
        if level not in named:
            order.append((below, level))
        named.setdefault(level, set()).add(words(entry))
    found: dict[tuple[str, str, str], int] = {}
    around = 0
    # Of one size, what was read first is the smaller.
    for _, level in sorted(order, key=lambda one: one[0])[::-1]:
        for by, word in named[level]:
            found[level, by, word] = number(
                "territory", around.to_bytes(8, "big") + encode([level, by, word])
            )
        if len(named[level]) == 1:
            around = found[(level, *next(iter(named[level])))]
    return found, found[(content["level"], *words(content))] if kind == "place" else None


def q(latitude: float) -> float:
    e2 = (1 / 298.257223563) * (2 - 1 / 298.257223563)
    e, s = math.sqrt(e2), math.sin(latitude)
    return (1 - e2) * (s / (1 - e2 * s * s) + math.atanh(e * s) / e)


def area(geometry: dict[str, Any]) -> int | None:
    """By the trapezoid rule, in pieces so short that it does not matter."""
    rings = {"Polygon": lambda c: c, "MultiPolygon": lambda c: [ring for part in c for ring in part]}
    if geometry["type"] not in rings:
        return None
    total = 0.0
    for ring in rings[geometry["type"]](geometry["coordinates"]):
        at = [math.radians(unit / 1e7) for unit in ring]
        for x0, y0, x1, y1 in zip(at[0::2], at[1::2], at[2::2], at[3::2], strict=False):
            pieces = 64
            heights = [q(y0 + (y1 - y0) * piece / pieces) for piece in range(pieces + 1)]
            mean = (sum(heights) - (heights[0] + heights[-1]) / 2) / pieces
            total -= 6_378_137.0**2 / 2 * (x1 - x0) * mean
    return round(total) if round(total) > 0 else None


def area_of(content: dict[str, Any]) -> int | None:
    stated = (content.get("area") or {}).get("square_metres")
    geometry = content.get("geometry")
    if stated is None and geometry and content.get("sensitivity", "public") == "public":
        stated = area(geometry)
    return stated if stated is not None and stated <= LARGEST_M2 else None


class Figures:
    """What territories come to at a moment, by the text of their ids; 0 is the whole, 1 what names none."""

    def __init__(self, held: Held, moment: int) -> None:
        self.figures: dict[str, dict[str, Any]] = {}
        lies: dict[bytes, tuple[set[int], set[str]]] = {}
        things = [Thing(held, subject) for subject in held.about]
        for thing in things:
            content = thing.content(thing.display) if thing.display else None
            if content is None or thing.kind not in ("commons", "place"):
                continue
            named, documents = territories(thing.kind, content)
            for territory in named.values():
                self._of(territory)
            if documents is not None:
                self._of(documents)["documented_by"].append(thing.subject.hex())
                continue
            where = {0, *(named.values() or (1,))}
            lies[thing.subject] = where, set(content["resources"])
            for territory in where:
                self._add(territory, thing.status, content)
        for thing in things:
            if thing.kind == "pact":
                self._add_pact(held, thing, lies, moment)
        for one in self.figures.values():
            one["documented_by"].sort()

    def _of(self, territory: int) -> dict[str, Any]:
        name = str(territory) if territory < 2 else text(territory)
        empty = {"commons": [0, 0, 0], "by_status": {}, "by_resource": {}, "pacts": Counter()}
        return self.figures.setdefault(name, {**empty, "in_force": Counter(), "documented_by": []})

    def _add(self, territory: int, status: str, content: dict[str, Any]) -> None:
        one, square_metres = self._of(territory), area_of(content)
        sums = [one["commons"], one["by_status"].setdefault(status, [0, 0, 0])]
        sums += [one["by_resource"].setdefault(slug, [0, 0, 0]) for slug in set(content["resources"])]
        for held in sums:
            held[0] += 1
            held[1] += square_metres is not None
            held[2] += square_metres or 0

    def _add_pact(
        self, held: Held, pact: Thing, lies: dict[bytes, tuple[set[int], set[str]]], moment: int
    ) -> None:
        content = (pact.content(pact.display) if pact.display else None) or {}
        status = pact.status
        if status in PACT_STATUSES:
            status = Course(held, pact.subject, moment).status
        about = [lies[c["subject"]] for c in content.get("commons", []) if c.get("subject") in lies]
        for territory in set().union(*(where for where, _ in about)) or {0, 1}:
            one = self._of(territory)
            one["pacts"][status] += 1
            if status in ("in_force", "under_review"):
                one["in_force"].update(set().union(*(slugs for where, slugs in about if territory in where)))
