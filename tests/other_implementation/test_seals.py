"""The second implementation seals to the same bytes, and opens and refuses what the vectors say."""

import json
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from . import seals
from .test_vectors import plain
from .values import Fault, key_from_text

SEALS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "seals.json").read_text(encoding="utf-8")
)


def opened(case: dict[str, Any], seed: bytes) -> tuple[str, int, Any]:
    public = b"\xed\x01" + bytes(SigningKey(seed).verify_key)
    return seals.open_seal(seed, public, plain(case["seal"]), plain(case["version"]))


@pytest.mark.parametrize("case", SEALS["made"], ids=lambda case: case["name"])
def test_sealing_gives_the_same_bytes(case: dict[str, Any]) -> None:
    content = plain(case["content"])
    plaintext = seals.plaintext_of(content, bytes.fromhex(case["blind"]))
    assert plaintext.hex() == case["plaintext"]
    recipients = [(bytes.fromhex(actor), key_from_text(key)) for actor, key in case["recipients"]]
    secrets = (bytes.fromhex(case["content_key"]), bytes.fromhex(case["ephemeral_key"]))
    assert seals.make(plaintext, recipients, *secrets) == plain(case["seal"])
    assert seals.reads(plain(case["version"]), content) == plain(case["reads"])
    for seed in case["seeds"]:
        assert opened(case, bytes.fromhex(seed)) == ("", 0, content)


@pytest.mark.parametrize("case", SEALS["cannot_be_sealed_to"], ids=lambda case: case["name"])
def test_no_point_of_the_subgroup(case: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        seals.montgomery(key_from_text(case["key"]))


@pytest.mark.parametrize("case", SEALS["opened"], ids=lambda case: case["name"])
def test_opened(case: dict[str, Any]) -> None:
    assert opened(case, bytes.fromhex(case["seed"])) == ("", 0, plain(case["content"]))


@pytest.mark.parametrize("case", SEALS["refused"], ids=lambda case: case["name"])
def test_refused(case: dict[str, Any]) -> None:
    assert opened(case, bytes.fromhex(case["seed"])) == (case["error"], case["step"], None)
