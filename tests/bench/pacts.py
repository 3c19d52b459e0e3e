"""Pacts for the benchmarks: a community, a municipality, and fifty events between them."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from node.store.sqlite import SqliteStore
from protocol.identifiers import SubjectId
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import resolve_actor
from protocol.state.course import STATUS_AFTER, course
from protocol.state.fold import fold
from tests.bench.records import START_MS, STEP_MS, Community, communities

EVENTS = 50
PACTS = 10_000
UPDATES = 50

_WORDS = (
    *("received", "observations_opened", "evaluation_opened", "information_requested", "information_given"),
    *("evaluated", "accepted", "published", "suspended", "resumed"),
)


def pact_records(town: Community, people: Community, seed: int) -> list[VerifiedRecord]:
    """Return a pact of two parties and what happened to it: `EVENTS` records, both consents among them."""
    parties = [
        {"name": {"es": "Municipio"}, "actor": town.author.actor, "side": "administration"},
        {"name": {"es": "Comuna"}, "actor": people.author.actor, "side": "community"},
    ]
    text = {"title": {"es": f"Pacto {seed}"}, "parties": parties, "licence": "CC-BY-4.0"}
    first = sign_record(people.author, "pact", text, START_MS)
    about = SubjectId(first.id)
    records = [first]
    for number in range(1, EVENTS):
        who = people if number == EVENTS - 1 else town
        kind = "consent" if number >= EVENTS - 2 else "step"
        act = {"decision": "consent"} if kind == "consent" else {"step": _WORDS[number % len(_WORDS)]}
        when = START_MS + number * STEP_MS
        records.append(sign_record(who.author, kind, act, when, subject=about, parents=[first.id]))
    return records


def courses_s(stories: int = 20) -> float:
    """Return the seconds that it takes to find out where `PACTS` pacts stand, each from its records alone."""
    town, people = communities(2)
    states = {
        p.author.actor: resolve_actor(p.author.actor, [p.first]) for p in (town, people) if p.author.actor
    }
    told = [pact_records(town, people, seed) for seed in range(stories)]
    now_ms = START_MS + 2 * EVENTS * STEP_MS
    began = time.perf_counter()
    for number in range(PACTS):
        records = told[number % stories]
        found = course(fold(SubjectId(records[0].id), records, states.get), now_ms)
        assert len(found.timeline) == EVENTS
    return time.perf_counter() - began


async def update_ms(folder: Path) -> tuple[float, float]:
    """Return the milliseconds until one more step of a pact of fifty is stored and the pact listed where it
    now stands, and those until its whole course is told from its records."""
    town, people = communities(2)
    records = pact_records(town, people, 1)
    about = SubjectId(records[0].id)
    now_ms = START_MS + 10 * EVENTS * STEP_MS
    async with await SqliteStore.open(folder / "pacts.sqlite") as store:
        await store.add([town.first, people.first, *records])
        listed, told = [], []
        for record in _more(town, records[0], UPDATES):
            began = time.perf_counter()
            await store.add([record])
            [row] = (await store.things(kind="pact", now_ms=now_ms)).rows
            between = time.perf_counter()
            state = await store.thing(about)
            assert state is not None
            found = course(state, now_ms)
            told.append((time.perf_counter() - between) * 1_000)
            listed.append((between - began) * 1_000)
            assert row.status == found.status == STATUS_AFTER[record.content.step]
    return statistics.median(listed), statistics.median(told)


def _more(town: Community, first: VerifiedRecord, count: int) -> Iterator[VerifiedRecord]:
    for number in range(count):
        when = START_MS + (EVENTS + number) * STEP_MS
        act = {"step": _WORDS[-2 + number % 2]}
        yield sign_record(town.author, "step", act, when, subject=SubjectId(first.id), parents=[first.id])
