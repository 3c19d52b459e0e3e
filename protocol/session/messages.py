"""The messages of a session and their bytes (docs/protocol.md §11).

A message is a canonical msgpack array whose first item is its type.  A list of ids is one binary of 32 bytes
an id.  Decoding fails with `Malformed` or `OverLimit` only; a type that is not known here is no failure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from protocol.canonical import decode, encode
from protocol.errors import Malformed, OverLimit
from protocol.identifiers import ID_SIZE_BYTES, RecordId
from protocol.limits import (
    ADDRESS_LENGTH_MAX_CHARS,
    ANNOUNCE_IDS_MAX,
    ERROR_TEXT_LENGTH_MAX_CHARS,
    FEATURE_LENGTH_MAX_CHARS,
    FEATURES_MAX,
    HELLO_ADDRESSES_MAX,
    HELLO_SIZE_MAX_BYTES,
    INTEGER_MAX,
    KIND_LENGTH_MAX_BYTES,
    MESSAGE_SIZE_MAX_BYTES,
    NETWORK_NAME_SIZE_MAX_BYTES,
    PEERS_ADDRESSES_MAX,
    RECONCILE_MESSAGE_SIZE_MAX_BYTES,
    SOFTWARE_LENGTH_MAX_CHARS,
    VERSIONS_MAX,
    WANT_IDS_MAX,
)
from protocol.session.batch import RecordBatch, check_batch

SESSION_VERSION = 1

# An error's code is one of `protocol.errors`, or a word of another implementation.
_CODE_LENGTH_MAX_CHARS = KIND_LENGTH_MAX_BYTES

_TYPE_ERROR, _TYPE_HELLO, _TYPE_BYE, _TYPE_RECONCILE, _TYPE_INVITE = 0, 1, 2, 3, 4
_TYPE_WANT, _TYPE_RECORDS, _TYPE_ANNOUNCE, _TYPE_PEERS = 5, 6, 7, 8


class Phase(IntEnum):
    """Where a reconciliation stands: the initiator opens, goes on and ends it, the responder answers or ends
    it."""

    OPEN = 0
    ANSWER = 1
    NEXT = 2
    END = 3


@dataclass(frozen=True, slots=True)
class Error:
    """The peer's last words before it hangs up: a code of `protocol.errors` and a sentence for its
    operator."""

    error_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Hello:
    """What a node says of itself, first: `versions` of this protocol, and how many `records` it holds, as a
    hint.

    `scope` None means that it follows everything; version 1 knows no other.
    """

    network: str
    software: str
    records: int = 0
    versions: tuple[int, ...] = (SESSION_VERSION,)
    features: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    scope: Any = None


@dataclass(frozen=True, slots=True)
class Bye:
    """The sender goes away, in peace."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """One Negentropy message of a reconciliation.  Odd numbers are the dialer's, even ones the other
    side's."""

    session: int
    phase: Phase
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Invite:
    """The sender holds more records that the receiver may lack than it announces: reconcile with me."""


@dataclass(frozen=True, slots=True)
class Want:
    """A request for records, answered by one `Records` of the same number; numbers ascend from 1."""

    number: int
    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """The answer to the first `batch.count + len(not_held)` ids of a want: the envelopes in its order, less
    those not held."""

    number: int
    batch: RecordBatch
    not_held: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True)
class Announce:
    """Ids of records that the sender holds and would give."""

    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Peers:
    """Addresses of other nodes."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A message of a type not known here: counted and skipped, so that the protocol can grow."""

    type_number: int = field(default=-1)


Message = Error | Hello | Bye | Reconcile | Invite | Want | Records | Announce | Peers | Unrecognised


