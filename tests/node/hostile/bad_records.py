"""What nobody should sign, and somebody will: records that every node refuses, and odd ones that it keeps.

For every kind.  `REFUSED` are envelopes with right signatures and wrong contents; `odd` are records in order
in form: about nothing, about themselves, going round in circles, in words that would like to be more.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds import KINDS, examine
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from tests.protocol.people import T0, Person, actor_payload, commons, key, pact
from tests.vectors import deciding_payloads, procedure_payloads, said_payloads
from tests.vectors.make_records import KIND, PARENTS, SUBJECT, encode, forged

US = Person("Comuna", [key("bad input us")])
THEM = Person("Empresa", [key("bad input them")])
TRICKSTER = Person("Travieso", [key("bad input trickster")])
NOBODY = ActorId(b"\x0b" * 32)
NOTHING = RecordId(b"\x0c" * 32)
ES = {"es": "texto"}
UNKNOWN = "org.example.wool"
LONG = "x" * 200_000

# Overrides and isolates that turn what follows them, controls of a terminal, marks upon marks, nothing seen.
WORDS = [
    "\u202egnp.exe\u2066 \u2069\u200f\u061c",
    "\x1b[2J\x1b]0;t\x07\x9b31m\x00\x08\r\n\x7f",
    "<script>alert(1)</script>\"'&{0}%s",
    "\u200b\ufeff\u2028\u2029\ufffe\U000e0041",
    "a" + "\u0300\u0301" * 90,
]

WHOLE: dict[str, dict[str, Any]] = {
    "actor": actor_payload(
        "x",
        [key("bad input us")],
        1,
        description=ES,
        website="https://example.org",
        source={"name": "x", "url": "https://example.org", "note": ES},
        speaks_for=[{"subject": NOTHING, "name": "x"}],
    ),
    "cosign": {},
    "commons": commons(
        US,
        description=ES,
        users=ES,
        rules=ES,
        facts=ES,
        area={"local": "x"},
        territory=[{"level": "canton", "name": ES, "code": "x", "actor": NOBODY}],
        legal={"text": ES, "register": "x"},
        publication={"basis": "assembly", "text": ES},
        labels=[{"code": "TK A", "community": ES, "text": ES}],
        source={"name": "x", "url": "https://example.org", "licence": "x", "identifier": "x", "note": ES},
        personal_data={"purpose": ES, "basis": "consent", "held_by": "x"},
    ),
    "pact": pact(
        US,
        "x",
        commons=[{"name": ES}, {"subject": NOTHING}],
        clauses={"objectives": ES, "conclusion": ES},
        term={"start": "2025-01-01", "reasons": ES},
        reported={"status": "x", "source": {"name": "x", "note": ES}, "note": ES},
        ending={"on": "2027-01-01", "cause": ES},
    ),
    "consent": {
        "decision": "decline",
        "reasons": ES,
        "authorised_by": {"act": "x", "office": "x", "on": "2025-01-01"},
    },
    "erasure": {"basis": "court_order", "reason": ES},
    "place": {
        "name": ES,
        "level": "canton",
        "licence": "x",
        "code": "x",
        "territory": [{"level": "province", "name": ES}],
        "source": {"name": "x"},
        "facts": ES,
    },
    **{
        kind: payload
        for good in (procedure_payloads.GOOD, deciding_payloads.GOOD, said_payloads.GOOD)
        for name, (kind, payload) in good.items()
        if name.endswith((": whole", ": with a note"))
    },
    "dispute": procedure_payloads.GOOD["dispute: a committee of three"][1],
    "ballot": {"note": ES, "evidence": [{"title": ES, "held_by": "x"}]},
    UNKNOWN: {"name": ES, "title": "x", "deep": [["x", {"x": [ES]}]]},
}


def in_words(kind: str, payload: Any, words: str) -> dict[str, Any]:
    """The payload with these words in every place where its kind allows them."""

    def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, str):
            yield path
        elif isinstance(value, dict | list):
            for at, inner in value.items() if isinstance(value, dict) else enumerate(value):
                yield from places(inner, (*path, at))

    def put(value: Any, path: tuple[Any, ...]) -> Any:
        if not path:
            return words
        copy: Any = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = put(value[path[0]], path[1:])
        return copy

    found: dict[str, Any] = payload
    for path in places(payload):
        changed = put(found, path)
        try:
            examine(kind, changed)
        except ProtocolError:
            continue
        found = changed
    return found


def signed(kind: str, payload: dict[str, Any], about: VerifiedRecord | None = None) -> VerifiedRecord:
    """A record by somebody known: a first version or, about another, an act or a further version."""
    parents = [] if about is None else [about.id]
    return TRICKSTER.sign(kind, payload, subject=None if about is None else about.subject, parents=parents)[0]


LAND = US.sign("commons", commons(US))[0]
AGREEMENT = US.sign("pact", pact(US, THEM))[0]


def about_nothing(kind: str, author: Author) -> VerifiedRecord:
    """An act about what nobody holds; a version that follows nothing that anybody holds."""
    return sign_record(author, kind, WHOLE[kind], T0, subject=SubjectId(NOTHING), parents=[NOTHING])


def odd() -> dict[str, list[VerifiedRecord]]:
    """Records that verify, by what is odd about them."""
    strange = Author(key("bad input stranger"), NOBODY, NOTHING)
    known = Author(key("bad input trickster"), TRICKSTER.id, TRICKSTER.head)
    kinds = [*KINDS, UNKNOWN]
    found: dict[str, list[VerifiedRecord]] = {
        "signed in the name of somebody nobody knows": [
            sign_record(strange, kind, WHOLE[kind], T0) if _is_version(kind) else about_nothing(kind, strange)
            for kind in kinds
            if kind != "actor"
        ],
        "about what nobody has": [about_nothing(kind, known) for kind in kinds if kind != "actor"],
        "about a thing of another sort": [
            signed(kind, WHOLE[kind], about)
            for kind in kinds
            for about in (LAND, AGREEMENT, US.records[0])
            if kind not in ("actor", "cosign")
        ],
        "consents to a version nobody has": [
            sign_record(
                known,
                "consent",
                {"decision": decision},
                T0,
                subject=AGREEMENT.subject,
                parents=[NOTHING, RecordId(bytes(32))],
            )
            for decision in ("consent", "decline")
        ],
    }
    found |= {"parts of each other, and of themselves": list(_circles())}
    missing = US.sign("commons", commons(US, name={"es": "Todavía no"}))[0]
    found["a pact on a commons that does not exist yet"] = [
        US.sign("pact", pact(US, "Municipio", commons=[{"subject": missing.id}, {"subject": NOTHING}]))[0],
        missing,
    ]
    found["a pact on a pact, on an actor and on itself as it will be"] = [
        signed("pact", pact(US, THEM, commons=[{"subject": AGREEMENT.id}, {"subject": US.id}]))
    ]
    found["a vote on nothing, by nobody"] = [
        signed(
            "motion",
            {
                "title": ES,
                "options": [{"name": ES, "subject": NOTHING}, {"name": ES}],
                "roll": [{"actor": NOBODY}],
                "closes": "0001-01-01",
                "licence": "x",
            },
        )
    ]
    found["200,000 characters where no kind forbids them"] = [
        signed(UNKNOWN, {"name": {"es": LONG}, "text": LONG}),
        signed("commons", {**commons(US), "unheard_of": LONG}),
        signed("observation", {"text": ES, "unheard_of": {"es": LONG}}, AGREEMENT),
    ]
    found["days at the ends of the calendar"] = [
        signed("pact", pact(US, THEM, term={"start": "0001-01-01", "end": "0001-01-01"})),
        signed(
            "pact", pact(US, THEM, term={"start": "9999-12-31"}, ending={"on": "9999-12-31", "cause": ES})
        ),
        signed("step", {"step": "ended", "on": "0001-01-01", "until": "9999-12-31"}, AGREEMENT),
        signed("challenge", {"text": ES, "until": "0001-01-01"}, LAND),
        signed("endorsement", {"until": "9999-12-31", "reach": 0}, US.records[0]),
    ]
    for number, words in enumerate(WORDS):
        normal = unicodedata.normalize("NFC", words)[:200]
        found[f"words that would like to be more: {number}"] = [
            record for kind in kinds for record in _worded(kind, normal)
        ]
    return found


def _is_version(kind: str) -> bool:
    known = KINDS.get(kind)
    return known is None or known.is_version


def _worded(kind: str, words: str) -> Iterator[VerifiedRecord]:
    payload = in_words(kind, WHOLE[kind], words)
    if kind == "actor":
        yield sign_record(Author(key("bad input us"), None, None), "actor", payload, T0 + 1)
    elif kind == "cosign":
        yield signed(kind, payload, LAND)
    elif kind == "erasure":
        yield signed(kind, payload, signed("observation", {"text": {"es": words}}, LAND))
    elif _is_version(kind):
        yield signed(kind, payload)
    else:
        about = {"endorsement": US.records[0], "assessment": LAND}.get(kind, AGREEMENT)
        yield signed(kind, payload, about)


def _circles() -> Iterator[VerifiedRecord]:
    things = [signed("commons", commons(TRICKSTER, name={"es": f"Anillo {number}"})) for number in range(4)]
    yield from things
    ends = [
        *zip(things, [*things[1:], things[0]], strict=True),
        (things[0], things[0]),
        (things[2], things[1]),
    ]
    for relation in ("part_of", "same_as", "overlaps", "supersedes"):
        for one, other in ends:
            yield signed("link", {"relation": relation, "other": other.id}, one)
    yield signed("link", {"relation": "part_of", "other": NOTHING}, things[3])
    yield signed("endorsement", {}, US.records[0])


def _refused() -> dict[str, bytes]:
    later = {SUBJECT: LAND.id, PARENTS: [LAND.id]}

    def made(kind: str, payload: dict[str, Any]) -> bytes:
        at = {} if _is_version(kind) else later
        return forged(LAND, {KIND: kind, **at}, encode(payload), key("bad input us"))

    found = {
        "a pact with itself: one party twice": made("pact", pact(US, US)),
        "a pact with itself: one party alone": made("pact", pact(US)),
        "a commons with one steward twice": made("commons", commons(US, US)),
        "a pact that ends before it begins": made(
            "pact", pact(US, THEM, term={"start": "2025-01-02", "end": "2025-01-01"})
        ),
        "a day that is none": made("pact", pact(US, THEM, term={"start": "2025-02-30"})),
        "a commons for sale": made("commons", commons(US, price=1)),
    }
    for name, payload in (
        ("call", {"opens": "2025-01-02", "closes": "2025-01-01"}),
        ("motion", {"opens": "2999-01-02", "closes": "2025-01-01"}),
        ("step", {"on": "2025-01-02", "until": "2025-01-01"}),
        ("support", {"on": "2025-01-02", "until": "2025-01-01"}),
        ("report", {"start": "2025-01-02", "end": "2025-01-01"}),
        ("challenge", {"on": "2025-01-02", "until": "2025-01-01"}),
        ("endorsement", {"on": "2025-01-02", "until": "2025-01-01"}),
        ("body", {"seats": [{"side": "civil", "since": "2025-01-02", "until": "2025-01-01"}]}),
    ):
        found[f"dates reversed: {name}"] = made(name, WHOLE[name] | payload)
    for kind in KINDS:
        payload = in_words(kind, WHOLE[kind], "y")
        for field, value in payload.items():
            if isinstance(value, dict) and set(value) == {"es"}:
                found[f"200,000 characters: {kind}.{field}"] = made(kind, {**payload, field: {"es": LONG}})
    return found


REFUSED = _refused()
