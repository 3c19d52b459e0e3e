"""A commons, its people and what is said of it, for the tests of statements."""

from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS
from protocol.state.fold import ThingState
from tests.protocol.people import T0, Held, Person, commons, key

STEWARD = Person("Comuna", [key("statement steward")])
NEIGHBOUR = Person("Vecina", [key("statement neighbour")])
COUNCIL = Person("Consejo", [key(f"statement council {n}") for n in range(3)], 2)
PEOPLE = (STEWARD, NEIGHBOUR, COUNCIL)
RECORDS = [record for person in PEOPLE for record in person.records]


def at(day: float) -> int:
    """The moment that many days after everything began."""
    return T0 + int(day * DAY_MS)


class Village:
    """One commons that its stewards speak for, more where a test makes them, and all that is said."""

    def __init__(self) -> None:
        self.records = list(RECORDS)
        self.commons = self.common(STEWARD)

    def take(self, records: list[VerifiedRecord]) -> RecordId:
        self.records += records
        return records[0].id

    def common(self, who: Person, *stewards: Person, **more: Any) -> RecordId:
        return self.take(who.sign("commons", commons(*(stewards or (who,)), **more)))

    def say(
        self,
        who: Person,
        kind: str,
        payload: dict[str, Any],
        *after: RecordId,
        day: float = 1,
        about: RecordId | ActorId | None = None,
    ) -> RecordId:
        thing = RecordId(self.commons if about is None else about)
        return self.take(
            who.sign(kind, payload, subject=SubjectId(thing), parents=[thing, *after], time_ms=at(day))
        )

    def challenge(self, who: Person, *after: RecordId, text: str = "No es así", **more: Any) -> RecordId:
        return self.say(who, "challenge", {"text": {"es": text}}, *after, **more)

    def reply(self, who: Person, to: RecordId, *more: RecordId, day: float = 2) -> RecordId:
        records = who.sign(
            "reply",
            {"text": {"es": "Sí es así"}},
            subject=SubjectId(self.commons),
            parents=[to, *more],
            time_ms=at(day),
        )
        return self.take(records)

    def link(self, who: Person, relation: str, this: bytes, other: bytes, day: float = 1) -> RecordId:
        payload = {"relation": relation, "other": other}
        return self.say(who, "link", payload, day=day, about=RecordId(this))

    def thing(self, subject: bytes | None = None) -> ThingState:
        return Held(self.records).thing(SubjectId(self.commons if subject is None else subject))
