"""Make `channel.json`: the bytes of secure channels, good and bad, for any implementation to check itself by.

    python -m tests.vectors.make_channel

writes the file anew; a test holds the committed file equal to what this makes.  docs/protocol.md §9 is the
specification.  All bytes are hex.  Keys follow from sentences (`seed_of`), so that nothing here is secret.

* `channels`: both sides' keys, the three handshake frames, the handshake hash, then messages in order with
  their frames.  A long message is given as `repeat` (repeated and cut to `size`), its frames by SHA-256.
* `handshakes_refused`: the frames that one side (`under_test`, with its keys) receives, in order, after it
  has sent its own first frame if it is the initiator.  All but the last pass; the last fails with `error`.
* `frames_refused`: the same, sent by the initiator after the handshake of the channel named.  A frame given
  as null has `zeros` bytes, all zero.
* `identities`: handshake payloads with the static key that they came with: the node id, or the error.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from protocol.channel.cipher import CipherState
from protocol.channel.fragments import FRAGMENT_SIZE_MAX_BYTES, LAST, MORE_FOLLOWS
from protocol.channel.identity import encode_identity, node_id_of
from protocol.channel.noise import Role, public_key
from protocol.channel.transport import SecureChannel, prologue_of
from protocol.limits import (
    IDENTITY_PAYLOAD_SIZE_MAX_BYTES,
    MESSAGE_SIZE_MAX_BYTES,
    NOISE_MESSAGE_SIZE_MAX_BYTES,
)
from tests.protocol.channel.pairs import (
    NETWORK,
    NETWORK_KEY,
    OTHER_NETWORK_KEY,
    LawlessInitiator,
    established_in,
    frames_in,
    handshake_frames,
    seed_of,
    side,
)

FILE = Path(__file__).with_name("channel.json")
FRAMES_SPELT_OUT_MAX_BYTES = 4_096


def _keys(role: Role) -> dict[str, str]:
    identity, static, ephemeral = (seed_of(role, purpose) for purpose in ("identity", "static", "ephemeral"))
    return {
        "identity_seed": identity.hex(),
        "node_id": node_id_of(identity).hex(),
        "static_private": static.hex(),
        "static_public": public_key(static).hex(),
        "ephemeral_private": ephemeral.hex(),
        "ephemeral_public": public_key(ephemeral).hex(),
    }


def _changed(frame: bytes, position: int) -> bytes:
    return frame[:position] + bytes([frame[position] ^ 1]) + frame[position + 1 :]


# --- channels --------------------------------------------------------------------------------


def _message(sender: Role, channel: SecureChannel, pattern: bytes, size: int) -> dict[str, Any]:
    message = (pattern * (size // len(pattern) + 1))[:size]
    frames = channel.seal(message)
    made: dict[str, Any] = {"from": sender.value, "size": size}
    if size <= FRAMES_SPELT_OUT_MAX_BYTES:
        return made | {"message": message.hex(), "frames": [frame.hex() for frame in frames]}
    return made | {
        "repeat": pattern.hex(),
        "frame_sizes": [len(frame) for frame in frames],
        "frames_sha256": [hashlib.sha256(frame).hexdigest() for frame in frames],
    }


def _channel(name: str, network: str, psk: bytes | None) -> dict[str, Any]:
    initiator, responder = side(Role.INITIATOR, network, psk), side(Role.RESPONDER, network, psk)
    (first,) = initiator.start()
    (second,) = frames_in(responder.receive(first))
    events = initiator.receive(second)
    (third,) = frames_in(events)
    responder.receive(third)
    return {
        "name": name,
        "network": network,
        "network_key": None if psk is None else psk.hex(),
        "prologue": prologue_of(network).hex(),
        "initiator": _keys(Role.INITIATOR),
        "responder": _keys(Role.RESPONDER),
        "handshake_frames": [first.hex(), second.hex(), third.hex()],
        "handshake_hash": established_in(events).handshake_hash.hex(),
        "messages": [
            _message(Role.RESPONDER, responder, b"minga", 5),
            _message(Role.INITIATOR, initiator, b"agua", 4),
            _message(Role.INITIATOR, initiator, b"\0", 1),
            _message(Role.INITIATOR, initiator, b"ab", FRAGMENT_SIZE_MAX_BYTES),
            _message(Role.INITIATOR, initiator, b"abc", FRAGMENT_SIZE_MAX_BYTES + 1),
            _message(Role.RESPONDER, responder, b"abcd", MESSAGE_SIZE_MAX_BYTES),
            _message(Role.RESPONDER, responder, b"fin", 3),
        ],
    }


# --- handshakes that fail -----------------------------------------------------------------------


def _refused(
    name: str, under_test: Role, frames: list[bytes], error: str, psk: bytes | None = None, **more: str
) -> dict[str, Any]:
    return {
        "name": name,
        "under_test": under_test.value,
        "network": NETWORK,
        "network_key": None if psk is None else psk.hex(),
        "expected_peer": None,
        "keys": _keys(under_test),
        "frames": [frame.hex() for frame in frames],
        "error": error,
    } | more


def _lawless_frames(identity: bytes) -> list[bytes]:
    lawless = LawlessInitiator()
    first = lawless.first()
    (second,) = frames_in(side(Role.RESPONDER).receive(first))
    return [first, lawless.third(second, identity)]


def _handshakes_refused() -> list[dict[str, Any]]:
    one, two, three = handshake_frames(side(Role.INITIATOR), side(Role.RESPONDER))
    private = handshake_frames(side(Role.INITIATOR, psk=NETWORK_KEY), side(Role.RESPONDER, psk=NETWORK_KEY))
    other_key = side(Role.INITIATOR, psk=OTHER_NETWORK_KEY)
    (other_first,) = other_key.start()
    (other_third,) = frames_in(
        other_key.receive(frames_in(side(Role.RESPONDER, psk=NETWORK_KEY).receive(other_first))[0])
    )
    (second_of_other_network,) = frames_in(side(Role.RESPONDER, "otra").receive(one))
    (private_first_of_other_network,) = side(Role.INITIATOR, "otra", NETWORK_KEY).start()
    borrowed = encode_identity(
        seed_of(Role.RESPONDER, "identity"), public_key(seed_of(Role.RESPONDER, "static"))
    )
    initiator, responder = Role.INITIATOR, Role.RESPONDER
    return [
        _refused("first frame empty", responder, [b""], "malformed"),
        _refused("first frame of 31 bytes", responder, [one[:31]], "malformed"),
        _refused("first frame of 33 bytes", responder, [one + b"\0"], "malformed"),
        _refused("first frame a key of low order", responder, [bytes(32)], "malformed"),
        _refused("first frame too long", responder, [bytes(2_000)], "over-limit"),
        _refused("first frame with a payload", responder, [LawlessInitiator().first(b"early")], "malformed"),
        _refused("initiator uses a network key", responder, [private[0]], "wrong-network"),
        _refused("initiator uses no network key", responder, [one], "wrong-network", NETWORK_KEY),
        _refused(
            "private, initiator of another network name",
            responder,
            [private_first_of_other_network],
            "wrong-network",
            NETWORK_KEY,
        ),
        _refused(
            "initiator has another network key",
            responder,
            [other_first, other_third],
            "wrong-network",
            NETWORK_KEY,
        ),
        _refused(
            "third frame changed in the static key", responder, [one, _changed(three, 0)], "handshake-failed"
        ),
        _refused(
            "third frame changed in the identity", responder, [one, _changed(three, 60)], "handshake-failed"
        ),
        _refused("third frame cut short", responder, [one, three[:-1]], "handshake-failed"),
        _refused("third frame shorter than its static key", responder, [one, three[:47]], "malformed"),
        _refused("third frame is the first again", responder, [one, one], "malformed"),
        _refused("third frame without an identity", responder, _lawless_frames(b""), "malformed"),
        _refused(
            "third frame with a borrowed identity", responder, _lawless_frames(borrowed), "bad-signature"
        ),
        _refused(
            "responder expects another node",
            responder,
            [one, three],
            "handshake-failed",
            expected_peer=bytes(32).hex(),
        ),
        _refused(
            "second frame changed in the ephemeral key", initiator, [_changed(two, 0)], "handshake-failed"
        ),
        _refused(
            "second frame changed in the static key", initiator, [_changed(two, 40)], "handshake-failed"
        ),
        _refused(
            "second frame changed in the tag", initiator, [_changed(two, -1 % len(two))], "handshake-failed"
        ),
        _refused("second frame cut short", initiator, [two[:31]], "malformed"),
        _refused("second frame with a key of low order", initiator, [bytes(32) + two[32:]], "malformed"),
        _refused("second frame too long", initiator, [bytes(2_000)], "over-limit"),
        _refused(
            "responder of another network name", initiator, [second_of_other_network], "handshake-failed"
        ),
        _refused(
            "initiator expects another node",
            initiator,
            [two],
            "handshake-failed",
            expected_peer=bytes(32).hex(),
        ),
    ]


# --- frames that fail after the handshake ----------------------------------------------------------


def _sealed(*plaintexts: bytes) -> list[bytes]:
    """Frames of an initiator that seals what it pleases, after the handshake of the public channel."""
    lawless = LawlessInitiator()
    lawless.join(side(Role.RESPONDER))
    assert isinstance(lawless.cipher, CipherState)
    return [lawless.seal(plaintext) for plaintext in plaintexts]


def _frames_refused() -> list[dict[str, Any]]:
    water, earth = _sealed(LAST + b"water", LAST + b"earth")
    cases = [
        ("repeated", [water, water], "bad-signature"),
        ("out of order", [earth], "bad-signature"),
        ("changed", [_changed(water, 3)], "bad-signature"),
        ("cut short", [water[:-1]], "bad-signature"),
        ("shorter than a tag", [water[:15]], "malformed"),
        ("empty", [b""], "malformed"),
        ("longer than a Noise message", [bytes(NOISE_MESSAGE_SIZE_MAX_BYTES + 1)], "over-limit"),
        ("plaintext without a first byte", _sealed(b""), "malformed"),
        ("first byte 2", _sealed(b"\x02water"), "malformed"),
        ("empty message", _sealed(LAST), "malformed"),
        ("empty fragment before more", _sealed(MORE_FOLLOWS), "malformed"),
        ("fragment not full before more", _sealed(MORE_FOLLOWS + b"water"), "malformed"),
    ]
    return [
        {
            "name": name,
            "channel": "public",
            "frames": [frame.hex() if len(frame) <= FRAMES_SPELT_OUT_MAX_BYTES else None for frame in frames],
            "error": error,
        }
        | ({"zeros": len(frames[-1])} if len(frames[-1]) > FRAMES_SPELT_OUT_MAX_BYTES else {})
        for name, frames, error in cases
    ]


# --- identities ----------------------------------------------------------------------------------


def _identities() -> list[dict[str, Any]]:
    seed, static = seed_of(Role.INITIATOR, "identity"), public_key(seed_of(Role.INITIATOR, "static"))
    node_id = node_id_of(seed).hex()
    payload = encode_identity(seed, static)
    key, signature = payload[:38], payload[38:]
    neutral = b"\x01" + bytes(31)
    good = [
        ("plain", payload),
        ("signature first", signature + key),
        ("with libp2p extensions", payload + bytes.fromhex("22020a00")),
        ("with an unknown number", bytes.fromhex("2805") + payload),
    ]
    bad = [
        ("empty", b"", "malformed"),
        ("no signature", key, "malformed"),
        ("no key", signature, "malformed"),
        ("key twice", payload + key, "malformed"),
        ("cut short", payload[:-1], "malformed"),
        ("group", payload + b"\x1b\x1c", "malformed"),
        ("number not in its shortest form", payload + b"\x28\x80\x00", "malformed"),
        ("secp256k1 key type", b"\x0a\x24\x08\x02" + key[4:] + signature, "unsupported"),
        ("unknown key type", b"\x0a\x24\x08\x04" + key[4:] + signature, "malformed"),
        ("key of 31 bytes", b"\x0a\x23" + key[2:-1] + signature, "malformed"),
        ("signature changed", _changed(payload, 50), "bad-signature"),
        ("neutral key and signature", key[:6] + neutral + b"\x12\x40" + neutral + bytes(32), "bad-signature"),
        ("too long", payload + bytes(IDENTITY_PAYLOAD_SIZE_MAX_BYTES), "over-limit"),
    ]
    common = {"static_public": static.hex()}
    return [
        *({"name": name, "payload": data.hex(), "node_id": node_id} | common for name, data in good),
        *({"name": name, "payload": data.hex(), "error": error} | common for name, data, error in bad),
    ]


def made() -> str:
    """Return the file's text."""
    document = {
        "specification": "docs/protocol.md",
        "limits": {
            "noise_message_size_max_bytes": NOISE_MESSAGE_SIZE_MAX_BYTES,
            "fragment_size_max_bytes": FRAGMENT_SIZE_MAX_BYTES,
            "message_size_max_bytes": MESSAGE_SIZE_MAX_BYTES,
            "identity_payload_size_max_bytes": IDENTITY_PAYLOAD_SIZE_MAX_BYTES,
        },
        "channels": [
            _channel("public", NETWORK, None),
            _channel("private", NETWORK, NETWORK_KEY),
            _channel("public, name not ASCII", "páramo", None),
        ],
        "handshakes_refused": _handshakes_refused(),
        "frames_refused": _frames_refused(),
        "identities": _identities(),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
