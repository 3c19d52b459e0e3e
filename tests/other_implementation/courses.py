"""Where a pact stands at a moment, and how it came there: §8.7."""

import datetime
from dataclasses import dataclass, field, replace
from typing import Any

from .authority import Held, ancestors_in
from .kinds import SPOKEN, STEPS, nine_years
from .records import Record
from .things import Thing

DAY_MS = 86_400_000
EPOCH = datetime.date(1970, 1, 1)
RUNNING = ("in_force", "under_review", "suspended")
WHILE_RUNNING = ("review_opened", "suspended", "resumed", "renewed", "ended")
OFFICE = STEPS[:4] + STEPS[5:10] + ("published", "excluded")
STATUS = {
    "received": "proposed",
    "observations_opened": "under_observation",
    "evaluation_opened": "under_evaluation",
    "reopened": "under_evaluation",
    "information_requested": "awaiting_information",
    "information_given": "under_evaluation",
    **{word: word for word in ("evaluated", "accepted", "refused", "shelved", "suspended", "ended")},
    **dict.fromkeys(("signed", "preexisting", "resumed", "renewed"), "in_force"),
    "review_opened": "under_review",
}


def start_of(day: str) -> int:
    return (datetime.date.fromisoformat(day) - EPOCH).days * DAY_MS


