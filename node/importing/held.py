"""What a node holds already where, or under the name under which, a file would put something."""

import re
from collections.abc import Mapping, Sequence

from node.claims.names import NameMatch, compare_names
from node.claims.nearness import widened
from node.importing.preview import Candidate, Preview
from node.importing.rows import remark
from node.store.interface import Store, ThingRow
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId

# Candidates that are compared; each is one question to the store.
COMPARED_MAX = 5_000

# Things around one that are looked at.
AROUND_MAX = 50

# How much of two boxes is common to both, of what they cover together, where they are one place.
SAME_BOX_MIN_SHARE = 0.9


async def doubt_what_is_held(store: Store, seen: Preview, actor: ActorId | None) -> None:
    """Add a doubt to every candidate of a preview that may be held already.

    What `actor` imported from the same source before is known by that, and is no doubt.  Raises `StoreError`.
    """
    doubts: dict[int, Sequence[str]] = {}
    for candidate in seen.candidates[:COMPARED_MAX]:
        box = candidate.box
        if candidate.kind != "commons" or candidate.changes or box is None:
            continue
        page = await store.things(kind="commons", bbox=widened(box), limit=AROUND_MAX, after="")
        found = max((_likeness(candidate, box, row) for row in page.rows), default=(0, ""))
        if found[0]:
            doubts[candidate.row] = [found[1]]
    seen.doubt(doubts)


def _likeness(candidate: Candidate, box: BoundingBox, row: ThingRow) -> tuple[int, str]:
    """Return how much a thing is like a candidate, 0 where it is not, and what to ask then."""
    named = _name(row.title)
    match = compare_names({"und": candidate.label}, row.title)
    if match is NameMatch.SIMILAR and _figures(candidate.label) not in map(_figures, row.title.values()):
        match = NameMatch.DIFFERENT  # spring 1 is not spring 3
    same_box = row.bbox is not None and _share(box, row.bbox) >= SAME_BOX_MIN_SHARE
    if match:
        likeness = 2 * int(match) + int(same_box)
        return likeness, remark(
            f"{named!r:.80} is held here already, near by and called alike: is it the same?"
        )
    if same_box:
        return 1, remark(f"{named!r:.80} is held here already, and lies in the same place: is it the same?")
    return 0, ""


def _figures(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", name))


def _name(title: Mapping[str, str]) -> str:
    return title[min(title)] if title else ""


def _share(one: BoundingBox, other: BoundingBox) -> float:
    """Return how much two boxes have in common, of what both cover: 1 where they are the same."""
    if one == other:
        return 1.0
    width = min(one.east, other.east) - max(one.west, other.west)
    height = min(one.north, other.north) - max(one.south, other.south)
    if width <= 0 or height <= 0:
        return 0.0
    both = _area(one) + _area(other) - width * height
    return width * height / both if both > 0 else 0.0


def _area(box: BoundingBox) -> int:
    return (box.east - box.west) * (box.north - box.south)
