"""The course of a pact: the procedure step by step, backwards, on paper, and at any past moment."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from protocol.identifiers import RecordId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, NO_WORD, NOT_YET_RECORDED, Course, course, day_of, day_start_ms
from tests.protocol.people import T0, Held, Person, key, pact, party
from tests.vectors import make_courses

DAY0 = T0 - T0 % DAY_MS
LONG_AFTER = DAY0 + 20 * 365 * DAY_MS


def on(days: int) -> str:
    return day_of(DAY0 + days * DAY_MS)


class Story:
    """A community, a municipality and a pact between them, day by day from its proposal on day 0."""

    def __init__(self, **more: Any) -> None:
        self.town = Person("Municipio", [key("town")])
        self.people = Person("Comuna", [key("people")])
        self.other = Person("Vecina", [key("other")])
        parties = [party(self.town, side="administration"), party(self.people, side="community")]
        self.records: list[VerifiedRecord] = [
            r for p in (self.town, self.people, self.other) for r in p.records
        ]
        self.proposal = self.take(self.people.sign("pact", pact(**{"parties": parties} | more), time_ms=DAY0))

    @property
    def pact(self) -> SubjectId:
        return SubjectId(self.proposal)

    def take(self, records: list[VerifiedRecord]) -> RecordId:
        self.records += records
        return records[0].id

    def act(
        self, who: Person, kind: str, day: float, payload: dict[str, Any], parents: Iterable[RecordId] = ()
    ) -> RecordId:
        about = list(parents) or [self.proposal]
        when = DAY0 + int(day * DAY_MS)
        return self.take(who.sign(kind, payload, subject=self.pact, parents=about, time_ms=when))

    def step(self, who: Person, word: str, day: float, **more: Any) -> RecordId:
        return self.act(who, "step", day, {"step": word, **more})

    def consent(self, who: Person, day: float, decision: str = "consent") -> RecordId:
        return self.act(who, "consent", day, {"decision": decision})

    def at(self, day: float) -> Course:
        return course(Held(self.records).thing(self.pact), DAY0 + int(day * DAY_MS))

    def statuses(self, *days: float) -> list[str]:
        return [self.at(day).status for day in days]


def dues(found: Course) -> list[tuple[str, str, str | None, bool]]:
    return [(due.what, due.by, due.until, due.overdue) for due in found.due]


def test_the_whole_procedure_from_proposal_to_end() -> None:
    story = Story(term={"start": on(40), "end": on(400)})
    town, people = story.town, story.people
    story.step(town, "received", 1)
    story.step(town, "observations_opened", 2, until=on(17))
    story.act(story.other, "observation", 5, {"text": {"es": "¿Y el ganado?"}, "stance": "asks"})
    story.step(town, "evaluation_opened", 18, until=on(25))
    story.step(town, "information_requested", 20, until=on(24))
    story.step(people, "information_given", 22)
    story.step(town, "evaluated", 23, outcome="favourable")
    story.step(town, "accepted", 26)
    story.consent(people, 28)
    story.consent(town, 30)
    story.step(town, "published", 31)
    story.step(town, "suspended", 100)
    story.step(town, "resumed", 110)
    story.step(town, "review_opened", 390)
    story.step(town, "ended", 399)
    days = (0, 1, 2, 18, 20, 22, 23, 26, 28, 30, 41, 100, 110, 390, 399)
    assert story.statuses(*days) == [
        *("proposed", "proposed", "under_observation", "under_evaluation", "awaiting_information"),
        *("under_evaluation", "evaluated", "accepted", "partly_signed", "not_yet_started", "in_force"),
        *("suspended", "in_force", "under_review", "ended"),
    ]
    assert [e.what for e in story.at(500).timeline if e.counts][:4] == [
        *("pact", "received", "observations_opened", "observation"),
    ]
    assert all(event.counts for event in story.at(500).timeline)


def test_what_is_due_and_what_is_overdue() -> None:
    story = Story(term={"end": on(400)})
    town, people = story.town, story.people
    assert dues(story.at(0)) == [("evaluation", "administration", None, False)]
    story.step(town, "observations_opened", 2, until=on(17))
    assert dues(story.at(17.5)) == [("observations", "anyone", on(17), False)]
    assert dues(story.at(18)) == [("evaluation", "administration", None, False)]
    story.step(town, "information_requested", 20, until=on(24))
    assert dues(story.at(24.9)) == [("information", "community", on(24), False)]
    assert dues(story.at(25)) == [("information", "community", on(24), True)]
    story.step(town, "accepted", 26)
    assert {(due.what, due.actor) for due in story.at(26).due} == {
        ("consent", town.id),
        ("consent", people.id),
    }
    story.consent(people, 27)
    assert [(due.what, due.actor) for due in story.at(27).due] == [("consent", town.id)]
    story.consent(town, 28)
    renewal = ("renewal_or_end", "parties", on(400), False)
    assert dues(story.at(28)) == [("publication", "administration", None, False), renewal]
    story.step(town, "published", 29)
    assert dues(story.at(29)) == [renewal]
    assert story.at(401).status == "expired"
    late = ("renewal_or_end", "parties", on(400), True)
    assert dues(story.at(401)) == [("report", "parties", on(400), True), late]
    story.act(people, "report", 402, {"results": {"es": "Agua."}})
    assert dues(story.at(402)) == [late]


def test_a_dispute_has_thirty_days() -> None:
    story = Story()
    story.consent(story.town, 1)
    story.consent(story.people, 1)
    story.step(story.town, "published", 1)
    dispute = story.act(story.people, "dispute", 10, {"text": {"es": "No hay agua en el canal."}})
    assert dues(story.at(40)) == [("settlement", "committee", on(40), False)]
    assert dues(story.at(41)) == [("settlement", "committee", on(40), True)]
    story.act(story.town, "step", 41, {"step": "settlement_proposed"}, [dispute])
    assert dues(story.at(42)) == []


@pytest.mark.parametrize("word", ["accepted", "refused", "suspended", "ended", "published"])
def test_a_stranger_s_step_is_shown_and_does_not_count(word: str) -> None:
    story = Story()
    reasons = {"reasons": {"es": "Porque sí."}} if word == "refused" else {}
    story.step(story.other, word, 1, **reasons)
    found = story.at(2)
    assert found.status == "proposed"
    assert [event.why_not for event in found.timeline] == ["", "not_a_party"]


def test_a_consent_of_a_stranger_or_to_a_text_nobody_has_is_shown_and_does_not_count() -> None:
    story = Story()
    story.consent(story.other, 1)
    found = story.at(2)
    assert found.status == "proposed"
    assert [event.why_not for event in found.timeline] == ["", "not_a_party"]
    story.act(story.people, "consent", 3, {"decision": "consent"}, [RecordId(bytes(32))])
    found = story.at(4)
    assert found.status == "proposed"
    assert [event.why_not for event in found.timeline] == ["", "not_a_party", "no_text"]


def test_who_joins_by_an_amendment_answers_it_as_a_party_before_it_is_in_force() -> None:
    story = Story()
    story.consent(story.people, 1)
    story.consent(story.town, 1)
    both = [party(story.town, side="administration"), party(story.people, side="community")]
    wider = story.act(story.people, "pact", 2, pact(parties=[*both, party(story.other, side="community")]))
    story.act(story.other, "consent", 3, {"decision": "consent"}, [wider])
    assert all(event.counts for event in story.at(4).timeline)
    story.act(story.other, "consent", 5, {"decision": "consent"}, [story.proposal])
    assert [event.why_not for event in story.at(6).timeline][-1] == "not_a_party"


def test_the_community_cannot_decide_for_the_administration() -> None:
    story = Story()
    story.step(story.people, "accepted", 1)
    found = story.at(2)
    assert (found.status, found.timeline[-1].why_not) == ("proposed", "not_the_administration")


def test_a_decision_before_the_signatures_does_not_undo_them() -> None:
    story = Story()
    story.consent(story.town, 5)
    story.consent(story.people, 5)
    story.step(story.town, "refused", 6, reasons={"es": "Tarde."})
    assert story.statuses(5, 6) == ["in_force", "in_force"]


def test_who_declines_after_the_decision_is_heard() -> None:
    story = Story()
    story.step(story.town, "accepted", 5)
    story.consent(story.people, 6, "decline")
    assert story.statuses(5, 6) == ["accepted", "declined"]


def test_a_step_taken_on_paper_counts_from_its_own_day() -> None:
    story = Story()
    paper = [{"title": "Acta 12", "held_by": "Secretaría"}]
    story.step(story.town, "signed", 90, on=on(10), evidence=paper)
    found = story.at(20)
    assert (found.status, found.since_ms) == ("in_force", day_start_ms(on(10)))
    assert (found.timeline[-1].on_paper, found.timeline[-1].signed_ms) == (True, DAY0 + 90 * DAY_MS)
    assert story.at(9.9).status == "proposed"


def test_what_an_archive_says_goes_backwards_too() -> None:
    story = Story()
    archive = Person("Archivo", [key("archive")])
    source = {"name": "Comune di Palermo"}
    reported = {"title": {"it": "Patto"}, "parties": [party("Comune")], "licence": "CC-BY-4.0"}
    reported["reported"] = {"status": "Istruttoria in corso", "source": source}
    story.records += archive.records
    story.proposal = story.take(archive.sign("pact", reported, time_ms=DAY0 + 50 * DAY_MS))
    words = (
        "evaluation_opened",
        "signed",
        "evaluation_opened",
        "refused",
        "shelved",
        "information_requested",
    )
    for day, word in enumerate(words):
        at_ms = DAY0 + (day + 100) * DAY_MS + 12_345
        story.act(archive, "step", 300, {"step": word, "at_ms": at_ms, "source": source, "said": "Patto"})
    assert story.statuses(*(day + 100.5 for day in range(len(words)))) == [
        *("under_evaluation", "in_force", "under_evaluation", "refused", "shelved", "awaiting_information"),
    ]
    assert story.at(99).status == "reported"


def test_a_stranger_cannot_report_of_a_pact_that_others_recorded() -> None:
    story = Story()
    story.step(story.other, "ended", 1, source={"name": "Un blog"})
    assert story.at(2).status == "proposed"


def test_the_order_in_which_records_come_and_clocks_do_not_matter() -> None:
    story = Story(term={"end": on(400)})
    story.step(story.town, "received", 1)
    story.step(story.town, "accepted", 26, on=on(3))
    story.consent(story.people, 28)
    story.consent(story.town, 28)
    story.step(story.town, "suspended", -3_000, on=on(50))
    story.step(story.town, "resumed", -2_000, on=on(60))
    expected = [story.at(day) for day in (2, 4, 30, 55, 61, 401)]
    assert [one.status for one in expected] == [
        *("proposed", "accepted", "in_force", "suspended", "in_force", "expired"),
    ]
    dice = random.Random(7)
    for _ in range(20):
        dice.shuffle(story.records)
        assert [story.at(day) for day in (2, 4, 30, 55, 61, 401)] == expected


def test_records_without_a_first_one_have_a_course_too() -> None:
    story = Story()
    story.step(story.town, "accepted", 1)
    story.records = [record for record in story.records if record.id != story.proposal]
    assert course(Held(story.records).thing(story.pact), LONG_AFTER).status == "proposed"


def test_a_stranger_who_writes_a_version_naming_itself_gets_no_say() -> None:
    story = Story()
    parties = [party(story.other, side="administration"), party(story.people, side="community")]
    own = story.other.sign(
        "pact", pact(parties=parties), subject=story.pact, parents=[story.proposal], time_ms=DAY0 + DAY_MS
    )
    story.take(own)
    story.step(story.other, "ended", 2)
    said = pact(reported={"status": "firmado", "source": {"name": "x"}}, parties=parties)
    story.take(story.other.sign("pact", said, subject=story.pact, parents=[story.proposal], time_ms=DAY0))
    story.step(story.other, "signed", 3, source={"name": "x"})
    assert [event.why_not for event in story.at(4).timeline if event.kind == "step"] == ["not_a_party"] * 2
    assert story.statuses(1, 2, 4) == ["proposed"] * 3


def test_what_was_erased_says_nothing_of_its_moment() -> None:
    story = Story()
    step = story.step(story.town, "accepted", 9, on=on(3))
    assert story.statuses(4, 9) == ["accepted", "accepted"]
    story.act(story.town, "erasure", 10, {"basis": "mistake"}, [step])
    (event,) = (e for e in story.at(10).timeline if e.record == step)
    assert (event.what, event.moment_ms, event.why_not) == ("step", DAY0 + 9 * DAY_MS, "erased")
    assert story.statuses(4, 9) == ["proposed", "proposed"]


PAPER = {"evidence": [{"title": "Acta 12", "held_by": "Secretaría"}]}


def test_who_holds_the_paper_may_record_what_another_did() -> None:
    story = Story(term={"start": on(0), "end": on(400)})
    story.step(story.people, "accepted", 1)
    story.step(story.people, "signed", 2)
    story.step(story.people, "preexisting", 3)
    assert story.at(3).status == "proposed"
    story.step(story.people, "accepted", 4, **PAPER)
    story.step(story.people, "signed", 5, **PAPER)
    story.step(story.people, "renewed", 401, until=on(800))
    assert story.statuses(4, 5, 401) == ["accepted", "in_force", "expired"]
    story.step(story.people, "renewed", 402, until=on(800), **PAPER)
    assert story.statuses(402, 800, 801) == ["in_force", "in_force", "expired"]
    assert story.at(900).since_ms == day_start_ms(on(801))
    assert [e.why_not for e in story.at(900).timeline if not e.counts] == [
        *("not_the_administration", "no_paper", "no_paper", "no_paper"),
    ]


def test_one_party_signs_on_paper_and_the_other_here() -> None:
    story = Story()
    story.step(story.town, "signed", 5, on=on(3), party=story.town.id)
    assert [(due.what, due.actor) for due in story.at(4).due] == [("consent", story.people.id)]
    assert story.statuses(2, 4) == ["proposed", "partly_signed"]
    story.consent(story.people, 6)
    assert (story.at(6).status, story.at(7).since_ms) == ("in_force", DAY0 + 6 * DAY_MS)
    story.step(story.town, "refused", 8, reasons={"es": "Tarde."})
    assert story.at(8).status == "in_force"


def test_a_renewal_of_a_signed_pact_past_nine_years_needs_reasons() -> None:
    story = Story(term={"end": on(400)})
    story.consent(story.people, 1)
    story.consent(story.town, 1)
    story.step(story.town, "renewed", 2, until=on(2 + 9 * 366), **PAPER)
    assert (story.at(401).status, story.at(401).timeline[-1].why_not) == ("expired", "no_reasons")
    story.step(story.town, "renewed", 3, until=on(2 + 9 * 366), reasons={"es": "Obra."}, **PAPER)
    assert story.at(401).status == "in_force"


def test_only_who_suspended_or_the_administration_resumes() -> None:
    story = Story()
    story.consent(story.people, 1)
    story.consent(story.town, 1)
    story.step(story.people, "resumed", 2)
    story.step(story.town, "suspended", 3)
    story.step(story.people, "resumed", 4)
    assert story.statuses(2, 3, 4) == ["in_force", "suspended", "suspended"]
    story.step(story.people, "resumed", 5, **PAPER)
    story.step(story.people, "suspended", 6)
    story.step(story.people, "resumed", 7)
    assert story.statuses(5, 6, 7) == ["in_force", "suspended", "in_force"]


def test_information_given_after_a_refusal_opens_nothing() -> None:
    story = Story()
    story.step(story.town, "refused", 1, reasons={"es": "No hay agua."})
    story.step(story.people, "information_given", 2)
    assert story.at(3).status == "refused"


def test_one_of_several_communities_leaves_and_ends_nothing_for_the_others() -> None:
    story = Story()
    parties = [
        party(story.town, side="administration"),
        party(story.people, side="community"),
        party(story.other, side="community"),
    ]
    story.proposal = story.take(story.people.sign("pact", pact(parties=parties), time_ms=DAY0))
    for person in (story.town, story.people, story.other):
        story.consent(person, 1)
    story.step(story.other, "ended", 2)
    assert (story.at(2).status, story.at(2).timeline[-1].why_not) == ("in_force", "one_of_several")
    story.step(story.other, "withdrawn", 3, party=story.people.id)
    story.step(story.other, "withdrawn", 4, party=story.other.id)
    assert story.statuses(3, 4) == ["in_force", "in_force"]
    story.step(story.town, "excluded", 5, party=story.people.id, reasons={"es": "Cercó el páramo."})
    assert story.at(5).status == "ended"


def test_the_committee_of_a_dispute_proposes_its_settlement() -> None:
    story = Story()
    member = {"name": {"es": "Vecina"}, "named_by": "agreed", "actor": story.other.id}
    dispute = story.act(story.people, "dispute", 10, {"text": {"es": "El canal."}, "committee": [member]})
    story.act(story.other, "step", 11, {"step": "settlement_proposed"})
    assert [due.what for due in story.at(12).due] == ["evaluation", "settlement"]
    story.act(story.other, "step", 12, {"step": "settlement_proposed"}, [dispute])
    assert [due.what for due in story.at(12).due] == ["evaluation"]


def test_an_archive_s_own_word_is_shown_where_no_other_fits() -> None:
    story = Story()
    archive = Person("Archivo", [key("archive")])
    source = {"name": "Comune di Palermo"}
    reported = {"title": {"it": "Patto"}, "parties": [party("Comune")], "licence": "CC-BY-4.0"}
    reported["reported"] = {"status": "x", "source": source, "as_of": on(10)}
    story.records += archive.records
    story.proposal = story.take(archive.sign("pact", reported, time_ms=DAY0 + 50 * DAY_MS))
    story.act(archive, "step", 60, {"step": "in_attesa", "on": on(20), "source": source, "said": "In attesa"})
    story.act(archive, "step", 60, {"step": "published", "on": on(25), "source": source})
    assert story.statuses(9, 11, 20) == ["not_yet_recorded", "reported", "reported_otherwise"]
    assert story.at(30).said == "In attesa"


def test_committed_vectors_are_what_is_made() -> None:
    assert make_courses.FILE.read_text(encoding="utf-8") == make_courses.made()


def test_a_pact_of_which_its_source_has_no_word_is_not_recorded_as_standing_anywhere() -> None:
    story = Story()
    archive, source = Person("Archivo", [key("archive")]), {"name": "Comune"}
    reported = {"title": {"it": "Patto"}, "parties": [party("Comune")], "licence": "CC-BY-4.0"}
    reported["reported"] = {"status": NO_WORD, "source": source}
    story.records += archive.records
    story.proposal = story.take(archive.sign("pact", reported, time_ms=DAY0))
    story.act(archive, "step", 60, {"step": "shelved", "on": on(20), "source": source})
    assert story.statuses(1, 20) == [NOT_YET_RECORDED, "shelved"]
    assert story.at(1).since_ms is None


def test_what_was_reported_as_of_a_day_is_the_text_of_that_day_though_recorded_later() -> None:
    story = Story()
    archive, source = Person("Archivo", [key("archive")]), {"name": "Comune"}

    def version(title: str, as_of: str | None, parents: list[RecordId]) -> RecordId:
        content: dict[str, Any] = {"title": {"it": title}, "parties": [party("Comune")], "licence": "CC0"}
        content["reported"] = {"status": "x", "source": source} | ({"as_of": as_of} if as_of else {})
        subject = story.pact if parents else None
        records = archive.sign("pact", content, subject=subject, parents=parents, time_ms=DAY0 + 99 * DAY_MS)
        return story.take(records)

    story.records += archive.records
    story.proposal = version("undated", None, [])
    first = version("first", on(10), [story.proposal])
    version("second", on(12), [first])
    titles = [
        found.content and found.content.title["it"] for found in (story.at(d).pact for d in (9, 11, 13, 99))
    ]
    assert titles == [None, "first", "second", "second"]


def test_who_signs_here_too_what_was_signed_on_paper_changes_nothing_and_who_declines_ends_it() -> None:
    story = Story()
    story.step(story.town, "signed", 3, on=on(3), **PAPER)
    story.consent(story.people, 6)
    assert (story.at(6).status, story.at(6).since_ms) == ("in_force", day_start_ms(on(3)))
    story.consent(story.town, 7, "decline")
    assert story.at(7).status == "ended"


def test_a_refused_proposal_is_not_revived_by_signing_it() -> None:
    story = Story()
    story.step(story.town, "refused", 3, reasons={"es": "No hay agua."})
    story.consent(story.people, 6)
    assert story.at(6).status == "refused"


def test_a_community_withdraws_its_proposal() -> None:
    story = Story()
    story.step(story.town, "accepted", 1)
    story.step(story.people, "withdrawn", 2, party=story.people.id)
    found = story.at(2)
    assert (found.status, found.since_ms, found.due) == ("ended", DAY0 + 2 * DAY_MS, ())


def test_who_has_left_moves_a_pact_no_more() -> None:
    story = Story()
    parties = [party(story.town, side="administration"), party(story.people), party(story.other)]
    story.proposal = story.take(story.people.sign("pact", pact(parties=parties), time_ms=DAY0))
    for person in (story.town, story.people, story.other):
        story.consent(person, 1)
    story.step(story.other, "withdrawn", 2, party=story.other.id)
    story.step(story.other, "suspended", 3)
    story.step(story.people, "suspended", 4)
    assert story.statuses(3, 4) == ["in_force", "suspended"]
