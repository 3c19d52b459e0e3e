"""What things add to the territories they lie in, and take away again: kept as sums, so that a million
commons need not be counted when somebody asks.

Commons are summed up by their *spot*: all the territories that one names.  A spot's territories never change,
so what a territory comes to is the sum over the spots in it, and a commons that lies in two provinces counts
once in their nation.  What a version added is found from the version itself, as its words are
(`node.store.derive`).
"""

from collections import Counter
from dataclasses import dataclass, field

import aiosqlite

from node.store.bulk import insert_rows, select_in
from protocol.kinds.placing import Naming, Placing, SpotId, TerritoryId, unpacked

DERIVED_DROP = tuple(
    f"DROP TABLE IF EXISTS {table}" for table in ("territory", "territory_name", "spot", "spot_sum")
)
DERIVED_CREATE = (
    # `parent` is what it lies in, 0 for one that lies in no other; `named` counts the things that name it.
    """CREATE TABLE territory (
        id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, level TEXT NOT NULL, by TEXT NOT NULL,
        word TEXT NOT NULL, named INTEGER NOT NULL)""",
    "CREATE INDEX territory_by_parent ON territory (parent)",
    "CREATE INDEX territory_by_word ON territory (word)",
    """CREATE TABLE territory_name (
        territory INTEGER, tag TEXT, name TEXT, number INTEGER NOT NULL,
        PRIMARY KEY (territory, tag, name)) WITHOUT ROWID""",
    "CREATE TABLE spot (territory INTEGER, spot INTEGER, PRIMARY KEY (territory, spot)) WITHOUT ROWID",
    "CREATE INDEX spot_by_spot ON spot (spot)",
    # Of the commons of a status and with these resources: how many, of how many the area is known, its sum.
    """CREATE TABLE spot_sum (
        spot INTEGER, status TEXT, resources TEXT, number INTEGER NOT NULL, measured INTEGER NOT NULL,
        area INTEGER NOT NULL, PRIMARY KEY (spot, status, resources)) WITHOUT ROWID""",
)


@dataclass(slots=True)
class PlacedChanges:
    """What is to be added to the sums, and taken from them."""

    # By spot, status and resources: how many commons, of how many the area is known, its sum.
    sums: dict[tuple[SpotId, str, tuple[str, ...]], list[int]] = field(default_factory=dict)
    # Of each spot, its territories as a commons there names them, and by how many things they are named so:
    # unpacked only to be written, for most of a batch name what their neighbours name.
    spots: dict[SpotId, bytes] = field(default_factory=dict)
    named: dict[bytes, int] = field(default_factory=dict)

    def add(self, status: str, placing: Placing) -> None:
        """Count what the version shown of a thing says of where it lies."""
        self._note(status, placing, 1)

    def take(self, status: str, placing: Placing) -> None:
        """Take away what the version shown before has added."""
        self._note(status, placing, -1)

    def _note(self, status: str, placing: Placing, sign: int) -> None:
        packed, spot, documents, resources, area_m2 = placing
        self.named[packed] = self.named.get(packed, 0) + sign
        if documents is not None:
            return
        held = self.sums.get(key := (spot, status, resources))
        if held is None:
            self.spots[spot] = packed
            held = self.sums[key] = [0, 0, 0]
        held[0] += sign
        if area_m2 is not None:
            held[1] += sign
            held[2] += sign * area_m2


def spot_of(placing: Placing | None) -> int | None:
    """Return where lists look for a thing that lies somewhere; for a place, at what it documents."""
    if placing is None:
        return None
    return placing.spot if placing.documents is None else placing.documents


async def write_placed(db: aiosqlite.Connection, changes: PlacedChanges) -> None:
    """Write what has changed; the caller holds the transaction."""
    await _write_sums(db, changes)
    await _write_spots(db, changes)
    await _write_namings(db, changes)


async def _write_sums(db: aiosqlite.Connection, changes: PlacedChanges) -> None:
    rows = [
        (spot, status, " ".join(resources), *numbers)
        for (spot, status, resources), numbers in sorted(changes.sums.items())
        if any(numbers)
    ]
    await insert_rows(
        db,
        "INSERT INTO spot_sum",
        rows,
        "ON CONFLICT DO UPDATE SET number = number + excluded.number,"
        " measured = measured + excluded.measured, area = area + excluded.area",
    )
    less = [
        (spot, status, " ".join(resources))
        for (spot, status, resources), numbers in sorted(changes.sums.items())
        if numbers[0] < 0
    ]
    if less:
        await db.executemany(
            "DELETE FROM spot_sum WHERE spot = ? AND status = ? AND resources = ? AND number = 0", less
        )


async def _write_spots(db: aiosqlite.Connection, changes: PlacedChanges) -> None:
    rows = await select_in(db, "SELECT spot FROM spot WHERE spot IN (?*)", changes.spots)
    known = {row[0] for row in rows}
    new = [
        (naming.id, spot)
        for spot, packed in changes.spots.items()
        if spot not in known
        for naming in unpacked(packed)
    ]
    await insert_rows(db, "INSERT INTO spot", sorted(new))


async def _write_namings(db: aiosqlite.Connection, changes: PlacedChanges) -> None:
    """Count how often territories are named, and how; what nothing names any more leaves no trace."""
    met: dict[TerritoryId, Naming] = {}
    named: Counter[TerritoryId] = Counter()
    names: Counter[tuple[TerritoryId, str, str]] = Counter()
    for packed, number in changes.named.items():
        for naming in unpacked(packed):
            met[naming.id] = naming
            named[naming.id] += number
            for tag, name in naming.names:
                names[naming.id, tag, name] += number
    await insert_rows(
        db,
        "INSERT INTO territory",
        [
            (territory, met[territory].around, *met[territory].step, number)
            for territory, number in sorted(named.items())
            if number
        ],
        "ON CONFLICT DO UPDATE SET named = named + excluded.named",
    )
    await insert_rows(
        db,
        "INSERT INTO territory_name",
        [(*key, number) for key, number in sorted(names.items()) if number],
        "ON CONFLICT DO UPDATE SET number = number + excluded.number",
    )
    gone = [territory for territory, number in named.items() if number < 0]
    await select_in(db, "DELETE FROM territory WHERE named = 0 AND id IN (?*)", gone)
    less = sorted(key for key, number in names.items() if number < 0)
    if less:
        await db.executemany(
            "DELETE FROM territory_name WHERE territory = ? AND tag = ? AND name = ? AND number = 0", less
        )