def encode_message(message: Message) -> bytes:
    """Return the bytes of a message.  Its content is the caller's to keep within limits."""
    match message:
        case Error(code, text):
            return encode([_TYPE_ERROR, code, text])
        case Hello():
            return encode([_TYPE_HELLO, _hello_map(message)])
        case Bye():
            return encode([_TYPE_BYE])
        case Reconcile(session, phase, payload):
            return encode([_TYPE_RECONCILE, session, int(phase), payload])
        case Invite():
            return encode([_TYPE_INVITE])
        case Want(number, ids):
            return encode([_TYPE_WANT, number, b"".join(ids)])
        case Records(number, batch, not_held):
            return encode(
                [_TYPE_RECORDS, number, batch.count, batch.size_bytes, batch.deflated, b"".join(not_held)]
            )
        case Announce(ids):
            return encode([_TYPE_ANNOUNCE, b"".join(ids)])
        case Peers(addresses):
            return encode([_TYPE_PEERS, list(addresses)])
        case Unrecognised(number):
            raise ValueError(f"a message of unknown type {number} cannot be written")


def decode_message(data: bytes) -> Message:
    """Return the message that `data` encodes.  Raises `Malformed` or `OverLimit`, nothing else, for any
    bytes."""
    value = decode(data, MESSAGE_SIZE_MAX_BYTES)
    if type(value) is not list or not value:
        raise Malformed("a message is not an array that starts with its type")
    kind, fields = value[0], value[1:]
    if type(kind) is not int or kind < 0:
        raise Malformed("a message's type is not a natural number")
    match kind:
        case 0:
            return _decode_error(fields)
        case 1:
            if len(data) > HELLO_SIZE_MAX_BYTES:
                raise OverLimit(f"a hello of {len(data)} bytes; at most {HELLO_SIZE_MAX_BYTES} are allowed")
            return _decode_hello(fields)
        case 2:
            _require_count(fields, 0, "bye")
            return Bye()
        case 3:
            return _decode_reconcile(fields)
        case 4:
            _require_count(fields, 0, "invite")
            return Invite()
        case 5:
            _require_count(fields, 2, "want")
            return Want(_natural(fields[0], "number", 1), _ids(fields[1], 1, WANT_IDS_MAX, "want"))
        case 6:
            return _decode_records(fields)
        case 7:
            _require_count(fields, 1, "announce")
            return Announce(_ids(fields[0], 1, ANNOUNCE_IDS_MAX, "announce"))
        case 8:
            _require_count(fields, 1, "peers")
            return Peers(
                _strings(fields[0], PEERS_ADDRESSES_MAX, ADDRESS_LENGTH_MAX_CHARS, "peers.addresses")
            )
        case _:
            return Unrecognised(kind)


def _hello_map(hello: Hello) -> dict[str, Any]:
    return {
        "addresses": list(hello.addresses),
        "features": list(hello.features),
        "network": hello.network,
        "records": hello.records,
        "scope": hello.scope,
        "software": hello.software,
        "versions": list(hello.versions),
    }


def _decode_error(fields: list[Any]) -> Error:
    _require_count(fields, 2, "error")
    return Error(
        _string(fields[0], _CODE_LENGTH_MAX_CHARS, "error.code"),
        _string(fields[1], ERROR_TEXT_LENGTH_MAX_CHARS, "error.text"),
    )


def _decode_hello(fields: list[Any]) -> Hello:
    _require_count(fields, 1, "hello")
    said = fields[0]
    if type(said) is not dict:
        raise Malformed("hello is not a map")
    missing = [name for name in ("network", "software", "versions") if name not in said]
    if missing:
        raise Malformed(f"hello lacks {', '.join(missing)}")
    versions = said["versions"]
    if type(versions) is not list or not versions:
        raise Malformed("hello.versions is not a list of at least one version")
    if len(versions) > VERSIONS_MAX:
        raise OverLimit(f"hello.versions has more than {VERSIONS_MAX} entries")
    network = _string(said["network"], NETWORK_NAME_SIZE_MAX_BYTES, "hello.network")
    if len(network.encode("utf-8")) > NETWORK_NAME_SIZE_MAX_BYTES:
        raise OverLimit(f"hello.network is longer than {NETWORK_NAME_SIZE_MAX_BYTES} bytes")
    return Hello(
        network=network,
        software=_string(said["software"], SOFTWARE_LENGTH_MAX_CHARS, "hello.software"),
        records=_natural(said.get("records", 0), "hello.records"),
        versions=tuple(_natural(version, "hello.versions") for version in versions),
        features=_strings(said.get("features", []), FEATURES_MAX, FEATURE_LENGTH_MAX_CHARS, "hello.features"),
        addresses=_strings(
            said.get("addresses", []), HELLO_ADDRESSES_MAX, ADDRESS_LENGTH_MAX_CHARS, "hello.addresses"
        ),
        scope=said.get("scope"),
    )


