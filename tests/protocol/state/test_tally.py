"""Votes: the same tally everywhere, and every ballot that does not count shown with its reason."""

import random
from typing import Any

import pytest

from protocol.errors import Malformed, OverLimit
from protocol.identifiers import RecordId, SubjectId
from protocol.limits import OPTIONS_MAX, ROLL_LENGTH_MAX
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from protocol.state.tally import Outcome, Tally, tally, why_no_vote
from tests.protocol.people import T0, Held, Person, key

DAY0 = T0 - T0 % DAY_MS
CLOSES = 10


def on(days: int) -> str:
    return day_of(DAY0 + days * DAY_MS)


class Assembly:
    """A motion on which five people vote, opened on day 0, closed after day 10."""

    def __init__(self, **more: Any) -> None:
        self.chair = Person("Directiva", [key("chair")])
        self.voters = [Person(f"Persona {n}", [key(f"voter {n}")]) for n in range(5)]
        self.stranger = Person("Forastera", [key("stranger")])
        people = (self.chair, self.stranger, *self.voters)
        self.records: list[VerifiedRecord] = [r for person in people for r in person.records]
        self.text = {
            "title": {"es": "¿Qué propuesta?"},
            "options": [{"name": {"es": f"Propuesta {n}"}} for n in range(3)],
            "roll": [{"actor": voter.id} for voter in self.voters],
            "opens": on(0),
            "closes": on(CLOSES),
            "licence": "CC-BY-4.0",
        } | more
        self.motion = self.take(self.chair.sign("motion", self.text, time_ms=DAY0))

    def take(self, records: list[VerifiedRecord]) -> RecordId:
        self.records += records
        return records[0].id

    def act(
        self, who: Person, kind: str, payload: dict[str, Any], day: float = 1, about: RecordId | None = None
    ) -> RecordId:
        when = DAY0 + int(day * DAY_MS)
        parents = [about or self.motion]
        return self.take(
            who.sign(kind, payload, subject=SubjectId(self.motion), parents=parents, time_ms=when)
        )

    def vote(
        self, who: Person, option: int | None, day: float = 1, about: RecordId | None = None
    ) -> RecordId:
        return self.act(who, "ballot", {} if option is None else {"option": option}, day, about)

    def at(self, day: float = CLOSES + 1) -> Tally:
        return tally(Held(self.records).thing(self.motion), DAY0 + int(day * DAY_MS))


def test_a_majority_decides_once_the_vote_is_closed() -> None:
    assembly = Assembly()
    for voter, option in zip(assembly.voters, (1, 1, 0, 1, None), strict=True):
        assembly.vote(voter, option)
    found = assembly.at()
    assert (found.outcome, found.option, found.votes, found.blank) == (Outcome.DECIDED, 1, (1, 3, 0), 1)
    assert found.not_voted == ()
    assert assembly.at(CLOSES + 0.999).outcome is Outcome.OPEN
    assert assembly.at(0.5).votes == (0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "ballots", "outcome"),
    [
        ("most", (0, 0, 1, 2, None), Outcome.DECIDED),
        ("most", (0, 0, 1, 1, None), Outcome.UNDECIDED),
        ("majority", (0, 0, 1, 2, None), Outcome.UNDECIDED),
        ("majority", (0, 0, 0, 1, 2), Outcome.DECIDED),
        ("two_thirds", (0, 0, 1, None, None), Outcome.DECIDED),
        ("two_thirds", (0, 0, 0, 1, 1), Outcome.UNDECIDED),
        ("all", (0, 0, 0, 0, 0), Outcome.DECIDED),
        ("all", (0, 0, 0, 0, None), Outcome.UNDECIDED),
        ("most", (None, None, None, None, None), Outcome.UNDECIDED),
    ],
)
def test_each_rule(rule: str, ballots: tuple[int | None, ...], outcome: Outcome) -> None:
    assembly = Assembly(rule=rule)
    for voter, option in zip(assembly.voters, ballots, strict=True):
        assembly.vote(voter, option)
    assert assembly.at().outcome is outcome


def test_below_its_quorum_nothing_is_decided() -> None:
    assembly = Assembly(quorum=3)
    assembly.vote(assembly.voters[0], 0)
    assembly.vote(assembly.voters[1], 0)
    assert assembly.at().outcome is Outcome.NO_QUORUM
    assembly.vote(assembly.voters[2], None)
    assert assembly.at().outcome is Outcome.DECIDED


