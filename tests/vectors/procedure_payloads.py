"""Payloads of the kinds of the procedure (docs/protocol.md §6.8): good ones, bad ones with their error."""

from typing import Any

from protocol.limits import INTEGER_MAX, LIST_LENGTH_MAX, TIME_MAX_MS, TIME_MIN_MS

Payload = dict[str, Any]

ES = {"es": "texto"}
AN_ID = bytes(32)
SOURCE = {"name": "Registro", "url": "https://example.org"}
OFFICE = {"act": "12/2025", "on": "2025-01-02", "office": "Alcaldía", "mandate_end": "2027-12-31"}
PAPER = {"title": "Acta 12", "held_by": "Secretaría", "url": "https://example.org/12.pdf", "sha256": AN_ID}
WHOLE_ACT: Payload = {
    "on": "2025-02-28",
    "authorised_by": OFFICE,
    "evidence": [PAPER, {"title": ES}],
    "source": SOURCE,
    "note": ES,
    "salt": bytes(16),
}
CALL: Payload = {"type": "call", "title": ES, "licence": "CC-BY-4.0"}
INDICATOR: Payload = {"name": ES, "value": 125, "code": "trees", "decimals": 1, "unit": "ha", "target": -1}
MONEY: Payload = {"amount": 150_000, "currency": "EUR"}


def member(side: str, **more: Any) -> Payload:
    return {"name": ES, "named_by": side, **more}


def _step(word: str, **more: Any) -> tuple[str, Payload]:
    return "step", {"step": word, **more}


GOOD: dict[str, tuple[str, Payload]] = {
    "call: least": ("call", CALL),
    "call: whole": (
        "call",
        {
            **CALL,
            "type": "module",
            "text": ES,
            "organiser": {"name": ES, "side": "administration", "actor": AN_ID},
            "commons": [{"subject": AN_ID}, {"name": ES}, {}],
            "clauses": {"objectives": ES},
            "opens": "2025-01-01",
            "closes": "2025-01-01",
            "source": SOURCE,
            "salt": bytes(16),
        },
    ),
    "step: least": _step("received"),
    "step: a word of another vocabulary": _step("in_attesa", source=SOURCE, said="In attesa"),
    "step: whole": _step(
        "evaluated", outcome="conditional", until="2025-02-28", text=ES, reasons=ES, party=AN_ID, **WHOLE_ACT
    ),
    "step: refused with reasons": _step("refused", reasons=ES),
    "step: refused, as a source has it": _step("refused", source=SOURCE),
    "step: withdrawn": _step("withdrawn", party=AN_ID),
    "step: excluded on paper, a party without an id": _step("excluded", reasons=ES, evidence=[PAPER]),
    "step: at the first moment": _step("signed", at_ms=TIME_MIN_MS),
    "step: at the last moment": _step("signed", at_ms=TIME_MAX_MS),
    "step: on the first day": _step("preexisting", on="0001-01-01"),
    "step: 29 February 2024": _step("ended", on="2024-02-29"),
    "step: renewed for a day less than nine years": _step("renewed", on="2025-01-01", until="2033-12-31"),
    "step: renewed for nine years with reasons": _step(
        "renewed", on="2025-01-01", until="2034-01-01", reasons=ES
    ),
    "step: 256 papers": _step("signed", evidence=[{"title": "x"}] * LIST_LENGTH_MAX),
    "observation: least": ("observation", {"text": ES}),
    "observation: whole": ("observation", {"text": ES, "stance": "suggests", **WHOLE_ACT}),
    "reply: least": ("reply", {"text": ES}),
    "reply: whole": ("reply", {"text": ES, "outcome": "taken_up_in_part", **WHOLE_ACT}),
    "support: least": ("support", {"type": "training"}),
    "support: whole": (
        "support",
        {
            "type": "reimbursement",
            "text": ES,
            "conditions": ES,
            **MONEY,
            "share_percent": 50,
            "professional_fees": True,
            "until": "2025-03-01",
            **WHOLE_ACT,
        },
    ),
    "support: the whole cost of anything else": ("support", {"type": "materials", "share_percent": 100}),
    "support: the greatest amount": ("support", {"type": "x", "amount": INTEGER_MAX, "currency": "USD"}),
    "report: least": ("report", {}),
    "report: whole": (
        "report",
        {
            "start": "2025-01-01",
            "end": "2025-12-31",
            **dict.fromkeys(("objectives", "actions", "results", "resources"), ES),
            "indicators": [INDICATOR, {"name": ES, "value": -INTEGER_MAX}, {"name": ES, "value": 0}],
            **WHOLE_ACT,
        },
    ),
    "report: 256 indicators of nine decimals": (
        "report",
        {"indicators": [{"name": ES, "value": 1, "decimals": 9}] * LIST_LENGTH_MAX},
    ),
    "dispute: least": ("dispute", {"text": ES}),
    "dispute: a committee of three": (
        "dispute",
        {
            "text": ES,
            "committee": [member("community"), member("administration", actor=AN_ID), member("agreed")],
            **WHOLE_ACT,
        },
    ),
    "dispute: with a third party": (
        "dispute",
        {"text": ES, "committee": [member("community"), member("administration"), member("third_party")]},
    ),
}

