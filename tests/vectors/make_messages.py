"""Make `messages.json`: the bytes of session messages, good and bad, for any implementation to be checked by.

    python -m tests.vectors.make_messages

writes the file anew; a test holds the committed file equal to what this makes.  docs/protocol.md §11
is the specification.  All bytes are hex.

* `messages`: `bytes` decode to `message` and `message` encodes to `bytes`, except where `one_way` says that
  only decoding is meant.  `message.type` names the type; in `records`, `envelopes` are what the batch holds.
  A message of type `unknown` is to be skipped.
* `messages_refused`: `bytes` (or `head` and then so many `zeros`) do not decode, with `error`.
* `batches_refused`: a records message that decodes, and whose batch does not open, with `error`.

Batches are compressed as stored blocks (RFC 1951 §3.2.4): compressors differ, decompressors must not.
"""

import json
import zlib
from pathlib import Path
from typing import Any

from protocol.canonical import encode
from protocol.identifiers import ID_SIZE_BYTES, RecordId, tagged_hash
from protocol.limits import (
    ADDRESS_LENGTH_MAX_CHARS,
    ANNOUNCE_IDS_MAX,
    ENVELOPE_SIZE_MAX_BYTES,
    ERROR_TEXT_LENGTH_MAX_CHARS,
    FEATURES_MAX,
    HELLO_ADDRESSES_MAX,
    HELLO_SIZE_MAX_BYTES,
    PEERS_ADDRESSES_MAX,
    RECONCILE_MESSAGE_SIZE_MAX_BYTES,
    RECORDS_SIZE_MAX_BYTES,
    VERSIONS_MAX,
    WANT_IDS_MAX,
)
from protocol.session.batch import LENGTH_SIZE_BYTES, RecordBatch, unpack_batch
from protocol.session.messages import (
    Announce,
    Bye,
    Error,
    Hello,
    Invite,
    Message,
    Peers,
    Phase,
    Reconcile,
    Records,
    Unrecognised,
    Want,
    decode_message,
    encode_message,
)

FILE = Path(__file__).with_name("messages.json")
_HELLO = {"network": "minga", "software": "minga/0.1.0", "versions": [1]}


def ids(number: int) -> tuple[RecordId, ...]:
    """Ids that follow from nothing but their number."""
    return tuple(RecordId(tagged_hash("vector", b"%d" % index)) for index in range(number))


def stored(plain: bytes) -> bytes:
    """The zlib stream (RFC 1950) of one stored block."""
    length = len(plain).to_bytes(2, "little")
    complement = bytes(byte ^ 0xFF for byte in length)
    return b"\x78\x01\x01" + length + complement + plain + zlib.adler32(plain).to_bytes(4, "big")


def batch_of(*envelopes: bytes) -> RecordBatch:
    plain = b"".join(len(envelope).to_bytes(LENGTH_SIZE_BYTES, "big") + envelope for envelope in envelopes)
    return RecordBatch(len(envelopes), len(plain), stored(plain))


def as_json(message: Message) -> dict[str, Any]:
    """The form in which a decoded message stands in the file."""
    match message:
        case Error(code, text):
            return {"type": "error", "code": code, "text": text}
        case Hello():
            return {
                "type": "hello",
                "network": message.network,
                "software": message.software,
                "records": message.records,
                "versions": list(message.versions),
                "features": list(message.features),
                "addresses": list(message.addresses),
                "scope": message.scope,
            }
        case Bye():
            return {"type": "bye"}
        case Reconcile(session, phase, payload):
            return {
                "type": "reconcile",
                "session": session,
                "phase": phase.name.lower(),
                "payload": payload.hex(),
            }
        case Invite():
            return {"type": "invite"}
        case Want(number, wanted):
            return {"type": "want", "number": number, "ids": [identifier.hex() for identifier in wanted]}
        case Records(number, batch, not_held):
            return {
                "type": "records",
                "number": number,
                "count": batch.count,
                "size": batch.size_bytes,
                "envelopes": [envelope.hex() for envelope in unpack_batch(batch)],
                "not_held": [identifier.hex() for identifier in not_held],
            }
        case Announce(announced):
            return {"type": "announce", "ids": [identifier.hex() for identifier in announced]}
        case Peers(addresses):
            return {"type": "peers", "addresses": list(addresses)}
        case Unrecognised(number):
            return {"type": "unknown", "number": number}


