"""How a pact is shown: one sentence that sums it up, who has signed, the clauses in their order."""

from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.cli.pacts.pact_course import course_now, standing_fields
from node.cli.personal_fields import personal_words
from node.cli.plain_form import to_plain
from node.cli.render import Column, day, plain, say, short_id, show_fields, show_table, wrapped
from node.cli.things import party_words, show_versions, source_words, status_of, status_words, thing_json
from node.cli.workplace import Workplace
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.kinds.pact import CLAUSE_LETTERS, Pact
from protocol.kinds.text import preferred
from protocol.state.fold import ThingState
from protocol.state.pacts import Answer, PartyAnswer


def pact_json(thing: ThingState) -> dict[str, Any]:
    """Return a pact as JSON: the thing, and each version's answers."""
    assert thing.pact is not None
    pact = thing.pact
    return thing_json(thing) | {
        "in_force": None if pact.in_force is None else id_text(pact.in_force),
        "in_force_since": pact.in_force_since_ms,
        "content": None if pact.content is None else to_plain(pact.content),
        "answers": {
            id_text(version): [
                {
                    "actor": None if one.actor is None else id_text(one.actor),
                    "answer": one.answer.value,
                    "time": one.at_ms,
                }
                for one in answers
            ]
            for version, answers in pact.answers.items()
        },
    }


# Of the parties in the sentence that sums a pact up; the table below it has them all.
NAMED_IN_SENTENCE_MAX = 4


async def show_pact(place: Workplace, thing: ThingState) -> None:
    """Show a pact."""
    assert thing.pact is not None
    language = place.operator.language
    shown = thing.versions.all[thing.display] if thing.display is not None else None
    content = shown.content if shown is not None else None
    if not isinstance(content, Pact):
        say(_("Pact {id}").format(id=short_id(id_text(thing.subject))))
        show_fields([(_("Standing"), status_words(status_of(thing)))])
        return
    say(wrapped(plain(preferred(content.title, language))))
    say(wrapped(await _sentence(place, thing, content)))
    say()
    standing = [(_("Standing"), status_words(status_of(thing)))]
    if thing.status == thing.pact.status.value:
        standing = await standing_fields(place, course_now(thing))
    show_fields(
        [
            (_("Id"), id_text(thing.subject)),
            *standing,
            (
                _("Commons"),
                "\n".join([await _commons(place, entry.subject, entry.name) for entry in content.commons]),
            ),
            (_("Intensity"), _intensity(content.intensity)),
            (_("From"), content.term.start or ""),
            (_("Until"), content.term.end or ""),
            (_("Licence"), content.licence),
            (_("Reported from"), source_words(content.reported.source, language) if content.reported else ""),
            (_("The source says"), plain(content.reported.status) if content.reported else ""),
            (_("Agreed end"), content.ending.on if content.ending else ""),
            (_("Why people are named"), personal_words(content, language)),
        ]
    )
    say()
    assert thing.display is not None
    await _show_parties(place, thing, thing.display, content)
    _show_clauses(content, language)
    await show_versions(place, thing)


async def _sentence(place: Workplace, thing: ThingState, content: Pact) -> str:
    """Return who cares for what together, and whether it holds."""
    language = place.operator.language
    names = [plain(preferred(party.name, language)) for party in content.parties[:NAMED_IN_SENTENCE_MAX]]
    more = len(content.parties) - len(names)
    if more:
        names.append(ngettext("{count} other", "{count} others", more).format(count=more))
    if len(content.parties) == 1:
        # Nobody cares together alone: an archive may name one side of a pact and leave out the other.
        names.append(_("others whom the source does not name"))
    who = _(" and ").join([", ".join(names[:-1]), names[-1]])
    what = ", ".join(
        [await _commons_name(place, entry.subject, entry.name) for entry in content.commons]
    ) or _("a commons")
    status = status_of(thing)
    if status in ("in_force", "under_review"):
        if content.term.end:
            return _("{who} care together for {what} until {end}.").format(
                who=who, what=what, end=content.term.end
            )
        return _("{who} care together for {what}.").format(who=who, what=what)
    if status == "reported":
        return _("A source reports a pact of {who} for {what}; nobody signed it here.").format(
            who=who, what=what
        )
    if status in ("ended", "expired"):
        return _("{who} cared together for {what}; the pact is over.").format(who=who, what=what)
    if status == "not_yet_started":
        return _("{who} will care together for {what} from {start}.").format(
            who=who, what=what, start=content.term.start
        )
    if status == "declined":
        return _("A pact of {who} for {what} was proposed, and a party refused it.").format(
            who=who, what=what
        )
    if status == "suspended":
        return _("{who} care together for {what}; the pact is suspended.").format(who=who, what=what)
    if status == "refused":
        return _("A pact of {who} for {what} was proposed, and refused with reasons.").format(
            who=who, what=what
        )
    if status == "shelved":
        return _("A pact of {who} for {what} was proposed, and filed away undecided.").format(
            who=who, what=what
        )
    return _("A pact of {who} for {what} is proposed; it is in force once every party has signed.").format(
        who=who, what=what
    )


async def _show_parties(place: Workplace, thing: ThingState, version: RecordId, content: Pact) -> None:
    assert thing.pact is not None
    answers = {one.index: one for one in thing.pact.answers.get(version, ())}
    rows = []
    for index, party in enumerate(content.parties):
        rows.append((await party_words(place, party), _side(party.side), _answer_words(answers.get(index))))
    show_table([Column(_("Party"), flexible=True), Column(_("Side")), Column(_("Answer"))], rows)


def _answer_words(answer: PartyAnswer | None) -> str:
    if answer is None or answer.actor is None:
        return "–"
    words = {
        Answer.NONE: _("awaited"),
        Answer.AWAITING: _("awaits signatures"),
        Answer.CONSENT: _("signed"),
        Answer.DECLINE: _("refused"),
        Answer.WITHDRAWN: _("withdrawn"),
        Answer.UNCLEAR: _("unclear"),
    }[answer.answer]
    return f"{words} {day(answer.at_ms)}" if answer.at_ms is not None else words


def _side(side: str | None) -> str:
    match side:
        case "administration":
            return _("administration")
        case "community":
            return _("community")
        case _:
            return side or ""


def _intensity(intensity: str | None) -> str:
    words = {
        "occasional": _("occasional care"),
        "constant": _("constant care"),
        "shared_management": _("shared management"),
        "regeneration": _("regeneration"),
    }
    return words.get(intensity or "", "")


def _show_clauses(content: Pact, language: str) -> None:
    for field, letter in CLAUSE_LETTERS.items():
        texts = getattr(content.clauses, field)
        if texts:
            say()
            text = preferred(texts, language)
            say(wrapped(f"{letter}) {plain(text)}", "   "))


async def _commons(place: Workplace, subject: bytes | None, name: dict[str, str] | None) -> str:
    called = await _commons_name(place, subject, name)
    return called if subject is None else f"{called} ({short_id(id_text(subject))})"


async def _commons_name(place: Workplace, subject: bytes | None, name: dict[str, str] | None) -> str:
    language = place.operator.language
    if subject is not None:
        thing = await place.shown.thing(SubjectId(subject))
        if thing is not None and thing.title:
            return plain(preferred(dict(thing.title), language))
    return plain(preferred(name, language)) if name else short_id(id_text(subject or b""))