MALFORMED, OVER = "malformed", "over-limit"

BAD: dict[str, tuple[str, str, Payload]] = {
    "call: of an unknown type": (MALFORMED, "call", {**CALL, "type": "tender"}),
    "call: without a licence": (MALFORMED, "call", {"type": "call", "title": ES}),
    "call: closes before it opens": (
        MALFORMED,
        "call",
        {**CALL, "opens": "2025-01-02", "closes": "2025-01-01"},
    ),
    "call: 257 commons": (OVER, "call", {**CALL, "commons": [{}] * (LIST_LENGTH_MAX + 1)}),
    "call: nil for its clauses": (MALFORMED, "call", {**CALL, "clauses": None}),
    "step: without a word": (MALFORMED, "step", {}),
    "step: a word with a capital": (MALFORMED, *_step("Accepted")),
    "step: a word of 49 letters": (MALFORMED, *_step("x" * 49)),
    "step: refused without reasons": (MALFORMED, *_step("refused")),
    "step: refused on paper without reasons": (MALFORMED, *_step("refused", evidence=[PAPER])),
    "step: excluded without reasons": (MALFORMED, *_step("excluded", party=AN_ID)),
    "step: excluded, nobody": (MALFORMED, *_step("excluded", reasons=ES)),
    "step: withdrawn, nobody": (MALFORMED, *_step("withdrawn")),
    "step: a party of 31 bytes": (MALFORMED, *_step("withdrawn", party=bytes(31))),
    "step: on a day and at a moment": (MALFORMED, *_step("signed", on="2025-01-01", at_ms=TIME_MIN_MS)),
    "step: on 29 February 2025": (MALFORMED, *_step("signed", on="2025-02-29")),
    "step: in the year 0": (MALFORMED, *_step("signed", on="0000-01-01")),
    "step: on a day with a line feed": (MALFORMED, *_step("signed", on="2025-01-01\n")),
    "step: before the first moment": (MALFORMED, *_step("signed", at_ms=TIME_MIN_MS - 1)),
    "step: after the last moment": (OVER, *_step("signed", at_ms=TIME_MAX_MS + 1)),
    "step: until the day before": (
        MALFORMED,
        *_step("suspended", on="2025-01-02", until="2025-01-01"),
    ),
    "step: renewed for nine years without reasons": (
        MALFORMED,
        *_step("renewed", on="2025-01-01", until="2034-01-01", evidence=[PAPER]),
    ),
    "step: an unknown outcome": (MALFORMED, *_step("evaluated", outcome="good")),
    "step: a source's word of 201 characters": (OVER, *_step("signed", said="x" * 201)),
    "step: a mandate that ends before its act": (
        MALFORMED,
        *_step("signed", authorised_by={"act": "x", "on": "2025-01-02", "mandate_end": "2025-01-01"}),
    ),
    "step: an authorisation without its act": (MALFORMED, *_step("signed", authorised_by={"office": "x"})),
    "step: a paper without title": (MALFORMED, *_step("signed", evidence=[{"held_by": "x"}])),
    "step: a digest of 31 bytes": (
        MALFORMED,
        *_step("signed", evidence=[{"title": "x", "sha256": bytes(31)}]),
    ),
    "step: a digest as text": (
        MALFORMED,
        *_step("signed", evidence=[{"title": "x", "sha256": "x" * 32}]),
    ),
    "step: nil for its papers": (MALFORMED, *_step("signed", evidence=None)),
    "step: 257 papers": (OVER, *_step("signed", evidence=[{"title": "x"}] * (LIST_LENGTH_MAX + 1))),
    "observation: without text": (MALFORMED, "observation", {"stance": "asks"}),
    "observation: an unknown stance": (MALFORMED, "observation", {"text": ES, "stance": "shrugs"}),
    "observation: text of 40,001 characters": (OVER, "observation", {"text": {"es": "x" * 40_001}}),
    "reply: an empty text": (MALFORMED, "reply", {"text": {"es": ""}}),
    "reply: an unknown outcome": (MALFORMED, "reply", {"text": ES, "outcome": "ignored"}),
    "support: without type": (MALFORMED, "support", MONEY),
    "support: an amount of no currency": (MALFORMED, "support", {"type": "x", "amount": 1}),
    "support: a currency of nothing": (MALFORMED, "support", {"type": "x", "currency": "EUR"}),
    "support: a currency in small letters": (MALFORMED, "support", {"type": "x", **MONEY, "currency": "eur"}),
    "support: less than nothing": (MALFORMED, "support", {"type": "x", **MONEY, "amount": -1}),
    "support: 101 percent": (OVER, "support", {"type": "x", "share_percent": 101}),
    "support: 51 percent of professional fees": (
        MALFORMED,
        "support",
        {"type": "reimbursement", "professional_fees": True, "share_percent": 51},
    ),
    "support: professional fees of an unknown share": (
        MALFORMED,
        "support",
        {"type": "reimbursement", "professional_fees": True},
    ),
    "support: nil for professional fees": (MALFORMED, "support", {"type": "x", "professional_fees": None}),
    "report: ends before it starts": (MALFORMED, "report", {"start": "2025-01-02", "end": "2025-01-01"}),
    "report: an indicator twice": (MALFORMED, "report", {"indicators": [INDICATOR, INDICATOR]}),
    "report: an indicator without value": (MALFORMED, "report", {"indicators": [{"name": ES}]}),
    "report: an indicator of ten decimals": (
        OVER,
        "report",
        {"indicators": [{"name": ES, "value": 1, "decimals": 10}]},
    ),
    "report: 257 indicators": (
        OVER,
        "report",
        {"indicators": [{"name": ES, "value": 1}] * (LIST_LENGTH_MAX + 1)},
    ),
    "dispute: without text": (MALFORMED, "dispute", {"committee": []}),
    "dispute: two named by the community": (
        MALFORMED,
        "dispute",
        {"text": ES, "committee": [member("community"), member("community")]},
    ),
    "dispute: agreed, and by a third party": (
        MALFORMED,
        "dispute",
        {"text": ES, "committee": [member("agreed"), member("third_party")]},
    ),
    "dispute: named by nobody known": (MALFORMED, "dispute", {"text": ES, "committee": [member("mayor")]}),
    "dispute: a committee of four": (
        OVER,
        "dispute",
        {
            "text": ES,
            "committee": [member(s) for s in ("community", "administration", "agreed", "third_party")],
        },
    ),
}
