"""Challenges: who answers them, until when, and that nothing a stranger says settles anything."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.identifiers import RecordId, SubjectId
from protocol.kinds import examine
from protocol.kinds.contesting import PRINCIPLES
from protocol.state.contest import ChallengeState, assessments, challenges
from protocol.state.course import DAY_MS, day_of
from tests.protocol.people import T0, Held, Person, key, pact
from tests.protocol.state.village import COUNCIL, NEIGHBOUR, STEWARD, Village, at

STRANGER = Person("Forastero", [key("contest stranger")])


def village() -> Village:
    made = Village()
    made.records += STRANGER.records
    return made


def state_of(made: Village, challenge: RecordId, day: float = 100) -> ChallengeState:
    return next(one.state for one in challenges(made.thing(), at(day)) if one.said.record == challenge)


def test_a_challenge_is_open_until_a_steward_answers() -> None:
    made = village()
    challenge = made.challenge(NEIGHBOUR, day=1)
    assert challenges(made.thing(), at(0)) == ()
    made.reply(STEWARD, challenge, day=3)
    assert state_of(made, challenge, 2) == ChallengeState.OPEN
    assert state_of(made, challenge, 3) == ChallengeState.ANSWERED


def test_what_strangers_reply_is_shown_and_answers_nothing() -> None:
    made = village()
    challenge = made.challenge(NEIGHBOUR)
    reply = made.reply(STRANGER, challenge)
    (found,) = challenges(made.thing(), at(9))
    assert found.state is ChallengeState.OPEN
    assert [(a.record, a.of_the_challenged) for a in found.answers] == [(reply, False)]


def test_who_challenges_does_not_answer_themselves() -> None:
    """Neither on their own words, nor where they are a steward, nor by naming an earlier challenge."""
    made = village()
    first = made.challenge(NEIGHBOUR)
    second = made.challenge(NEIGHBOUR, first, text="Sigue sin ser así", day=2)
    made.reply(NEIGHBOUR, second, day=3)
    assert state_of(made, second) == ChallengeState.OPEN
    own = made.challenge(STEWARD)
    made.reply(STEWARD, own)
    assert state_of(made, own) == ChallengeState.OPEN


def test_the_author_of_what_is_challenged_answers_also_where_they_are_no_steward() -> None:
    made = village()
    documented = made.common(STRANGER, STEWARD)
    challenge = made.challenge(NEIGHBOUR, about=documented)
    reply = STRANGER.sign(
        "reply",
        {"text": {"es": "Así lo dice el acta"}},
        subject=SubjectId(documented),
        parents=[challenge],
        time_ms=at(2),
    )
    made.take(reply)
    (found,) = challenges(made.thing(documented), at(9))
    assert found.state is ChallengeState.ANSWERED


def test_an_actor_answers_what_is_said_against_it() -> None:
    made = village()
    challenge = made.challenge(NEIGHBOUR, about=STEWARD.id)
    reply = STEWARD.sign(
        "reply",
        {"text": {"es": "No"}},
        subject=SubjectId(STEWARD.id),
        parents=[challenge],
        time_ms=at(2),
    )
    made.take(reply)
    (found,) = challenges(made.thing(STEWARD.id), at(9))
    assert found.state is ChallengeState.ANSWERED


def test_a_party_to_a_pact_answers_what_is_said_against_it() -> None:
    made = village()
    text = made.take(STEWARD.sign("pact", pact(STEWARD, COUNCIL)))
    challenge = made.challenge(NEIGHBOUR, about=text)
    reply = {"text": {"es": "Lo firmamos en asamblea"}}
    answered = COUNCIL.sign("reply", reply, subject=SubjectId(text), parents=[challenge], time_ms=at(2))
    made.take(answered[:1])  # one of two who have to sign
    assert challenges(made.thing(text), at(9))[0].state is ChallengeState.OPEN
    made.take(answered[1:])
    assert challenges(made.thing(text), at(9))[0].state is ChallengeState.ANSWERED


def test_after_its_last_day_a_challenge_is_unanswered_and_a_late_answer_still_is_one() -> None:
    made = village()
    payload = {"text": {"es": "x"}, "until": day_of(at(5))}
    challenge = made.say(NEIGHBOUR, "challenge", payload)
    end = 5 + 1 - (T0 % DAY_MS) / DAY_MS  # the end of that day, UTC
    assert state_of(made, challenge, end - 0.001) == ChallengeState.OPEN
    assert state_of(made, challenge, end) == ChallengeState.UNANSWERED
    made.reply(STEWARD, challenge, day=20)
    assert state_of(made, challenge, 19) == ChallengeState.UNANSWERED
    assert state_of(made, challenge, 20) == ChallengeState.ANSWERED


def test_an_erased_answer_answers_nothing() -> None:
    made = village()
    challenge = made.challenge(NEIGHBOUR)
    reply = made.reply(STEWARD, challenge)
    erasure = STEWARD.sign(
        "erasure", {"basis": "author"}, subject=SubjectId(made.commons), parents=[reply], time_ms=at(3)
    )
    made.take(erasure)
    (found,) = challenges(made.thing(), at(9))
    assert (found.state, found.answers) == (ChallengeState.OPEN, ())


def test_a_challenge_taken_back_or_put_otherwise_is_shown_as_such() -> None:
    made = village()
    first = made.challenge(NEIGHBOUR)
    made.reply(STEWARD, first)
    second = made.challenge(NEIGHBOUR, first, text="En otro lugar", day=3)
    assert [one.state for one in challenges(made.thing(), at(9))] == [
        ChallengeState.OPEN,
        ChallengeState.REPLACED,
    ]
    made.say(NEIGHBOUR, "challenge", {"withdrawn": True}, second, day=4)
    assert state_of(made, second) == ChallengeState.WITHDRAWN


def test_a_challenge_changes_nothing_of_the_thing() -> None:
    made = village()
    before = made.thing()
    made.reply(STRANGER, made.challenge(NEIGHBOUR))
    after = made.thing()
    assert (after.status, after.display, after.heads, after.linked) == (
        before.status,
        before.display,
        before.heads,
        before.linked,
    )


def test_assessments_are_of_commons_and_of_nothing_else() -> None:
    made = village()
    payload = {"principles": {name: {"finding": "partial"} for name in PRINCIPLES}}
    first = made.say(NEIGHBOUR, "assessment", payload)
    second = made.say(NEIGHBOUR, "assessment", payload, day=2)
    made.say(NEIGHBOUR, "assessment", payload, about=STEWARD.id)
    assert [one.record for one in assessments(made.thing(), at(9))] == [second, first]
    assert assessments(made.thing(STEWARD.id), at(9)) == ()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("challenge", {}),
        ("challenge", {"text": {"es": "x"}, "on": "2025-02-02", "until": "2025-02-01"}),
        ("challenge", {"text": {"es": "x"}, "until": "2025-02-30"}),
        ("assessment", {"principles": {"boundaries": {"finding": "good"}}}),
        ("link", {"relation": "part_of", "other": b"x"}),
        ("link", {"relation": "Part of", "other": bytes(32)}),
    ],
)
def test_statements_that_cannot_be_are_refused(kind: str, payload: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        examine(kind, payload)


@settings(max_examples=40, deadline=None)
@given(st.builds(Random, st.integers(0, 2**32 - 1)), st.integers(1, 15))
def test_any_order_gives_the_same_and_only_those_concerned_answer(rng: Random, moves: int) -> None:
    made = village()
    everybody = (STEWARD, NEIGHBOUR, COUNCIL, STRANGER)
    acts: list[RecordId] = []
    for _ in range(moves):
        who = rng.choice(everybody)
        onto = rng.sample(acts, min(len(acts), rng.randint(0, 2)))
        day = rng.uniform(-3_000, 3_000)
        match rng.randrange(5):
            case 0 | 1:
                payload: dict[str, Any] = {"text": {"es": "x"}, "salt": rng.randbytes(16)}
                if rng.random() < 0.5:
                    payload["until"] = day_of(at(day + rng.randint(0, 50)))
                acts.append(made.say(who, "challenge", payload, *onto, day=day))
            case 2 | 3:
                target = onto[0] if onto else RecordId(rng.randbytes(32))
                acts.append(made.reply(who, target, *onto[1:], day=day))
            case _:
                if onto:
                    made.say(who, "erasure", {"basis": "author"}, *onto, day=day)
    moments = [at(rng.uniform(-3_100, 3_100)) for _ in range(4)]
    shuffled = list(made.records)
    rng.shuffle(shuffled)
    other = Held(shuffled).thing(SubjectId(made.commons))
    for moment in moments:
        found = challenges(made.thing(), moment)
        assert found == challenges(other, moment)
        for one in found:
            answering = {a.author for a in one.answers if a.of_the_challenged}
            assert one.said.author not in answering
            authors = {
                r.header.actor for r in made.records if r.id in one.said.parents and r.header.kind != "cosign"
            }
            assert answering <= authors | {STEWARD.id}
            if one.state is ChallengeState.ANSWERED:
                assert answering
            if one.state is ChallengeState.UNANSWERED:
                assert one.said.content.until is not None
                assert one.said.content.until < day_of(moment)
