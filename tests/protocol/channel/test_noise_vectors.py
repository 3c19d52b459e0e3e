"""The Noise handshake against published vectors (cacophony): four patterns, four hashes, both roles."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from protocol.channel.noise import Handshake, Role, public_key
from tests.shared_inputs import SHARED, shared_path

VECTORS_COUNT = 16


def _vectors() -> list[Any]:
    path = SHARED / "vectors" / "noise-vectors.json"
    return json.loads(path.read_text())["vectors"] if path.exists() else []


def _side(vector: dict[str, Any], role: Role) -> Handshake:
    prefix = "init" if role is Role.INITIATOR else "resp"

    def key(name: str) -> bytes | None:
        return bytes.fromhex(vector[f"{prefix}_{name}"]) if f"{prefix}_{name}" in vector else None

    return Handshake(
        vector["protocol_name"],
        role,
        bytes.fromhex(vector[f"{prefix}_prologue"]),
        bytes.fromhex(vector[f"{prefix}_static"]),
        bytes.fromhex(vector[f"{prefix}_ephemeral"]),
        psk=bytes.fromhex(vector[f"{prefix}_psks"][0]) if f"{prefix}_psks" in vector else None,
        remote_static=key("remote_static"),
    )


def _messages(vector: dict[str, Any]) -> Iterator[tuple[Role, bytes, bytes]]:
    for speaker, message in zip(cycle((Role.INITIATOR, Role.RESPONDER)), vector["messages"], strict=False):
        yield speaker, bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"])


def test_all_vectors_are_there() -> None:
    shared_path("vectors", "noise-vectors.json")
    assert len(_vectors()) == VECTORS_COUNT


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["protocol_name"])
def test_one_side_reproduces_the_transcript(vector: dict[str, Any], role: Role) -> None:
    """Our side alone, against the bytes of the transcript: what it writes is equal, what it reads opens."""
    side = _side(vector, role)
    messages = _messages(vector)
    while not side.finished:
        speaker, payload, ciphertext = next(messages)
        assert side.my_turn == (speaker is role)
        if side.my_turn:
            assert side.write_message(payload) == ciphertext
        else:
            assert side.read_message(ciphertext) == payload
    assert side.handshake_hash.hex() == vector["handshake_hash"]
    other = "resp" if role is Role.INITIATOR else "init"
    assert side.remote_static == public_key(bytes.fromhex(vector[f"{other}_static"]))
    sending, receiving = side.split()
    for speaker, payload, ciphertext in messages:
        if speaker is role:
            assert sending.encrypt(payload) == ciphertext
        else:
            assert receiving.decrypt(ciphertext) == payload


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["protocol_name"])
def test_both_sides_reproduce_the_transcript(vector: dict[str, Any]) -> None:
    """Two sides of ours joined, neither seeing the transcript."""
    sides = {role: _side(vector, role) for role in Role}
    for speaker, payload, ciphertext in _messages(vector):
        listener = Role.RESPONDER if speaker is Role.INITIATOR else Role.INITIATOR
        if sides[speaker].finished:
            break
        written = sides[speaker].write_message(payload)
        assert written == ciphertext
        assert sides[listener].read_message(written) == payload
    assert sides[Role.INITIATOR].handshake_hash == sides[Role.RESPONDER].handshake_hash
