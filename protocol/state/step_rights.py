"""Which steps of the procedure count: by whom, on what paper (docs/protocol.md §8.7; Reg. art. 5, 10–12, 33).

What somebody does themselves needs nothing more.  What another did is recorded with the paper that shows it,
or with the source that says so, and is shown as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.evidence import Act
from protocol.kinds.pact import Consent, Pact, longer_than_nine_years
from protocol.kinds.procedure import Dispute, Step
from protocol.state.effect import Effect, Judged
from protocol.state.pacts import PactState
from protocol.state.versions import Versions

DAY_MS = 24 * 60 * 60 * 1_000

ADMINISTRATION = "administration"

# Steps that are the administration's to take.
OFFICE_STEPS = frozenset(
    {
        *("received", "observations_opened", "evaluation_opened", "information_requested", "evaluated"),
        *("accepted", "refused", "shelved", "reopened", "published", "excluded"),
    }
)

# What only all parties do together: a paper shows that they did.
JOINT_STEPS = frozenset({"signed", "renewed"})

SETTLING_STEPS = frozenset({"settlement_proposed", "settled"})


@dataclass(frozen=True, slots=True)
class Company:
    """Who has a say in the course of a pact: the actors its texts name, with their sides; who reported it.

    `texts` are the versions agreed and what of the line they follow; with none agreed, the whole line.  What
    strangers write beside it gives them no say.
    """

    texts: frozenset[RecordId]
    sides: Mapping[ActorId, frozenset[str]]
    reporters: frozenset[ActorId]
    linked: Mapping[RecordId, frozenset[ActorId]]  # to each version, in force or not
    names_administration: bool

    def is_administration(self, actor: ActorId) -> bool:
        """Whether an actor is on the administration's side."""
        return ADMINISTRATION in self.sides.get(actor, ())


def company_of(pact: PactState | None, versions: Versions) -> Company:
    """Return who has a say in a pact; nobody while no text of it is held."""
    if pact is None:
        return Company(frozenset(), {}, frozenset(), {}, names_administration=False)
    agreed = set(pact.rivals) if pact.in_force is None else {pact.in_force}
    texts = agreed | (_ancestors(agreed, versions) & versions.line) if agreed else versions.line
    sides: dict[ActorId, frozenset[str]] = {}
    reporters, names_administration = set(), False
    for text in texts:
        version = versions.all[text]
        if not isinstance(version.content, Pact):
            sides |= {actor: sides.get(actor, frozenset()) for actor in version.linked}
            continue
        if version.content.reported is not None:
            reporters.add(version.author)
        for party in version.content.parties:
            side = frozenset() if party.side is None else frozenset({party.side})
            names_administration |= ADMINISTRATION in side
            if party.actor is not None:
                actor = ActorId(party.actor)
                sides[actor] = sides.get(actor, frozenset()) | side
    linked = {version.id: version.linked for version in versions.all.values()}
    return Company(frozenset(texts), sides, frozenset(reporters), linked, names_administration)


def _ancestors(agreed: set[RecordId], versions: Versions) -> set[RecordId]:
    found: set[RecordId] = set()
    waiting = list(agreed)
    while waiting:
        for parent in versions.all[waiting.pop()].parents:
            if parent in versions.all and parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def why_not(
    one: Judged, erased: frozenset[RecordId], company: Company, judged: Mapping[RecordId, Judged]
) -> str:
    """Return why a record about a pact does not count, empty where it does."""
    if one.effect is not Effect.EFFECTIVE:
        return str(one.effect)
    content, author = one.record.content, one.record.header.actor
    assert author is not None
    if content is None or one.record.id in erased:
        return "erased"
    if isinstance(content, Consent):
        return _not_answering(one, author, company)
    if not isinstance(content, Step):
        return ""
    sourced = content.source is not None
    if content.step in SETTLING_STEPS and author in _committee(one, erased, judged):
        return ""
    if author not in company.sides and not (sourced and author in company.reporters):
        return "not_a_party"
    if content.step == "renewed" and not sourced and _needs_reasons(content, one.record.header.time_ms):
        return "no_reasons"
    return "" if sourced or content.evidence else _not_its_own(content, author, company)


def _not_answering(consent: Judged, author: ActorId, company: Company) -> str:
    """Return why a consent or refusal does not count: it answers no text, or none that its author is in."""
    texts = consent.record.header.parents
    answered = [company.linked[text] for text in texts if text in company.linked]
    if not answered:
        return "no_text"
    return "" if any(author in linked for linked in answered) else "not_a_party"


def _not_its_own(step: Step, author: ActorId, company: Company) -> str:
    """Return why a step without paper or source is not for its author to take alone."""
    office = company.is_administration(author)
    if step.step in OFFICE_STEPS and company.names_administration and not office:
        return "not_the_administration"
    if step.step == "withdrawn" and step.party != author:
        return "not_that_party"
    if step.step in JOINT_STEPS and (step.step == "renewed" or step.party != author):
        return "no_paper"
    if step.step == "preexisting" and company.names_administration and not office:
        return "no_paper"
    if step.step == "ended" and not office:
        mine = company.sides[author]
        if any(mine & sides for actor, sides in company.sides.items() if actor != author):
            return "one_of_several"
    return ""


def _committee(
    one: Judged, erased: frozenset[RecordId], judged: Mapping[RecordId, Judged]
) -> frozenset[ActorId]:
    """Return the actors on the committees of the disputes that a settlement is about."""
    found: set[ActorId] = set()
    for parent in one.record.header.parents:
        dispute = judged.get(parent)
        if dispute is None or parent in erased or dispute.effect is not Effect.EFFECTIVE:
            continue
        if isinstance(dispute.record.content, Dispute):
            found |= {ActorId(m.actor) for m in dispute.record.content.committee if m.actor is not None}
    return frozenset(found)


def _needs_reasons(step: Step, time_ms: int) -> bool:
    start = day_of(act_moment_ms(step, time_ms))
    return step.until is not None and step.reasons is None and longer_than_nine_years(start, step.until)


def act_moment_ms(act: Act, time_ms: int) -> int:
    """Return when an act signed at `time_ms` took effect, in milliseconds since 1970 UTC."""
    if act.at_ms is not None:
        return act.at_ms
    return time_ms if act.on is None else day_start_ms(act.on)


def day_of(moment_ms: int) -> str:
    """Return the day (`YYYY-MM-DD`, UTC) of a moment: of the years 0001 to 9999, the nearest there is."""
    number = date(1970, 1, 1).toordinal() + moment_ms // DAY_MS
    return date.fromordinal(min(max(number, 1), date.max.toordinal())).isoformat()


def day_start_ms(day: str) -> int:
    """Return the first moment of a day, UTC; the year 0001 at the earliest."""
    return (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()) * DAY_MS
