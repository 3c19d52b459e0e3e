"""Make `records.json`: envelopes, good and bad, with what a receiver says of each.

    python -m tests.vectors.make_records

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.  Keys follow from names (`tests.protocol.people.key`), so that nothing here is secret.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgpack

from protocol.canonical import encode
from protocol.identifiers import tagged_hash
from protocol.keys import SigningKey, did_key
from protocol.kinds import KINDS
from protocol.kinds.geometry import check_geometry
from protocol.limits import CLOCK_SKEW_MAX_MS, PARENTS_MAX, PAYLOAD_SIZE_MAX_BYTES, TIME_MIN_MS
from protocol.record.envelope import erased_envelope, join_envelope, split_envelope
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord
from tests.protocol.people import T0, Person, commons, cosign, key, pact
from tests.vectors import deciding_payloads, procedure_payloads, said_payloads

FILE = Path(__file__).with_name("records.json")
NOW_MS = T0
HEADER_FIELDS = [
    "version",
    "kind",
    "actor",
    "auth",
    "signer",
    "subject",
    "parents",
    "time_ms",
    "payload_hash",
    "payload_size",
    "bbox",
]
VERSION, KIND, ACTOR, AUTH, SIGNER, SUBJECT, PARENTS, TIME, HASH, SIZE, BBOX = range(11)

US = Person("Comuna de Pesillo", [key("vector 1"), key("vector 2")], 1, [key("vector paper")])
SIGNER_KEY = key("vector 1")
SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 9, 0, 9, 9, 0, 9, 0, 0]]}
ES = {"es": "texto"}
GOOD_PAYLOADS = procedure_payloads.GOOD | deciding_payloads.GOOD | said_payloads.GOOD
BAD_PAYLOADS = procedure_payloads.BAD | deciding_payloads.BAD | said_payloads.BAD
# Longer runs of zero bytes are counted, not written: the longest seal would be a file of its own.
ZEROS_WRITTEN_MAX = 1_024


def hex_form(data: bytes) -> str | list[str | int]:
    """Bytes in hex; with long runs of zeros, a list of pieces in which a number is so many zero bytes."""
    pieces = re.split(rb"(\0{%d,})" % (ZEROS_WRITTEN_MAX + 1), data)
    if len(pieces) == 1:
        return data.hex()
    return [len(piece) if at % 2 else piece.hex() for at, piece in enumerate(pieces)]


def json_form(value: Any) -> Any:
    """A value as JSON: binary is `{"$hex": …}`."""
    if isinstance(value, bytes):
        return {"$hex": hex_form(value)}
    if isinstance(value, list):
        return [json_form(item) for item in value]
    if isinstance(value, dict):
        return {name: json_form(item) for name, item in value.items()}
    return value


def unpacked(data: bytes) -> Any:
    return msgpack.unpackb(data)


def forged(
    base: VerifiedRecord, changes: dict[int, Any], payload: Any = ..., by: SigningKey = SIGNER_KEY
) -> bytes:
    """An envelope like that of `base` with some header fields changed, rightly signed."""
    parts = split_envelope(base.envelope)
    fields = unpacked(parts.header)
    body = parts.payload
    if payload is not ...:
        body = payload
        if body is not None:
            fields[HASH], fields[SIZE] = tagged_hash("payload", body), len(body)
    for index, value in changes.items():
        fields[index] = value
    header = encode(fields)
    return encode([header, [0, by.sign(SIGNATURE_TAG + header)], body])


def _good() -> list[tuple[str, bytes]]:
    first = US.sign("commons", commons(US, geometry=SQUARE, salt=bytes(range(16))))[0]
    agreement = US.sign(
        "pact", pact(US, "Municipio de Cayambe", term={"start": "2025-07-01", "end": "2028-06-30"})
    )[0]
    about: dict[str, Any] = {"subject": first.subject, "parents": [first.id]}
    antimeridian = {
        "type": "MultiPolygon",
        "coordinates": [
            [[1_790_000_000, 0, 1_800_000_000, 0, 1_800_000_000, 9, 1_790_000_000, 9, 1_790_000_000, 0]],
            [[-1_800_000_000, 0, -1_790_000_000, 0, -1_790_000_000, 9, -1_800_000_000, 9, -1_800_000_000, 0]],
        ],
    }
    many = [bytes(31) + bytes([n]) for n in range(PARENTS_MAX)]
    records = {
        "actor: first record": US.records[0],
        "actor: later version, by a recovery key": US.version([key("vector paper")], [key("vector 3")])[0],
        "cosign": cosign(first, key("vector 2")),
        "commons: first record, with a polygon": first,
        "commons: later version": US.sign("commons", commons(US, facts=ES), **about)[0],
        "commons: parts that meet at the antimeridian": US.sign("commons", commons(geometry=antimeridian))[0],
        "commons: text outside ASCII, in NFC": US.sign(
            "commons", commons(US, users={"es": "Niñas y ángeles 🌋"})
        )[0],
        "commons: withheld place": US.sign("commons", commons(US, sensitivity="withheld"))[0],
        "commons: fields nobody here knows": US.sign(
            "commons", {**commons(US), "zz": {"deep": [None, True, b"x"]}}
        )[0],
        "pact": agreement,
        "pact: reported": US.sign("pact", pact("x", reported={"status": "y", "source": {"name": "z"}}))[0],
        "consent": US.sign(
            "consent", {"decision": "consent"}, subject=agreement.subject, parents=[agreement.id]
        )[0],
        "erasure": US.sign("erasure", {"basis": "habeas_data", "reason": ES}, **about)[0],
        "place": US.sign("place", {"name": ES, "level": "canton", "licence": "CC0-1.0", "code": "1702"})[0],
        "unknown kind": US.sign("org.example.seed-bank", {"anything": [1, {"a": b""}]})[0],
        "unknown kind, act with 32 parents": US.sign("x", {}, subject=first.subject, parents=many)[0],
        "time: the last moment allowed": US.sign("commons", commons(), time_ms=NOW_MS + CLOCK_SKEW_MAX_MS)[0],
        "time: the first moment allowed": US.sign("commons", commons(), time_ms=TIME_MIN_MS)[0],
    }
    for name, (kind, payload) in GOOD_PAYLOADS.items():
        where = {} if KINDS[kind].is_version else {"subject": agreement.subject, "parents": [agreement.id]}
        records[name] = US.sign(kind, payload, **where)[0]
    good = [(name, record.envelope) for name, record in records.items()]
    return [*good, ("commons: content taken out", erased_envelope(first.envelope))]


def _bad() -> list[tuple[str, int, str, bytes]]:
    first = US.sign("commons", commons(US, geometry=SQUARE))[0]
    plain = US.sign("commons", commons(US))[0]
    parts = split_envelope(first.envelope)
    header, signature, payload = parts.header, parts.signature, parts.payload
    flip = bytes([signature[0] ^ 1]) + signature[1:]
    order = int.to_bytes(2**252 + 27742317777372353535851937790883648493, 32, "little")
    high_s = signature[:32] + (
        int.from_bytes(signature[32:], "little") + int.from_bytes(order, "little")
    ).to_bytes(32, "little")
    two = sorted([first.id, plain.id])

    def kind(name: str, content: Any, **place: Any) -> bytes:
        return forged(plain, {KIND: name, **place.get("at", {})}, encode(content))

    later = {SUBJECT: US.id, PARENTS: [US.id]}
    person = unpacked(split_envelope(US.records[0].envelope).payload or b"")
    founding = {ACTOR: None, AUTH: None}
    malformed, over, unsupported, bad = "malformed", "over-limit", "unsupported", "bad-signature"
    return [
        ("no bytes", 1, malformed, b""),
        ("truncated", 1, malformed, first.envelope[:-1]),
        ("a byte too many", 1, malformed, first.envelope + b"\0"),
        ("not an array", 1, malformed, encode({"header": header})),
        ("two items", 1, malformed, encode([header, [0, signature]])),
        (
            "a length in a form longer than needed",
            1,
            malformed,
            first.envelope.replace(b"\xc4\x40", b"\xc5\0\x40", 1),
        ),
        ("proof of an unknown type", 1, unsupported, encode([header, [1, signature], payload])),
        ("signature of 63 bytes", 1, malformed, encode([header, [0, signature[:63]], payload])),
        ("header of 2,049 bytes", 1, over, encode([bytes(2_049), [0, signature], None])),
        ("record version 2", 2, unsupported, forged(first, {VERSION: 2})),
        ("ten header fields", 2, malformed, _signed(unpacked(header)[:-1], payload)),
        ("a float in the header", 2, malformed, _signed(unpacked(header)[:-1], payload, b"\xca\0\0\0\0")),
        ("kind with a capital", 2, malformed, forged(first, {KIND: "Commons"})),
        ("kind with a line feed", 2, malformed, forged(first, {KIND: "commons\n"})),
        ("kind of 49 bytes", 2, over, forged(first, {KIND: "x" * 49})),
        ("actor of 31 bytes", 2, malformed, forged(first, {ACTOR: bytes(31)})),
        ("signer of another key type", 2, unsupported, forged(first, {SIGNER: b"\xe7\x01" + bytes(33)})),
        ("signer of 33 bytes", 2, malformed, forged(first, {SIGNER: b"\xed\x01" + bytes(31)})),
        ("parents out of order", 2, malformed, forged(first, {SUBJECT: US.id, PARENTS: two[::-1]})),
        ("a parent twice", 2, malformed, forged(first, {SUBJECT: US.id, PARENTS: [two[0]] * 2})),
        (
            "33 parents",
            2,
            over,
            forged(plain, {SUBJECT: US.id, PARENTS: [bytes(31) + bytes([n]) for n in range(33)]}),
        ),
        ("time before 2000", 2, over, forged(plain, {TIME: TIME_MIN_MS - 1})),
        ("payload size past its limit", 2, over, forged(plain, {SIZE: PAYLOAD_SIZE_MAX_BYTES + 1}, None)),
        ("box off the globe", 2, over, forged(plain, {BBOX: [0, 0, 1_800_000_001, 0]})),
        ("box with its south above its north", 2, malformed, forged(plain, {BBOX: [0, 1, 0, 0]})),
        (
            "a day and a millisecond ahead",
            3,
            "from-the-future",
            forged(plain, {TIME: NOW_MS + CLOCK_SKEW_MAX_MS + 1}),
        ),
        ("another payload of another size", 4, bad, join_envelope(header, signature, b"\x80")),
        (
            "another payload of the same size",
            4,
            bad,
            join_envelope(header, signature, bytes(len(payload or b""))),
        ),
        ("payload: keys out of order", 5, malformed, forged(plain, {}, b"\x82\xa1b\xc0\xa1a\xc0")),
        ("payload: a key twice", 5, malformed, forged(plain, {}, b"\x82\xa1a\xc0\xa1a\xc0")),
        ("payload: a float", 5, malformed, forged(plain, {}, b"\x81\xa1a\xcb" + bytes(8))),
        ("payload: text not in NFC", 5, malformed, forged(plain, {}, b"\x81\xa1a\xa3e\xcc\x81")),
        ("payload: an integer of 2^53", 5, over, forged(plain, {}, b"\x81\xa1a\xcf\0\x20" + bytes(6))),
        ("payload: nested 17 deep", 5, over, forged(plain, {}, b"\x81\xa1a" + b"\x91" * 16 + b"\xc0")),
        ("payload: nil", 5, malformed, forged(plain, {}, b"\xc0")),
        ("payload: an array", 6, malformed, forged(plain, {}, b"\x90")),
        ("no actor", 6, malformed, forged(plain, {ACTOR: None})),
        ("first record with parents", 6, malformed, forged(plain, {PARENTS: [US.id]})),
        ("later version without parents", 6, malformed, forged(plain, {SUBJECT: US.id})),
        ("box without a geometry", 6, malformed, forged(plain, {BBOX: [0, 0, 0, 0]})),
        ("box that is not the geometry's", 6, malformed, forged(first, {BBOX: [0, 0, 9, 8]})),
        ("actor: content taken out", 6, malformed, erased_envelope(US.records[0].envelope)),
        (
            "actor: first record by a key it does not list",
            6,
            malformed,
            forged(
                plain,
                {KIND: "actor", **founding, SIGNER: key("vector 3").public},
                encode(person),
                key("vector 3"),
            ),
        ),
        (
            "actor: version of another actor",
            6,
            malformed,
            kind("actor", person, at={**later, ACTOR: bytes(32)}),
        ),
        (
            "actor: a key twice",
            6,
            malformed,
            kind("actor", {**person, "keys": person["keys"][:1] * 2}, at=founding),
        ),
        (
            "actor: threshold past its keys",
            6,
            malformed,
            kind("actor", {**person, "threshold": 3}, at=founding),
        ),
        (
            "actor: operational key among the recovery keys",
            6,
            malformed,
            kind(
                "actor",
                {
                    **person,
                    "recovery": {"digests": [tagged_hash("recovery", SIGNER_KEY.public)], "threshold": 1},
                },
                at=founding,
            ),
        ),
        ("cosign: of two records", 6, malformed, kind("cosign", {}, at={SUBJECT: US.id, PARENTS: two})),
        ("commons: an owner", 6, malformed, kind("commons", commons(US, owner="x"))),
        ("commons: no name", 6, malformed, kind("commons", {"resources": ["water"], "licence": "x"})),
        ("commons: a steward twice", 6, malformed, kind("commons", commons(US, US))),
        ("commons: salt as text in base64", 6, malformed, kind("commons", commons(salt="A" * 22 + "=="))),
        (
            "commons: withheld, with a geometry",
            6,
            malformed,
            forged(first, {}, encode(commons(geometry=SQUARE, sensitivity="withheld"))),
        ),
        (
            "commons: ring wound the wrong way",
            6,
            malformed,
            kind(
                "commons",
                commons(geometry={"type": "Polygon", "coordinates": [[0, 0, 0, 9, 9, 9, 9, 0, 0, 0]]}),
                at={BBOX: [0, 0, 9, 9]},
            ),
        ),
        (
            "commons: ring not closed",
            6,
            malformed,
            kind(
                "commons",
                commons(geometry={"type": "Polygon", "coordinates": [[0, 0, 9, 0, 9, 9, 0, 9]]}),
                at={BBOX: [0, 0, 9, 9]},
            ),
        ),
        (
            "commons: name of 501 characters",
            6,
            over,
            kind("commons", {**commons(), "name": {"es": "x" * 501}}),
        ),
        ("pact: one party, not reported", 6, malformed, kind("pact", pact("x"))),
        (
            "pact: a term past nine years without reasons",
            6,
            malformed,
            kind("pact", pact("a", "b", term={"start": "2020-01-01", "end": "2029-01-01"})),
        ),
        ("pact: 29 February 2025", 6, malformed, kind("pact", pact("a", "b", term={"start": "2025-02-29"}))),
        ("consent: perhaps", 6, malformed, kind("consent", {"decision": "perhaps"}, at=later)),
        *(
            (name, 6, error, kind(kind_name, payload, at=_placed(kind_name, payload, later)))
            for name, (error, kind_name, payload) in BAD_PAYLOADS.items()
        ),
        ("step: about nothing", 6, malformed, kind("step", {"step": "received"})),
        ("dispute: of no record", 6, malformed, kind("dispute", {"text": ES}, at={SUBJECT: US.id})),
        (
            "call: later version of nothing",
            6,
            malformed,
            kind("call", procedure_payloads.CALL, at={SUBJECT: US.id}),
        ),
        ("erasure: no basis", 6, malformed, kind("erasure", {}, at=later)),
        ("place: no level", 6, malformed, kind("place", {"name": ES, "licence": "x"})),
        ("signature: a bit flipped", 7, bad, join_envelope(header, flip, payload)),
        ("signature: by another key", 7, bad, forged(first, {}, by=key("vector 2"))),
        ("signature: without the tag", 7, bad, join_envelope(header, SIGNER_KEY.sign(header), payload)),
        ("signature: S not reduced", 7, bad, join_envelope(header, high_s, payload)),
    ]


def _placed(kind: str, payload: dict[str, Any], later: dict[int, Any]) -> dict[int, Any]:
    """The header fields that a payload asks for, so that nothing but the payload is at fault."""
    shape = payload.get("geometry")
    return ({} if KINDS[kind].is_version else later) | ({BBOX: list(check_geometry(shape))} if shape else {})


def _signed(fields: list[Any], payload: bytes | None, more: bytes = b"") -> bytes:
    """An envelope around a header of other fields; `more` is a raw last field."""
    header = encode(fields)
    if more:
        header = bytes([header[0] + 1]) + header[1:] + more
    return encode([header, [0, SIGNER_KEY.sign(SIGNATURE_TAG + header)], payload])


def made() -> str:
    """Return the file's text."""
    accepted = []
    for name, envelope in _good():
        parts = split_envelope(envelope)
        fields = dict(zip(HEADER_FIELDS, unpacked(parts.header), strict=True))
        accepted.append(
            {
                "name": name,
                "envelope": hex_form(envelope),
                "id": tagged_hash("id", parts.header).hex(),
                "signer": did_key(fields["signer"]),
                "header": json_form(fields),
                "payload": None if parts.payload is None else json_form(unpacked(parts.payload)),
            }
        )
    refused = [
        {"name": name, "step": step, "error": error, "envelope": hex_form(envelope)}
        for name, step, error, envelope in _bad()
    ]
    document = {
        "specification": "docs/protocol.md §2–6",
        "now_ms": NOW_MS,
        "accepted": accepted,
        "refused": refused,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
