"""Make `trust.json`: endorsements between actors, and how far each is from whom one begins with.

    python -m tests.vectors.make_trust

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.limits import ENDORSEMENT_REACH_MAX
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from protocol.state.trust import Circle, Edge, edges, vouchers
from tests.protocol.people import T0, Held, Person, key

FILE = Path(__file__).with_name("trust.json")
DAY0 = T0 - T0 % DAY_MS
NOW_MS = DAY0 + 100 * DAY_MS
PEOPLE = [Person(f"Persona {n}", [key(f"vector trust {n}")]) for n in range(ENDORSEMENT_REACH_MAX + 3)]
COUNCIL = Person("Consejo", [key("vector trust council 1"), key("vector trust council 2")], 2)


def day(number: float) -> int:
    """The moment that many days after everything began."""
    return DAY0 + round(number * DAY_MS)


class Story:
    """Who endorsed whom."""

    def __init__(self, people: int) -> None:
        self.people = PEOPLE[:people]
        self.records = [record for person in self.people for record in person.records]

    def endorse(
        self, by: Person | int, of: Person | int, *after: RecordId, at: float = 1, **more: Any
    ) -> RecordId:
        author = PEOPLE[by] if isinstance(by, int) else by
        endorsed = PEOPLE[of] if isinstance(of, int) else of
        parents = [RecordId(endorsed.id), *after]
        records = author.sign(
            "endorsement", more, subject=SubjectId(endorsed.id), parents=parents, time_ms=day(at)
        )
        self.records += records
        return records[0].id

    def case(self, name: str, *roots: int, at: float = 50) -> dict[str, Any]:
        held, at_ms = Held(self.records), day(at)
        actors = sorted({ActorId(r.id) for r in held.records.values() if r.header.actor is None})
        given: dict[ActorId, list[Edge]] = {}
        vouching: dict[ActorId, list[ActorId]] = {actor: [] for actor in actors}
        for actor in actors:
            for edge in edges(vouchers(held.thing(SubjectId(actor)), at_ms), actor):
                given.setdefault(edge.by, []).append(edge)
                vouching[actor].append(edge.by)
        near = [PEOPLE[number].id for number in roots or (0,)]
        circle = Circle(near)
        while asked := circle.asked():
            circle.give({actor: given.get(actor, []) for actor in asked})
        return {
            "name": name,
            "at_ms": at_ms,
            "near": sorted(actor.hex() for actor in near),
            "distances": {actor.hex(): circle.distance(actor) for actor in actors},
            "vouching": {
                actor.hex(): {by.hex(): circle.distance(by) for by in sorted(vouching[actor])}
                for actor in actors
            },
            "records": written(held),
        }


def written(held: Held) -> list[str]:
    return sorted(record.envelope.hex() for record in held.records.values())


def cases() -> Iterator[dict[str, Any]]:
    story = Story(4)
    story.endorse(0, 1)
    story.endorse(1, 2)
    yield story.case("a chain of two, and somebody whom nobody knows")
    yield story.case("from two actors", 1, 3)
    yield story.case("before it was said", at=0.5)
    story.endorse(0, 0)
    story.endorse(3, 3)
    yield story.case("nobody vouches for themselves")

    story = Story(len(PEOPLE))
    for number in range(len(PEOPLE) - 1):
        story.endorse(number, number + 1)
    yield story.case("eight steps, and not nine")
    for reach in (0, 1, ENDORSEMENT_REACH_MAX):
        story = Story(5)
        story.endorse(0, 1, reach=reach)
        for number in range(1, 4):
            story.endorse(number, number + 1)
        yield story.case(f"a reach of {reach} at the beginning")
    story = Story(5)
    story.endorse(0, 1)
    story.endorse(1, 2, reach=1)
    story.endorse(2, 3)
    story.endorse(3, 4)
    yield story.case("a reach of 1 on the way")
    story = Story(4)
    story.endorse(0, 1, reach=0)
    story.endorse(0, 2)
    story.endorse(2, 1)
    story.endorse(1, 3)
    yield story.case("the longer way goes on where the shorter may not")

    story = Story(3)
    first = story.endorse(0, 1, until=day_of(day(10)))
    story.endorse(1, 2)
    for at in (10, 11 - 1 / DAY_MS, 11):
        yield story.case(f"until a day: {at:g} days later", at=at)
    again = story.endorse(0, 1, first, at=12, reach=0)
    yield story.case("renewed, with less reach", at=13)
    story.endorse(0, 1, again, at=14, withdrawn=True)
    yield story.case("withdrawn", at=15)
    yield story.case("and as of the day before", at=13.5)
    story = Story(3)
    story.endorse(0, 1, reach=0)
    story.endorse(0, 1, reach=3, at=2)
    story.endorse(1, 2)
    yield story.case("said twice, neither replaced: both count")
    story = Story(3)
    story.endorse(0, 1, story.endorse(1, 1))
    story.endorse(2, 1, story.records[-1].id, withdrawn=True)
    yield story.case("another's taking back takes nothing back")

    story = Story(3)
    story.records += COUNCIL.records
    story.endorse(0, COUNCIL)
    story.endorse(COUNCIL, 1)
    last: VerifiedRecord = story.records.pop()
    yield story.case("a council's endorsement with one signature of two")
    story.records.append(last)
    yield story.case("a council's endorsement with both")
    story = Story(4)
    for one in (1, 2, 3):
        for other in (1, 2, 3):
            if one != other:
                story.endorse(one, other)
    yield story.case("a ring of strangers")
    story.endorse(0, 1, reach=1)
    yield story.case("a ring that somebody near knows one of")


def make() -> str:
    """Return the text of the file."""
    return json.dumps({"now_ms": NOW_MS, "cases": list(cases())}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
