"""Make `proofs.json`: the JSON form of pacts, proofs of it, and which parties of a set of records gave one.

    python -m tests.vectors.make_proofs

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from protocol.canonical import encode
from protocol.errors import ProtocolError
from protocol.identifiers import SubjectId
from protocol.keys import SigningKey, did_key
from protocol.proofs.archive import archive_text
from protocol.proofs.data_integrity import configuration, created_text, hash_data, proof_json, prove
from protocol.proofs.jcs import canonical_json
from protocol.proofs.pact_document import pact_document
from protocol.proofs.proof_set import party_proofs, proven_document
from protocol.proofs.travelling import (
    KINDS_ABOUT_KEYS,
    actors_behind,
    history_document,
    records_of_consents,
)
from protocol.record.envelope import erased_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record
from tests.protocol.people import T0, Held, Person, cosign, key, pact
from tests.vectors.make_records import forged

FILE = Path(__file__).with_name("proofs.json")
NOW_MS = T0 + 100_000
Records = list[VerifiedRecord]

A = Person("Municipio", [key("vector proof a")])
B = Person("Comuna", [key("vector proof b1"), key("vector proof b2")])
C = Person("Consejo", [key(f"vector proof c{n}") for n in range(3)], 2)
EVERYBODY = [record for person in (A, B, C) for record in person.records]

# Who exports, and of which sets an archive is given.
NODE = key("vector proof node")
ARCHIVED = (
    "every party's keys gave a proof",
    "a third signature makes up for it",
    "one of a council's two signatures carries none",
    "a key dropped, and its consent upheld",
)

PLAIN = A.sign("pact", pact(A, B, C, salt=bytes(range(16)), term={"start": "2026-01-01"}))
RICH = A.sign(
    "pact",
    pact(
        *(A, B, "Los vecinos"),
        clauses={"objectives": {"es": 'Cuidar «el ojo»:\n\t"agua" \\ / \u0007\u007f\u2028 🌱', "qu": "ñuca"}},
        commons=[{"subject": bytes(range(32)), "name": {"es": "Páramo"}}],
        unknown={"\ue000": [None, True, -(2**53) + 1], "🌱": b"\xff\xfe", "": A.keys[0].public, "proof": 0},
    ),
)
NEXT = B.sign("pact", pact(A, B, title={"es": "Otro"}), subject=PLAIN[0].subject, parents=[PLAIN[0].id])


def payload_with(version: VerifiedRecord, by: SigningKey, time_ms: int = T0) -> dict[str, Any]:
    """A payload that holds only a proof of a version by a key."""
    proof = prove(pact_document(version), by, time_ms)
    return {"proof": {"created": proof.created, "value": proof.value}}


def consent(
    person: Person,
    proof: dict[str, Any],
    cosigns: Sequence[tuple[SigningKey, dict[str, Any]]] = (),
    parents: Sequence[VerifiedRecord] = (),
    decision: str = "consent",
) -> Records:
    """A consent to PLAIN by a person's first key, and cosigns of it, each with its payload."""
    version = PLAIN[0]
    (first,) = person.sign(
        "consent",
        {"decision": decision, **proof},
        subject=version.subject,
        parents=[version.id, *(parent.id for parent in parents)],
        signers=person.keys[:1],
    )
    assert person.head is not None
    return [
        first,
        *(
            sign_record(
                Author(by, person.id, person.head),
                *("cosign", payload, T0),
                subject=version.subject,
                parents=[first.id],
            )
            for by, payload in cosigns
        ),
    ]


def _sets() -> Iterator[tuple[str, Records]]:
    version = PLAIN[0]
    a = consent(A, payload_with(version, A.keys[0]))
    b = consent(B, payload_with(version, B.keys[0]))
    c1, c2, c3 = C.keys
    second = (c2, payload_with(version, c2))
    c = consent(C, payload_with(version, c1), [second])
    yield "every party's keys gave a proof", [*a, *b, *c]
    yield "nobody has consented", []
    yield "consents without proofs", [*consent(A, {}), *consent(B, {}), *consent(C, {}, [(c2, {})])]
    yield (
        "one of a council's two signatures carries none",
        [*a, *consent(C, payload_with(version, c1), [(c2, {})])],
    )
    third = [(c2, {}), (c3, payload_with(version, c3))]
    yield "a third signature makes up for it", [*a, *consent(C, payload_with(version, c1), third)]
    yield "a council's consent waits for signatures", [*a, *consent(C, payload_with(version, c1))]
    yield "a proof of another version", consent(A, payload_with(NEXT[0], A.keys[0])) + b
    yield "a proof by another key than the signer's", consent(A, payload_with(version, B.keys[0])) + b
    stranger = (key("vector proof nobody"), payload_with(version, key("vector proof nobody")))
    yield (
        "a cosign by a key that the actor does not list",
        consent(C, payload_with(version, c1), [stranger, second]),
    )
    later = [(A.keys[0], payload_with(version, A.keys[0], T0 - 60_000))]
    yield "of two proofs by one key the earlier", consent(A, payload_with(version, A.keys[0]), later)
    yield "a consent withdrawn", [*a, *consent(A, {}, (), a[:1], "decline")]
    again = consent(A, {}, (), a[:1])
    yield "a consent given anew, without a proof", [*a, *again]
    erasure = A.sign("erasure", {"basis": "author"}, subject=version.subject, parents=[a[0].id])
    yield "a consent erased, and still held whole", [*a, *erasure]
    bare = verify_record(erased_envelope(a[0].envelope), NOW_MS)
    yield "a consent whose content was taken out", [bare, *erasure, *b]
    dropped = B.version([B.keys[0]], [B.keys[1]], upholds=[{"key": B.keys[0].public}])
    yield "a key dropped, and its consent not upheld", [*a, *b, *dropped]
    upheld = B.version([B.keys[0]], [B.keys[1]], upholds=[{"key": B.keys[0].public, "records": [b[0].id]}])
    yield "a key dropped, and its consent upheld", [*a, *b, *upheld]


