"""The project's own channel vectors: the file is what the project makes, and holds for what reads it.

`python -m tests.vectors.make_channel` writes `tests/vectors/channel.json`; its docstring says how to read it.
"""

import hashlib
import json
from typing import Any

import pytest

from protocol.channel.identity import decode_identity
from protocol.channel.noise import Role
from protocol.channel.transport import SecureChannel
from protocol.errors import ProtocolError
from tests.protocol.channel.pairs import established_in, frames_in
from tests.vectors import make_channel

VECTORS: dict[str, Any] = json.loads(make_channel.FILE.read_text(encoding="utf-8"))


def _named(section: str) -> Any:
    return pytest.mark.parametrize("case", VECTORS[section], ids=lambda case: case["name"])


def _side(role: Role, case: dict[str, Any], keys: dict[str, str]) -> SecureChannel:
    def given(name: str) -> bytes | None:
        return bytes.fromhex(case[name]) if case.get(name) else None

    seeds = [bytes.fromhex(keys[name]) for name in ("identity_seed", "static_private", "ephemeral_private")]
    return SecureChannel(role, *seeds, case["network"], given("network_key"), given("expected_peer"))


def _joined(case: dict[str, Any]) -> dict[str, SecureChannel]:
    """Both sides after the handshake, each having seen only the frames of the file."""
    initiator = _side(Role.INITIATOR, case, case["initiator"])
    responder = _side(Role.RESPONDER, case, case["responder"])
    first, second, third = (bytes.fromhex(frame) for frame in case["handshake_frames"])
    assert initiator.start() == [first]
    assert frames_in(responder.receive(first)) == [second]
    to_initiator = initiator.receive(second)
    assert frames_in(to_initiator) == [third]
    to_responder = responder.receive(third)
    assert established_in(to_initiator).node_id.hex() == case["responder"]["node_id"]
    assert established_in(to_responder).node_id.hex() == case["initiator"]["node_id"]
    for events in (to_initiator, to_responder):
        assert established_in(events).handshake_hash.hex() == case["handshake_hash"]
    return {"initiator": initiator, "responder": responder}


def test_the_committed_file_is_what_the_project_makes() -> None:
    assert make_channel.FILE.read_text(encoding="utf-8") == make_channel.made(), (
        "tests/vectors/channel.json differs from what the code makes: if the protocol was meant to change, "
        "run python -m tests.vectors.make_channel and say so in docs/protocol.md"
    )


@_named("channels")
def test_channels(case: dict[str, Any]) -> None:
    sides = _joined(case)
    for entry in case["messages"]:
        sender = entry["from"]
        receiver = "responder" if sender == "initiator" else "initiator"
        pattern, size = bytes.fromhex(entry.get("message") or entry["repeat"]), entry["size"]
        message = (pattern * (size // len(pattern) + 1))[:size]
        frames = sides[sender].seal(message)
        if "frames" in entry:
            assert [frame.hex() for frame in frames] == entry["frames"]
        else:
            assert [len(frame) for frame in frames] == entry["frame_sizes"]
            assert [hashlib.sha256(frame).hexdigest() for frame in frames] == entry["frames_sha256"]
        assert [sides[receiver].open(frame) for frame in frames] == [None] * (len(frames) - 1) + [message]


@_named("handshakes_refused")
def test_handshakes_refused(case: dict[str, Any]) -> None:
    channel = _side(Role(case["under_test"]), case, case["keys"])
    channel.start()
    *accepted, refused = (bytes.fromhex(frame) for frame in case["frames"])
    for frame in accepted:
        channel.receive(frame)
    with pytest.raises(ProtocolError) as caught:
        channel.receive(refused)
    assert caught.value.code == case["error"]
    assert not channel.established


@_named("frames_refused")
def test_frames_refused(case: dict[str, Any]) -> None:
    (channel,) = (channel for channel in VECTORS["channels"] if channel["name"] == case["channel"])
    responder = _joined(channel)["responder"]
    *accepted, refused = (
        bytes(case["zeros"]) if frame is None else bytes.fromhex(frame) for frame in case["frames"]
    )
    for frame in accepted:
        responder.open(frame)
    with pytest.raises(ProtocolError) as caught:
        responder.open(refused)
    assert caught.value.code == case["error"]


@_named("identities")
def test_identities(case: dict[str, Any]) -> None:
    payload, static = bytes.fromhex(case["payload"]), bytes.fromhex(case["static_public"])
    if "node_id" in case:
        assert decode_identity(payload, static).hex() == case["node_id"]
    else:
        with pytest.raises(ProtocolError) as caught:
            decode_identity(payload, static)
        assert caught.value.code == case["error"]
