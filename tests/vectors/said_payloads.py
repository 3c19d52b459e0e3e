"""Payloads of what people say of places, of records and of each other (docs/protocol.md §6.11), of places
that are coarse or sealed (§6.3), and of personal data (§6.0): good ones, and bad ones with their error."""

from typing import Any

from protocol.keys import ED25519_PREFIX
from protocol.limits import (
    ENDORSEMENT_REACH_MAX,
    LIST_LENGTH_MAX,
    SEAL_RECIPIENTS_MAX,
    SEALED_SIZE_MAX_BYTES,
    TEXT_LENGTH_MAX_CHARS,
    UNCERTAINTY_MAX_M,
)
from tests.protocol.people import commons, key, pact
from tests.vectors.procedure_payloads import AN_ID, ES, PAPER, SOURCE, WHOLE_ACT

Payload = dict[str, Any]

PERSONAL: Payload = {"purpose": ES, "basis": "consent"}
WHOLE_PERSONAL: Payload = {**PERSONAL, "basis": "public_office", "on": "2025-02", "held_by": "Secretaría"}
ALERT: Payload = {"title": ES, "type": "enclosure", "licence": "CC-BY-4.0"}
LINK: Payload = {"relation": "same_as", "other": AN_ID}
COMMITMENT: Payload = {"commitment": bytes(32)}
COARSE = {"type": "Point", "coordinates": [-780_010_000, 123_450_000]}
FINE = {"type": "Point", "coordinates": [-780_010_000, 123_450_001]}
COARSE_RING = {
    "type": "MultiPolygon",
    "coordinates": [[[0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000, 0, 0]]],
}
FINE_RING = {"type": "MultiPolygon", "coordinates": [[[0, 0, 10_000, 0, 10_001, 10_000, 0, 10_000, 0, 0]]]}
PRINCIPLES = (
    "boundaries", "local_rules", "participation", "monitoring", "sanctions", "conflict_resolution",
    "self_organisation", "nested",
)  # fmt: skip
FINDINGS = ("absent", "partial", "present", "unknown")
SEAL_SIZE_MIN_BYTES = 17  # one byte and its tag of 16


def recipient(number: int = 0) -> Payload:
    return {"actor": number.to_bytes(32), "key": key("a recipient").public, "box": bytes(48)}


SEAL: Payload = {
    "suite": "x25519-chacha20poly1305",
    "commitment": bytes(32),
    "ephemeral": bytes(32),
    "recipients": [recipient()],
    "sealed": bytes(SEAL_SIZE_MIN_BYTES),
}


def _commons(**more: Any) -> tuple[str, Payload]:
    return "commons", commons(**more)


def _alert(**more: Any) -> tuple[str, Payload]:
    return "alert", {**ALERT, **more}


def _challenge(**more: Any) -> tuple[str, Payload]:
    return "challenge", {"text": ES, **more}


def _seal(**more: Any) -> tuple[str, Payload]:
    return "seal", {**SEAL, **more}


def _assessed(**findings: Any) -> tuple[str, Payload]:
    return "assessment", {"principles": findings}


