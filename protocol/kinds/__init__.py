"""The kinds of records this version knows, and the rules each receiver checks (docs/protocol.md §6).

A kind that is not in the table is kept and relayed untouched; so are fields that a kind does not name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from protocol.errors import Malformed, OverLimit
from protocol.geometry_units import BoundingBox
from protocol.identifiers import SubjectId
from protocol.kinds.actor import Actor, Cosign, check_actor
from protocol.kinds.commons import Commons, check_commons
from protocol.kinds.geometry import check_geometry
from protocol.kinds.pact import Consent, Erasure, Pact, check_consent, check_pact
from protocol.kinds.place import Place
from protocol.record.header import Header


@dataclass(frozen=True, slots=True)
class Kind:
    """What is checked of one kind: its payload's type, rules beyond the type, and its place in the graph.

    `is_version`: it starts a thing or succeeds a version of one; otherwise it is an act about `parents`.
    `erasable`: its content may be taken out; keys and the records that uphold them may not.
    """

    content_type: type[Any]
    check: Callable[[Any, dict[str, Any]], None]
    is_version: bool
    erasable: bool


KINDS: dict[str, Kind] = {
    "actor": Kind(Actor, lambda content, _: check_actor(content), is_version=True, erasable=False),
    "cosign": Kind(Cosign, lambda content, _: None, is_version=False, erasable=False),
    "commons": Kind(Commons, check_commons, is_version=True, erasable=True),
    "pact": Kind(Pact, lambda content, _: check_pact(content), is_version=True, erasable=True),
    "consent": Kind(Consent, lambda content, _: check_consent(content), is_version=False, erasable=True),
    "place": Kind(Place, lambda content, _: None, is_version=True, erasable=True),
    "erasure": Kind(Erasure, lambda content, _: None, is_version=False, erasable=False),
}


# msgspec builds what it knows of a type when the type is first used, which two threads must not do at once:
# happens here, where modules are imported by one.
_READERS = {name: msgspec.msgpack.Decoder(kind.content_type) for name, kind in KINDS.items()}
_READER_OF_UNKNOWN = msgspec.msgpack.Decoder()


def check_kind(header: Header, payload: Any) -> Any:
    """Check header and payload (None where erased) by the rules of their kind; return the typed content.

    Returns the plain map for a kind unknown here.  Raises `Malformed` or `OverLimit`.
    """
    kind = KINDS.get(header.kind)
    if payload is None:
        if kind is not None and not kind.erasable:
            raise Malformed(f"the content of a {header.kind} record cannot be erased")
        check_header(header, None)
        return None
    content, box = examine(header.kind, payload)
    check_header(header, content)
    if kind is not None and box != header.bbox:
        raise Malformed("the header's bounding box is not that of the geometry")
    return content


def examine(kind_name: str, payload: Any) -> tuple[Any, BoundingBox | None]:
    """Return the typed content of a payload (the map itself for an unknown kind), and the box of its place.

    Raises `Malformed` or `OverLimit`.
    """
    if type(payload) is not dict:
        raise Malformed("a payload is a map")
    kind = KINDS.get(kind_name)
    if kind is None:
        return payload, None
    content = _typed(payload, kind.content_type)
    kind.check(content, payload)
    geometry = getattr(content, "geometry", None)
    return content, None if geometry is None else check_geometry(geometry)


def read_content(kind_name: str, payload: bytes) -> Any:
    """Return the content of a payload that was checked before; `check_kind` returned the same.

    Raises `ValueError` for bytes that cannot have been.
    """
    return _READERS.get(kind_name, _READER_OF_UNKNOWN).decode(payload)


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
        return msgspec.convert(payload, content_type)
    except msgspec.ValidationError as error:
        text = str(error)
        # Only a failed bound starts so; other messages may quote the payload's own words.
        over = text.startswith("Expected ") and " <= " in text
        raise (OverLimit if over else Malformed)(text) from None
