"""Reading what territories come to: sums over their spots (`node.store.placed`), and the pacts about commons
in them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.store.bulk import select_in, select_rows
from node.store.connection import ReadingConnection
from node.store.interface import (
    PAGE_LENGTH_MAX,
    PARTS_LENGTH_MAX,
    TerritoryRow,
    TerritoryView,
    ThingPage,
    ThingRow,
)
from node.store.thing_rows import THING_COLUMNS, THING_JOINS, page_mark, row_at
from protocol.kinds.placing import EVERYWHERE, NOWHERE, Step, TerritoryId, best_name, territory_ids
from protocol.state.mentions import Role
from protocol.state.territories import IN_FORCE, Figures, Sum

# Nine levels are known, and twice as many still are a chain that somebody can follow.
CHAIN_LENGTH_MAX = 18

# Languages in which a territory is called something, the most used first; strangers can make up any number.
LANGUAGES_NAMED_MAX = 12

# Namesakes of a territory and places about it that are shown.
BESIDE_MAX = 20

# Up to so many commons are put in order for a list; where a territory has more, things are read in order and
# tried one by one, as for boxes.
COMMONS_SORTED_MAX = 20_000

# What lies beyond whole square kilometres is summed apart: together they might pass 63 bits.
_SUMS = "sum(ss.number), sum(ss.measured), sum(ss.area / 1000000), sum(ss.area % 1000000)"
_ROW = "t.id, t.parent, t.level, t.by, t.word"

# The thing of a commons that is named, by the number of the first record about it to come.
_NAMED = (
    "(SELECT min(x.seq) FROM (SELECT r.seq FROM record r WHERE r.id = m.named AND r.subject IS NULL"
    " UNION ALL SELECT min(r.seq) FROM record r WHERE r.subject = m.named) x)"
)


@dataclass(slots=True)
class _Pact:
    """A pact that counts in a territory, with the resources of the commons there that it names, by spot."""

    row: ThingRow
    spots: dict[int, set[str]] = field(default_factory=dict)


class TerritoryReader:
    """Answers questions about territories, from the last commit.  Each may raise `StoreError`."""

    def __init__(self, db: ReadingConnection) -> None:
        self._db = db

    async def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await select_rows(self._db, sql, parameters)

    async def territory(
        self, territory: TerritoryId, now_ms: int, limit: int, after: int
    ) -> TerritoryView | None:
        """See `Store.territory`."""
        chain = await self._chain(territory)
        if not chain and territory not in (EVERYWHERE, NOWHERE):
            return None
        figures = await self._figures(territory)
        pacts = await self._pacts(territory, figures.commons.number, now_ms)
        for pact in pacts:
            figures.pacts[pact.row.status] += 1
            if pact.row.status in IN_FORCE:
                figures.in_force.update(set().union(*pact.spots.values()))
        documents = await self._documents(territory, now_ms) if chain else []
        figures.documented_by.update(row.subject for row in documents)
        parts, following = await self._parts(territory, pacts, limit, after)
        return TerritoryView(
            row=chain[0] if chain else TerritoryRow(territory, EVERYWHERE, None, {}),
            around=chain[1:],
            figures=figures,
            parts=parts,
            after=following,
            namesakes=await self._namesakes(chain[0]) if chain else [],
            documented_by=documents,
        )

    async def territories_called(self, names: Iterable[str], limit: int) -> list[TerritoryRow]:
        """See `Store.territories_called`."""
        rows = await select_in(
            self._db,
            f"SELECT {_ROW} FROM territory t WHERE t.word IN (?*) OR t.id IN"
            " (SELECT n.territory FROM territory_name n WHERE n.name IN (?*))"
            f" ORDER BY t.named DESC, t.id LIMIT {min(limit, PAGE_LENGTH_MAX)}",
            names,
        )
        return await self._named(rows)

    async def territories_with_id(self, text_prefix: str, limit: int) -> list[TerritoryRow]:
        """See `Store.territories_with_id`."""
        low, high = territory_ids(text_prefix)
        rows = await self._rows(
            f"SELECT {_ROW} FROM territory t WHERE t.id BETWEEN ? AND ? ORDER BY t.id LIMIT ?",
            (low, high, min(limit, PAGE_LENGTH_MAX)),
        )
        return await self._named(rows)

    async def things_in(self, territory: TerritoryId, now_ms: int, limit: int, after: str) -> ThingPage:
        """See `Store.things_in`."""
        limit = max(1, min(limit, PAGE_LENGTH_MAX))
        where, bound = _lying_in(territory, "t")
        [(many,)] = await self._rows(
            f"SELECT count(*) FROM (SELECT 1 FROM thing t WHERE {where} LIMIT {COMMONS_SORTED_MAX + 1})",
            bound,
        )
        if many > COMMONS_SORTED_MAX:
            # Read in the order of the list: not by the index of spots.
            where = f"+{where} AND t.kind = 'commons' AND (t.rank, t.seq) < (?, ?)"
        else:
            where += " AND +t.kind = 'commons' AND (+t.rank, +t.seq) < (?, ?)"
        rows = await self._rows(
            f"SELECT {THING_COLUMNS}, t.rank FROM thing t{THING_JOINS} WHERE {where}"
            " ORDER BY t.rank DESC, t.seq DESC LIMIT ?",
            (*bound, *page_mark(after), limit + 1),
        )
        page = [row_at(row, now_ms)[0] for *row, _ in rows[:limit]]
        return ThingPage(page, f"{rows[limit - 1][-1]}.{page[-1].seq}" if len(rows) > limit else None)

    async def _chain(self, territory: TerritoryId) -> list[TerritoryRow]:
        """Return a territory and those around it, the largest last; none where nothing names it."""
        chain: list[tuple[Any, ...]] = []
        at: int = territory
        while at != EVERYWHERE and len(chain) < CHAIN_LENGTH_MAX:
            rows = await self._rows(f"SELECT {_ROW} FROM territory t WHERE t.id = ?", (at,))
            if not rows:
                break
            chain += rows
            at = rows[0][1]
        return await self._named(chain)

    async def _figures(self, territory: TerritoryId) -> Figures:
        source, bound = "spot s CROSS JOIN spot_sum ss ON ss.spot = s.spot WHERE s.territory = ?", [territory]
        if territory == NOWHERE:
            source = "spot_sum ss WHERE ss.spot = ?"
        elif territory == EVERYWHERE:
            source, bound = "spot_sum ss", []
        rows = await self._rows(
            f"SELECT ss.status, ss.resources, {_SUMS} FROM {source} GROUP BY ss.status, ss.resources", bound
        )
        figures = Figures()
        for status, resources, *sums in rows:
            one = _sum(sums)
            figures.commons.join(one)
            figures.by_status.setdefault(status, Sum()).join(one)
            for resource in resources.split():
                figures.by_resource.setdefault(resource, Sum()).join(one)
        return figures

    async def _pacts(self, territory: TerritoryId, commons: int, now_ms: int) -> list[_Pact]:
        """Return the pacts that count in a territory of so many commons."""
        if territory in (EVERYWHERE, NOWHERE):
            found = await self._pacts_naming("", [], now_ms)
            if territory == EVERYWHERE:
                return found
            lost = [pact for pact in found if not pact.spots or NOWHERE in pact.spots]
            return [_Pact(p.row, {s: r for s, r in p.spots.items() if s == NOWHERE}) for p in lost]
        where, bound = _lying_in(territory, "c")
        [(all_pacts,)] = await self._rows(
            "SELECT coalesce(max(number), 0) FROM tally WHERE name = 'thing:pact'"
        )
        if commons > all_pacts:
            return await self._pacts_naming(f" AND {where}", bound, now_ms)
        rows = await self._rows(
            f"SELECT {THING_COLUMNS}, c.spot, c.resources FROM thing c CROSS JOIN record ca ON ca.seq = c.seq"
            f" CROSS JOIN mention m ON m.named = coalesce(ca.subject, ca.id) AND m.role = {Role.COMMONS:d}"
            f" CROSS JOIN thing t ON t.seq = m.thing{THING_JOINS}"
            f" WHERE {where} AND +c.kind = 'commons' AND +t.kind = 'pact'",
            bound,
        )
        return _gathered(rows, now_ms)

    async def _pacts_naming(self, where: str, bound: Sequence[Any], now_ms: int) -> list[_Pact]:
        """Return all pacts, or those that name commons of which something holds."""
        rows = await self._rows(
            f"SELECT {THING_COLUMNS}, c.spot, c.resources FROM thing t{THING_JOINS}"
            f" LEFT JOIN mention m ON m.thing = t.seq AND m.role = {Role.COMMONS:d}"
            f" LEFT JOIN thing c ON c.seq = {_NAMED} AND c.kind = 'commons'"
            f" WHERE t.kind = 'pact'{where}",
            bound,
        )
        return _gathered(rows, now_ms)

    async def _parts(
        self, territory: TerritoryId, pacts: Iterable[_Pact], limit: int, after: int
    ) -> tuple[list[TerritoryRow], int | None]:
        """Return the territories within one, those of most commons first, and where the next page begins."""
        limit = max(1, min(limit, PARTS_LENGTH_MAX))
        rows = await self._rows(
            f"SELECT {_ROW}, {_SUMS} FROM territory t LEFT JOIN spot s ON s.territory = t.id"
            " LEFT JOIN spot_sum ss ON ss.spot = s.spot WHERE t.parent = ? AND t.id != ?"
            " GROUP BY t.id ORDER BY coalesce(sum(ss.number), 0) DESC, t.id LIMIT ? OFFSET ?",
            (territory, territory, limit + 1, after),
        )
        found = rows[:limit]
        in_force = await self._in_force({row[0] for row in found}, pacts)
        following = after + limit if len(rows) > limit else None
        return await self._named(found, in_force), following

    async def _in_force(self, parts: set[int], pacts: Iterable[_Pact]) -> Counter[int]:
        """Return how many pacts are in force in each of some territories."""
        running = [pact for pact in pacts if pact.row.status in IN_FORCE]
        rows = await select_in(
            self._db,
            "SELECT spot, territory FROM spot WHERE spot IN (?*)",
            {spot for pact in running for spot in pact.spots},
        )
        parts_of: dict[int, set[int]] = {}
        for spot, territory in rows:
            if territory in parts:
                parts_of.setdefault(spot, set()).add(territory)
        counted: Counter[int] = Counter()
        for pact in running:
            counted.update({part for spot in pact.spots for part in parts_of.get(spot, ())})
        return counted

    async def _namesakes(self, row: TerritoryRow) -> list[TerritoryRow]:
        """Return territories of the same level and name, or code: they may be the same or not."""
        assert row.step is not None
        found = await self.territories_called({row.step.word, *row.title.values()}, 4 * BESIDE_MAX)
        alike = {o.id: o for o in found if o.id != row.id and o.step and o.step.level == row.step.level}
        return list(alike.values())[:BESIDE_MAX]

    async def _documents(self, territory: TerritoryId, now_ms: int) -> list[ThingRow]:
        rows = await self._rows(
            f"SELECT {THING_COLUMNS} FROM thing t{THING_JOINS} WHERE t.spot = ? AND +t.kind = 'place'"
            " ORDER BY t.rank DESC, t.seq DESC LIMIT ?",
            (territory, BESIDE_MAX),
        )
        return [row_at(row, now_ms)[0] for row in rows]

    async def _named(
        self, rows: Sequence[tuple[Any, ...]], in_force: Mapping[int, int] | None = None
    ) -> list[TerritoryRow]:
        """Return rows of territories, with what each is called."""
        titles = await self._titles({territory for row in rows for territory in row[:2]})
        return [
            TerritoryRow(
                TerritoryId(territory),
                TerritoryId(around),
                Step(level, by, word),
                titles.get(territory, {}),
                titles.get(around, {}),
                _sum(sums),
                (in_force or {}).get(territory, 0),
            )
            for territory, around, level, by, word, *sums in rows
        ]

    async def _titles(self, territories: Iterable[int]) -> dict[int, Mapping[str, str]]:
        """Return for each language the name that a territory is given most often."""
        rows = await select_in(
            self._db,
            "SELECT territory, tag, name, number FROM (SELECT territory, tag, name, number, row_number() OVER"
            " (PARTITION BY territory, tag ORDER BY number DESC, name) AS place FROM territory_name"
            " WHERE territory IN (?*)) WHERE place = 1 ORDER BY number DESC, tag",
            territories,
        )
        names: dict[int, dict[str, tuple[str, int]]] = {}
        for territory, tag, name, number in rows:
            given = names.setdefault(territory, {})
            if len(given) < LANGUAGES_NAMED_MAX:
                given[tag] = (name, number)
        return {
            territory: best_name((tag, name, number) for tag, (name, number) in given.items())
            for territory, given in names.items()
        }


def _lying_in(territory: TerritoryId, alias: str) -> tuple[str, list[int]]:
    """Return SQL for the things that lie in a territory; places lie at what they document."""
    if territory == EVERYWHERE:
        return f"{alias}.spot IS NOT NULL", []
    if territory == NOWHERE:
        return f"{alias}.spot = ?", [territory]
    return f"{alias}.spot IN (SELECT s.spot FROM spot s WHERE s.territory = ?)", [territory]


def _gathered(rows: Iterable[tuple[Any, ...]], now_ms: int) -> list[_Pact]:
    """Return pacts from rows of each with each commons that it names."""
    found: dict[int, _Pact] = {}
    for *columns, spot, resources in rows:
        pact = found.get(columns[0])
        if pact is None:
            pact = found[columns[0]] = _Pact(row_at(columns, now_ms)[0])
        if spot is not None:
            pact.spots.setdefault(spot, set()).update((resources or "").split())
    return list(found.values())


def _sum(sums: Sequence[Any]) -> Sum:
    """Return the sum of the columns `_SUMS`; none of them where they were not read or there is nothing."""
    if not sums or sums[0] is None:
        return Sum()
    number, measured, whole_km2, beyond_m2 = sums
    return Sum(number, measured, int(whole_km2) * 1_000_000 + int(beyond_m2))
