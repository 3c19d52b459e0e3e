"""What is checked of a content beyond the types of its fields: said in the schema where a schema can say it,
in words where none can (docs/protocol.md §6, `protocol.kinds`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from protocol.kinds import KINDS
from protocol.kinds.commons import REFUSED_FIELDS
from protocol.kinds.evidence import Act
from protocol.kinds.privacy import COARSE
from protocol.kinds.procedure import PARTY_STEPS, PROFESSIONAL_SHARE_MAX_PERCENT, REASONED_STEPS

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words, and as a schema where there is one."""

    words: str
    schema: Schema | None = None


def rules_of(kind: str) -> tuple[list[Schema], list[str]]:
    """Return the rules of a kind as schemas, each with its words, and the words of those that are none."""
    said: list[Schema] = []
    unsaid: list[str] = []
    for rule in _all_rules(kind):
        if rule.schema is None:
            unsaid.append(rule.words)
        else:
            said.append({"description": rule.words, **rule.schema})
    return said, unsaid


def _all_rules(kind: str) -> Iterator[Rule]:
    content_type = KINDS[kind].content_type
    fields = content_type.__struct_fields__
    if issubclass(content_type, Act):
        yield from _OF_ACTS
    if "sensitivity" in fields:
        yield from _OF_SENSITIVE
    yield from _OF_KINDS.get(kind, ())


def _there(*names: str) -> Schema:
    """A schema for: all of these are there, and not nil."""
    return {"required": list(names), "properties": {name: {"not": {"type": "null"}} for name in names}}


def _none(*names: str) -> Schema:
    """A schema for: none of these is there."""
    return {"properties": {name: {"type": "null"} for name in names}}


def _is(name: str, *values: Any) -> Schema:
    return {"required": [name], "properties": {name: {"enum": list(values)}}}


def _if(condition: Schema, then: Schema, otherwise: Schema | None = None) -> Schema:
    return {"if": condition, "then": then} | ({} if otherwise is None else {"else": otherwise})


def _each(name: str, schema: Schema) -> Schema:
    return {"properties": {name: {"items": schema}}}


_NAMED = {"anyOf": [_there("subject"), _there("name")]}
_WITH_SOURCE = _there("source")
_ON_PAPER = {"anyOf": [_WITH_SOURCE, {"required": ["evidence"], "properties": {"evidence": {"minItems": 1}}}]}

_OF_ACTS = (
    Rule("An act took effect on a day or at a moment, not both.", {"not": _there("on", "at_ms")}),
    Rule("Days are days of the calendar, and no mandate ends before the act that gives it."),
)

_OF_SENSITIVE = (
    Rule(
        "A sealed place names what was sealed, and no other does.",
        _if(_is("sensitivity", "sealed"), _there("sealed"), _none("sealed")),
    ),
    Rule(
        "A place that is withheld carries no geometry.",
        _if(_is("sensitivity", "withheld"), _none("geometry")),
    ),
    Rule(
        "A place that is made coarse states its uncertainty.",
        _if(
            {"allOf": [_is("sensitivity", *sorted(COARSE)), _there("geometry")]},
            _there("uncertainty_m"),
        ),
    ),
    Rule("The coordinates of a place that is made coarse are whole multiples of 0.001 degrees."),
)

_OF_KINDS: dict[str, tuple[Rule, ...]] = {
    "actor": (
        Rule("No key is listed twice, and the threshold is at most the number of keys; so for recovery."),
        Rule("No operational key is one of the recovery keys."),
        Rule("What is upheld is said once of each key, and of none that is kept."),
        Rule(
            "Of a key everything is upheld, or a list of records.",
            _each("upholds", _if(_is("everything", True), {"properties": {"records": {"maxItems": 0}}})),
        ),
    ),
    "commons": (
        Rule(
            "A commons cannot be sold or transferred: it has no owner and no price.",
            {"properties": dict.fromkeys(REFUSED_FIELDS, False)},
        ),
        Rule("No actor is a steward twice."),
    ),
    "alert": (Rule("A commons is named by its id or its name.", _each("commons", _NAMED)),),
    "pact": (
        Rule(
            "A pact has two parties at least, unless a source reports it.",
            {"anyOf": [_there("reported"), {"properties": {"parties": {"minItems": 2}}}]},
        ),
        Rule("A commons is named by its id or its name.", _each("commons", _NAMED)),
        Rule("No actor is a party twice."),
        Rule(
            "Days are days of the calendar; the term does not end before it starts, and gives reasons where "
            "it is longer than nine years (Reg. art. 17.3)."
        ),
    ),
    "consent": (
        Rule(
            "A refusal carries no proof: elsewhere it would be shown as a consent.",
            _if(_is("decision", "decline"), _none("proof")),
        ),
        Rule("Days are days of the calendar."),
    ),
    "cosign": (Rule("The day of a proof is a day of the calendar."),),
    "call": (Rule("Days are days of the calendar; a call does not close before it opens."),),
    "step": (
        Rule(
            "Who says no to somebody says why, unless a source reports it (Reg. art. 11.8).",
            _if(_is("step", *sorted(REASONED_STEPS)), {"anyOf": [_there("reasons"), _WITH_SOURCE]}),
        ),
        Rule(
            "A step by which a party leaves names it, unless it is on paper or reported.",
            _if(_is("step", *sorted(PARTY_STEPS)), {"anyOf": [_there("party"), _ON_PAPER]}),
        ),
        Rule(
            "`until` is not before `on`; a renewal for more than nine years gives reasons, unless a source "
            "reports it (Reg. art. 17.3)."
        ),
    ),
    "support": (
        Rule(
            "An amount has a currency, and a currency an amount.",
            {"anyOf": [_there("amount", "currency"), _none("amount", "currency")]},
        ),
        Rule(
            "Of professional fees at most half is paid, and what share is said (Reg. art. 24).",
            _if(
                _is("professional_fees", True),
                {
                    "required": ["share_percent"],
                    "properties": {
                        "share_percent": {"type": "integer", "maximum": PROFESSIONAL_SHARE_MAX_PERCENT}
                    },
                },
            ),
        ),
        Rule("`until` is not before `on`."),
    ),
    "report": (Rule("The period does not end before it starts, and no two indicators have one code."),),
    "dispute": (
        Rule(
            "Nobody names two members of the committee; with a third party, nobody is agreed (Reg. art. 33).",
            {
                "properties": {
                    "committee": {
                        "allOf": [
                            {"contains": side, "minContains": 0, "maxContains": 1}
                            for side in (
                                _is("named_by", "community"),
                                _is("named_by", "administration"),
                                _is("named_by", "agreed", "third_party"),
                            )
                        ]
                    }
                }
            },
        ),
    ),
    "motion": (
        Rule("Days are days of the calendar; the vote does not close before it opens."),
        Rule("No voter is on the roll twice, and the quorum is at most the number of voters."),
    ),
    "ballot": (Rule("A ballot is cast when it is signed.", _none("on", "at_ms")),),
    "body": (Rule("Days are days of the calendar, and no mandate ends before it begins."),),
    "challenge": (
        Rule(
            "A challenge says what is wrong, unless it is taken back.",
            {"anyOf": [_there("text"), _is("withdrawn", True)]},
        ),
        Rule("`until` is not before `on`."),
    ),
    "endorsement": (
        Rule("A place that somebody speaks for is named by its id or its name.", _each("speaks_for", _NAMED)),
        Rule("`until` is not before `on`."),
    ),
    "seal": (
        Rule("No key of an actor is a recipient twice."),
        Rule("A sealed content holds something beside the tag of 16 bytes at its end."),
    ),
}
