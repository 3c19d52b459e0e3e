"""The same tally on every node, whatever came first: in real stores, with every reason not to count."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from node.present import present_prospect, present_status, present_tally
from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from protocol.state.tally import Outcome, Tally, tally
from tests.protocol.people import T0, Person, cosign, key

DAY0 = T0 - T0 % DAY_MS
CLOSES = 10
AFTER_MS = DAY0 + (CLOSES + 2) * DAY_MS


def on(days: int) -> str:
    return day_of(DAY0 + days * DAY_MS)


class Village:
    """A vote in which everything happens that must not count, and some of what does."""

    def __init__(self) -> None:
        self.chair, self.stranger = Person("Directiva", [key("chair")]), Person("Forastera", [key("far")])
        self.voters = [Person(f"Persona {n}", [key(f"voter {n}")]) for n in range(6)]
        self.council = Person("Junta", [key("one"), key("two")], threshold=2)
        people = (self.chair, self.stranger, self.council, *self.voters)
        self.records = [record for person in people for record in person.records]
        roll = [{"actor": p.id} for p in (*self.voters, self.council)]
        text = {
            "title": {"es": "¿Cuál?"},
            "options": [{"name": {"es": "Una"}}, {"name": {"es": "Otra"}}],
            "roll": [*roll, {"actor": self.stranger.id}],
            "opens": on(0),
            "closes": on(CLOSES),
            "rule": "most",
            "licence": "CC-BY-4.0",
        }
        first = self.chair.sign("motion", text, time_ms=DAY0 - DAY_MS)
        self.motion = first[0].id
        about: dict[str, Any] = {"subject": SubjectId(self.motion), "parents": [self.motion]}
        # The roll is changed: the stranger is not on it any more, and who had voted votes anew.
        second = self.chair.sign("motion", text | {"roll": roll}, time_ms=DAY0, **about)
        self.second = second[0].id
        self.records += [*first, *second]
        self.expected: dict[RecordId, str] = {}
        self.vote(self.voters[0], 0, 1, "another_version", about=self.motion)
        self.vote(self.voters[0], 0, 2)
        self.vote(self.stranger, 1, 1, "not_on_the_roll")
        self.vote(self.voters[1], 1, 1, "double")
        self.vote(self.voters[1], 1, 3, "double")
        self.vote(self.voters[2], 1, CLOSES + 1, "late")
        self.vote(self.voters[3], 1, -0.5, "early")
        self.vote(self.voters[4], 7, 1, "no_such_option")
        erased = self.vote(self.voters[5], 1, 1, "erased")
        erasure = self.voters[5].sign(
            "erasure", {"basis": "author"}, subject=SubjectId(self.motion), parents=[erased.id]
        )
        self.records += erasure
        self.vote(self.voters[5], 0, 4)
        # One signature of two, by a key that is on the council, and the other after the vote.
        self.waiting = self.vote(self.council, 1, 5, "awaiting", signers=self.council.keys[:1])

    def vote(
        self,
        who: Person,
        option: int,
        day: float,
        why_not: str = "",
        about: RecordId | None = None,
        **more: Any,
    ) -> VerifiedRecord:
        when = DAY0 + int(day * DAY_MS)
        parents = [about or self.second]
        made = who.sign(
            "ballot",
            {"option": option},
            subject=SubjectId(self.motion),
            parents=parents,
            time_ms=when,
            **more,
        )
        self.records += made
        self.expected[made[0].id] = why_not
        return made[0]


async def counted(path: Path, records: Iterable[VerifiedRecord], at_once: int) -> Tally:
    """What a node that gets the records in this order, so many at once, counts."""
    waiting = list(records)
    async with await SqliteStore.open(path) as store:
        for start in range(0, len(waiting), at_once):
            await store.add(waiting[start : start + at_once])
        await store.settled()
        thing = await store.thing(SubjectId(village_of(waiting)))
        assert thing is not None
        return tally(thing, AFTER_MS)


def village_of(records: list[VerifiedRecord]) -> RecordId:
    [motion] = [r.id for r in records if r.header.kind == "motion" and r.header.subject is None]
    return motion


@pytest.mark.parametrize("seed", range(4))
async def test_the_tally_is_the_same_in_whatever_order_records_come(tmp_path: Path, seed: int) -> None:
    village = Village()
    shuffled = list(village.records)
    random.Random(seed).shuffle(shuffled)
    one = await counted(tmp_path / "one", village.records, 1_000)
    other = await counted(tmp_path / "other", shuffled, 1 + seed)
    assert one == other
    assert {cast.record: cast.why_not for cast in one.ballots} == village.expected
    assert (one.outcome, one.option, one.votes) == (Outcome.DECIDED, 0, (2, 0))


async def test_a_signature_that_comes_last_makes_the_ballot_count(tmp_path: Path) -> None:
    village = Village()
    before = await counted(tmp_path / "before", village.records, 1_000)
    village.records.insert(0, cosign(village.waiting, village.council.keys[1], AFTER_MS - 1))
    after = await counted(tmp_path / "after", village.records, 7)
    assert (before.votes, after.votes, after.outcome) == ((2, 0), (2, 1), Outcome.DECIDED)
    assert village.council.id in before.not_voted
    assert village.council.id not in after.not_voted


async def test_a_vote_is_not_over_because_somebodys_clock_is_ahead(tmp_path: Path) -> None:
    village = Village()
    last_ms = DAY0 + (CLOSES + 1) * DAY_MS - 1
    # Within what is allowed of clocks, a ballot of tomorrow comes on the last evening.
    village.vote(village.voters[2], 1, CLOSES + 1.2, "late")
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add(village.records)
        await store.settled()
        thing = await store.thing(SubjectId(village.motion))
        assert thing is not None
        evening = last_ms - 3_600_000
        assert present_tally(thing, evening).outcome is Outcome.OPEN
        assert present_status(thing, evening) == "open"
        assert present_status(thing, last_ms) == "open"
        assert present_status(thing, last_ms + 1) == "decided"
        assert present_status(thing, DAY0 - 1) == "not_open_yet"


async def test_lists_know_what_will_come_of_a_vote_without_counting_it(tmp_path: Path) -> None:
    village = Village()
    last_ms = DAY0 + (CLOSES + 1) * DAY_MS - 1
    in_time = [record for record in village.records if record.header.time_ms <= last_ms]
    actors = [record for record in village.records if record.header.kind == "actor"]
    asked = [record for record in village.records if record.header.time_ms <= DAY0 - DAY_MS]
    assert len(asked) < len(in_time) < len(village.records)
    async with await SqliteStore.open(tmp_path / "store") as store:
        # Before it opens, while it is open, and once a ballot has come late.
        for records, told in (
            ([*actors, *asked], ["not_open_yet", "open", "undecided"]),
            (in_time, ["open", "decided"]),
            (village.records, ["decided"]),
        ):
            await store.add(records)
            await store.settled()
            thing = await store.thing(SubjectId(village.motion))
            assert thing is not None
            ahead = present_prospect(thing)
            assert [stretch.status for stretch in ahead] == told
            clocks = [stretch.since_ms + step for stretch in ahead for step in (-1, 0, 1)]
            for now_ms in (*clocks, DAY0 - 1, DAY0, last_ms, last_ms + 1, AFTER_MS):
                status = present_status(thing, now_ms)
                [row] = (await store.things(kind="motion", now_ms=now_ms)).rows
                assert row.status == status, now_ms
                found = (await store.things(kind="motion", status=status, now_ms=now_ms)).rows
                assert [one.subject for one in found] == [row.subject]
                assert (await store.things(kind="motion", status="contested", now_ms=now_ms)).rows == []