GOOD: dict[str, tuple[str, Payload]] = {
    "commons: generalised, on the grid": _commons(
        sensitivity="generalised", geometry=COARSE, uncertainty_m=1_100
    ),
    "commons: generalised, without a geometry": _commons(sensitivity="generalised"),
    "commons: generalised, a whole shape on the grid": _commons(
        sensitivity="generalised", geometry=COARSE_RING, uncertainty_m=0
    ),
    "commons: public, off the grid": _commons(sensitivity="public", geometry=FINE),
    "commons: sealed, without a place": _commons(sensitivity="sealed", sealed=COMMITMENT),
    "commons: sealed, with a coarse place": _commons(
        sensitivity="sealed", sealed=COMMITMENT, geometry=COARSE, uncertainty_m=UNCERTAINTY_MAX_M
    ),
    "commons: public, nil for what is sealed": _commons(sealed=None),
    "commons: people named with a purpose": _commons(personal_data=WHOLE_PERSONAL),
    "commons: people named, nil for when and by whom": _commons(
        personal_data={**PERSONAL, "on": None, "held_by": None}
    ),
    "pact: people named with their consent": ("pact", pact("a", "b", personal_data=PERSONAL)),
    "body: people named by their office": (
        "body",
        {"name": ES, "type": "council", "licence": "CC0-1.0", "personal_data": WHOLE_PERSONAL},
    ),
    "observation: a person named, from a public source": (
        "observation",
        {"text": ES, "personal_data": {**PERSONAL, "basis": "public_source"}},
    ),
    "report: people named by law": ("report", {"personal_data": {**PERSONAL, "basis": "law"}}),
    "alert: least": ("alert", ALERT),
    "alert: whole": _alert(
        type="encroachment",
        text=ES,
        commons=[{"subject": AN_ID}, {"name": ES}],
        geometry=COARSE,
        uncertainty_m=110,
        sensitivity="generalised",
        since="2024-05",
        evidence=[PAPER],
        state="resolved",
        outcome=ES,
        source=SOURCE,
        personal_data=PERSONAL,
        salt=bytes(16),
    ),
    "alert: exact": _alert(geometry=FINE),
    "alert: of another sort, withheld, withdrawn": _alert(
        type="noise", sensitivity="withheld", state="withdrawn"
    ),
    "alert: sealed": _alert(sensitivity="sealed", sealed=COMMITMENT),
    "alert: 256 commons and papers": _alert(
        commons=[{"name": ES}] * LIST_LENGTH_MAX, evidence=[{"title": "x"}] * LIST_LENGTH_MAX
    ),
    "challenge: least": _challenge(),
    "challenge: whole": _challenge(ground="boundary", until="2025-02-28", withdrawn=False, **WHOLE_ACT),
    "challenge: withdrawn, without a word": ("challenge", {"withdrawn": True}),
    "challenge: on another ground": _challenge(ground="sacred_place"),
    "link: least": ("link", LINK),
    "link: whole": (
        "link",
        {**LINK, "relation": "supersedes", "text": ES, "withdrawn": True, **WHOLE_ACT},
    ),
    "link: another relation": ("link", {**LINK, "relation": "x" * 48}),
    "assessment: least": ("assessment", {}),
    "assessment: whole": (
        "assessment",
        {
            "principles": {
                name: {"finding": FINDINGS[at % 4], "text": ES} for at, name in enumerate(PRINCIPLES)
            },
            "text": ES,
            "withdrawn": False,
            **WHOLE_ACT,
        },
    ),
    "assessment: nil for a principle, nil for why": _assessed(
        boundaries=None, nested={"finding": "unknown", "text": None}
    ),
    "assessment: a ninth principle": _assessed(rotation={"finding": 7}),
    "endorsement: least": ("endorsement", {}),
    "endorsement: whole": (
        "endorsement",
        {
            "speaks_for": [{"subject": AN_ID}, {"name": ES}, {"subject": AN_ID, "name": ES}],
            "text": ES,
            "reach": ENDORSEMENT_REACH_MAX,
            "until": "2025-02-28",
            "withdrawn": False,
            **WHOLE_ACT,
        },
    ),
    "endorsement: that nobody follows": ("endorsement", {"reach": 0}),
    "endorsement: withdrawn": ("endorsement", {"withdrawn": True}),
    "endorsement: for 256 places": ("endorsement", {"speaks_for": [{"name": ES}] * LIST_LENGTH_MAX}),
    "seal: least": ("seal", SEAL),
    "seal: with a note": _seal(note=ES),
    "seal: for 256 recipients": _seal(recipients=[recipient(n) for n in range(SEAL_RECIPIENTS_MAX)]),
    "seal: two keys of an actor": _seal(
        recipients=[recipient(), {**recipient(), "key": key("another").public}]
    ),
    "seal: the longest": _seal(sealed=bytes(SEALED_SIZE_MAX_BYTES)),
}

MALFORMED, OVER, UNSUPPORTED = "malformed", "over-limit", "unsupported"