def _decode_reconcile(fields: list[Any]) -> Reconcile:
    _require_count(fields, 3, "reconcile")
    session = _natural(fields[0], "reconcile.session", 1)
    phase, payload = fields[1], fields[2]
    if type(phase) is not int or not 0 <= phase <= Phase.END:
        raise Malformed("reconcile.phase is not 0, 1, 2 or 3")
    if type(payload) is not bytes or (payload == b"") != (phase == Phase.END):
        raise Malformed("a reconciliation carries bytes until its end, and none at its end")
    if len(payload) > RECONCILE_MESSAGE_SIZE_MAX_BYTES:
        raise OverLimit(f"a reconciliation message exceeds {RECONCILE_MESSAGE_SIZE_MAX_BYTES} bytes")
    return Reconcile(session, Phase(phase), payload)


def _decode_records(fields: list[Any]) -> Records:
    _require_count(fields, 5, "records")
    number, count, size, deflated, not_held = fields
    if type(deflated) is not bytes:
        raise Malformed("the records of an answer are not binary")
    batch = RecordBatch(_natural(count, "records.count"), _natural(size, "records.size"), deflated)
    check_batch(batch)
    missing = _ids(not_held, 0, WANT_IDS_MAX, "records.not_held")
    if batch.count + len(missing) == 0:
        raise Malformed("an answer holds no record and denies none")
    return Records(_natural(number, "records.number", 1), batch, missing)


def _require_count(fields: Sequence[Any], count: int, name: str) -> None:
    if len(fields) != count:
        raise Malformed(f"{name} has {count} fields after its type, not {len(fields)}")


def _natural(value: Any, name: str, least: int = 0) -> int:
    if type(value) is not int or value < least:
        raise Malformed(f"{name} is not an integer of at least {least}")
    assert value <= INTEGER_MAX  # the canonical decoder has seen to it
    return value


def _string(value: Any, length_max: int, name: str) -> str:
    if type(value) is not str:
        raise Malformed(f"{name} is not a string")
    if len(value) > length_max:
        raise OverLimit(f"{name} is longer than {length_max} characters")
    return value


def _strings(value: Any, count_max: int, length_max: int, name: str) -> tuple[str, ...]:
    if type(value) is not list:
        raise Malformed(f"{name} is not a list")
    if len(value) > count_max:
        raise OverLimit(f"{name} has more than {count_max} entries")
    return tuple(_string(item, length_max, name) for item in value)


def _ids(value: Any, least: int, most: int, name: str) -> tuple[RecordId, ...]:
    if type(value) is not bytes or len(value) % ID_SIZE_BYTES:
        raise Malformed(f"the ids of {name} are not binary of {ID_SIZE_BYTES} bytes each")
    count = len(value) // ID_SIZE_BYTES
    if count > most:
        raise OverLimit(f"{name} lists {count} ids; at most {most} are allowed")
    if count < least:
        raise Malformed(f"{name} lists no id")
    ids = tuple(RecordId(value[at : at + ID_SIZE_BYTES]) for at in range(0, len(value), ID_SIZE_BYTES))
    if len(set(ids)) != count:
        raise Malformed(f"{name} lists an id twice")
    return ids