def test_what_does_not_count_is_shown_with_its_reason() -> None:
    assembly = Assembly()
    one, two, three, four, five = assembly.voters
    expected = {
        assembly.vote(one, 0): "",
        assembly.vote(assembly.stranger, 1): "not_on_the_roll",
        assembly.vote(two, 1, day=2): "double",
        assembly.vote(two, 0, day=3): "double",
        assembly.vote(three, 1, day=CLOSES + 1): "late",
        assembly.vote(four, 1, day=-0.1): "early",
        assembly.vote(five, 3): "no_such_option",
    }
    found = assembly.at(CLOSES + 2)
    assert {cast.record: cast.why_not for cast in found.ballots} == expected
    assert (found.outcome, found.option, found.votes) == (Outcome.DECIDED, 0, (1, 0, 0))
    assert found.not_voted == (two.id, three.id, four.id, five.id)


def test_a_ballot_in_the_last_millisecond_counts_and_one_after_it_does_not() -> None:
    assembly = Assembly()
    last = CLOSES + 1 - 1 / DAY_MS
    assembly.vote(assembly.voters[0], 0, day=last)
    assembly.vote(assembly.voters[1], 0, day=CLOSES + 1)
    assert [cast.why_not for cast in assembly.at(CLOSES + 2).ballots] == ["", "late"]


def test_a_roll_that_is_changed_asks_for_new_votes() -> None:
    assembly = Assembly()
    assembly.vote(assembly.voters[0], 0)
    text = assembly.text | {"roll": [{"actor": voter.id} for voter in (*assembly.voters, assembly.stranger)]}
    second = assembly.take(
        assembly.chair.sign(
            "motion",
            text,
            subject=SubjectId(assembly.motion),
            parents=[assembly.motion],
            time_ms=DAY0 + DAY_MS,
        )
    )
    assembly.vote(assembly.stranger, 1, day=2, about=second)
    found = assembly.at()
    assert [cast.why_not for cast in found.ballots] == ["another_version", ""]
    assert (found.motion, found.votes) == (second, (0, 1, 0))


def test_what_was_decided_is_told_for_good_of_the_moments_before_the_text_was_changed() -> None:
    assembly = Assembly()
    for voter in assembly.voters[:3]:
        assembly.vote(voter, 1)
    decided = assembly.at(CLOSES + 1)
    changed = assembly.act(assembly.chair, "motion", assembly.text | {"closes": on(30)}, day=CLOSES + 2)
    assert assembly.at(CLOSES + 1.999) == decided
    assert decided.outcome is Outcome.DECIDED
    found = assembly.at(CLOSES + 2)
    assert (found.motion, found.outcome, found.votes) == (changed, Outcome.OPEN, (0, 0, 0))
    assert {cast.why_not for cast in found.ballots} == {"another_version"}
    assert assembly.at(-1).outcome is Outcome.UNKNOWN


def test_nobody_else_can_change_the_roll() -> None:
    assembly = Assembly()
    assembly.vote(assembly.voters[0], 0)
    text = assembly.text | {"roll": [{"actor": assembly.stranger.id}]}
    assembly.take(
        assembly.stranger.sign(
            "motion",
            text,
            subject=SubjectId(assembly.motion),
            parents=[assembly.motion],
            time_ms=DAY0 + DAY_MS,
        )
    )
    assert (assembly.at().motion, assembly.at().votes) == (assembly.motion, (1, 0, 0))


def test_two_texts_by_the_same_author_are_contested() -> None:
    assembly = Assembly()
    assembly.vote(assembly.voters[0], 0)
    for closes in (11, 12):
        text = assembly.text | {"closes": on(closes)}
        assembly.take(
            assembly.chair.sign(
                "motion",
                text,
                subject=SubjectId(assembly.motion),
                parents=[assembly.motion],
                time_ms=DAY0 + 1,
            )
        )
    found = assembly.at()
    assert (found.outcome, [cast.why_not for cast in found.ballots]) == (Outcome.CONTESTED, ["contested"])


def test_minutes_are_listed_beside_the_ballots() -> None:
    assembly = Assembly()
    minutes = {"decided": 2, "votes": [1, 2, 40], "attended": 45, "evidence": [{"title": "Acta 3"}]}
    record = assembly.chair.sign(
        "minutes",
        minutes,
        subject=SubjectId(assembly.motion),
        parents=[assembly.motion],
        time_ms=DAY0 + DAY_MS,
    )
    assembly.take(record)
    assert assembly.at().minuted == (record[0].id,)


