"""Months that Palermo has not had yet, made up: a pact stands where the file says, whatever is in it.

Each made-up file goes on from the real one.  A replay that knows nothing of records, written here from what
docs/palermo.md says, gives what every pact's status is at every moment, and which rows cannot be used.
"""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from node.importing.event_signing import EventsImported
from node.importing.mapping import BadMapping
from node.importing.register_columns import REGISTER_COLUMNS
from protocol.state.course import NOT_YET_RECORDED, course
from protocol.state.fold import ThingState
from tests.node.importing.test_events import HEADINGS, STATUS_OF, Node, Row, real_rows, row, write

WORDS = [
    *STATUS_OF,
    *STATUS_OF,
    "patto STIPULATO ",
    "Archiviata.",
    "In  attesa di\u00a0integrazione",
    "Patto firmato e in corso di pubblicazione",
    "Sospesa",
    "Suspended",
    "ended",
    "Conclusa\u202e",
    "Proroga",
    "撤回",
    "—",
    "?",
    "",
]
FIELDS = [
    "status",
    "status",
    "status",
    "STATUS",
    " Status",
    "note",
    "scope",
    "title",
    "document",
    "responsabile",
    "",
]
EVENTS = ["changed", "changed", "Changed", "added", "INITIAL", "removed", "restored", ""]
LAST = datetime(2026, 1, 20, tzinfo=UTC)


def moments(rng: Random) -> Iterator[str]:
    """Mostly one after another, some of one second, some of months before, some that are none."""
    at = LAST
    while True:
        at += timedelta(seconds=rng.choice((0, 0, 1, 3_600, 86_400, 40_000)))
        said = at - timedelta(days=rng.choice((0, 0, 0, 0, 120)))
        yield rng.choice(
            (
                said.isoformat(),
                said.isoformat(),
                said.strftime("%Y-%m-%dT%H:%M:%SZ"),
                said.strftime("%Y-%m-%d %H:%M:%S"),
                said.astimezone().isoformat(timespec="microseconds"),
                said.strftime("%d/%m/%Y"),
            )
        )


def months(rng: Random, count: int) -> list[Row]:
    """Rows that somebody could write: new pacts, new words, moves back, doubles, blanks, contradictions."""
    made: list[Row] = []
    for at in moments(rng):
        if len(made) >= count:
            return made
        number = rng.choice(("001", "002", "017", "062", "063", "064", " 065 ", "64bis", ""))
        one = row(at, number, rng.choice(EVENTS), rng.choice(FIELDS), rng.choice(WORDS), rng.choice(WORDS))
        made.append(one)
        if rng.random() < 0.15:
            made.append(dict(rng.choice(made)))  # said again
    return made


def plain(text: str) -> str:
    """A cell as the city meant it: blanks joined, what nobody sees taken out at the ends."""
    return " ".join(text.split())


def moment_of(text: str) -> int | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1_000)


def usable(rows: Sequence[Row]) -> Iterator[tuple[int, str, int, str, str]]:
    """Rows that can be used: their number, the pact, the moment, the field, what it became."""
    met = set()
    for number, one in enumerate(rows, 1):
        at, thing = moment_of(one["timestamp"]), plain(one["patto_id"])
        field, event, new = plain(one["field"]).lower(), plain(one["event"]), plain(one["new_value"])
        if field in ("", "status") and not new and event.lower() not in ("initial", "added", "changed"):
            field, new = "status", event
        fits = at is not None and thing and field in REGISTER_COLUMNS and (new or field != "status")
        if fits and (thing, at, field, new) not in met:
            met.add((thing, at, field, new))
            yield number, thing, at or 0, field, new


def statuses(rows: Sequence[Row], thing: str) -> list[tuple[int, str]]:
    """The words of a pact's status with their moments, in order; of one moment the later row's is last."""
    mine = [(at, new) for _, of, at, field, new in usable(rows) if of == thing and field == "status"]
    return sorted(mine, key=lambda one: one[0])