def _good() -> list[dict[str, Any]]:
    messages: list[tuple[str, Message]] = [
        ("error", Error("wrong-network", "this node belongs to another network")),
        ("hello, the least", Hello("minga", "minga/0.1.0")),
        (
            "hello, more",
            Hello(
                "páramo",
                "other/2",
                81_000,
                (1, 2),
                ("scopes",),
                ("wss://nodo.example.org/sync", "ws://[fd00::1]:7447/sync"),
            ),
        ),
        ("bye", Bye()),
        ("reconcile, the dialer opens", Reconcile(1, Phase.OPEN, bytes.fromhex("610000020a"))),
        ("reconcile, the other side answers", Reconcile(1, Phase.ANSWER, b"\x61")),
        ("reconcile, the dialer goes on", Reconcile(1, Phase.NEXT, b"\x61\x00\x00\x00")),
        ("reconcile, end", Reconcile(1, Phase.END)),
        ("reconcile, opened by the accepting side", Reconcile(2, Phase.OPEN, b"\x61\x00\x00\x02\x00")),
        ("invite", Invite()),
        ("want", Want(1, ids(3))),
        ("records, two and one denied", Records(1, batch_of(b"one", b"the other"), ids(3)[1:2])),
        ("records, none", Records(2, RecordBatch(0, 0, b""), ids(1))),
        ("announce", Announce(ids(2))),
        ("peers", Peers(("ws://192.168.1.20:7447/sync",))),
        ("peers, none", Peers(())),
    ]
    one_way = [
        ("hello with a field of later versions", encode([1, _HELLO | {"greeting": {"es": "hola"}}])),
        ("a type of later versions", encode([9, "whatever", {"deep": [1, 2]}])),
        ("a type far ahead", encode([70_000])),
    ]
    return [
        *(
            {"name": name, "bytes": encode_message(message).hex(), "message": as_json(message)}
            for name, message in messages
        ),
        *(
            {"name": name, "bytes": data.hex(), "message": as_json(decode_message(data)), "one_way": True}
            for name, data in one_way
        ),
    ]


def _refused() -> list[dict[str, Any]]:
    one = ids(1)[0]
    cases: list[tuple[str, bytes, str]] = [
        ("nothing", b"", "malformed"),
        ("not an array", encode({"type": 2}), "malformed"),
        ("empty array", encode([]), "malformed"),
        ("type is text", encode(["bye"]), "malformed"),
        ("type is negative", encode([-1]), "malformed"),
        ("type is true", encode([True]), "malformed"),
        ("bytes after the message", encode([2]) + b"\0", "malformed"),
        ("array longer than it says", b"\x93\x02", "malformed"),
        ("type not in its shortest form", b"\x91\xcc\x02", "malformed"),
        ("id length not in its shortest form", b"\x92\x07\xc5\x00\x20" + one, "malformed"),
        ("bye with a field", encode([2, "bye"]), "malformed"),
        ("error without text", encode([0, "malformed"]), "malformed"),
        ("hello is an array", encode([1, []]), "malformed"),
        ("hello without versions", encode([1, {"network": "minga", "software": "x"}]), "malformed"),
        ("hello with no version", encode([1, _HELLO | {"versions": []}]), "malformed"),
        ("hello with a version in text", encode([1, _HELLO | {"versions": ["1"]}]), "malformed"),
        ("hello with fewer than no records", encode([1, _HELLO | {"records": -1}]), "malformed"),
        (
            "hello network not NFC",
            encode([1, _HELLO]).replace(b"\xa5minga", b"\xa7minga\xcc\x81"),
            "malformed",
        ),
        ("reconcile of phase 4", encode([3, 1, 4, b"\x61"]), "malformed"),
        ("reconcile of session 0", encode([3, 0, 0, b"\x61"]), "malformed"),
        ("reconcile that opens with nothing", encode([3, 1, 0, b""]), "malformed"),
        ("reconcile that ends with something", encode([3, 1, 3, b"\x61"]), "malformed"),
        ("want number 0", encode([5, 0, one]), "malformed"),
        ("want of nothing", encode([5, 1, b""]), "malformed"),
        ("want of 31 bytes", encode([5, 1, one[1:]]), "malformed"),
        ("want of one id twice", encode([5, 1, one + one]), "malformed"),
        ("want with ids in an array", encode([5, 1, [one]]), "malformed"),
        ("records that answer nothing", encode([6, 1, 0, 0, b"", b""]), "malformed"),
        ("records, none in some bytes", encode([6, 1, 0, 0, b"\x78", one]), "malformed"),
        ("records, one in no bytes", encode([6, 1, 1, 0, b"", b""]), "malformed"),
        ("records, ten in 49 bytes", encode([6, 1, 10, 49, stored(bytes(49)), b""]), "malformed"),
        ("announce of nothing", encode([7, b""]), "malformed"),
        ("peers with a number", encode([8, [1]]), "malformed"),
        ("want of too many", encode([5, 1, b"".join(ids(WANT_IDS_MAX + 1))]), "over-limit"),
        ("records, too many", encode([6, 1, WANT_IDS_MAX + 1, 9_000, b"\x78", b""]), "over-limit"),
        ("records, too large", encode([6, 1, 1, RECORDS_SIZE_MAX_BYTES + 1, b"\x78", b""]), "over-limit"),
        ("error too long", encode([0, "x", "a" * (ERROR_TEXT_LENGTH_MAX_CHARS + 1)]), "over-limit"),
        (
            "hello, too many versions",
            encode([1, _HELLO | {"versions": [1] * (VERSIONS_MAX + 1)}]),
            "over-limit",
        ),
        (
            "hello, too many features",
            encode([1, _HELLO | {"features": ["a"] * (FEATURES_MAX + 1)}]),
            "over-limit",
        ),
        (
            "hello, too many addresses",
            encode([1, _HELLO | {"addresses": ["a"] * (HELLO_ADDRESSES_MAX + 1)}]),
            "over-limit",
        ),
        ("hello, network name too long", encode([1, _HELLO | {"network": "ñ" * 33}]), "over-limit"),
        ("peers, too many", encode([8, ["a"] * (PEERS_ADDRESSES_MAX + 1)]), "over-limit"),
        ("peers, one too long", encode([8, ["a" * (ADDRESS_LENGTH_MAX_CHARS + 1)]]), "over-limit"),
        (
            "hello with a version beyond 2^53 − 1",
            encode([1, _HELLO])[:-1] + b"\xcf\0\x20\0\0\0\0\0\0",
            "over-limit",
        ),
    ]
    long = [
        ("announce of too many", [7, bytes((ANNOUNCE_IDS_MAX + 1) * ID_SIZE_BYTES)], "over-limit"),
        ("reconcile too long", [3, 1, 0, bytes(RECONCILE_MESSAGE_SIZE_MAX_BYTES + 1)], "over-limit"),
        ("hello too long", [1, _HELLO | {"zz": bytes(HELLO_SIZE_MAX_BYTES)}], "over-limit"),
    ]
    return [
        *({"name": name, "bytes": data.hex(), "error": error} for name, data, error in cases),
        *({"name": name, **_by_repetition(encode(value)), "error": error} for name, value, error in long),
    ]