def day_of(moment: int) -> str:
    return (EPOCH + datetime.timedelta(days=moment // DAY_MS)).isoformat()


def moment_of(r: Record, content: dict[str, Any] | None) -> int:
    """The moment of a record with that content."""
    if content is None:
        return r.time_ms
    if r.kind in SPOKEN:
        if content.get("at_ms") is not None:
            return int(content["at_ms"])
        return start_of(content["on"]) if content.get("on") else r.time_ms
    if r.kind == "pact" and content.get("reported"):
        try:
            return min(start_of(content["reported"]["as_of"]) + DAY_MS - 1, r.time_ms)
        except (KeyError, TypeError, ValueError):
            return r.time_ms
    return r.time_ms


@dataclass(slots=True)
class Entry:
    record: Record
    moment: int
    what: str
    why_not: str
    content: dict[str, Any]


@dataclass(slots=True)
class Stand:
    status: str
    since: int | None
    end: str | None = None
    said: str = ""
    ran: bool = False
    left: set[bytes] = field(default_factory=set)
    suspended_by: bytes | None = None


class ByMoment(Held):
    """Records by a moment, with the effects that all held records give them."""

    def __init__(self, records: list[Record], effects: dict[bytes, str]) -> None:
        super().__init__(records)
        self.effects = effects

    def effect(self, record: Record) -> str:
        return self.effects[record.id]


class Course:
    def __init__(self, held: Held, subject: bytes, moment: int) -> None:
        self.all = Thing(held, subject)
        self.moment, self.day = moment, day_of(moment)
        self._company()
        records = [r for r in self.all.about.values() if r.kind != "cosign" and self._moment(r) <= moment]
        self.timeline = sorted(
            (self._entry(r) for r in records), key=lambda e: (e.moment, e.record.time_ms, e.record.id)
        )
        self.steps = [e for e in self.timeline if e.record.kind == "step" and not e.why_not]
        self.then = Thing(ByMoment(records, self.all.effects), subject, "pact", self.all.erased)
        self.due: list[tuple[str, str, bytes | None, str | None, bool]] = []
        self.on_paper: dict[bytes, int] = {}
        if not records:
            self.status, self.since, self.said = "not_yet_recorded", None, ""
            return
        stand = self._stand()
        if stand.status == "reported" and self.terms["reported"]["status"] == "—":
            stand = Stand("not_yet_recorded", None)
        self.status, self.since, self.said = stand.status, stand.since, stand.said
        self._list_due(stand)

    def content(self, r: Record) -> dict[str, Any] | None:
        return None if r.id in self.all.erased else r.payload

    def _moment(self, r: Record) -> int:
        return moment_of(r, self.content(r))

    # --- who has a say, and what counts ---

    def _company(self) -> None:
        everything = self.all
        texts: set[bytes] = set()
        if everything.kind == "pact":
            agreed = {everything.in_force} if everything.in_force else set(everything.agreed_rivals)
            above = {a for i in agreed for a in ancestors_in(everything.versions, i)}
            texts = agreed | (above & everything.line) if agreed else set(everything.line)
        self.parties = {a for i in texts for a in everything.linked[i]}
        self.sides: dict[bytes, set[str]] = {a: set() for a in self.parties}
        self.reporters, self.names_administration = set(), False
        for i in texts:
            content = everything.content(i) or {}
            if content.get("reported"):
                self.reporters.add(everything.versions[i].actor)
            for party in content.get("parties", []):
                if side := party.get("side"):
                    self.names_administration |= side == "administration"
                    if party.get("actor"):
                        self.sides[party["actor"]].add(side)

    def _office(self, actor: bytes | None) -> bool:
        return "administration" in self.sides.get(actor or b"", ())

    def _entry(self, r: Record) -> Entry:
        content = self.content(r)
        what = r.kind
        if content is not None and r.kind in ("step", "consent"):
            what = content["step" if r.kind == "step" else "decision"]
        return Entry(r, self._moment(r), what, self._why_not(r, content), content or {})

    def _why_not(self, r: Record, content: dict[str, Any] | None) -> str:
        effect = self.all.effects[r.id]
        if effect != "effective":
            return effect
        if content is None:
            return "erased"
        if r.kind == "consent":
            pact = self.all.kind == "pact"
            answered = [self.all.linked[p] for p in r.parents if pact and p in self.all.versions]
            if not answered:
                return "no_text"
            return "" if any(r.actor in linked for linked in answered) else "not_a_party"
        if r.kind != "step":
            return ""
        word, source = content["step"], content.get("source")
        if word in ("settlement_proposed", "settled") and r.actor in self._committee(r):
            return ""
        if r.actor not in self.parties and not (source and r.actor in self.reporters):
            return "not_a_party"
        until = content.get("until") if not content.get("reasons") else None
        if word == "renewed" and until and not source and nine_years(day_of(self._moment(r)), until):
            return "no_reasons"
        if source or content.get("evidence"):
            return ""
        office, itself = self._office(r.actor), content.get("party") == r.actor
        if word in OFFICE and self.names_administration and not office:
            return "not_the_administration"
        if word == "withdrawn" and not itself:
            return "not_that_party"
        if word == "renewed" or (word == "signed" and not itself):
            return "no_paper"
        if word == "preexisting" and self.names_administration and not office:
            return "no_paper"
        several = any(self.sides[a] & self.sides[r.actor] for a in self.parties - {r.actor})
        return "one_of_several" if word == "ended" and not office and several else ""

    def _committee(self, r: Record) -> set[bytes]:
        disputes = [self.all.about[p] for p in r.parents if p in self.all.about]
        return {
            member["actor"]
            for d in disputes
            if d.kind == "dispute" and self.all.effects[d.id] == "effective"
            for member in (self.content(d) or {}).get("committee", [])
            if member.get("actor")
        }

    # --- the walk ---

    def _stand(self) -> Stand:
        then = self.then
        if then.agreed_rivals:
            self.head: bytes | None = None
            self.terms: dict[str, Any] = {}
            return Stand("contested", None)
        heads = [i for i in then.heads if i in self.all.line and then.content(i) is not None]
        self.head = then.in_force or next(iter(heads), None)
        self.terms = (then.content(self.head) if self.head else None) or {}
        end = (self.terms.get("term") or {}).get("end")
        if then.in_force:
            stand = Stand("in_force", then.in_force_since_ms, end, ran=True)
            since, parties = then.in_force_since_ms or 0, then.linked[then.in_force]
            for entry in self.steps:
                same_day = entry.content.get("on") == day_of(since)
                if (entry.moment >= since or same_day) and entry.record.actor in parties:
                    entry = replace(entry, moment=max(entry.moment, since))
                    self._take(stand, entry, True)
            return self._calendar(stand)
        told = then.unsigned_status(self.head)
        stand = Stand(told, None, end)
        answers = then.party_answers(self.head) if self.head else []
        whole = self._signed_by_all(answers)
        for entry in self.steps:
            if whole is not None and entry.moment > whole:
                self._all_signed(stand, whole)
                whole = None
            self._take(stand, entry, False)
        if whole is not None:
            self._all_signed(stand, whole)
        answered = max((a.time_ms for _, a in answers if a.time_ms is not None), default=None)
        if stand.since is not None:
            kept = (*RUNNING, "ended", "refused", "shelved", "reported_otherwise")
            says_more = told in ("declined", "ended") or (
                told == "partly_signed" and stand.status not in kept
            )
            if answered is None or stand.since >= answered or not says_more:
                return self._calendar(stand)
            if told == "declined" and stand.status in RUNNING:
                told = "ended"
            began = None
        else:
            began = min((then.versions[i].time_ms for i in self.all.line & set(then.versions)), default=None)
        return Stand(told, began if answered is None else answered, stand.end, "", stand.ran)

    def _signed_by_all(self, answers: list[Any]) -> int | None:
        for entry in reversed(self.steps):
            if entry.what == "signed" and entry.content.get("party"):
                self.on_paper[entry.content["party"]] = entry.moment
        moments = []
        for actor, answer in answers:
            if answer.says == "consent":
                moments.append(answer.time_ms)
            elif actor in self.on_paper:
                moments.append(self.on_paper[actor])
            else:
                return None
        return max(moments) if moments and self.on_paper else None

    @staticmethod
    def _all_signed(stand: Stand, moment: int) -> None:
        stand.status, stand.since, stand.said, stand.ran = "in_force", moment, "", True

    def _take(self, stand: Stand, entry: Entry, in_force: bool) -> None:
        word, content = entry.what, entry.content
        if entry.record.actor in stand.left:
            return
        if word in ("withdrawn", "excluded"):
            if content.get("party"):
                stand.left.add(content["party"])
                if stand.status not in ("ended", "refused", "shelved") and self._over(stand.left):
                    stand.status, stand.since, stand.said = "ended", entry.moment, content.get("said") or ""
            return
        source = content.get("source")
        if word not in STATUS and (not source or word in STEPS):
            return
        if in_force and word not in WHILE_RUNNING:
            return
        if not source and not self._may(stand, entry):
            return
        if word == "signed" and content.get("party"):
            if stand.status not in RUNNING:
                stand.status, stand.since = "partly_signed", entry.moment
            return
        stand.status, stand.since = STATUS.get(word, "reported_otherwise"), entry.moment
        stand.said = content.get("said") or ("" if word in STATUS else word)
        stand.ran = stand.ran or stand.status in RUNNING
        if word == "renewed":
            stand.end = content.get("until")
        if word == "suspended":
            stand.suspended_by = entry.record.actor

    def _may(self, stand: Stand, entry: Entry) -> bool:
        word, actor = entry.what, entry.record.actor
        running = stand.status in RUNNING
        if running and word not in WHILE_RUNNING:
            return False
        if word == "resumed":
            theirs = actor == stand.suspended_by or self._office(actor) or bool(entry.content.get("evidence"))
            return stand.status == "suspended" and theirs
        if word in ("suspended", "review_opened"):
            return running
        if word == "information_given":
            return stand.status == "awaiting_information"
        return word != "ended" or stand.status != "ended"

    def _over(self, left: set[bytes]) -> bool:
        parties = self.terms.get("parties", [])
        stay = [p for p in parties if p.get("actor") not in left]
        if stay == parties:
            return False
        return len(stay) < 2 or {p.get("side") for p in stay} < {p.get("side") for p in parties}

    def _calendar(self, stand: Stand) -> Stand:
        ending, start = self.terms.get("ending"), (self.terms.get("term") or {}).get("start")
        since = stand.since or 0
        if self.then.in_force and stand.status in RUNNING and ending and ending["on"] <= self.day:
            stand.status, stand.since = "ended", start_of(ending["on"])
        elif stand.status == "in_force" and stand.end and stand.end < self.day:
            stand.status, stand.since = "expired", max(since, start_of(stand.end) + DAY_MS)
        elif stand.status == "in_force" and start:
            if self.day < start:
                stand.status = "not_yet_started"
            else:
                stand.since = max(since, start_of(start))
        return stand

    # --- what is due ---

    def _last(self, word: str) -> str | None:
        return next((e.content.get("until") for e in reversed(self.steps) if e.what == word), None)

    def _add(self, what: str, by: str, until: str | None = None, actor: bytes | None = None) -> None:
        self.due.append((what, by, actor, until, until is not None and until < self.day))

    def _list_due(self, stand: Stand) -> None:
        office = "administration"
        match stand.status:
            case "proposed":
                self._add("evaluation", office)
            case "under_observation":
                until = self._last("observations_opened")
                if until is not None and until < self.day:
                    self._add("evaluation", office)
                else:
                    self._add("observations", "anyone", until)
            case "under_evaluation":
                self._add("decision", office, self._last("evaluation_opened"))
            case "awaiting_information":
                self._add("information", "community", self._last("information_requested"))
            case "evaluated":
                self._add("decision", office)
            case "accepted" | "partly_signed" if self.head:
                for actor, answer in self.then.party_answers(self.head):
                    if answer.says in ("none", "awaiting", "unclear") and actor not in self.on_paper:
                        self._add("consent", "parties", None, actor)
            case "in_force" | "not_yet_started" | "under_review" | "suspended" | "expired" | "ended":
                if stand.ran and self.terms:
                    self._due_after_signing(stand)
        settled = {
            p for e in self.steps if e.what in ("settlement_proposed", "settled") for p in e.record.parents
        }
        for entry in self.timeline:
            if entry.record.kind == "dispute" and not entry.why_not and entry.record.id not in settled:
                self._add("settlement", "committee", day_of(entry.moment + 30 * DAY_MS))

    def _due_after_signing(self, stand: Stand) -> None:
        ended = stand.status == "ended"
        if not ended and not any(e.what == "published" for e in self.steps):
            self._add("publication", "administration")
        reports = (e for e in self.timeline if e.record.kind == "report" and not e.why_not)
        reported = any(e.record.actor in self.parties for e in reports)
        if stand.status in ("expired", "ended", "under_review") and not reported:
            self._add("report", "parties", stand.end)
        if not ended and stand.end:
            self._add("renewal_or_end", "parties", stand.end)
