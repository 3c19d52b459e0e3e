"""Kinds of the procedure around a pact (docs/protocol.md §6.8; Reg. art. 10–12, 16, 20–30, 33).

    call                        what an administration offers: a call, an available asset, a module
    step                        an act that moves a pact, or says where it stands
    observation, reply          what anybody says of a record, and what is answered
    support, report             what a pact is given, and what came of it
    dispute                     a conflict, and the three who conciliate

Every field that the regulation does not require may be left out (informality, art. 3).
"""

from typing import Annotated, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.evidence import Act, check_act, check_days
from protocol.kinds.pact import Clauses, PactCommons, longer_than_nine_years
from protocol.kinds.text import Date, Identifier, Names, Part, Party, Salt, Short, Slug, Source, Texts
from protocol.limits import INTEGER_MAX, LIST_LENGTH_MAX

Few = Meta(max_length=LIST_LENGTH_MAX)

# The steps that this version gives a meaning to (`protocol.state.course`); another word is kept and shown.
STEPS = (
    "received",  # 10: a proposal has come in
    "observations_opened",  # 11.5: published for observations, `until` a day
    "evaluation_opened",  # 11.6: the office examines it
    "information_requested",  # something is asked of the proposers, `until` a day
    "information_given",
    "evaluated",  # 11.6: the technical evaluation, with its `outcome`
    "accepted",  # 11.7
    "refused",  # 11.8: with reasons
    "shelved",  # filed away undecided, with reasons where there are any
    "reopened",
    "signed",  # 11.10: on paper, by all parties or by `party`
    "published",  # 11.11
    "review_opened",  # 30, 17.3: results are evaluated, an extension considered
    "suspended",
    "resumed",
    "withdrawn",  # `party` leaves
    "excluded",  # `party` is excluded, with reasons
    "renewed",  # `until` a day
    "ended",  # with what follows from it, in `text`
    "preexisting",  # 36: a collaboration that was there before the regulation
    "settlement_proposed",  # 33: by the committee of a dispute
    "settled",
)

# Reg. art. 11.8 and the sanctions of 5.2 i: who says no to somebody says why.
REASONED_STEPS = frozenset({"refused", "excluded"})
PARTY_STEPS = frozenset({"withdrawn", "excluded"})

# Reg. art. 20–27.
SUPPORTS = (
    "fee_relief",
    "tax_relief",
    "use_of_spaces",
    "loan_of_tools",
    "protective_equipment",
    "materials",
    "design_help",
    "reimbursement",
    "self_financing",
    "recognition",
    "easing",
    "training",
    "insurance",
)

# ISO 4217.
CURRENCY = r"^[A-Z]{3}\Z"

# Reg. art. 24: of what professionals are paid, no more than half.
PROFESSIONAL_SHARE_MAX_PERCENT = 50

# A committee of three (Reg. art. 33.1).
COMMITTEE_MAX = 3

# Numbers are integers with a decimal exponent: 12.5 is 125 with one decimal.
DECIMALS_MAX = 9


class Call(Part, frozen=True, omit_defaults=True):
    """One version of what an administration offers: a call, an asset, a module for frequent cases."""

    type: Literal["call", "asset", "module"]
    title: Names
    licence: Short
    text: Texts | None = None
    organiser: Party | None = None
    commons: Annotated[list[PactCommons], Few] = []
    clauses: Clauses = Clauses()
    opens: Date | None = None
    closes: Date | None = None
    source: Source | None = None
    salt: Salt | None = None


class Step(Act, frozen=True, omit_defaults=True, kw_only=True):
    """An act that moves a pact."""

    step: Slug
    until: Date | None = None
    outcome: Literal["favourable", "conditional", "unfavourable"] | None = None
    text: Texts | None = None
    reasons: Texts | None = None
    party: Identifier | None = None
    said: Short | None = None  # the source's own word for it


class Observation(Act, frozen=True, omit_defaults=True, kw_only=True):
    """What anybody has to say of a proposal, or of any record (Reg. art. 11.5)."""

    text: Texts
    stance: Literal["supports", "opposes", "asks", "suggests"] | None = None


class Reply(Act, frozen=True, omit_defaults=True, kw_only=True):
    """What is answered to observations, challenges and alerts."""

    text: Texts
    outcome: Literal["taken_up", "taken_up_in_part", "not_taken_up", "noted"] | None = None


