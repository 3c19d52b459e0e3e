"""The project's own record vectors: the file is what the project makes, and holds for what reads it."""

import json
from typing import Any

import pytest

from protocol.canonical import decode, encode
from protocol.errors import ProtocolError
from protocol.keys import did_key
from protocol.kinds import KINDS
from protocol.record.envelope import split_envelope
from protocol.record.verification import verify_record
from tests.vectors import make_records
from tests.vectors.reading import bytes_of

VECTORS: dict[str, Any] = json.loads(make_records.FILE.read_text(encoding="utf-8"))


def from_json_form(value: Any) -> Any:
    """The value that a JSON form stands for (tests/vectors/README.md)."""
    if isinstance(value, dict):
        if value.keys() == {"$hex"}:
            return bytes_of(value["$hex"])
        return {name: from_json_form(item) for name, item in value.items()}
    return [from_json_form(item) for item in value] if isinstance(value, list) else value


def test_committed_file_is_what_is_made() -> None:
    assert make_records.FILE.read_text(encoding="utf-8") == make_records.made()


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_accepted(case: dict[str, Any]) -> None:
    envelope = bytes_of(case["envelope"])
    record = verify_record(envelope, VECTORS["now_ms"])
    assert record.id.hex() == case["id"]
    assert did_key(record.header.signer) == case["signer"]
    parts = split_envelope(envelope)
    assert list(from_json_form(case["header"]).values()) == decode(parts.header, len(parts.header))
    if case["payload"] is None:
        assert parts.payload is None
    else:
        assert encode(from_json_form(case["payload"])) == parts.payload


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        verify_record(bytes_of(case["envelope"]), VECTORS["now_ms"])
    assert caught.value.code == case["error"]


def test_every_step_and_every_kind_has_its_cases() -> None:
    assert {case["step"] for case in VECTORS["refused"]} == set(range(1, 8))
    assert {case["header"]["kind"] for case in VECTORS["accepted"]} >= set(KINDS)
    refused = {case["name"].split(":")[0] for case in VECTORS["refused"]}
    assert refused >= set(KINDS)
