"""The second implementation gives every verdict on statements, links and trust."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .authority import Held
from .records import verify
from .statements import Links, Statements, Trust

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
STATEMENTS = json.loads((VECTORS / "statements.json").read_text(encoding="utf-8"))
TRUST = json.loads((VECTORS / "trust.json").read_text(encoding="utf-8"))


def held(case: dict[str, Any], now_ms: int) -> Held:
    records = [verify(bytes.fromhex(envelope), now_ms) for envelope in case["records"]]
    Random(2).shuffle(records)
    return Held(records)


@pytest.mark.parametrize("case", STATEMENTS["statements"], ids=lambda case: case["name"])
def test_statements(case: dict[str, Any]) -> None:
    records = held(case, STATEMENTS["now_ms"])
    for moment in case["moments"]:
        found = Statements(records, bytes.fromhex(case["subject"]), moment["at_ms"])
        said = {
            kind: [[s.record.id.hex(), s.moment, s.standing] for s in found.shown(kind)]
            for kind in moment["said"]
        }
        states = {record.hex(): state for record, state in found.challenges()}
        assert (said, states) == (moment["said"], moment["challenges"])


@pytest.mark.parametrize("case", STATEMENTS["links"], ids=lambda case: case["name"])
def test_links(case: dict[str, Any]) -> None:
    linked = Links(held(case, STATEMENTS["now_ms"]), case["at_ms"])
    for subject, thing in case["things"].items():
        shown = linked.shown_at(bytes.fromhex(subject))
        assert [
            {"record": s.record.id.hex(), "own": linked.is_own(s), "mutual": linked.is_mutual(s)}
            for s in shown
        ] == thing["links"]
        within, cycle = linked.within(bytes.fromhex(subject))
        assert ([other.hex() for other in within], cycle) == (thing["within"], thing["cycle"])


@pytest.mark.parametrize("case", TRUST["cases"], ids=lambda case: case["name"])
def test_trust(case: dict[str, Any]) -> None:
    trust = Trust(held(case, TRUST["now_ms"]), case["at_ms"])
    near = set(map(bytes.fromhex, case["near"]))
    for actor, distance in case["distances"].items():
        assert trust.distance(near, bytes.fromhex(actor)) == distance
        vouching = trust.vouching(near, bytes.fromhex(actor))
        assert {by.hex(): far for by, far in vouching.items()} == case["vouching"][actor]
