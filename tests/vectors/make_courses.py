"""Make `courses.json`: sets of records about pacts, with where each stands at several moments.

    python -m tests.vectors.make_courses

writes the file anew; a test holds the committed file equal to what this makes.  `README.md` beside it says
how to read it.  The records of a case are in no particular order: they have none.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from protocol.identifiers import RecordId, SubjectId
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.course import DAY_MS, Course, course, day_of
from tests.protocol.people import T0, Held, Person, key, pact, party

FILE = Path(__file__).with_name("courses.json")
DAY0 = T0 - T0 % DAY_MS
NOW_MS = DAY0 + 1_000 * DAY_MS

TOWN = Person("Municipio", [key("vector town 1"), key("vector town 2")], 2)
PEOPLE = Person("Comuna", [key("vector people")])
OTHERS = Person("Vecina", [key("vector others")])
STRANGER = Person("Nadie", [key("vector nobody")])
ARCHIVE = Person("Archivo", [key("vector archive")])
EVERYBODY = [record for p in (TOWN, PEOPLE, OTHERS, STRANGER, ARCHIVE) for record in p.records]

ES = {"es": "texto"}
PAPER = {"evidence": [{"title": "Acta 12", "held_by": "Secretaría"}]}
SOURCE = {"source": {"name": "Registro"}}


def on(days: int) -> str:
    return day_of(DAY0 + days * DAY_MS)


def moment(days: float) -> int:
    return DAY0 + int(days * DAY_MS)


class Story:
    """A pact proposed by the community on day 0, and what was signed about it, each on its day."""

    def __init__(self, name: str, author: Person = PEOPLE, **more: Any) -> None:
        self.name = name
        parties = [party(TOWN, side="administration"), party(PEOPLE, side="community")]
        self.records: list[VerifiedRecord] = []
        payload = pact(**{"parties": parties} | more)
        self.first = self.take(author.sign("pact", payload, time_ms=DAY0))

    def take(self, records: list[VerifiedRecord]) -> RecordId:
        self.records += records
        return records[0].id

    def act(
        self, who: Person, kind: str, day: float, payload: dict[str, Any], *about: RecordId, **more: Any
    ) -> RecordId:
        parents = about or (self.first,)
        return self.take(
            who.sign(
                kind,
                payload,
                subject=SubjectId(self.first),
                parents=parents,
                time_ms=moment(day),
                **more,
            )
        )

    def step(self, who: Person, word: str, day: float, **more: Any) -> RecordId:
        return self.act(who, "step", day, {"step": word, **more})

    def consent(self, who: Person, day: float, decision: str = "consent") -> RecordId:
        return self.act(who, "consent", day, {"decision": decision})

    def signed(self, day: float) -> "Story":
        self.consent(TOWN, day)
        self.consent(PEOPLE, day)
        return self

    def case(self, *days: float, without: Iterable[RecordId] = ()) -> dict[str, Any]:
        """The case of the file: the records, and the course on these days."""
        held = Held(EVERYBODY, (r for r in self.records if r.id not in set(without)))
        thing = held.thing(self.first)
        return {
            "name": self.name,
            "subject": self.first.hex(),
            "courses": [course_form(course(thing, moment(day)), moment(day)) for day in days],
            "records": [r.envelope.hex() for r in sorted(held.records.values(), key=lambda r: r.id)],
        }


def course_form(found: Course, moment_ms: int) -> dict[str, Any]:
    return {
        "moment_ms": moment_ms,
        "status": found.status,
        "since_ms": found.since_ms,
        "said": found.said,
        "timeline": [[e.record.hex(), e.what, e.moment_ms, e.why_not] for e in found.timeline],
        "due": [[d.what, d.by, d.actor and d.actor.hex(), d.until, d.overdue] for d in found.due],
    }


def _procedure() -> list[dict[str, Any]]:
    whole = Story("the whole procedure", term={"start": on(40), "end": on(400)})
    whole.step(TOWN, "received", 1)
    whole.step(TOWN, "observations_opened", 2, until=on(17))
    whole.act(STRANGER, "observation", 5, {"text": ES, "stance": "asks"})
    whole.step(TOWN, "evaluation_opened", 18, until=on(25))
    whole.step(TOWN, "information_requested", 20, until=on(24))
    whole.step(PEOPLE, "information_given", 22)
    whole.step(TOWN, "evaluated", 23, outcome="favourable")
    whole.step(TOWN, "accepted", 26)
    whole.consent(PEOPLE, 28)
    whole.consent(TOWN, 30)
    whole.step(TOWN, "published", 31)
    whole.step(TOWN, "suspended", 100)
    whole.step(TOWN, "resumed", 110)
    whole.step(TOWN, "review_opened", 390)
    whole.act(PEOPLE, "report", 395, {"results": ES})
    whole.step(TOWN, "ended", 399)
    days = (-1, 0, 1, 2, 17.5, 18, 20, 21, 22, 23, 26, 28, 30, 31, 40, 100, 110, 390, 395, 399)
    refused = Story("refused, and information given after it")
    refused.step(TOWN, "refused", 1, reasons=ES)
    refused.step(PEOPLE, "information_given", 2)
    refused.step(TOWN, "reopened", 3)
    overdue = Story("terms that pass")
    overdue.step(TOWN, "observations_opened", 2, until=on(17))
    overdue.step(TOWN, "information_requested", 20, until=on(24))
    return [
        whole.case(*days),
        refused.case(1, 2, 3),
        overdue.case(17, 18, 24.99, 25),
    ]


def _say() -> list[dict[str, Any]]:
    stranger = Story("steps by a stranger")
    for word in ("accepted", "signed", "ended", "withdrawn"):
        stranger.step(STRANGER, word, 1, **PAPER, party=STRANGER.id)
    stranger.step(STRANGER, "ended", 2, **SOURCE)
    answers = Story("consents by a stranger, and to a text that nobody has")
    answers.act(STRANGER, "consent", 1, {"decision": "consent"})
    answers.act(PEOPLE, "consent", 2, {"decision": "consent"}, RecordId(bytes(32)))
    beside = Story("a stranger's version names the stranger as administration")
    parties = [party(STRANGER, side="administration"), party(PEOPLE, side="community")]
    beside.act(STRANGER, "pact", 1, pact(parties=parties))
    beside.act(STRANGER, "pact", 1, pact(parties=parties, reported={"status": "x", **SOURCE}))
    beside.step(STRANGER, "accepted", 2)
    beside.step(STRANGER, "signed", 3, **SOURCE)
    community = Story("what the community cannot do alone")
    community.step(PEOPLE, "accepted", 1)
    community.step(PEOPLE, "signed", 2)
    community.step(PEOPLE, "preexisting", 3)
    community.step(PEOPLE, "renewed", 4, until=on(90))
    community.step(PEOPLE, "withdrawn", 5, party=TOWN.id)
    unsided = Story("nobody is called an administration", parties=[party(TOWN), party(PEOPLE)])
    unsided.step(PEOPLE, "accepted", 1)
    unsided.step(PEOPLE, "preexisting", 2)
    few = Story("a step with fewer signatures than its author needs")
    few.act(TOWN, "step", 1, {"step": "accepted"}, signers=TOWN.keys[:1])
    three = [*parties[1:], party(TOWN, side="administration"), party(OTHERS, side="community")]
    several = Story("one of several communities", parties=three).signed(1)
    several.consent(OTHERS, 1)
    several.step(OTHERS, "ended", 2)
    several.step(OTHERS, "withdrawn", 3, party=OTHERS.id)
    several.step(TOWN, "excluded", 4, party=PEOPLE.id, reasons=ES)
    left = Story("who was excluded moves nothing more", parties=three).signed(1)
    left.consent(OTHERS, 1)
    left.step(TOWN, "excluded", 2, party=PEOPLE.id, reasons=ES)
    left.step(PEOPLE, "suspended", 3)
    alone = Story("a community withdraws its proposal")
    alone.step(TOWN, "accepted", 1)
    alone.step(PEOPLE, "withdrawn", 2, party=PEOPLE.id)
    amended = Story("an amendment that not all agreed to names another administration").signed(1)
    amended.act(PEOPLE, "pact", 2, pact(parties=parties))
    amended.step(STRANGER, "suspended", 3)
    resumed = Story("who resumes").signed(1)
    resumed.step(PEOPLE, "resumed", 2)
    resumed.step(TOWN, "suspended", 3)
    resumed.step(PEOPLE, "resumed", 4)
    resumed.step(PEOPLE, "resumed", 5, **PAPER)
    resumed.step(PEOPLE, "suspended", 6)
    resumed.step(PEOPLE, "resumed", 7)
    return [
        stranger.case(2),
        answers.case(1, 2),
        beside.case(2, 3),
        community.case(5),
        unsided.case(1, 2),
        few.case(1),
        several.case(2, 3, 4),
        left.case(2, 3),
        alone.case(1, 2),
        amended.case(2, 3),
        resumed.case(2, 3, 4, 5, 6, 7),
    ]


def _paper() -> list[dict[str, Any]]:
    paper = Story("signed on paper, recorded later", term={"start": on(0), "end": on(400)})
    paper.step(PEOPLE, "accepted", 80, on=on(9), **PAPER)
    paper.step(TOWN, "signed", 90, on=on(10), **PAPER)
    paper.step(TOWN, "refused", 91, reasons=ES)
    paper.step(TOWN, "renewed", 402, until=on(500), **PAPER)
    mixed = Story("one party signs on paper, the other here")
    mixed.step(TOWN, "signed", 5, on=on(3), party=TOWN.id)
    mixed.consent(PEOPLE, 6)
    mixed.step(TOWN, "published", 7)
    both = Story("signed on paper by all, then here by one, then declined")
    both.step(TOWN, "signed", 3, on=on(3), **PAPER)
    both.consent(PEOPLE, 6)
    both.consent(TOWN, 7, "decline")
    turned = Story("refused, then signed by the community")
    turned.step(TOWN, "refused", 3, reasons=ES)
    turned.consent(PEOPLE, 6)
    same_day = Story("a step of the day of the signatures").signed(5.6)
    same_day.step(TOWN, "suspended", 5.7, on=on(5))
    same_day.step(PEOPLE, "ended", 5.8, at_ms=moment(5.3))
    nine = Story("renewed for nine years", term={"end": on(400)}).signed(1)
    nine.step(TOWN, "renewed", 2, until=day_after_years(2, 9), **PAPER)
    nine.step(TOWN, "renewed", 3, until=day_after_years(3, 9, -1), **PAPER)
    named = Story(
        "the administration has no keys", parties=[{"name": ES, "side": "administration"}, party(PEOPLE)]
    )
    named.step(PEOPLE, "accepted", 1)
    named.step(PEOPLE, "accepted", 2, **PAPER)
    named.step(PEOPLE, "signed", 3, party=PEOPLE.id)
    named.step(PEOPLE, "signed", 4, **PAPER)
    before = Story("a collaboration that was there before, recorded later")
    before.step(TOWN, "preexisting", 5, on=on(-300))
    return [
        paper.case(8, 9.5, 10, 91, 400, 401, 402, 500, 501),
        mixed.case(2, 3, 5, 6, 7),
        both.case(3, 6, 7),
        turned.case(3, 6),
        same_day.case(5.59, 5.6, 5.7),
        nine.case(2, 3, 401),
        named.case(1, 2, 3, 4),
        before.case(-301, -300, -1, 0, 6),
    ]


def day_after_years(day: int, years: int, more: int = 0) -> str:
    start = on(day)
    later = f"{int(start[:4]) + years}{start[4:]}"
    return later if not more else f"{later[:8]}{int(later[8:]) + more:02}"


def _signatures() -> list[dict[str, Any]]:
    behind = Story("a decision after the signatures").signed(5)
    behind.step(TOWN, "refused", 6, reasons=ES)
    behind.step(TOWN, "suspended", 4)
    declined = Story("declined after the decision")
    declined.step(TOWN, "accepted", 5)
    declined.consent(PEOPLE, 6, "decline")
    declined.step(TOWN, "reopened", 7)
    tie = Story("a step and an answer at one moment")
    tie.consent(PEOPLE, 6, "decline")
    tie.step(TOWN, "accepted", 6)
    withdrawn = Story("withdrawn by both, then resumed by one").signed(5)
    for who in (TOWN, PEOPLE):
        given = next(
            r.id for r in withdrawn.records if r.header.kind == "consent" and r.header.actor == who.id
        )
        withdrawn.act(who, "consent", 6, {"decision": "decline"}, withdrawn.first, given)
    withdrawn.step(PEOPLE, "resumed", 7)
    expired = Story("a term, and an end that was agreed", term={"start": on(10), "end": on(20)}).signed(5)
    ending = Story("an agreed end", ending={"on": on(20), "cause": ES}).signed(5)
    ending.step(TOWN, "suspended", 19)
    ended = Story("ended after it expired", term={"end": on(20)}).signed(5)
    ended.step(PEOPLE, "ended", 30)
    ended.step(TOWN, "suspended", 31)
    return [
        behind.case(5, 6),
        declined.case(5, 6, 7),
        tie.case(6),
        withdrawn.case(5, 6, 7),
        expired.case(5, 9.99, 10, 20.99, 21),
        ending.case(5, 19, 20),
        ended.case(21, 30, 31),
    ]


def _reported() -> list[dict[str, Any]]:
    reported = {"status": "in corso", "as_of": on(-10), **SOURCE}
    backward = Story(
        "what an archive says goes backward", ARCHIVE, reported=reported, parties=[party("Comune")]
    )
    words = ("evaluation_opened", "signed", "evaluation_opened", "refused", "in_attesa", "published")
    for day, word in enumerate(words):
        backward.step(ARCHIVE, word, 300, at_ms=moment(day) + 12_345, said=word.title(), **SOURCE)
    wordless = Story(
        "a source without a word for it",
        ARCHIVE,
        reported={"status": "—", **SOURCE},
        parties=[party("Comune")],
    )
    wordless.step(ARCHIVE, "signed", 10, **SOURCE)
    later = Story("parties take up what an archive reported", ARCHIVE, reported=reported)
    own = later.act(TOWN, "pact", 3, pact(parties=[party(TOWN, side="administration"), party(PEOPLE)]))
    for who in (TOWN, PEOPLE):
        later.act(who, "consent", 4, {"decision": "consent"}, own)
    later.step(ARCHIVE, "suspended", 5, **SOURCE)
    later.step(TOWN, "suspended", 6)
    return [
        backward.case(-12, -9, -5, *(day + 0.5 for day in range(len(words)))),
        wordless.case(0, 10),
        later.case(3, 4, 5, 6),
    ]


def _disputes_and_gaps() -> list[dict[str, Any]]:
    dispute = Story("a dispute has thirty days").signed(1)
    member = {"name": ES, "named_by": "agreed", "actor": OTHERS.id}
    about = dispute.act(PEOPLE, "dispute", 10, {"text": ES, "committee": [member]})
    dispute.act(STRANGER, "step", 41, {"step": "settlement_proposed"}, about)
    dispute.act(OTHERS, "step", 42, {"step": "settlement_proposed"})
    dispute.act(OTHERS, "step", 43, {"step": "settlement_proposed"}, about)
    erased = Story("an erased step says nothing, of its moment neither")
    gone = erased.step(TOWN, "accepted", 9, on=on(3))
    erased.act(TOWN, "erasure", 10, {"basis": "mistake"}, gone)
    taken = Story("its content is taken out as well")
    gone = taken.step(TOWN, "accepted", 9, on=on(3))
    taken.act(TOWN, "erasure", 10, {"basis": "mistake"}, gone)
    taken.records = [
        verify_record(erased_envelope(r.envelope), NOW_MS) if r.id == gone else r for r in taken.records
    ]
    first = Story("the first record is missing")
    first.step(TOWN, "accepted", 1)
    unknown = Story("a word that nobody here knows")
    unknown.step(TOWN, "blessed", 1)
    return [
        dispute.case(10, 40.5, 41, 42, 43),
        erased.case(4, 9, 10),
        taken.case(4, 9, 10),
        first.case(0, 2, without=[first.first]),
        unknown.case(1),
    ]


def made() -> str:
    """Return the file's text."""
    groups = (_procedure, _say, _paper, _signatures, _reported, _disputes_and_gaps)
    document = {
        "specification": "docs/protocol.md §8.7",
        "now_ms": NOW_MS,
        "cases": [case for group in groups for case in group()],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
