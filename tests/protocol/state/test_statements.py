"""Statements: what their authors have not replaced or taken back stands, whatever came first."""

from collections.abc import Iterable
from random import Random
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.contesting import Assessment, Challenge, Link, Statement
from protocol.kinds.endorsement import Endorsement
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.course import DAY_MS, day_of, day_start_ms
from protocol.state.statements import Standing, standing, statements
from tests.protocol.people import T0, Held
from tests.protocol.state.village import COUNCIL, NEIGHBOUR, PEOPLE, STEWARD, Village, at

YEAR_MS = 365 * DAY_MS


def found(
    village: Village,
    kind: type[Statement] = Challenge,
    day: float = 100,
    about: bytes | None = None,
) -> dict[RecordId, Standing]:
    return {one.record: one.standing for one in statements(village.thing(about), at(day), kind)}


def test_a_statement_stands_from_its_moment_until_its_author_replaces_it() -> None:
    village = Village()
    first = village.challenge(NEIGHBOUR, day=1)
    second = village.challenge(NEIGHBOUR, first, text="No es así, ni lo fue", day=3)
    assert found(village, day=0) == {}
    assert found(village, day=2) == {first: Standing.STANDS}
    assert found(village, day=3) == {second: Standing.STANDS, first: Standing.REPLACED}


def test_taking_back_says_nothing_of_its_own() -> None:
    village = Village()
    first = village.challenge(NEIGHBOUR)
    back = village.say(NEIGHBOUR, "challenge", {"withdrawn": True}, first, day=2)
    assert found(village) == {first: Standing.WITHDRAWN}
    again = village.challenge(NEIGHBOUR, back, day=3)
    assert found(village) == {again: Standing.STANDS, first: Standing.WITHDRAWN}


def test_nobody_else_takes_a_statement_back_and_no_other_kind_does() -> None:
    village = Village()
    first = village.challenge(NEIGHBOUR)
    village.say(STEWARD, "challenge", {"withdrawn": True}, first, day=2)
    village.say(NEIGHBOUR, "assessment", {"withdrawn": True}, first, day=2)
    assert found(village) == {first: Standing.STANDS}
    assert found(village, Assessment) == {}


def test_what_a_council_has_not_signed_enough_neither_stands_nor_takes_back() -> None:
    village = Village()
    first = village.challenge(COUNCIL)
    alone = COUNCIL.sign(
        "challenge",
        {"withdrawn": True},
        subject=SubjectId(village.commons),
        parents=[first],
        time_ms=T0 + 2 * DAY_MS,
    )
    village.take(alone[:1])
    assert found(village) == {first: Standing.STANDS}
    village.take(alone[1:])
    assert found(village) == {first: Standing.WITHDRAWN}


def test_an_erased_statement_says_nothing_and_still_replaces() -> None:
    village = Village()
    first = village.challenge(NEIGHBOUR)
    second = village.challenge(NEIGHBOUR, first, text="Con nombres de personas", day=2)
    village.say(NEIGHBOUR, "erasure", {"basis": "author"}, second, day=3)
    assert found(village) == {first: Standing.WITHDRAWN}


def test_a_statement_about_an_actor_is_erased_like_any_other() -> None:
    village = Village()
    about = STEWARD.id
    first = village.say(NEIGHBOUR, "endorsement", {"text": {"es": "La conozco"}}, about=about)
    assert found(village, Endorsement, about=about) == {first: Standing.STANDS}
    village.say(NEIGHBOUR, "erasure", {"basis": "author"}, first, about=about)
    assert found(village, Endorsement, about=about) == {}


def test_a_statement_counts_from_the_day_it_names_and_not_from_when_it_was_signed() -> None:
    village = Village()
    early = day_of(T0 - 20 * YEAR_MS)
    old = village.say(NEIGHBOUR, "challenge", {"text": {"es": "x"}, "on": early}, day=1)
    late = village.say(STEWARD, "challenge", {"text": {"es": "x"}, "on": "9999-12-31"}, day=1)
    assert found(village, day=(day_start_ms(early) - T0) / DAY_MS) == {old: Standing.STANDS}
    assert found(village, day=-20 * 365 - 2) == {}
    assert late not in found(village, day=10_000)


def test_the_latest_come_first() -> None:
    village = Village()
    first, second = village.challenge(NEIGHBOUR, day=1), village.challenge(STEWARD, day=2)
    third = village.challenge(COUNCIL, day=3)
    assert list(found(village)) == [third, second, first]