def _set(name: str, given: Records) -> dict[str, Any]:
    held = Held(EVERYBODY, PLAIN, given)
    version = PLAIN[0]
    subject = SubjectId(version.subject)
    parties = party_proofs(version, held.thing(subject), held.about(subject))
    return {
        "name": name,
        "records": [record.envelope.hex() for record in sorted(held.records.values(), key=lambda r: r.id)],
        "version": version.id.hex(),
        "parties": [
            {
                "actor": party.actor and party.actor.hex(),
                "provable": party.provable.value,
                "proven_by": [did_key(by) for by, _ in party.proofs],
            }
            for party in parties
        ],
        "exported": canonical_json(proven_document(version, parties)).decode(),
    }


def _archive(name: str, given: Records) -> dict[str, Any]:
    """The archive of PLAIN from the same records as the set of that name, exported by NODE."""
    held = Held(EVERYBODY, PLAIN, given)
    version, subject = PLAIN[0], SubjectId(PLAIN[0].subject)
    parties = party_proofs(version, held.thing(subject), held.about(subject))
    consents = records_of_consents(version, parties, held.about(subject))
    keys = [
        record
        for actor in actors_behind(parties, consents)
        for record in held.about(SubjectId(actor))
        if record.header.kind in KINDS_ABOUT_KEYS
    ]
    pact = proven_document(version, parties)
    history = history_document(version, parties, [*consents, *keys])
    return {
        "name": name,
        "seed": NODE.reveal_seed().hex(),
        "records": [record.envelope.hex() for record in sorted(held.records.values(), key=lambda r: r.id)],
        "version": version.id.hex(),
        "archive": archive_text(pact, history, NODE).decode(),
    }


def _proof(version: VerifiedRecord, name: str, by: SigningKey, time_ms: int) -> dict[str, Any]:
    document = pact_document(version)
    proof = prove(document, by, time_ms)
    return {
        "name": name,
        "seed": by.reveal_seed().hex(),
        "envelope": version.envelope.hex(),
        "document": canonical_json(document).decode(),
        "configuration": canonical_json(configuration(document, by.public, created_text(time_ms))).decode(),
        "signed": hash_data(document, configuration(document, by.public, proof.created)).hex(),
        "created": proof.created,
        "value": proof.value.hex(),
        "proof_value": proof_json(document, by.public, proof)["proofValue"],
    }


def _refused() -> Iterator[tuple[str, bytes]]:
    good = consent(A, payload_with(PLAIN[0], A.keys[0]))[0]
    cosigned = cosign(good, A.keys[0])
    proof = payload_with(PLAIN[0], A.keys[0])["proof"]
    bad: list[tuple[str, Any]] = [
        *(
            ("a proof without its time", {"value": proof["value"]}),
            ("a proof without a value", {"created": proof["created"]}),
        ),
        ("a value of 63 bytes", proof | {"value": proof["value"][:-1]}),
        ("a value of 65 bytes", proof | {"value": proof["value"] + b"\0"}),
        ("a proof that is a text", "proof"),
        *(
            (f"created {text}", proof | {"created": text})
            for text in (
                *("2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z"),
                *("2026-01-01T00:00:60Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"),
                *(
                    "2026-01-01t00:00:00z",
                    "2026-01-01T00:00:00.0Z",
                    "2026-01-01T00:00:00Z\n",
                    "0000-01-01T00:00:00Z",
                ),
            )
        ),
    ]

    for name, value in bad:
        yield name, forged(good, {}, encode({"decision": "consent", "proof": value}), A.keys[0])
        yield f"{name}, in a cosign", forged(cosigned, {}, encode({"proof": value}), A.keys[0])
    yield (
        "a refusal with a proof",
        forged(good, {}, encode({"decision": "decline", "proof": proof}), A.keys[0]),
    )


def _with_error(name: str, envelope: bytes) -> dict[str, Any]:

    try:
        verify_record(envelope, NOW_MS)
    except ProtocolError as fault:
        return {"name": name, "envelope": envelope.hex(), "error": fault.code}
    raise AssertionError(f"{name}: accepted")


def made() -> str:
    """The content of the file."""
    vectors = {
        "now_ms": NOW_MS,
        "proofs": [
            _proof(PLAIN[0], "a pact of three", A.keys[0], T0),
            _proof(RICH[0], "texts that need escapes, fields unknown here", B.keys[1], T0 + 999),
            _proof(NEXT[0], "a later version", C.keys[2], 946_684_800_000),
        ],
        "sets": [_set(name, given) for name, given in _sets()],
        "archives": [_archive(name, given) for name, given in _sets() if name in ARCHIVED],
        "refused": [_with_error(name, envelope) for name, envelope in _refused()],
    }
    return json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
