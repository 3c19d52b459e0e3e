"""Make `statements.json`: what is said of things and records, what stands of it, what links make of things.

    python -m tests.vectors.make_statements

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.contesting import Assessment, Challenge, Link
from protocol.kinds.endorsement import Endorsement
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.contest import challenges
from protocol.state.course import DAY_MS, day_of
from protocol.state.links import links, part_of, within
from protocol.state.statements import statements
from tests.protocol.people import T0, Held, Person, commons, key, pact

FILE = Path(__file__).with_name("statements.json")
DAY0 = T0 - T0 % DAY_MS
NOW_MS = DAY0 + 100 * DAY_MS
CONTENTS = {"challenge": Challenge, "link": Link, "assessment": Assessment, "endorsement": Endorsement}

STEWARD = Person("Comuna", [key("vector statements steward")])
NEIGHBOUR = Person("Vecina", [key("vector statements neighbour")])
STRANGER = Person("Forastera", [key("vector statements stranger")])
COUNCIL = Person("Consejo", [key("vector statements council 1"), key("vector statements council 2")], 2)
EVERYBODY = [record for person in (STEWARD, NEIGHBOUR, STRANGER, COUNCIL) for record in person.records]


def day(number: float) -> int:
    """The moment that many days after everything began."""
    return DAY0 + round(number * DAY_MS)


def on(number: int) -> str:
    return day_of(day(number))


class Story:
    """A commons of its stewards, more things where a case needs them, and what is said."""

    def __init__(self) -> None:
        self.records = list(EVERYBODY)
        self.thing = self.take(STEWARD.sign("commons", commons(STEWARD), time_ms=day(0)))

    def take(self, records: list[VerifiedRecord]) -> RecordId:
        self.records += records
        return records[0].id

    def common(self, who: Person, name: str) -> RecordId:
        payload = commons(who, name={"es": name})
        return self.take(who.sign("commons", payload, time_ms=day(0)))

    def say(
        self,
        who: Person,
        kind: str,
        payload: dict[str, Any],
        *parents: RecordId,
        at: float = 1,
        about: RecordId | None = None,
    ) -> RecordId:
        """An act about the commons, or `about` another thing; its parent is the first record unless given."""
        thing = about or self.thing
        records = who.sign(
            kind, payload, subject=SubjectId(thing), parents=parents or [thing], time_ms=day(at)
        )
        return self.take(records)

    def challenge(self, who: Person, *parents: RecordId, at: float = 1, **more: Any) -> RecordId:
        return self.say(who, "challenge", {"text": {"es": "No es así"}, **more}, *parents, at=at)

    def reply(self, who: Person, *parents: RecordId, at: float = 2, **more: Any) -> RecordId:
        return self.say(who, "reply", {"text": {"es": "Sí es así"}, **more}, *parents, at=at)

    def link(self, who: Person, relation: str, one: RecordId, other: RecordId, **more: Any) -> RecordId:
        return self.say(who, "link", {"relation": relation, "other": other, **more}, about=one)

    def erase(self, who: Person, record: RecordId) -> None:
        self.say(who, "erasure", {"basis": "author"}, record, at=5)

    def strip(self, record: RecordId) -> None:
        """Take the content out of a record, as one received it that came from somebody who had erased it."""
        self.records = [
            verify_record(erased_envelope(one.envelope), NOW_MS) if one.id == record else one
            for one in self.records
        ]

    def case(self, name: str, *days: float, of: RecordId | None = None) -> dict[str, Any]:
        """What is said of one thing, at some moments."""
        held = Held(self.records)
        thing = held.thing(of or self.thing)
        moments = []
        for at_ms in map(day, days or (50,)):
            said = {
                kind: [
                    [one.record.hex(), one.moment_ms, str(one.standing)]
                    for one in statements(thing, at_ms, content_type)
                ]
                for kind, content_type in CONTENTS.items()
            }
            states = {c.said.record.hex(): str(c.state) for c in challenges(thing, at_ms)}
            moments.append({"at_ms": at_ms, "said": said, "challenges": states})
        return {
            "name": name,
            "subject": thing.subject.hex(),
            "moments": moments,
            "records": self.written(held),
        }

    def linked(self, name: str, *of: RecordId, at: float = 50) -> dict[str, Any]:
        """What links make of some things, at one moment."""
        held, at_ms = Held(self.records), day(at)
        things = {record.subject: held.thing(record.subject) for record in held.records.values()}
        parts = {subject: part_of(thing, at_ms) for subject, thing in things.items()}
        found = {}
        for subject in (SubjectId(one) for one in of or (self.thing,)):
            reached = within(subject, parts)
            found[subject.hex()] = {
                "links": [
                    {"record": one.said.record.hex(), "own": one.own, "mutual": one.mutual}
                    for one in links(subject, things, at_ms)
                ],
                "within": [other.hex() for other in reached.things],
                "cycle": bool(reached.cycle),
            }
        return {"name": name, "at_ms": at_ms, "things": found, "records": self.written(held)}

    @staticmethod
    def written(held: Held) -> list[str]:
        return sorted(record.envelope.hex() for record in held.records.values())


def said_cases() -> Iterator[dict[str, Any]]:
    story = Story()
    first = story.challenge(NEIGHBOUR)
    yield story.case("nothing before it is said, open after", 0.5, 1, 2)
    second = story.challenge(NEIGHBOUR, story.thing, first, at=3)
    yield story.case("replaced by its author", 2, 3)
    story.challenge(STRANGER, story.thing, second, at=4)
    yield story.case("somebody else's replaces nothing")
    story.say(NEIGHBOUR, "challenge", {"withdrawn": True}, second, at=6)
    yield story.case("withdrawn; as of a day before, not yet", 5, 6)

    story = Story()
    first = story.challenge(NEIGHBOUR)
    story.say(NEIGHBOUR, "assessment", {}, first)
    yield story.case("another kind replaces nothing, whatever its parents")
    taking_back = story.say(NEIGHBOUR, "challenge", {"withdrawn": True}, first, at=2)
    story.challenge(NEIGHBOUR, first, at=3)
    yield story.case("one that takes back, and one that replaces: replaced")
    story.erase(NEIGHBOUR, taking_back)
    yield story.case("what takes back is erased, and the other still replaces")

    story = Story()
    first = story.challenge(NEIGHBOUR)
    second = story.challenge(NEIGHBOUR, first, at=2)
    story.strip(second)
    yield story.case("the one that replaces has no content: says nothing, and still replaces")
    story = Story()
    story.erase(NEIGHBOUR, story.challenge(NEIGHBOUR))
    yield story.case("erased: says nothing")

    story = Story()
    story.challenge(NEIGHBOUR, on=on(10), at=1)
    story.challenge(STRANGER, at_ms=day(12) + 1, at=1)
    yield story.case("by the day and the moment that they name", 9, 10 - 1 / DAY_MS, 10, 12, 12 + 1 / DAY_MS)
    story = Story()
    for who in (NEIGHBOUR, STRANGER):
        for number in (3, 1, 2):
            story.challenge(who, on=on(7), at=number, salt=bytes([number]) * 16)
    yield story.case("of one day: the one signed last first, then by id")

    story = Story()
    story.say(COUNCIL, "challenge", {"text": {"es": "No nos preguntaron"}})
    whole = story.records[-1]
    story.records.remove(whole)
    yield story.case("one signature of two: not said")
    story.records.append(whole)
    yield story.case("two signatures of two: said")

    story = Story()
    challenge = story.challenge(NEIGHBOUR, until=on(8))
    yield story.case("unanswered on the day after its last day", 8, 9 - 1 / DAY_MS, 9)
    story.reply(STRANGER, challenge)
    story.reply(NEIGHBOUR, challenge)
    yield story.case("a stranger's reply and one's own answer nothing", 9)
    story.reply(STEWARD, challenge, at=20)
    yield story.case("answered late, by a steward", 19, 20)

    story = Story()
    report = story.say(STRANGER, "assessment", {})
    challenge = story.challenge(NEIGHBOUR, report)
    story.reply(STRANGER, challenge)
    yield story.case("answered by the author of what was challenged")
    story = Story()
    challenge = story.challenge(NEIGHBOUR)
    reply = story.reply(STEWARD, challenge)
    story.erase(STEWARD, reply)
    yield story.case("a reply without content answers nothing")
    story = Story()
    story.say(COUNCIL, "assessment", {})
    challenge = story.challenge(NEIGHBOUR, story.records[-1].id)
    story.reply(COUNCIL, challenge)
    yield story.case("of a cosignature alone nobody is the author")

    story = Story()
    later = story.take(
        STEWARD.sign(
            "commons",
            commons(STEWARD, COUNCIL, name={"es": "Otro nombre"}),
            subject=SubjectId(story.thing),
            parents=[story.thing],
            time_ms=day(1),
        )
    )
    challenge = story.challenge(NEIGHBOUR, later)
    story.reply(COUNCIL, challenge)
    yield story.case("answered by a steward of a later version in the line")

    story = Story()
    about = SubjectId(STEWARD.id)
    story.take(
        NEIGHBOUR.sign(
            "challenge", {"text": {"es": "No existe"}}, subject=about, parents=[STEWARD.head], time_ms=day(1)
        )
    )
    challenged = story.records[-1].id
    yield story.case("an actor is challenged", of=RecordId(STEWARD.id))
    story.take(
        STEWARD.sign("reply", {"text": {"es": "Sí"}}, subject=about, parents=[challenged], time_ms=day(2))
    )
    yield story.case("an actor answers for its first record", of=RecordId(STEWARD.id))

    story = Story()
    vouched = story.take(
        NEIGHBOUR.sign("endorsement", {"reach": 1}, subject=about, parents=[STEWARD.head], time_ms=day(1))
    )
    yield story.case("an actor is endorsed", of=RecordId(STEWARD.id))
    story.take(
        NEIGHBOUR.sign("erasure", {"basis": "author"}, subject=about, parents=[vouched], time_ms=day(2))
    )
    yield story.case("what was said of an actor is erased by who said it", of=RecordId(STEWARD.id))

    story = Story()
    story.say(NEIGHBOUR, "challenge", {"text": {"es": "¿De qué?"}}, about=RecordId(bytes(32)))
    yield story.case("about a thing that nobody has", of=RecordId(bytes(32)))
    story = Story()
    agreement = story.take(STEWARD.sign("pact", pact(STEWARD, COUNCIL), time_ms=day(0)))
    challenge = story.say(NEIGHBOUR, "challenge", {"text": {"es": "Sin aviso"}}, about=agreement)
    story.say(COUNCIL, "reply", {"text": {"es": "Hubo aviso"}}, challenge, about=agreement, at=2)
    yield story.case("a party answers for a pact", of=agreement)


def link_cases() -> Iterator[dict[str, Any]]:
    story = Story()
    other = story.common(NEIGHBOUR, "Laguna")
    story.link(STEWARD, "part_of", story.thing, other)
    yield story.linked("seen from both ends", story.thing, other)
    story.link(STRANGER, "part_of", other, story.thing)
    yield story.linked("what a stranger says is shown, and leads nowhere", story.thing, other)
    story.link(NEIGHBOUR, "part_of", other, story.thing)
    yield story.linked("within each other: a cycle, within nothing", story.thing, other)

    for relation in ("same_as", "overlaps", "supersedes"):
        story = Story()
        other = story.common(NEIGHBOUR, "Laguna")
        story.link(STEWARD, relation, story.thing, other)
        story.link(STRANGER, relation, other, story.thing)
        yield story.linked(f"{relation}, said by one", story.thing, other)
        story.link(NEIGHBOUR, relation, other, story.thing)
        yield story.linked(f"{relation}, said by both", story.thing, other)

    story = Story()
    story.link(STEWARD, "part_of", story.thing, story.thing)
    yield story.linked("of itself: says nothing")
    story = Story()
    story.link(STEWARD, "part_of", story.thing, RecordId(bytes(32)))
    yield story.linked("within what nobody has")

    story = Story()
    wholes = [story.common(NEIGHBOUR, f"Territorio {number}") for number in range(4)]
    for whole in wholes[:2]:
        story.link(STEWARD, "part_of", story.thing, whole)
    story.link(NEIGHBOUR, "part_of", wholes[0], wholes[2])
    story.link(NEIGHBOUR, "part_of", wholes[1], wholes[2])
    story.link(NEIGHBOUR, "part_of", wholes[2], wholes[3])
    yield story.linked("step by step, each once", story.thing, *wholes)
    story.link(NEIGHBOUR, "part_of", wholes[3], wholes[2])
    yield story.linked("a cycle further up is not one's own", story.thing, *wholes)

    story = Story()
    for number in range(66):
        story.link(STEWARD, "part_of", story.thing, RecordId(number.to_bytes(32)))
    yield story.linked("66 wholes, of which 64 are reached")
    story = Story()
    agreement = story.take(STEWARD.sign("pact", pact(STEWARD, COUNCIL), time_ms=day(0)))
    story.link(STRANGER, "supersedes", agreement, story.thing)
    story.say(COUNCIL, "link", {"relation": "part_of", "other": ActorId(STEWARD.id)}, about=agreement)
    yield story.linked("from a pact, to a commons and to an actor", agreement, story.thing)


def make() -> str:
    """Return the text of the file."""
    cases = {"now_ms": NOW_MS, "statements": list(said_cases()), "links": list(link_cases())}
    return json.dumps(cases, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