# Name: the error, the kind, the payload.
BAD: dict[str, tuple[str, str, Payload]] = {
    "commons: of an unknown sensitivity": (MALFORMED, *_commons(sensitivity="secret")),
    "commons: nil for sensitivity": (MALFORMED, *_commons(sensitivity=None)),
    "commons: generalised, off the grid": (
        MALFORMED,
        *_commons(sensitivity="generalised", geometry=FINE, uncertainty_m=1_100),
    ),
    "commons: generalised, one number of a shape off the grid": (
        MALFORMED,
        *_commons(sensitivity="generalised", geometry=FINE_RING, uncertainty_m=1_100),
    ),
    "commons: generalised, nobody knows by how much": (
        MALFORMED,
        *_commons(sensitivity="generalised", geometry=COARSE),
    ),
    "commons: 2,000,001 metres": (
        OVER,
        *_commons(sensitivity="generalised", geometry=COARSE, uncertainty_m=UNCERTAINTY_MAX_M + 1),
    ),
    "commons: sealed, off the grid": (
        MALFORMED,
        *_commons(sensitivity="sealed", sealed=COMMITMENT, geometry=FINE, uncertainty_m=1_100),
    ),
    "commons: sealed, nobody knows how coarse": (
        MALFORMED,
        *_commons(sensitivity="sealed", sealed=COMMITMENT, geometry=COARSE),
    ),
    "commons: sealed, without a commitment": (MALFORMED, *_commons(sensitivity="sealed")),
    "commons: public, with a commitment": (MALFORMED, *_commons(sealed=COMMITMENT)),
    "commons: withheld, with a commitment": (
        MALFORMED,
        *_commons(sensitivity="withheld", sealed=COMMITMENT),
    ),
    "commons: a commitment of 31 bytes": (
        MALFORMED,
        *_commons(sensitivity="sealed", sealed={"commitment": bytes(31)}),
    ),
    "commons: sealed by nothing": (MALFORMED, *_commons(sensitivity="sealed", sealed={})),
    "commons: people named for nothing": (MALFORMED, *_commons(personal_data={"basis": "consent"})),
    "commons: people named by no right": (MALFORMED, *_commons(personal_data={"purpose": ES})),
    "commons: people named by another right": (
        MALFORMED,
        *_commons(personal_data={**PERSONAL, "basis": "habit"}),
    ),
    "commons: consent on a thirteenth month": (
        MALFORMED,
        *_commons(personal_data={**PERSONAL, "on": "2025-13"}),
    ),
    "pact: a purpose of no language": (
        MALFORMED,
        "pact",
        pact("a", "b", personal_data={**PERSONAL, "purpose": {}}),
    ),
    "reply: people named by a holder of 201 characters": (
        OVER,
        "reply",
        {"text": ES, "personal_data": {**PERSONAL, "held_by": "x" * 201}},
    ),
    "alert: without a title": (MALFORMED, "alert", {"type": "damage", "licence": "x"}),
    "alert: without a type": (MALFORMED, "alert", {"title": ES, "licence": "x"}),
    "alert: without a licence": (MALFORMED, "alert", {"title": ES, "type": "damage"}),
    "alert: a type with a space": (MALFORMED, *_alert(type="land grab")),
    "alert: in an unknown state": (MALFORMED, *_alert(state="closed")),
    "alert: nil for its state": (MALFORMED, *_alert(state=None)),
    "alert: a commons of which nothing is said": (MALFORMED, *_alert(commons=[{}])),
    "alert: 257 commons": (OVER, *_alert(commons=[{"name": ES}] * (LIST_LENGTH_MAX + 1))),
    "alert: 257 papers": (OVER, *_alert(evidence=[{"title": "x"}] * (LIST_LENGTH_MAX + 1))),
    "alert: since a day in words": (MALFORMED, *_alert(since="mayo de 2024")),
    "alert: withheld, with a geometry": (MALFORMED, *_alert(sensitivity="withheld", geometry=COARSE)),
    "alert: generalised, off the grid": (
        MALFORMED,
        *_alert(sensitivity="generalised", geometry=FINE, uncertainty_m=1_100),
    ),
    "alert: sealed, without a commitment": (MALFORMED, *_alert(sensitivity="sealed")),
    "challenge: without text": (MALFORMED, "challenge", {"ground": "not_so"}),
    "challenge: not withdrawn, and without text": (MALFORMED, "challenge", {"withdrawn": False}),
    "challenge: nil for withdrawn": (MALFORMED, *_challenge(withdrawn=None)),
    "challenge: withdrawn in words": (MALFORMED, *_challenge(withdrawn="yes")),
    "challenge: a ground with a capital": (MALFORMED, *_challenge(ground="Boundary")),
    "challenge: to be answered the day before": (
        MALFORMED,
        *_challenge(on="2025-01-02", until="2025-01-01"),
    ),
    "challenge: text past its limit": (
        OVER,
        "challenge",
        {"text": {"es": "x" * (TEXT_LENGTH_MAX_CHARS + 1)}},
    ),
    "challenge: on a day and at a moment": (MALFORMED, *_challenge(on="2025-01-02", at_ms=10**12)),
    "link: without a relation": (MALFORMED, "link", {"other": AN_ID}),
    "link: to nothing": (MALFORMED, "link", {"relation": "same_as"}),
    "link: to nothing, though withdrawn": (MALFORMED, "link", {"relation": "same_as", "withdrawn": True}),
    "link: to 31 bytes": (MALFORMED, "link", {**LINK, "other": bytes(31)}),
    "link: a relation of 49 letters": (MALFORMED, "link", {**LINK, "relation": "x" * 49}),
    "assessment: of principles in a list": (MALFORMED, "assessment", {"principles": []}),
    "assessment: nil for the principles": (MALFORMED, "assessment", {"principles": None}),
    "assessment: a finding of none of the four": (MALFORMED, *_assessed(boundaries={"finding": "good"})),
    "assessment: a principle without a finding": (MALFORMED, *_assessed(nested={"text": ES})),
    "assessment: a principle that is a word": (MALFORMED, *_assessed(sanctions="partial")),
    "endorsement: reach of nine": (OVER, "endorsement", {"reach": ENDORSEMENT_REACH_MAX + 1}),
    "endorsement: reach below none": (MALFORMED, "endorsement", {"reach": -1}),
    "endorsement: for 257 places": (
        OVER,
        "endorsement",
        {"speaks_for": [{"name": ES}] * (LIST_LENGTH_MAX + 1)},
    ),
    "endorsement: for a place without subject and name": (MALFORMED, "endorsement", {"speaks_for": [{}]}),
    "endorsement: ends before it begins": (
        MALFORMED,
        "endorsement",
        {"on": "2025-01-02", "until": "2025-01-01"},
    ),
    "endorsement: until 31 June": (MALFORMED, "endorsement", {"until": "2025-06-31"}),
    "seal: of another suite": (MALFORMED, *_seal(suite="rot13")),
    "seal: for nobody": (MALFORMED, *_seal(recipients=[])),
    "seal: for 257 recipients": (
        OVER,
        *_seal(recipients=[recipient(n) for n in range(SEAL_RECIPIENTS_MAX + 1)]),
    ),
    "seal: a recipient twice": (
        MALFORMED,
        *_seal(recipients=[recipient(), {**recipient(), "box": b"x" * 48}]),
    ),
    "seal: a key of another type": (
        UNSUPPORTED,
        *_seal(recipients=[{**recipient(), "key": b"\xe7\x01" + bytes(32)}]),
    ),
    "seal: a key of 33 bytes": (
        MALFORMED,
        *_seal(recipients=[{**recipient(), "key": ED25519_PREFIX + bytes(31)}]),
    ),
    "seal: a box of 47 bytes": (MALFORMED, *_seal(recipients=[{**recipient(), "box": bytes(47)}])),
    "seal: an ephemeral key of 31 bytes": (MALFORMED, *_seal(ephemeral=bytes(31))),
    "seal: a commitment of 31 bytes": (MALFORMED, *_seal(commitment=bytes(31))),
    "seal: of no content": (MALFORMED, *_seal(sealed=bytes(SEAL_SIZE_MIN_BYTES - 1))),
    "seal: a byte too long": (OVER, *_seal(sealed=bytes(SEALED_SIZE_MAX_BYTES + 1))),
    "seal: its content as text": (MALFORMED, *_seal(sealed="x" * SEAL_SIZE_MIN_BYTES)),
}
