"""The vectors of actors and things: they are what the project makes, and follow from their bytes alone."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from protocol.identifiers import ActorId, SubjectId
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.authority import resolve_actor
from protocol.state.fold import ThingState, fold
from tests.vectors import make_actors, make_things

ACTORS: dict[str, Any] = json.loads(make_actors.FILE.read_text(encoding="utf-8"))
THINGS: dict[str, Any] = json.loads(make_things.FILE.read_text(encoding="utf-8"))


def verified(case: Mapping[str, Any], now_ms: int) -> dict[SubjectId, list[VerifiedRecord]]:
    """The records of a case by subject, in an order of their own."""
    records = [verify_record(bytes.fromhex(envelope), now_ms) for envelope in case["records"]]
    Random(case["name"]).shuffle(records)
    about: dict[SubjectId, list[VerifiedRecord]] = {}
    for record in records:
        about.setdefault(record.subject, []).append(record)
    return about


def judged(about: dict[SubjectId, list[VerifiedRecord]], subject: SubjectId) -> ThingState:
    return fold(
        subject,
        about[subject],
        lambda actor: resolve_actor(actor, about[SubjectId(actor)]) if SubjectId(actor) in about else None,
    )


@pytest.mark.parametrize("maker", [make_actors, make_things])
def test_committed_file_is_what_is_made(maker: Any) -> None:
    assert maker.FILE.read_text(encoding="utf-8") == maker.made()


@pytest.mark.parametrize("case", ACTORS["cases"], ids=lambda case: case["name"])
def test_actors(case: dict[str, Any]) -> None:
    about = verified(case, ACTORS["now_ms"])
    actor = ActorId(bytes.fromhex(case["actor"]))
    state = resolve_actor(actor, about[SubjectId(actor)])
    assert state.founded == case["founded"]
    assert [version.hex() for version in state.standing] == case["standing"]
    assert (state.head and state.head.hex()) == case["head"]
    assert [version.hex() for version in state.rivals] == case["rivals"]
    assert {v.hex(): state.standing_of(v).value for v in state.contents} == case["versions"]
    effects = {}
    for subject in about:
        if subject != actor:
            effects |= {r.hex(): verdict.effect.value for r, verdict in judged(about, subject).judged.items()}
    assert effects == case["effects"]


@pytest.mark.parametrize("case", THINGS["cases"], ids=lambda case: case["name"])
def test_things(case: dict[str, Any]) -> None:
    about = verified(case, THINGS["now_ms"])
    thing = judged(about, SubjectId(bytes.fromhex(case["subject"])))
    expected = case["state"]
    assert (thing.kind, thing.status, thing.voice) == (
        expected["kind"],
        expected["status"],
        expected["voice"],
    )
    assert (thing.display and thing.display.hex()) == expected["display"]
    assert [head.hex() for head in thing.heads] == expected["heads"]
    assert sorted(actor.hex() for actor in thing.linked) == expected["linked"]
    assert sorted(record.hex() for record in thing.erased) == expected["erased"]
    assert {r.hex(): verdict.effect.value for r, verdict in thing.judged.items()} == expected["effects"]
    waiting = {
        v.id.hex(): sorted(actor.hex() for actor in v.awaiting_consent)
        for v in thing.versions.all.values()
        if v.awaiting_consent
    }
    assert waiting == expected["awaiting_consent"]
    if thing.pact is None:
        assert "in_force" not in expected
        return
    assert (thing.pact.in_force and thing.pact.in_force.hex()) == expected["in_force"]
    assert thing.pact.in_force_since_ms == expected["in_force_since_ms"]
    assert [version.hex() for version in thing.pact.rivals] == expected["agreed_rivals"]
    answers = {
        version.hex(): [[a.actor and a.actor.hex(), a.answer.value, a.at_ms] for a in given]
        for version, given in thing.pact.answers.items()
    }
    assert answers == expected["answers"]