def folded(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def status_of(word: str) -> str:
    known = {folded(name): status for name, status in STATUS_OF.items()}
    return known.get(folded(word), "reported_otherwise")


def assert_exact(pacts: dict[str, ThingState], rows: Sequence[Row]) -> None:
    things = {thing for _, thing, *_ in usable(rows)}
    # Of some the file says nothing that can be used, and still that they are there.
    assert things <= pacts.keys() <= {plain(one["patto_id"]) for one in rows}
    for thing in things:
        words = statuses(rows, thing)
        asked = {at + off for at, _ in words for off in (-1_000, 999, 86_400_000)}
        for moment in sorted(asked):
            before = [word for at, word in words if at <= moment]
            found = course(pacts[thing], moment)
            if not before:
                assert (found.status, found.said) == (NOT_YET_RECORDED, "")
            else:
                assert (found.status, found.said) == (status_of(before[-1]), before[-1]), (thing, moment)


def assert_nothing_dropped(done: EventsImported, rows: Sequence[Row]) -> None:
    """Every row is in a record or named with its reason."""
    named = {one.row for one in done.left_out}
    used = {number for number, *_ in usable(rows)}
    assert named | used == set(range(1, len(rows) + 1))
    assert not named & used
    assert all(one.reason for one in done.left_out)


@pytest.mark.parametrize("seed", range(6))
async def test_any_later_month_is_exact_and_drops_nothing(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    rows = [*real_rows(), *months(rng, 60)]
    node = await Node.open(tmp_path)
    async with node.store:
        done = await node.take(write(tmp_path / "later.csv", rows))
        assert_nothing_dropped(done, rows)
        assert_exact(await node.pacts(), rows)
        held = await node.count()
        again = await node.take(tmp_path / "later.csv")
        assert (again.summary.new, again.summary.changed) == ({}, {})
        assert await node.count() == held


@pytest.mark.parametrize("seed", range(2))
async def test_month_by_month_comes_to_the_same_as_all_at_once(tmp_path: Path, seed: int) -> None:
    """As somebody does who imports the file every month, with what has been added to it."""
    rng = Random(100 + seed)
    rows = [*real_rows(), *months(rng, 50)]
    node = await Node.open(tmp_path)
    async with node.store:
        for cut in (382, 395, 396, 410, len(rows)):
            done = await node.take(write(tmp_path / "month.csv", rows[:cut]))
            assert_nothing_dropped(done, rows[:cut])
            assert_exact(await node.pacts(), rows[:cut])


async def test_columns_in_another_order_with_other_capitals_and_new_ones_beside_them(tmp_path: Path) -> None:
    rows = real_rows()
    headings = ["new_value", "NOTE INTERNE", "Field", "patto_id", "Event", "Old_Value", "TIMESTAMP"]
    path = tmp_path / "other.csv"
    with await asyncio.to_thread(path.open, "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(headings)
        for one in rows:
            table.writerow([one.get(name.lower(), "riservato") for name in headings])
    node = await Node.open(tmp_path)
    async with node.store:
        done = await node.take(path)
        assert done.summary.new == {"pact": 62, "step": 88}
        assert_nothing_dropped(done, rows)
        assert_exact(await node.pacts(), rows)


async def test_a_column_that_is_called_otherwise_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "renamed.csv"
    await asyncio.to_thread(
        path.write_text, "timestamp,pact,event,field,old_value,new_value\n2026-01-01T00:00:00Z,1,a,b,c,d\n"
    )
    node = await Node.open(tmp_path)
    async with node.store:
        with pytest.raises(BadMapping, match="choose one with --mapping"):
            await node.take(path)
        assert await node.count() == 1


def test_the_made_up_months_have_something_of_everything() -> None:
    rows = [one for seed in range(12) for one in months(Random(seed), 60)]
    words = {new for _, _, _, field, new in usable(rows) if field == "status"}
    assert {status_of(word) for word in words} >= {"in_force", "refused", "reported_otherwise"}
    assert len(list(usable(rows))) < 0.8 * len(rows)
    assert words & {"removed", "restored"}
    assert list(HEADINGS) == list(rows[0])
