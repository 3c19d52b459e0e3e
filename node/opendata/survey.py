"""What a collection comes to: how much there is, where, since when, and under which licences."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from node.atlas.reading import Atlas
from protocol.geometry_units import LONGITUDE_MAX, BoundingBox

# The most frequent of them; a stranger can make up any number.
LICENCES_MAX = 50

_TOTALS = """
    SELECT count(*), min(since), max(changed), min(west), min(south), max(east), max(north), max(west > east)
    FROM feature WHERE collection = ?
"""
_LICENCES = f"""
    SELECT licence, count(*) FROM feature WHERE collection = ? AND licence IS NOT NULL
    GROUP BY licence ORDER BY 2 DESC, 1 LIMIT {LICENCES_MAX}
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """A collection in figures: `licences` says how many features are under each, the most frequent first;
    `since_ms` is when the first was told of, `changed_ms` when the last was signed; `box` is around all."""

    number: int = 0
    licences: Mapping[str, int] = field(default_factory=dict)
    since_ms: int | None = None
    changed_ms: int | None = None
    box: BoundingBox | None = None


class Surveyor:
    """Surveys an atlas, each collection once for each of its versions."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._known: dict[str, tuple[int, Survey]] = {}

    async def survey(self, collection: str) -> Survey:
        """Return what a collection comes to.

        Raises `StoreError`, which may be `SearchTooLong` or `AtlasUnfinished`.
        """
        await self._atlas.require_complete()
        version = await self._atlas.version()
        known = self._known.get(collection)
        if known is None or known[0] != version:
            known = self._known[collection] = (version, await self._survey(collection))
        return known[1]

    async def _survey(self, collection: str) -> Survey:
        rows = await self._atlas.rows(_TOTALS, (collection,))
        if not rows or not rows[0][0]:
            return Survey()
        number, since_ms, changed_ms, *edges, across = rows[0]
        box = None if edges[0] is None else BoundingBox(*edges)
        if box is not None and across:
            box = box._replace(west=-LONGITUDE_MAX, east=LONGITUDE_MAX)
        licences = await self._atlas.rows(_LICENCES, (collection,))
        return Survey(number, dict(licences), since_ms, changed_ms, box)