def _by_repetition(data: bytes) -> dict[str, Any]:
    body = data.rstrip(b"\0")
    return {"head": body.hex(), "zeros": len(data) - len(body)}


def _batches_refused() -> list[dict[str, Any]]:
    whole = batch_of(b"one", b"the other")
    plain = zlib.decompress(whole.deflated)
    bomb = stored(bytes(4_000))
    wrong_sum = whole.deflated[:-1] + bytes([whole.deflated[-1] ^ 1])
    large = (ENVELOPE_SIZE_MAX_BYTES + 1).to_bytes(LENGTH_SIZE_BYTES, "big") + bytes(16)
    cases = [
        ("not zlib", RecordBatch(2, whole.size_bytes, b"plain"), "malformed"),
        ("cut off", RecordBatch(2, whole.size_bytes, whole.deflated[:-5]), "malformed"),
        ("checksum changed", RecordBatch(2, whole.size_bytes, wrong_sum), "malformed"),
        ("bytes after the stream", RecordBatch(2, whole.size_bytes, whole.deflated + b"\0"), "malformed"),
        ("smaller than stated", RecordBatch(2, whole.size_bytes + 1, whole.deflated), "malformed"),
        ("larger than stated", RecordBatch(2, whole.size_bytes - 1, whole.deflated), "over-limit"),
        ("a bomb", RecordBatch(2, 400, bomb), "over-limit"),
        ("fewer records than stated", RecordBatch(3, whole.size_bytes, whole.deflated), "malformed"),
        ("more records than stated", RecordBatch(1, whole.size_bytes, whole.deflated), "malformed"),
        ("an envelope cut off", RecordBatch(2, len(plain) - 1, stored(plain[:-1])), "malformed"),
        ("an envelope of no bytes", RecordBatch(1, 8, stored(bytes(4) + plain[:4])), "malformed"),
        ("an envelope too large", RecordBatch(1, len(large), stored(large)), "over-limit"),
    ]
    return [
        {"name": name, "bytes": encode_message(Records(1, batch)).hex(), "error": error}
        for name, batch, error in cases
    ]


def made() -> str:
    """Return the file's text."""
    document = {
        "specification": "docs/protocol.md",
        "messages": _good(),
        "messages_refused": _refused(),
        "batches_refused": _batches_refused(),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
