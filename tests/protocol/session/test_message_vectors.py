"""The session's own vectors, and that the committed file is what its generator makes.

`python -m tests.vectors.make_messages` writes `tests/vectors/messages.json`; its docstring says how to read
it.
"""

import json
from typing import Any

import pytest

from protocol.errors import ProtocolError
from protocol.session.batch import unpack_batch
from protocol.session.messages import Records, decode_message, encode_message
from tests.vectors import make_messages

VECTORS: dict[str, Any] = json.loads(make_messages.FILE.read_text(encoding="utf-8"))


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"])


def bytes_of(case: dict[str, Any]) -> bytes:
    if "bytes" in case:
        return bytes.fromhex(case["bytes"])
    return bytes.fromhex(case["head"]) + bytes(case["zeros"])


def test_the_committed_file_is_what_the_generator_makes() -> None:
    assert make_messages.FILE.read_text(encoding="utf-8") == make_messages.made(), (
        "the bytes of messages have changed: if that is meant, "
        "run python -m tests.vectors.make_messages and say so in docs/protocol.md"
    )


def test_every_type_has_a_vector() -> None:
    assert {case["message"]["type"] for case in VECTORS["messages"]} == {
        "error",
        "hello",
        "bye",
        "reconcile",
        "invite",
        "want",
        "records",
        "announce",
        "peers",
        "unknown",
    }


@pytest.mark.parametrize("case", VECTORS["messages"], ids=name_of)
def test_a_good_message(case: dict[str, Any]) -> None:
    data = bytes_of(case)
    message = decode_message(data)
    assert make_messages.as_json(message) == case["message"]
    if not case.get("one_way"):
        assert encode_message(message) == data


@pytest.mark.parametrize("case", VECTORS["messages_refused"], ids=name_of)
def test_a_message_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        decode_message(bytes_of(case))
    assert refused.value.code == case["error"]


@pytest.mark.parametrize("case", VECTORS["batches_refused"], ids=name_of)
def test_a_batch_refused(case: dict[str, Any]) -> None:
    message = decode_message(bytes_of(case))
    assert isinstance(message, Records)
    with pytest.raises(ProtocolError) as refused:
        unpack_batch(message.batch)
    assert refused.value.code == case["error"]
