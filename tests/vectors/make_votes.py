"""Make `votes.json`: motions with the ballots on them, and bodies with their rules, and what follows.

    python -m tests.vectors.make_votes

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol.canonical import encode
from protocol.identifiers import RecordId, SubjectId
from protocol.kinds import open_payload
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.composition import composition
from protocol.state.course import DAY_MS, day_of
from protocol.state.tally import tally
from tests.protocol.people import T0, Held, Person, key

FILE = Path(__file__).with_name("votes.json")
DAY0 = T0 - T0 % DAY_MS
CLOSES = 10
NOW_MS = DAY0 + 100 * DAY_MS

CHAIR = Person("Directiva", [key("vector chair")])
STRANGER = Person("Forastera", [key("vector stranger")])
FAMILY = Person("Familia", [key("vector family 1"), key("vector family 2")], 2)
VOTERS = [Person(f"Persona {n}", [key(f"vector voter {n}")]) for n in range(4)]
EVERYBODY = [record for person in (CHAIR, STRANGER, FAMILY, *VOTERS) for record in person.records]
ROLL = (*VOTERS, FAMILY)


def on(days: int) -> str:
    return day_of(DAY0 + days * DAY_MS)


class Vote:
    """A motion on the members of `ROLL` and what was cast."""

    def __init__(self, **more: Any) -> None:
        self.text = {
            "title": {"es": "¿Qué propuesta?"},
            "options": [{"name": {"es": f"Propuesta {n}"}} for n in range(3)],
            "roll": [{"actor": voter.id} for voter in ROLL],
            "opens": on(0),
            "closes": on(CLOSES),
            "licence": "CC-BY-4.0",
        } | more
        self.records = CHAIR.sign("motion", self.text, time_ms=DAY0)
        self.motion = self.records[0].id

    def act(
        self, who: Person, kind: str, payload: dict[str, Any], day: float = 1, about: RecordId | None = None
    ) -> list[VerifiedRecord]:
        when = DAY0 + round(day * DAY_MS)
        parents = [about or self.motion]
        records = who.sign(kind, payload, subject=SubjectId(self.motion), parents=parents, time_ms=when)
        self.records += records
        return records

    def vote(
        self, who: Person, option: int | None, day: float = 1, about: RecordId | None = None
    ) -> RecordId:
        return self.act(who, "ballot", {} if option is None else {"option": option}, day, about)[0].id

    def case(self, name: str, *days: float) -> dict[str, Any]:
        held = Held(EVERYBODY, self.records)
        thing = held.thing(self.motion)
        moments = []
        for day in days or (CLOSES + 1,):
            at_ms = DAY0 + round(day * DAY_MS)
            found = tally(thing, at_ms)
            moments.append(
                {
                    "at_ms": at_ms,
                    "outcome": found.outcome.value,
                    "motion": found.motion and found.motion.hex(),
                    "option": found.option,
                    "votes": list(found.votes),
                    "blank": found.blank,
                    "not_voted": [actor.hex() for actor in found.not_voted],
                    "why_not": {cast.record.hex(): cast.why_not for cast in found.ballots},
                }
            )
        records = sorted(record.envelope.hex() for record in held.records.values())
        return {"name": name, "subject": self.motion.hex(), "moments": moments, "records": records}


LAST = CLOSES + 1 - 1 / DAY_MS
"""The last millisecond in which a ballot counts, in days."""


def vote_cases() -> Iterator[dict[str, Any]]:
    vote = Vote()
    for who, option in zip(ROLL, (1, 1, 0, None, 1), strict=True):
        vote.vote(who, option)
    yield vote.case(
        "a majority, open until the last day is over", 0.5, 1, CLOSES + 1 - 1 / DAY_MS, CLOSES + 1
    )
    for rule, ballots in (
        ("most", (0, 0, 1, 2, None)),
        ("most", (0, 0, 1, 1, None)),
        ("majority", (0, 0, 1, 2, None)),
        ("two_thirds", (0, 0, 1, None, None)),
        ("two_thirds", (0, 0, 0, 1, 1)),
        ("all", (0, 0, 0, 0, 0)),
        ("all", (0, 0, 0, 0, None)),
        ("most", (None,) * 5),
    ):
        vote = Vote(rule=rule)
        for who, option in zip(ROLL, ballots, strict=True):
            vote.vote(who, option)
        yield vote.case(f"{rule}: {' '.join('blank' if b is None else str(b) for b in ballots)}")
    vote = Vote(quorum=3)
    vote.vote(VOTERS[0], 0)
    vote.vote(VOTERS[1], 0)
    yield vote.case("two of a quorum of three")
    vote.vote(VOTERS[2], None, day=LAST)
    yield vote.case("a blank vote in the last millisecond makes the quorum")
    vote = Vote()
    vote.vote(VOTERS[0], 0)
    vote.vote(STRANGER, 1)
    vote.vote(VOTERS[1], 1, day=2)
    vote.vote(VOTERS[1], 0, day=3)
    vote.vote(VOTERS[2], 1, day=CLOSES + 1)
    vote.vote(VOTERS[3], 3)
    vote.records.pop()
    vote.vote(VOTERS[3], 2, day=-0.5)
    vote.act(FAMILY, "ballot", {"option": 2})
    vote.records.pop()  # one of two signatures
    yield vote.case("stranger, double, late, early, one signature of two", CLOSES + 1, CLOSES + 2)
    vote = Vote()
    vote.vote(VOTERS[0], 3)
    vote.vote(VOTERS[0], 1)
    vote.vote(VOTERS[1], 2)
    vote.records[-1] = verify_record(erased_envelope(vote.records[-1].envelope), NOW_MS)
    yield vote.case("no such option and then one that counts; one without its content")
    vote = Vote()
    vote.vote(VOTERS[0], 0)
    longer = vote.text | {"roll": [{"actor": voter.id} for voter in (*ROLL, STRANGER)]}
    second = vote.act(CHAIR, "motion", longer)[0].id
    vote.vote(STRANGER, 1, day=2, about=second)
    yield vote.case("a roll that was changed", -1, 1, 2, CLOSES + 1)
    vote = Vote()
    for who in VOTERS[:3]:
        vote.vote(who, 1)
    vote.act(CHAIR, "motion", vote.text | {"closes": on(2 * CLOSES)}, day=CLOSES + 2)
    yield vote.case("what was decided before the text was changed", CLOSES + 1, CLOSES + 2, 2 * CLOSES + 1)
    vote = Vote()
    vote.vote(VOTERS[0], 0)
    vote.act(STRANGER, "motion", vote.text | {"roll": [{"actor": STRANGER.id}]})
    yield vote.case("a roll that a stranger changed")
    vote = Vote()
    vote.vote(VOTERS[0], 0)
    for closes in (11, 12):
        vote.act(CHAIR, "motion", vote.text | {"closes": on(closes)})
    yield vote.case("two texts by one author")
    vote = Vote()
    vote.vote(VOTERS[0], 0)
    vote.records = [record for record in vote.records if record.id != vote.motion]
    yield vote.case("the motion is not held")


def body_cases() -> Iterator[dict[str, Any]]:
    def seat(side: str, **more: Any) -> dict[str, Any]:
        return {"side": side, "holder": {"name": {"es": "Alguien"}}, **more}

    chairs = [
        seat("state", role="chair", since="2024-01-01", until="2025-12-31"),
        seat("civil", role="chair", since="2026-01-01", until="2027-12-31"),
        seat("state", role="vice_chair", since="2026-01-01"),
    ]
    user, member = seat("civil", category="user"), seat("civil", category="worker")
    other = seat("civil", category="non_member")
    long = chairs[1] | {"until": "2028-06-30"}
    before, after = "2026-06-30", "2026-07-01"
    yield body("parity", [seat("state"), seat("civil", until=before)], "parity", before, after)
    yield body("a vacant seat", [seat("state"), {"side": "civil"}], "parity", before)
    yield body("chairs in turns", chairs, "alternating_chair", "2025-12-31", "2026-01-01", "2027-12-31")
    yield body("a chair too long", [long, chairs[2]], "alternating_chair", "2027-12-31", "2028-01-01")
    yield body("one side twice", [chairs[0] | {"side": "civil"}, *chairs[1:]], "alternating_chair", before)
    yield body("three users of five", [user] * 3 + [member] * 2, "users_majority", before)
    yield body("one user of two", [user, member], "users_majority", before)
    yield body("one stranger of five", [other] + [member] * 4, "few_non_members", before)
    yield body("one stranger of four", [other] + [member] * 3, "few_non_members", before)
    yield body("enough owners", [], "owners_two_thirds", before, share_percent=66)
    yield body("too few owners", [], "owners_two_thirds", before, share_percent=65)
    yield body("owners not counted", [], "owners_two_thirds", before)
    yield body("a rule of its own", [member], "elders_first", before)


def body(name: str, seats: list[dict[str, Any]], rule: str, *days: str, **more: Any) -> dict[str, Any]:
    """A case of the file: a body's payload, and whether it keeps its rule on some days."""
    payload = {"name": {"es": "Consejo"}, "type": "council", "licence": "CC-BY-4.0"}
    data = encode(payload | {"rules": [rule], "seats": seats} | more)
    content, _ = open_payload("body", data)
    kept = {day: {found.rule: found.kept for found in composition(content, day)} for day in days}
    return {"name": name, "payload": data.hex(), "kept": kept}


def make() -> str:
    """Return the text of the file."""
    cases = {"now_ms": NOW_MS, "votes": list(vote_cases()), "bodies": list(body_cases())}
    return json.dumps(cases, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
