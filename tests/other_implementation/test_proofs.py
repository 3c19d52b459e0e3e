"""The second implementation gives every verdict on proofs for other verifiers."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nacl.signing import SigningKey

from .archives import archive, exported_by
from .authority import Held
from .proofs import ProofSet, base58, configuration, document, jcs, signed
from .records import verify
from .things import Thing
from .values import Fault, key_text

PROOFS = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "proofs.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", PROOFS["proofs"], ids=lambda case: case["name"])
def test_proof(case: dict[str, Any]) -> None:
    made = document(verify(bytes.fromhex(case["envelope"]), PROOFS["now_ms"]))
    secret = SigningKey(bytes.fromhex(case["seed"]))
    key = b"\xed\x01" + bytes(secret.verify_key)
    value = secret.sign(signed(key, case["created"], made)).signature
    assert jcs(made) == case["document"]
    assert jcs(configuration(key, case["created"])) == case["configuration"]
    assert signed(key, case["created"], made).hex() == case["signed"]
    assert (value.hex(), base58(value)) == (case["value"], case["proof_value"])


@pytest.mark.parametrize("case", PROOFS["sets"], ids=lambda case: case["name"])
def test_proof_set(case: dict[str, Any]) -> None:
    records = [verify(bytes.fromhex(envelope), PROOFS["now_ms"]) for envelope in case["records"]]
    Random(2).shuffle(records)
    held = Held(records)
    version = bytes.fromhex(case["version"])
    found = ProofSet(held, Thing(held, held.records[version].about), version)
    assert [
        {
            "actor": actor and actor.hex(),
            "provable": provable,
            "proven_by": [key_text(k) for k in sorted(given)],
        }
        for actor, provable, given in found.parties
    ] == case["parties"]
    assert found.exported() == case["exported"]


@pytest.mark.parametrize("case", PROOFS["archives"], ids=lambda case: case["name"])
def test_archive(case: dict[str, Any]) -> None:
    held = Held([verify(bytes.fromhex(envelope), PROOFS["now_ms"]) for envelope in case["records"]])
    version, secret = bytes.fromhex(case["version"]), SigningKey(bytes.fromhex(case["seed"]))
    thing = Thing(held, held.records[version].about)
    assert archive(held, thing, ProofSet(held, thing, version), secret) == case["archive"]
    assert exported_by(case["archive"]) == b"\xed\x01" + bytes(secret.verify_key)
    dice = Random(3)
    for place in sorted(dice.sample(range(len(case["archive"])), 60)):
        text = case["archive"]
        other = dice.choice([letter for letter in '0 aAz"' if letter != text[place]])
        changed = text[:place] + other + text[place + 1 :]
        # Whatever Python raises for a text that is none, or that lacks a member.
        with pytest.raises((Fault, ValueError, LookupError, TypeError)):
            exported_by(changed)


@pytest.mark.parametrize("case", PROOFS["refused"], ids=lambda case: case["name"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        verify(bytes.fromhex(case["envelope"]), PROOFS["now_ms"])
    # Which of these two is an implementation's own affair (§1).
    assert {caught.value.code, case["error"]} <= {"malformed", "over-limit"}