def test_the_order_in_which_ballots_come_does_not_matter() -> None:
    assembly = Assembly()
    for number, voter in enumerate((*assembly.voters, assembly.stranger, assembly.voters[0])):
        assembly.vote(voter, number % 3, day=number)
    expected = assembly.at()
    dice = random.Random(3)
    for _ in range(20):
        dice.shuffle(assembly.records)
        assert assembly.at() == expected


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"closes": on(-1)}, Malformed),
        ({"quorum": 6}, Malformed),
        ({"options": [{"name": {"es": "sola"}}]}, Malformed),
        ({"options": [{"name": {"es": str(n)}} for n in range(OPTIONS_MAX + 1)]}, OverLimit),
        ({"roll": []}, Malformed),
        ({"roll": [{"actor": bytes(32)}] * 2}, Malformed),
        ({"roll": [{"actor": n.to_bytes(32)} for n in range(ROLL_LENGTH_MAX + 1)]}, OverLimit),
    ],
)
def test_a_motion_that_cannot_be_voted_on_is_refused(change: dict[str, Any], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        Assembly(**change)


def test_a_motion_at_its_limits_is_accepted() -> None:
    options = [{"name": {"es": str(n)}} for n in range(OPTIONS_MAX)]
    roll = [{"actor": n.to_bytes(32)} for n in range(ROLL_LENGTH_MAX)]
    assembly = Assembly(roll=roll, quorum=ROLL_LENGTH_MAX)
    assembly.text["options"] = options
    assembly.take(assembly.chair.sign("motion", assembly.text, time_ms=DAY0))


@pytest.mark.parametrize("ballot", [{"option": -1}, {"option": OPTIONS_MAX}, {"on": on(1)}, {"at_ms": DAY0}])
def test_a_ballot_that_says_what_it_cannot_is_refused(ballot: dict[str, Any]) -> None:
    assembly = Assembly()
    with pytest.raises((Malformed, OverLimit)):
        assembly.act(assembly.voters[0], "ballot", ballot)


def test_whoever_asks_before_voting_is_told_what_the_tally_will_say() -> None:
    assembly = Assembly(opens=on(1))
    assembly.vote(assembly.voters[0], 0)
    for day in (1, 2):
        assembly.vote(assembly.voters[1], day, day=day)
    for who in (*assembly.voters[:3], assembly.stranger):
        for day in (0.999, 1, 5, CLOSES + 0.999, CLOSES + 1):
            when = DAY0 + int(day * DAY_MS)
            thing = Held(assembly.records).thing(assembly.motion)
            told = why_no_vote(thing, who.id, when)
            before = list(assembly.records)
            record = assembly.vote(who, 1, day=day)
            [cast] = [cast for cast in assembly.at(CLOSES + 2).ballots if cast.record == record]
            assert told == cast.why_not, (who.name, day)
            assembly.records = before


def test_a_ballot_that_waits_for_signatures_is_a_first_one_too() -> None:
    assembly = Assembly()
    keys = [key("one"), key("two")]
    council = Person("Junta", keys, threshold=2)
    text = assembly.text | {"roll": [{"actor": council.id}]}
    assembly.records += council.records
    assembly.motion = assembly.take(assembly.chair.sign("motion", text, time_ms=DAY0))
    about = {"subject": SubjectId(assembly.motion), "parents": [assembly.motion]}
    when = DAY0 + DAY_MS
    ballot = council.sign("ballot", {}, time_ms=when, signers=keys[:1], **about)
    assembly.take(ballot)

    def told() -> str:
        return why_no_vote(Held(assembly.records).thing(assembly.motion), council.id, when)

    assert told() == "double"
    assert [cast.why_not for cast in assembly.at().ballots] == ["awaiting"]
    erasure = council.sign(
        "erasure", {"basis": "author"}, subject=SubjectId(assembly.motion), parents=[ballot[0].id]
    )
    assembly.take(erasure)
    assert told() == ""


def test_on_a_contested_motion_nobody_can_vote() -> None:
    assembly = Assembly()
    voter = assembly.voters[0].id
    for closes in (11, 12):
        assembly.take(
            assembly.chair.sign(
                "motion",
                assembly.text | {"closes": on(closes)},
                subject=SubjectId(assembly.motion),
                parents=[assembly.motion],
                time_ms=DAY0 + 1,
            )
        )
    thing = Held(assembly.records).thing(assembly.motion)
    assert why_no_vote(thing, voter, DAY0 + 2) == "contested"
    # By a clock behind those who wrote the texts, they are there all the same.
    assert why_no_vote(thing, voter, DAY0 - 1) == "unknown"
    assert why_no_vote(thing, voter, DAY0 - 1, DAY0 + 2) == "contested"
    assert why_no_vote(Held(assembly.records[1:]).thing(assembly.motion), voter, DAY0 + 2) == "unknown"