def test_what_breaks_the_rules_of_its_kind_has_no_effect_and_takes_nothing_back() -> None:
    """It was kept by a node that did not know the kind: it is read as a plain map."""
    village = Village()
    first = village.challenge(NEIGHBOUR)
    other = village.challenge(NEIGHBOUR, first, day=2)
    plain = next(record for record in village.records if record.id == other)
    position = village.records.index(plain)
    broken = VerifiedRecord(plain.id, plain.header, plain.envelope, {"text": 3})
    village.records[position] = broken
    assert found(village) == {first: Standing.STANDS}


KINDS = {"challenge": Challenge, "link": Link, "assessment": Assessment, "endorsement": Endorsement}


def anything_said(rng: Random, moves: int) -> Village:
    """Statements of every kind on each other's heels, at any time, with erasures and missing signatures."""
    village = Village()
    subjects = (village.commons, STEWARD.id)
    made: dict[RecordId | ActorId, list[RecordId]] = {subject: [] for subject in subjects}
    for _ in range(moves):
        about = rng.choice(subjects)
        after = rng.sample(made[about], min(len(made[about]), rng.randint(0, 2)))
        kind = rng.choice((*KINDS, "challenge", "challenge", "erasure"))
        payload: dict[str, Any] = {"salt": rng.randbytes(16)}
        if kind == "erasure":
            payload = {"basis": "author"}
        elif rng.random() < 0.3:
            payload["withdrawn"] = True
        if kind == "link":
            payload |= {"relation": "same_as", "other": rng.choice((STEWARD.id, rng.randbytes(32)))}
        elif kind == "challenge":
            payload["text"] = {"es": "x"}
        if kind != "erasure" and rng.random() < 0.4:
            payload["on"] = day_of(T0 + rng.randint(-30, 30) * YEAR_MS)
        who = rng.choice(PEOPLE)
        records = who.sign(
            kind,
            payload,
            subject=SubjectId(about),
            parents=[RecordId(about), *after],
            time_ms=T0 + rng.randint(-20, 20) * YEAR_MS,
        )
        village.take(records if rng.random() < 0.8 else records[:1])
        made[about].append(records[0].id)
    return village


def plainly(village: Village, about: RecordId | ActorId, kind: str, moment: int) -> set[RecordId]:
    """Which statements stand, in the words of the specification, one after the other."""
    thing = Held(village.records).thing(SubjectId(about))
    acts = []
    for one in thing.judged.values():
        content = None if one.record.id in thing.erased else one.record.content
        header = one.record.header
        when = header.time_ms
        if content is not None and getattr(content, "on", None) is not None:
            when = day_start_ms(content.on)
        if header.kind == kind and one.effect == "effective" and when <= moment:
            acts.append((one.record.id, header.actor, header.parents, content))
    return {
        record
        for record, author, _, content in acts
        if content is not None
        and not content.withdrawn
        and not any(author == by and record in parents for _, by, parents, _ in acts)
    }


@settings(max_examples=60, deadline=None)
@given(st.builds(Random, st.integers(0, 2**32 - 1)), st.integers(1, 14))
def test_any_order_and_any_clock_gives_what_the_plain_rules_give(rng: Random, moves: int) -> None:
    village = anything_said(rng, moves)
    moments = [T0 + rng.randint(-35, 35) * YEAR_MS for _ in range(3)]
    shuffled = Village()
    shuffled.records, shuffled.commons = list(village.records), village.commons
    rng.shuffle(shuffled.records)
    for about in (village.commons, STEWARD.id):
        thing = Held(village.records).thing(SubjectId(about))
        other = Held(shuffled.records).thing(SubjectId(about))
        stripped = Held(without_erased(village.records, thing.erased)).thing(SubjectId(about))
        for moment in moments:
            for kind, content_type in KINDS.items():
                said = statements(thing, moment, content_type)
                assert said == statements(other, moment, content_type)
                assert said == statements(stripped, moment, content_type)
                stands = {one.record for one in standing(thing, moment, content_type)}
                assert stands == plainly(village, about, kind, moment)
                assert stands == {one.record for one in said if not one.replaced_by}
                event(f"{len(stands)} of {len(said)}")


def without_erased(records: Iterable[VerifiedRecord], erased: frozenset[RecordId]) -> list[VerifiedRecord]:
    """What a node holds that has taken out what was erased."""
    return [
        verify_record(erased_envelope(r.envelope), T0 + 30 * YEAR_MS) if r.id in erased else r
        for r in records
    ]
