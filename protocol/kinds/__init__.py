"""The kinds of records this version knows, and the rules each receiver checks (docs/protocol.md §6).

A kind that is not in the table is kept and relayed untouched; so are fields that a kind does not name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import is_normalized

import msgspec

from protocol.canonical import decode, require_measured
from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.geometry_units import BoundingBox
from protocol.identifiers import SubjectId
from protocol.kinds.actor import Actor, Cosign, check_actor, check_cosign
from protocol.kinds.alert import Alert, check_alert
from protocol.kinds.body import Body, check_body
from protocol.kinds.commons import REFUSED_FIELDS, Commons, check_commons
from protocol.kinds.contesting import Assessment, Challenge, Link, check_challenge
from protocol.kinds.deciding import Ballot, Minutes, Motion, check_ballot, check_motion
from protocol.kinds.endorsement import Endorsement, check_endorsement
from protocol.kinds.evidence import check_act
from protocol.kinds.geometry import check_geometry
from protocol.kinds.misfit import misfit
from protocol.kinds.pact import Consent, Erasure, Pact, check_consent, check_pact
from protocol.kinds.place import Place
from protocol.kinds.procedure import (
    Call,
    Dispute,
    Observation,
    Reply,
    Report,
    Step,
    Support,
    check_call,
    check_dispute,
    check_report,
    check_step,
    check_support,
)
from protocol.kinds.seal import Seal, check_seal
from protocol.limits import PAYLOAD_SIZE_MAX_BYTES
from protocol.record.header import Header


@dataclass(frozen=True, slots=True)
class Kind:
    """What is checked of one kind: its payload's type, rules beyond the type, and its place in the graph.

    `is_version`: it starts a thing or succeeds a version of one; otherwise it is an act about `parents`.
    `erasable`: its content may be taken out; keys and the records that uphold them may not.
    `refused`: fields that no extension may give it, with the reason.
    """

    content_type: type[Any]
    check: Callable[[Any], None]
    is_version: bool
    erasable: bool
    refused: Mapping[str, str] = field(default_factory=dict)


def _nothing_more(_: Any) -> None:
    """The types say all there is to check."""


KINDS: dict[str, Kind] = {
    "actor": Kind(Actor, check_actor, is_version=True, erasable=False),
    "cosign": Kind(Cosign, check_cosign, is_version=False, erasable=False),
    "commons": Kind(Commons, check_commons, is_version=True, erasable=True, refused=REFUSED_FIELDS),
    "pact": Kind(Pact, check_pact, is_version=True, erasable=True),
    "consent": Kind(Consent, check_consent, is_version=False, erasable=True),
    "place": Kind(Place, _nothing_more, is_version=True, erasable=True),
    "erasure": Kind(Erasure, _nothing_more, is_version=False, erasable=False),
    "call": Kind(Call, check_call, is_version=True, erasable=True),
    "step": Kind(Step, check_step, is_version=False, erasable=True),
    "observation": Kind(Observation, check_act, is_version=False, erasable=True),
    "reply": Kind(Reply, check_act, is_version=False, erasable=True),
    "support": Kind(Support, check_support, is_version=False, erasable=True),
    "report": Kind(Report, check_report, is_version=False, erasable=True),
    "dispute": Kind(Dispute, check_dispute, is_version=False, erasable=True),
    "motion": Kind(Motion, check_motion, is_version=True, erasable=True),
    "ballot": Kind(Ballot, check_ballot, is_version=False, erasable=True),
    "minutes": Kind(Minutes, check_act, is_version=False, erasable=True),
    "body": Kind(Body, check_body, is_version=True, erasable=True),
    "alert": Kind(Alert, check_alert, is_version=True, erasable=True),
    "challenge": Kind(Challenge, check_challenge, is_version=False, erasable=True),
    "link": Kind(Link, check_act, is_version=False, erasable=True),
    "assessment": Kind(Assessment, check_act, is_version=False, erasable=True),
    "endorsement": Kind(Endorsement, check_endorsement, is_version=False, erasable=True),
    "seal": Kind(Seal, check_seal, is_version=False, erasable=True),
}


# msgspec builds what it knows of a type when the type is first used, which two threads must not do at once:
# happens here, where modules are imported by one.
_READERS = {name: msgspec.msgpack.Decoder(kind.content_type) for name, kind in KINDS.items()}
_READER_OF_UNKNOWN = msgspec.msgpack.Decoder()
# Writes a content's fields in the order of their names, as canonical maps are.
_WRITER = msgspec.msgpack.Encoder(order="sorted")


def open_payload(kind_name: str, payload: bytes) -> tuple[Any, BoundingBox | None]:
    """Return the typed content of a payload (its plain map for an unknown kind), and the box of its place.

    Raises `Malformed` or `OverLimit`, nothing else, for any bytes.
    """
    if len(payload) > PAYLOAD_SIZE_MAX_BYTES:
        raise OverLimit(f"payload is larger than {PAYLOAD_SIZE_MAX_BYTES} bytes")
    opened = _open_plain(kind_name, payload)
    return opened or examine(kind_name, decode(payload, PAYLOAD_SIZE_MAX_BYTES))


def _open_plain(kind_name: str, payload: bytes) -> tuple[Any, BoundingBox | None] | None:
    """Do what `open_payload` does where nothing is wrong with a payload, and in it only what its kind names.

    The quick way, for nearly every record; None for any other.  If what the types took from the bytes makes
    up the same bytes again, in order and in the shortest form, nothing else was in them.  Every slice of a
    text in NFC is in NFC (UAX #15 §1.2), so all strings are if the whole is; what is no text between them
    only sends a payload the long way.
    """
    reader = _READERS.get(kind_name)
    if reader is None:
        return None
    try:
        require_measured(payload)
        content = reader.decode(payload)
        if _WRITER.encode(content) != payload or not is_normalized("NFC", payload.decode("utf-8", "ignore")):
            return None
        return content, _check_content(KINDS[kind_name], content)
    except (ProtocolError, ValueError, TypeError, RecursionError, OverflowError):
        return None


def examine(kind_name: str, payload: Any) -> tuple[Any, BoundingBox | None]:
    """Return the typed content of a decoded payload (the map itself for an unknown kind), and the box of its
    place.

    Raises `Malformed` or `OverLimit`.
    """
    if type(payload) is not dict:
        raise Malformed("a payload is a map")
    kind = KINDS.get(kind_name)
    if kind is None:
        return payload, None
    content = _typed(payload, kind.content_type)
    for name in kind.refused.keys() & payload.keys():
        raise Malformed(kind.refused[name])
    return content, _check_content(kind, content)


def _check_content(kind: Kind, content: Any) -> BoundingBox | None:
    """Check what types cannot say, and return the box of the place."""
    kind.check(content)
    geometry = getattr(content, "geometry", None)
    return None if geometry is None else check_geometry(geometry)


def read_content(kind_name: str, payload: bytes) -> Any:
    """Return the content of a payload that was checked before: `open_payload` returned the same.

    Raises `ValueError` for bytes that cannot have been.
    """
    return _READERS.get(kind_name, _READER_OF_UNKNOWN).decode(payload)


def check_place(header: Header, box: BoundingBox | None) -> None:
    """Check that the header's box is that of the content of a known kind.  Raises `Malformed`."""
    if header.kind in KINDS and box != header.bbox:
        raise Malformed("the header's bounding box is not that of the geometry")


def check_erasable(kind_name: str) -> None:
    """Check that records of a kind may come without their content.  Raises `Malformed`."""
    kind = KINDS.get(kind_name)
    if kind is not None and not kind.erasable:
        raise Malformed(f"the content of a {kind_name} record cannot be erased")


def check_header(header: Header, content: Any) -> None:
    """Check actor, subject, parents and signer against what the kind needs.  Raises `Malformed`."""
    if header.subject is None and header.parents:
        raise Malformed("the first record of a thing has no parents")
    if header.kind == "actor":
        _check_actor_header(header, content)
    elif header.actor is None or header.auth is None:
        raise Malformed("a record names its actor and the version it acts under")
    kind = KINDS.get(header.kind)
    if kind is None:
        return
    if kind.is_version:
        if header.subject is not None and not header.parents:
            raise Malformed("a later version names the versions it follows")
    elif header.subject is None or not header.parents:
        raise Malformed(f"a {header.kind} names the thing and the records it is about")
    elif header.kind == "cosign" and len(header.parents) != 1:
        raise Malformed("a cosign names the one record it signs")


def _check_actor_header(header: Header, content: Any) -> None:
    founding = header.subject is None
    if founding != (header.actor is None) or founding != (header.auth is None):
        raise Malformed("only an actor's first record leaves out its actor, its authority and its subject")
    if header.actor is not None and SubjectId(header.actor) != header.subject:
        raise Malformed("a version of an actor is signed by that actor")
    if founding and all(header.signer != entry.key for entry in content.keys):
        raise Malformed("an actor's first record is signed by one of its own keys")


def _typed(payload: dict[str, Any], content_type: type[Any]) -> Any:
    try:
        # Binary is binary: without being told so, msgspec takes a text for bytes in base64, as JSON has them.
        return msgspec.convert(payload, content_type, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
