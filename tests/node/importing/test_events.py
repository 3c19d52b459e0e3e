"""The history of Palermo's pacts, replayed as records: their status is what the file says, day by day."""

import asyncio
import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from node.importing.event_signing import EventsImported, import_events
from node.importing.mapping import choose_mapping
from node.importing.plan import plan
from node.importing.readers import open_input
from node.importing.signing import Documenter, import_commons, recorded_before
from node.store.sqlite import SqliteStore
from protocol.identifiers import ActorId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, NOT_YET_RECORDED, Course, course
from protocol.state.fold import ThingState
from tests.node.store.samples import Person
from tests.shared_inputs import shared_path

HEADINGS = ["timestamp", "patto_id", "event", "field", "old_value", "new_value"]
Row = dict[str, str]

# What docs/palermo.md says that each word of the city comes to; the test of the page is in test_event_words.
STATUS_OF = {
    "Istruttoria in corso": "under_evaluation",
    "In attesa di integrazione": "awaiting_information",
    "Respinta": "refused",
    "Archiviata": "shelved",
    "Patto stipulato": "in_force",
    "Proroga e/o Monitoraggio e valutazione dei risultati": "under_review",
}


def real_rows() -> list[Row]:
    text = shared_path("data", "palermo_events.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def write(path: Path, rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def row(at: str, thing: str, event: str, field: str, old: str, new: str) -> Row:
    return dict(zip(HEADINGS, (at, thing, event, field, old, new), strict=True))


GOOD = row("2025-08-18T17:06:43Z", "001", "initial", "status", "", "Respinta")


def at_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000


def said_at(rows: Iterable[Row], moment_ms: int) -> dict[str, str]:
    """The plain replay: the last status that the file gives of each pact up to a moment."""
    found = {}
    for one in rows:
        if one["field"] == "status" and at_ms(one["timestamp"]) <= moment_ms:
            found[one["patto_id"]] = one["new_value"]
    return found


@dataclass
class Node:
    """A store, and an archive's actor that imports into it."""

    store: SqliteStore
    person: Person

    @classmethod
    async def open(cls, folder: Path, name: str = "archive", keys: int = 1) -> "Node":
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        store = await SqliteStore.open(folder / "store.sqlite")
        person = Person(name, threshold=keys, keys=keys)
        await store.add([person.founding])
        return cls(store, person)

    async def take(self, path: Path, *, dry_run: bool = False) -> EventsImported:
        file = open_input(path)
        documenter = None if dry_run else self.documenter
        return await import_events(
            file, choose_mapping(None, file.columns), {}, self.store, self.id, documenter, self.store.add
        )

    async def take_register(self, path: Path, as_of: str | None = None) -> tuple[int, int]:
        """Import the register, and return how many records are new, how many changed."""
        file = open_input(path)
        before = await recorded_before(self.store, self.id)
        given = {} if as_of is None else {"as_of": as_of}
        outcomes = plan(file, choose_mapping(None, file.columns), before.known, given)
        summary = await import_commons(
            outcomes, self.documenter, self.store, self.store.add, versions=before.versions
        )
        return summary.new.total(), summary.changed.total()

    @property
    def id(self) -> ActorId:
        return ActorId(self.person.founding.id)

    @property
    def documenter(self) -> Documenter:
        return Documenter(self.id, self.person.founding.id, self.person.keys)

    async def count(self) -> int:
        return (await self.store.counts()).records

    async def records(self) -> list[VerifiedRecord]:
        found = [await self.store.record(id_) async for id_, _ in self.store.all_records()]
        return [record for record in found if record is not None]

    async def pacts(self) -> dict[str, ThingState]:
        """Every pact by the source's number of it; a number met twice fails the test."""
        found: dict[str, ThingState] = {}
        after: int | None = 0
        while after is not None:
            page = await self.store.things(kind="pact", limit=100, after=after)
            for each in page.rows:
                thing = await self.store.thing(SubjectId(each.subject))
                assert thing is not None
                assert thing.display is not None
                number = thing.versions.all[thing.display].content.reported.source.identifier
                assert number not in found
                found[number] = thing
            after = page.after
        return found


def stands_as(found: Course, word: str | None) -> bool:
    """Whether a course says what the file's word stands for."""
    if word is None:
        return (found.status, found.since_ms, found.said) == (NOT_YET_RECORDED, None, "")
    return (found.status, found.said) == (STATUS_OF.get(word, "reported_otherwise"), word)


def moments_of(rows: Sequence[Row], number: str, every_days: int) -> list[int]:
    """The ends of days from the first event of all to the last, and a second around each of the pact's."""
    first, last = (at_ms(edge(one["timestamp"] for one in rows)) for edge in (min, max))
    start = first - first % DAY_MS - 1
    days = range(start, last + 2 * DAY_MS, every_days * DAY_MS)
    own = {at_ms(one["timestamp"]) for one in rows if one["patto_id"] == number}
    return sorted({*days, *(at + off for at in own for off in (-1_000, 0, 1_000))})


def assert_as_the_file_says(pacts: dict[str, ThingState], rows: Sequence[Row], every_days: int = 14) -> None:
    for number, thing in pacts.items():
        mine = [one for one in rows if one["patto_id"] == number]
        for moment in moments_of(rows, number, every_days):
            said = said_at(mine, moment).get(number)
            found = course(thing, moment)
            assert stands_as(found, said), (number, moment, found.status, said)


async def test_every_pact_stands_each_day_where_the_file_says(tmp_path: Path) -> None:
    rows, node = real_rows(), await Node.open(tmp_path)
    async with node.store:
        done = await node.take(shared_path("data", "palermo_events.csv"))
        assert done.summary.new == {"pact": 62, "step": 88}
        assert (done.left_out, done.doubts) == ([], [])
        pacts = await node.pacts()
        assert sorted(pacts) == sorted({one["patto_id"] for one in rows})
        assert_as_the_file_says(pacts, rows, every_days=1)
        back = [course(pacts["047"], at_ms(f"2025-12-{day}T23:00:00+00:00")).status for day in (17, 18)]
        assert back == ["in_force", "under_evaluation"]


async def test_the_versions_end_where_the_file_ends_and_show_past_days(tmp_path: Path) -> None:
    node = await Node.open(tmp_path)
    async with node.store:
        await node.take(shared_path("data", "palermo_events.csv"))
        pacts = await node.pacts()
        present = pacts["027"].versions.all[pacts["027"].heads[0]].content
        assert present.title["it"].startswith("Rigenerazione e abbellimento della Piazzetta")
        assert present.clauses.objectives == {"it": "Cura di spazi verdi e arredi"}
        assert all(len(thing.heads) == 1 for thing in pacts.values())
        before = course(pacts["027"], at_ms("2025-09-17T23:59:59+00:00") + 999).pact.content
        assert before is not None
        assert before.title["it"].startswith("Rigenerazione e abbellimento delle Piazzetta")
        moved = pacts["059"].versions.all[pacts["059"].heads[0]].content.reported
        assert "Latitudine: 38.16588748." in moved.note["it"]
        assert (moved.as_of, moved.source.identifier) == ("2025-12-19", "059")


async def test_importing_again_records_nothing(tmp_path: Path) -> None:
    node = await Node.open(tmp_path)
    events = shared_path("data", "palermo_events.csv")
    async with node.store:
        await node.take(events, dry_run=True)
        assert await node.count() == 1
        await node.take(events)
        held = await node.count()
        again = await node.take(events)
        assert (again.summary.new, again.summary.changed) == ({}, {})
        assert await node.count() == held


@pytest.mark.parametrize("stored", [1, 100, 333])
async def test_an_import_broken_off_goes_on_without_doubles(tmp_path: Path, stored: int) -> None:
    class Full(Exception):
        pass

    node = await Node.open(tmp_path)
    events = shared_path("data", "palermo_events.csv")
    file = open_input(events)
    mapping = choose_mapping(None, file.columns)

    async def take_some(records: Sequence[VerifiedRecord]) -> None:
        await node.store.add(records[:stored])
        raise Full

    async with node.store:
        with pytest.raises(Full):
            await import_events(file, mapping, {}, node.store, node.id, node.documenter, take_some)
        assert await node.count() == 1 + stored
        await node.take(events)
        assert await node.count() == 1 + 62 + 88 + 262
        assert_as_the_file_says(await node.pacts(), real_rows())


async def test_as_many_keys_sign_as_the_archive_s_threshold_asks(tmp_path: Path) -> None:
    node = await Node.open(tmp_path, "council", keys=2)
    agreed = node.person.cosign(node.person.founding, 1)
    async with node.store:
        await node.store.add([agreed])
        await node.take(write(tmp_path / "one.csv", [GOOD]))
        assert await node.count() == 2 + 2 * 3
        pacts = await node.pacts()
        assert course(pacts["001"], at_ms(GOOD["timestamp"])).status == "refused"


@pytest.mark.parametrize("order", ["register first", "events first"])
@pytest.mark.parametrize("as_of", [None, "2025-12", "2026-01-15"])
async def test_register_and_events_make_the_same_pacts_in_any_order(
    tmp_path: Path, order: str, as_of: str | None
) -> None:
    register, events = shared_path("data", "palermo_patti.csv"), shared_path("data", "palermo_events.csv")
    node = await Node.open(tmp_path)
    async with node.store:
        if order == "register first":
            assert await node.take_register(register, as_of) == (100, 0)
            assert (await node.take(events)).summary.new == {"step": 88}
        else:
            await node.take(events)
            assert await node.take_register(register, as_of) == (38, 62)
        held = await node.count()
        assert await node.take_register(register, as_of) == (0, 0)
        assert (await node.take(events)).summary.changed == {}
        assert await node.count() == held
        pacts = await node.pacts()
        assert len(pacts) == 62
        assert_as_the_file_says(pacts, real_rows())
        for number, entry in register_rows().items():
            reported = pacts[number].versions.all[pacts[number].heads[0]].content.reported
            assert reported.status == entry["status"]
            assert f"Proponente: {entry['proposer_type'].strip()}" in reported.note["it"]


def register_rows() -> dict[str, Row]:
    text = shared_path("data", "palermo_patti.csv").read_text(encoding="utf-8")
    return {one["id"]: one for one in csv.DictReader(io.StringIO(text, newline=""))}


@pytest.mark.parametrize("how", ["in time", "backwards", "by pact", "at random"])
async def test_two_nodes_with_half_the_events_each_agree(tmp_path: Path, how: str) -> None:
    rows = real_rows()
    chance = random.Random(how)
    first = {
        "in time": lambda i, one: i < 191,
        "backwards": lambda i, one: i >= 191,
        "by pact": lambda i, one: int(one["patto_id"]) % 2 == 0,
        "at random": lambda i, one: chance.random() < 0.5,
    }[how]
    halves: list[list[Row]] = [[], []]
    for number, one in enumerate(rows):
        halves[0 if first(number, one) else 1].append(one)
    nodes = [await Node.open(tmp_path / name) for name in ("a", "b")]
    async with nodes[0].store, nodes[1].store:
        for node, half in zip(nodes, halves, strict=True):
            await node.take(write(tmp_path / "half.csv", half))
        held = [await node.records() for node in nodes]
        for node, others in zip(nodes, reversed(held), strict=True):
            chance.shuffle(others)
            await node.store.add(others)
        states = [await node.pacts() for node in nodes]
        assert states[0].keys() == states[1].keys()
        assert len(states[0]) == 62
        for number, thing in states[0].items():
            assert (thing.subject, thing.heads) == (states[1][number].subject, states[1][number].heads)
        for pacts in states:
            assert_as_the_file_says(pacts, rows)
        again = await nodes[0].take(shared_path("data", "palermo_events.csv"))
        assert again.summary.new == {}


async def test_a_second_part_after_a_sync_goes_on_with_the_same_pacts(tmp_path: Path) -> None:
    rows = real_rows()
    for late in (True, False):
        parts = (rows[:150], rows[150:]) if late else (rows[150:], rows[:150])
        a, b = [await Node.open(tmp_path / f"{name}{late}") for name in "ab"]
        async with a.store, b.store:
            await a.take(write(tmp_path / "one.csv", parts[0]))
            await b.store.add(await a.records())
            await b.take(write(tmp_path / "two.csv", parts[1]))
            await a.store.add(await b.records())
            for node in (a, b):
                pacts = await node.pacts()
                assert len(pacts) == 62
                assert_as_the_file_says(pacts, rows)
                present = pacts["012"].versions.all[pacts["012"].heads[0]].content
                assert present.clauses.objectives == {"it": "Cura di spazi verdi e arredi"}
                assert present.reported.status == "Patto stipulato"
