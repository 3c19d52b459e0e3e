"""The second implementation gives every verdict on votes and bodies."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .authority import Held
from .records import verify
from .values import decode
from .votes import Vote, kept

VOTES = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "votes.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", VOTES["votes"], ids=lambda case: case["name"])
def test_vote(case: dict[str, Any]) -> None:
    records = [verify(bytes.fromhex(envelope), VOTES["now_ms"]) for envelope in case["records"]]
    Random(1).shuffle(records)
    for moment in case["moments"]:
        vote = Vote(Held(records), bytes.fromhex(case["subject"]), moment["at_ms"])
        assert {
            "at_ms": moment["at_ms"],
            "outcome": vote.outcome,
            "motion": vote.motion and vote.motion.hex(),
            "option": vote.option,
            "votes": vote.votes,
            "blank": vote.blank,
            "not_voted": [actor.hex() for actor in vote.not_voted],
            "why_not": {ballot.hex(): why for ballot, why in vote.why_not.items()},
        } == moment


@pytest.mark.parametrize("case", VOTES["bodies"], ids=lambda case: case["name"])
def test_body(case: dict[str, Any]) -> None:
    body = decode(bytes.fromhex(case["payload"]))
    for day, rules in case["kept"].items():
        assert {rule: kept(body, rule, day) for rule in rules} == rules
