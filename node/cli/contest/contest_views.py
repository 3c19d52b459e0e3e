"""How it is shown what is said of a thing: challenges, answers, links, assessments, alerts, other claims."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from gettext import gettext as _
from typing import Any

from node.authoring.signer import now_ms
from node.claims.finding import Beside, ClaimFinder, OtherClaim
from node.claims.telling import SQUARE_METRES_PER_HECTARE, voices_data, without_blocked_names
from node.claims.voices import Voices, voices_about
from node.cli.actors.people import actor_name
from node.cli.contest.contest_words import (
    challenge_state_words,
    claim_words,
    finding_words,
    ground_words,
    principle_words,
    relation_words,
)
from node.cli.pacts.procedure_words import outcome_words
from node.cli.render import Column, day, in_figures, plain, say, short_id, show_table, wrapped
from node.cli.things import show_rows
from node.cli.workplace import Workplace
from node.store.interface import ThingRow
from protocol.identifiers import SubjectId, id_text
from protocol.kinds.contesting import PRINCIPLES, Assessment
from protocol.kinds.text import preferred
from protocol.state.contest import Challenged
from protocol.state.fold import ThingState
from protocol.state.links import Linked
from protocol.state.statements import Said

# Of each sort so many are listed before a word that there are more; `--json` has all of them.
LISTED_MAX = 20

# Assessments side by side on a terminal of 80 columns.
ASSESSMENTS_BESIDE_MAX = 3

_INDENT = "  "


@asynccontextmanager
async def claim_finder(place: Workplace) -> AsyncIterator[ClaimFinder]:
    """Yield what finds claims beside one, and end the process it may have started."""
    finder = ClaimFinder(place.store)
    try:
        yield finder
    finally:
        await finder.aclose()


async def hear(place: Workplace, thing: ThingState) -> Voices:
    """Return what is said of a thing, without the words of whom is blocked here."""
    async with claim_finder(place) as finder:
        voices = await voices_about(place.shown, thing, now_ms(), finder)
    beside = voices.beside and without_blocked_names(voices.beside, place.blocks, place.blocked_name)
    return replace(voices, beside=beside)


async def voices_json(place: Workplace, thing: ThingState) -> dict[str, Any]:
    """Return what is said of a thing as JSON."""
    return {"voices": voices_data(await hear(place, thing))}


async def show_statements(place: Workplace, thing: ThingState) -> None:
    """Show what is said of a thing in statements, and of a commons the alerts about it; not other claims."""
    await _show_said(place, thing, await voices_about(place.shown, thing, now_ms()))


async def show_voices(place: Workplace, thing: ThingState) -> None:
    """Show what is said of a thing, each sort under its heading; nothing where nothing is."""
    voices = await hear(place, thing)
    await _show_said(place, thing, voices)
    if voices.beside is None:
        _heading(_("Other claims to this place could not be looked for: there are too many things here."))
    elif voices.beside.claims:
        _heading(_("Other claims to this place:"))
        await show_beside(place, voices.beside)


async def _show_said(place: Workplace, thing: ThingState, voices: Voices) -> None:
    _show_alerts(place, voices)
    await _show_challenges(place, voices.challenges)
    await _show_links(place, thing, voices)
    await _show_assessments(place, voices.assessments)


def _heading(text: str) -> None:
    say()
    say(wrapped(text))


def _show_alerts(place: Workplace, voices: Voices) -> None:
    if not voices.alerts:
        return
    _heading(_("Alerts about it:"))
    show_rows(place, voices.alerts[:LISTED_MAX])
    _more(len(voices.alerts))


async def _show_challenges(place: Workplace, challenges: Sequence[Challenged]) -> None:
    if not challenges:
        return
    _heading(_("Challenged:"))
    language = place.operator.language
    for one in challenges[:LISTED_MAX]:
        content = one.said.content
        ground = "" if content.ground is None else f" ({ground_words(content.ground)})"
        line = _("{day}, {who}{ground}: {standing} [{record}]").format(
            day=day(one.said.moment_ms),
            who=await actor_name(place, one.said.author),
            ground=ground,
            standing=challenge_state_words(one.state.value, content.until),
            record=short_id(id_text(one.said.record)),
        )
        say(wrapped(_INDENT + line, _INDENT))
        if content.text is not None:
            say(wrapped(2 * _INDENT + plain(preferred(content.text, language)), 2 * _INDENT))
        for answer in one.answers[:LISTED_MAX]:
            who = await actor_name(place, answer.author)
            outcome = "" if answer.content.outcome is None else f" ({outcome_words(answer.content.outcome)})"
            template = (
                _("Answered {day} by {who}{outcome}: {text}")
                if answer.of_the_challenged
                else _("Remark {day} by {who}, whom it does not concern{outcome}: {text}")
            )
            said = template.format(
                day=day(answer.moment_ms),
                who=who,
                outcome=outcome,
                text=plain(preferred(answer.content.text, language)),
            )
            say(wrapped(2 * _INDENT + said, 2 * _INDENT))
    _more(len(challenges))


async def _show_links(place: Workplace, thing: ThingState, voices: Voices) -> None:
    if voices.links:
        _heading(_("Said to stand to others:"))
    for one in voices.links[:LISTED_MAX]:
        say(wrapped(_INDENT + await _link_line(place, thing, voices, one), _INDENT))
    _more(len(voices.links) + (LISTED_MAX if voices.more_links else 0))
    if voices.within.cycle:
        names = ", ".join(_end_name(place, voices, name, thing) for name in voices.within.cycle)
        _heading(
            _("It is said to be part of itself, through {names}: none of them counts.").format(names=names)
        )
    elif len(voices.within.things) > 1:
        names = " → ".join(_end_name(place, voices, name, thing) for name in voices.within.things)
        _heading(_("Part of, step by step: {names}").format(names=names))


async def _link_line(place: Workplace, thing: ThingState, voices: Voices, one: Linked) -> str:
    turned = one.subject != thing.subject
    other = one.subject if turned else one.other
    words = relation_words(one.said.content.relation, _end_name(place, voices, other, thing), turned=turned)
    who, when = await actor_name(place, one.said.author), day(one.said.moment_ms)
    line = _("{what} – {who}, {day}").format(what=words, who=who, day=when)
    if one.mutual:
        line += _("; both say so")
    elif not one.own:
        line += _("; said by others")
    text = one.said.content.text
    return line if text is None else f"{line}: {plain(preferred(text, place.operator.language))}"


def _end_name(place: Workplace, voices: Voices, name: SubjectId, thing: ThingState) -> str:
    state = thing if name == thing.subject else voices.ends.get(name)
    short = short_id(id_text(name))
    if state is None:
        return _("{id} (not held here)").format(id=short)
    if not state.title:
        return short
    return f"{plain(preferred(dict(state.title), place.operator.language))} ({short})"


async def _show_assessments(place: Workplace, assessments: Sequence[Said[Assessment]]) -> None:
    if not assessments:
        return
    _heading(_("Held against the eight principles of lasting commons:"))
    shown = assessments[:ASSESSMENTS_BESIDE_MAX]
    columns = [Column(_("Principle"))]
    names = [f"{await actor_name(place, one.author)} {day(one.moment_ms)}" for one in shown]
    columns += (Column(name, flexible=True) for name in names)
    rows = []
    for principle in PRINCIPLES:
        findings = [getattr(one.content.principles, principle) for one in shown]
        if any(finding is not None for finding in findings):
            rows.append(
                (
                    principle_words(principle),
                    *("–" if finding is None else finding_words(finding.finding) for finding in findings),
                )
            )
    show_table(columns, rows)
    language = place.operator.language
    for one in shown:
        for principle in PRINCIPLES:
            finding = getattr(one.content.principles, principle)
            if finding is not None and finding.text is not None:
                note = f"{principle_words(principle)}: {plain(preferred(finding.text, language))}"
                say(wrapped(_INDENT + note, _INDENT))
        if one.content.text is not None:
            say(wrapped(_INDENT + plain(preferred(one.content.text, language)), _INDENT))
    _more(len(assessments), ASSESSMENTS_BESIDE_MAX)


async def show_beside(place: Workplace, beside: Beside) -> None:
    """Show the claims beside one: what each is called, who says so, what they have in common."""
    for claim in beside.claims[:LISTED_MAX]:
        who = await actor_name(place, claim.author)
        say(wrapped(_INDENT + thing_name(place, claim.row), 2 * _INDENT))
        say(
            wrapped(
                2 * _INDENT + _("{what} – says {who}").format(what=meeting_words(claim), who=who), 2 * _INDENT
            )
        )
    _more(len(beside.claims) + (LISTED_MAX if beside.untold else 0))
    if beside.not_all:
        say(wrapped(_("There are so many around it that not all were compared.")))


def thing_name(place: Workplace, row: ThingRow) -> str:
    """Return what a thing is called, and the beginning of its id."""
    title = plain(preferred(dict(row.title), place.operator.language)) if row.title else "–"
    return f"{title} ({short_id(id_text(row.subject))})"


def meeting_words(claim: OtherClaim) -> str:
    """Return how another claim stands to one, with the figures there are."""
    meeting = claim.meeting
    figures = []
    if meeting is not None and meeting.square_metres is not None:
        figures.append(f"{hectares_of(meeting.square_metres)} ha")
    if meeting is not None and meeting.share:
        figures.append(_("{share} of this").format(share=percent(meeting.share)))
    if meeting is not None and meeting.other_share:
        figures.append(_("{share} of that").format(share=percent(meeting.other_share)))
    words = claim_words(claim)
    return f"{words}: {', '.join(figures)}" if figures else words


def hectares_of(square_metres: float) -> str:
    """Return an area in hectares, as precise as it is worth."""
    hectares = square_metres / SQUARE_METRES_PER_HECTARE
    return in_figures(hectares, 0 if hectares >= 100 else 1 if hectares >= 1 else 2)


def percent(share: float) -> str:
    """Return a share in per cent; what is not nothing is not shown as nothing, nor less than all as all."""
    if share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 0.9995 else f"{100 * share:.0f} %"


def _more(number: int, shown: int = LISTED_MAX) -> None:
    if number > shown:
        say(wrapped(_INDENT + _("There are more; --json lists them.")))
