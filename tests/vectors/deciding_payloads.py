"""Payloads of motions, ballots, minutes and bodies (docs/protocol.md §6.9–6.10): good ones, and bad ones."""

from typing import Any

from protocol.limits import INTEGER_MAX, LIST_LENGTH_MAX, OPTIONS_MAX, ROLL_LENGTH_MAX

Payload = dict[str, Any]

ES = {"es": "texto"}
OPTION: Payload = {"name": ES}
VOTER: Payload = {"actor": bytes(32)}
MOTION: Payload = {
    "title": ES,
    "options": [OPTION, OPTION],
    "roll": [VOTER],
    "closes": "2025-03-01",
    "licence": "CC-BY-4.0",
}
BODY: Payload = {"name": ES, "type": "council", "licence": "CC-BY-4.0"}
SEAT: Payload = {"side": "state"}
OFFICE = {"act": "12/2025", "on": "2025-01-02", "mandate_end": "2025-01-01"}


def voters(count: int) -> list[Payload]:
    return [{"actor": number.to_bytes(32)} for number in range(count)]


GOOD: dict[str, tuple[str, Payload]] = {
    "motion: least": ("motion", MOTION),
    "motion: whole": (
        "motion",
        {
            **MOTION,
            "options": [{"name": ES, "subject": bytes(32)}, OPTION],
            "roll": [{"actor": bytes(32), "name": ES}],
            "opens": "2025-03-01",
            "rule": "two_thirds",
            "quorum": 1,
            "text": ES,
            "source": {"name": "Acta"},
            "personal_data": {"purpose": ES, "basis": "consent"},
            "salt": bytes(16),
        },
    ),
    "motion: the most options, voters and quorum": (
        "motion",
        {
            **MOTION,
            "options": [OPTION] * OPTIONS_MAX,
            "roll": voters(ROLL_LENGTH_MAX),
            "quorum": ROLL_LENGTH_MAX,
        },
    ),
    "ballot: blank": ("ballot", {}),
    "ballot: last option": ("ballot", {"option": OPTIONS_MAX - 1}),
    "minutes: least": ("minutes", {}),
    "minutes: whole": (
        "minutes",
        {"text": ES, "attended": INTEGER_MAX, "votes": [0] * OPTIONS_MAX, "decided": 63, "on": "2025-02-28"},
    ),
    "body: least": ("body", BODY),
    "body: whole": (
        "body",
        {
            **BODY,
            "actor": bytes(32),
            "rules": ["parity"] * LIST_LENGTH_MAX,
            "seats": [
                {
                    "side": "civil",
                    "holder": {"name": ES},
                    "category": "user",
                    "role": "chair",
                    "since": "2025-01-01",
                    "until": "2025-01-01",
                    "authorised_by": {"act": "3", "on": "2025-01-01", "mandate_end": "2025-01-01"},
                }
            ],
            "share_percent": 100,
            "text": ES,
        },
    ),
}

# Name: the error, the kind, the payload.
BAD: dict[str, tuple[str, str, Payload]] = {
    "motion: closes before it opens": ("malformed", "motion", {**MOTION, "opens": "2025-03-02"}),
    "motion: no day": ("malformed", "motion", {**MOTION, "closes": "2025-02-29"}),
    "motion: one option": ("malformed", "motion", {**MOTION, "options": [OPTION]}),
    "motion: an option too many": (
        "over-limit",
        "motion",
        {**MOTION, "options": [OPTION] * (OPTIONS_MAX + 1)},
    ),
    "motion: nobody on the roll": ("malformed", "motion", {**MOTION, "roll": []}),
    "motion: a voter twice": ("malformed", "motion", {**MOTION, "roll": [VOTER, VOTER]}),
    "motion: a voter too many": ("over-limit", "motion", {**MOTION, "roll": voters(ROLL_LENGTH_MAX + 1)}),
    "motion: a quorum above the roll": ("malformed", "motion", {**MOTION, "quorum": 2}),
    "motion: no such rule": ("malformed", "motion", {**MOTION, "rule": "lot"}),
    "ballot: an option too far": ("over-limit", "ballot", {"option": OPTIONS_MAX}),
    "ballot: a negative option": ("malformed", "ballot", {"option": -1}),
    "ballot: dated apart": ("malformed", "ballot", {"on": "2025-03-01"}),
    "minutes: votes of too many options": ("over-limit", "minutes", {"votes": [0] * (OPTIONS_MAX + 1)}),
    "minutes: a day and a moment": ("malformed", "minutes", {"on": "2025-03-01", "at_ms": 1_700_000_000_000}),
    "body: a seat without a side": ("malformed", "body", {**BODY, "seats": [{"role": "chair"}]}),
    "body: a mandate that ends before it begins": (
        "malformed",
        "body",
        {**BODY, "seats": [{**SEAT, "since": "2025-01-02", "until": "2025-01-01"}]},
    ),
    "body: an office that ended before it began": (
        "malformed",
        "body",
        {**BODY, "seats": [{**SEAT, "authorised_by": OFFICE}]},
    ),
    "body: more than all owners": ("over-limit", "body", {**BODY, "share_percent": 101}),
    "body: a seat too many": ("over-limit", "body", {**BODY, "seats": [SEAT] * (LIST_LENGTH_MAX + 1)}),
}