class Support(Act, frozen=True, omit_defaults=True, kw_only=True):
    """What a pact is given: in money, in kind or in easings (Reg. art. 20–27)."""

    type: Slug
    text: Texts | None = None
    amount: Annotated[int, Meta(ge=0, le=INTEGER_MAX)] | None = None  # in hundredths of the currency
    currency: Annotated[str, Meta(pattern=CURRENCY)] | None = None
    share_percent: Annotated[int, Meta(ge=0, le=100)] | None = None  # of what it cost
    professional_fees: bool = False
    conditions: Texts | None = None
    until: Date | None = None


class Indicator(Part, frozen=True, omit_defaults=True):
    """A figure that compares over time and between pacts: `value` × 10^−`decimals`, in `unit`."""

    name: Names
    value: Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    code: Slug | None = None  # the same in every report
    decimals: Annotated[int, Meta(ge=0, le=DECIMALS_MAX)] = 0
    unit: Short | None = None  # UCUM, or the local word
    target: Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)] | None = None


class Report(Act, frozen=True, omit_defaults=True, kw_only=True):
    """What came of a pact in a period (Reg. art. 30): open books."""

    start: Date | None = None
    end: Date | None = None
    objectives: Texts | None = None
    actions: Texts | None = None
    results: Texts | None = None
    resources: Texts | None = None
    indicators: Annotated[list[Indicator], Few] = []


class Member(Part, frozen=True, omit_defaults=True):
    """Who sits on a committee, and who named them."""

    name: Names
    named_by: Literal["community", "administration", "agreed", "third_party"]
    actor: Identifier | None = None


class Dispute(Act, frozen=True, omit_defaults=True, kw_only=True):
    """A conflict about a pact, and the committee that proposes a settlement in thirty days (Reg. art. 33)."""

    text: Texts
    committee: Annotated[list[Member], Meta(max_length=COMMITTEE_MAX)] = []


def check_call(content: Call) -> None:
    """Check a call's days.  Raises `Malformed`."""
    check_days(content.opens, content.closes)


def check_step(content: Step) -> None:
    """Check that a step says what its word needs.  Raises `Malformed`."""
    check_act(content)
    check_days(content.on, content.until)
    # Who only passes on what an archive says passes on what is there.
    if content.step in REASONED_STEPS and content.reasons is None and content.source is None:
        raise Malformed(f"{content.step} needs its reasons (Reg. art. 11.8)")
    on_paper = bool(content.evidence) or content.source is not None
    if content.step in PARTY_STEPS and content.party is None and not on_paper:
        raise Malformed(f"{content.step} names the party")
    if content.step == "renewed" and content.on is not None and content.until is not None:
        reasoned = content.reasons is not None or content.source is not None
        if not reasoned and longer_than_nine_years(content.on, content.until):
            raise Malformed("a renewal for more than nine years needs reasons (Reg. art. 17.3)")


def check_support(content: Support) -> None:
    """Check amounts and shares.  Raises `Malformed`."""
    check_act(content)
    check_days(content.on, content.until)
    if (content.amount is None) != (content.currency is None):
        raise Malformed("an amount has a currency, and a currency an amount")
    if content.professional_fees:
        if content.share_percent is None:
            raise Malformed("support for professional fees says what share of them it pays (Reg. art. 24)")
        if content.share_percent > PROFESSIONAL_SHARE_MAX_PERCENT:
            raise Malformed("of professional fees at most half is paid (Reg. art. 24)")


def check_report(content: Report) -> None:
    """Check a report's period and figures.  Raises `Malformed`."""
    check_act(content)
    check_days(content.start, content.end)
    codes = [indicator.code for indicator in content.indicators if indicator.code is not None]
    if len(set(codes)) != len(codes):
        raise Malformed("a report gives one indicator twice")


def check_dispute(content: Dispute) -> None:
    """Check who sits on the committee.  Raises `Malformed`."""
    check_act(content)
    sides = [member.named_by for member in content.committee]
    if len(set(sides)) != len(sides):
        raise Malformed("a committee has one member of each side and one agreed (Reg. art. 33)")
    if {"agreed", "third_party"} <= set(sides):
        raise Malformed("in a dispute with a third party, the third party names the third member (art. 33.1)")
