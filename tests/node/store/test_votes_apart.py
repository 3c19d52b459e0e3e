"""A vote of which every node hears in its own order: what does not count is seen, and counted nowhere."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId, SubjectId
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.course import DAY_MS, day_of
from protocol.state.tally import Tally, tally
from tests.protocol.people import T0, Person, key

DAY0 = T0 - T0 % DAY_MS
LATER = DAY0 + 30 * DAY_MS
CHAIR, STRANGER, *VOTERS = [Person(f"vote {n}", [key(f"vote apart {n}")]) for n in range(7)]
FAMILY = Person("Familia", [key(f"vote family {n}") for n in range(3)], 2)
ROLL = [*VOTERS, FAMILY]
EVERYBODY = [record for person in (CHAIR, STRANGER, *ROLL) for record in person.records]
TEXT: dict[str, Any] = {
    "title": {"es": "¿Cuál?"},
    "options": [{"name": {"es": "Cercar"}}, {"name": {"es": "Sembrar"}}],
    "roll": [{"actor": person.id} for person in ROLL],
    "opens": day_of(DAY0),
    "closes": day_of(DAY0 + 5 * DAY_MS),
    "licence": "CC0-1.0",
}


class Vote:
    """A motion, the ballots on it, and why each does not count."""

    def __init__(self) -> None:
        first = CHAIR.sign("motion", TEXT, time_ms=DAY0)
        self.motion = first[0].id
        self.records = [*EVERYBODY, *first]
        self.why: dict[RecordId, str] = {}

    def cast(
        self,
        who: Person,
        option: int | None,
        why: str = "",
        day: float = 1,
        about: RecordId | None = None,
        signers: int | None = None,
    ) -> RecordId:
        payload = {"salt": bytes([len(self.why)]) * 16} | ({} if option is None else {"option": option})
        when = DAY0 + round(day * DAY_MS)
        signed = who.sign(
            "ballot",
            payload,
            subject=SubjectId(self.motion),
            parents=[about or self.motion],
            time_ms=when,
            signers=who.keys[:signers] if signers else None,
        )
        self.records += signed
        self.why[signed[0].id] = why
        return signed[0].id

    def change(self, who: Person, roll: Sequence[Person], day: float = 1) -> RecordId:
        """A text with another roll, by its author or by somebody else."""
        changed = TEXT | {"roll": [{"actor": person.id} for person in roll]}
        place: dict[str, Any] = {"subject": SubjectId(self.motion), "parents": [self.motion]}
        signed = who.sign("motion", changed, time_ms=DAY0 + round(day * DAY_MS), **place)
        self.records += signed
        return signed[0].id


async def everywhere(vote: Vote, folder: Path, seed: int) -> Tally:
    """Tell three nodes of it, each in an order of its own and in parts, and return what all of them count."""
    rng = Random(seed)
    counted = []
    async with AsyncExitStack() as stack:
        for number in range(3):
            store = await stack.enter_async_context(await SqliteStore.open(folder / f"{seed}-{number}"))
            mixed: list[VerifiedRecord] = rng.sample(vote.records, len(vote.records))
            while mixed:
                part = mixed[: rng.randint(1, 9)]
                mixed = mixed[len(part) :]
                await store.add([verify_record(record.envelope, LATER) for record in part])
            await store.settled()
            thing = await store.thing(SubjectId(vote.motion))
            assert thing is not None
            counted.append(tally(thing, LATER))
    assert counted[0] == counted[1] == counted[2]
    assert {cast.record: cast.why_not for cast in counted[0].ballots} == vote.why
    return counted[0]


@pytest.mark.parametrize("seed", range(3))
async def test_who_may_not_vote_twice_late_or_at_all_is_seen_and_not_counted(
    tmp_path: Path, seed: int
) -> None:
    vote = Vote()
    vote.cast(VOTERS[0], 1)
    vote.cast(VOTERS[1], 1, "double")
    vote.cast(VOTERS[1], 0, "double", day=2)
    vote.cast(VOTERS[2], 0, "late", day=6)
    vote.cast(VOTERS[2], 0, "early", day=-0.001)
    vote.cast(VOTERS[3], None, day=5.999)
    vote.cast(VOTERS[4], 7, "no_such_option")
    vote.cast(VOTERS[4], 0)  # what is no ballot is no second one
    vote.cast(STRANGER, 0, "not_on_the_roll")
    vote.cast(FAMILY, 0, "awaiting", signers=1)
    vote.cast(FAMILY, 1, signers=2)
    found = await everywhere(vote, tmp_path, seed)
    assert (found.outcome, found.option) == ("decided", 1)
    assert (found.votes, found.blank) == ((1, 2), 1)
    assert set(found.not_voted) == {VOTERS[1].id, VOTERS[2].id}


@pytest.mark.parametrize("seed", range(3))
async def test_a_changed_roll_is_another_vote(tmp_path: Path, seed: int) -> None:
    vote = Vote()
    changed = vote.change(CHAIR, [*VOTERS[:2], STRANGER])
    vote.cast(VOTERS[0], 0, "another_version")
    vote.cast(VOTERS[1], 1, about=changed)
    vote.cast(VOTERS[3], 0, "not_on_the_roll", about=changed)
    vote.cast(STRANGER, 1, about=changed)
    found = await everywhere(vote, tmp_path, seed)
    assert (found.motion, found.votes, found.outcome) == (changed, (0, 2), "decided")


@pytest.mark.parametrize("seed", range(3))
async def test_a_roll_that_a_stranger_changed_changes_nothing(tmp_path: Path, seed: int) -> None:
    vote = Vote()
    false = vote.change(STRANGER, [STRANGER])
    vote.cast(VOTERS[0], 0)
    vote.cast(STRANGER, 1, "not_on_the_roll", about=false)
    found = await everywhere(vote, tmp_path, seed)
    assert (found.motion, found.votes) == (vote.motion, (1, 0))


@pytest.mark.parametrize("seed", range(3))
async def test_two_rolls_by_one_author_are_no_roll(tmp_path: Path, seed: int) -> None:
    vote = Vote()
    for roll in (VOTERS, [STRANGER]):
        vote.change(CHAIR, roll)
    vote.cast(VOTERS[0], 0, "contested")
    vote.cast(STRANGER, 1, "contested")
    assert (await everywhere(vote, tmp_path, seed)).outcome == "contested"
