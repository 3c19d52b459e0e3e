"""How the course of a pact is shown: where it stands, since when, what happened, what is due from whom."""

from datetime import UTC, datetime
from gettext import gettext as _
from typing import Any

import click

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.pacts.procedure_words import (
    by_words,
    due_words,
    event_words,
    outcome_words,
    support_words,
    why_not_words,
)
from node.cli.plain_form import to_plain
from node.cli.reading import find_shown
from node.cli.render import day, plain, say, short_id, show_fields, show_json, suggest, wrapped
from node.cli.sentences import sentence
from node.cli.things import source_words, status_words
from node.cli.workplace import Workplace, run_in
from node.present import mandate_ended, present_ms
from protocol.identifiers import id_text
from protocol.kinds.evidence import Act, Evidence
from protocol.kinds.pact import Consent, Pact
from protocol.kinds.procedure import Observation, Reply, Report, Step, Support
from protocol.kinds.text import preferred
from protocol.state.course import DAY_MS, Course, Due, Event, course, day_start_ms
from protocol.state.fold import ThingState

# The texts of an act, in the order in which they are read.
_TEXTS = ("text", "objectives", "actions", "results", "resources", "conditions", "reasons", "note")

_INDENT = " " * 12


class Moment(click.ParamType[int]):
    """A day, `2026-05-31`, as it ended, or a minute of it, `2026-05-31T18:00` (UTC); in milliseconds."""

    name = "day or minute"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the moment."""
        if isinstance(value, int):
            return value
        try:
            if len(str(value)) == 10:
                datetime.fromisoformat(str(value))
                return day_start_ms(str(value)) + DAY_MS - 1
            then = datetime.fromisoformat(str(value))
            return int((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() * 1_000)
        except (ValueError, OverflowError):
            self.fail(
                sentence(
                    f"{value!r}: a moment is a day or a minute of it, as in 2026-05-31 or 2026-05-31T18:00"
                ),
                param,
                ctx,
            )


@click.command("timeline")
@click.argument("pact")
@click.option("--at", "at_ms", type=Moment(), metavar="MOMENT", help="As it stood then: a day, or a minute.")
@json_option
@pass_operator
def timeline_command(operator: Operator, pact: str, at_ms: int | None) -> None:
    """Show the course of a pact: where it stands, what happened and who says so, what is due from whom."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, pact, "pact")
        if operator.json:
            show_json(course_json(thing, at_ms, whole=True))
            return
        if thing.title:
            say(wrapped(plain(preferred(dict(thing.title), operator.language))))
        then = await show_standing(place, thing, at_ms)
        for event in then.timeline:
            say()
            await _show_event(place, thing, event)
        suggest(operator, f"pact show {short_id(id_text(thing.subject))}")

    run_in(work, operator)


def course_now(thing: ThingState, at_ms: int | None = None) -> Course:
    """Return the course of a pact at a moment, the present one by default."""
    return course(thing, present_ms(thing, now_ms()) if at_ms is None else at_ms)


def course_json(thing: ThingState, at_ms: int | None = None, *, whole: bool = False) -> dict[str, Any]:
    """Return where a pact stands and what is due as JSON; `whole`, with its timeline."""
    moment_ms = present_ms(thing, now_ms()) if at_ms is None else at_ms
    then = course(thing, moment_ms)
    answer: dict[str, Any] = {
        "id": id_text(thing.subject),
        "status": then.status,
        "since": then.since_ms,
        "said": then.said or None,
        "at": moment_ms,
        "due": [
            {
                "what": one.what,
                "by": one.by,
                "actor": None if one.actor is None else id_text(one.actor),
                "until": one.until,
                "because": None if one.because is None else id_text(one.because),
                "overdue": one.overdue,
            }
            for one in then.due
        ],
    }
    return answer | {"timeline": [_event_json(thing, event) for event in then.timeline]} if whole else answer


def _event_json(thing: ThingState, event: Event) -> dict[str, Any]:
    record = thing.judged[event.record].record
    shown = record.content is not None and event.record not in thing.erased
    return {
        "record": id_text(event.record),
        "kind": event.kind,
        "what": event.what,
        "time": event.moment_ms,
        "signed": event.signed_ms,
        "author": id_text(event.author),
        "on_paper": event.on_paper,
        "reported": event.reported,
        "counts": event.counts,
        "why_not": event.why_not or None,
        "about": [id_text(parent) for parent in record.header.parents],
        "content": to_plain(record.content) if shown else None,
    }


async def show_standing(place: Workplace, thing: ThingState, at_ms: int | None = None) -> Course:
    """Show where a pact stands and what is due; return its course."""
    then = course_now(thing, at_ms)
    show_fields(await standing_fields(place, then))
    return then


async def standing_fields(place: Workplace, then: Course) -> list[tuple[str, str]]:
    """Return where a pact stands and since when, and what is due from whom, as fields."""
    standing = status_words(then.status)
    if then.said:
        standing = f"{standing} (“{plain(then.said)}”)"
    if then.since_ms is not None:
        standing = _("{standing}, since {day}").format(standing=standing, day=day(then.since_ms))
    dues = [await _due(place, one) for one in then.due]
    return [(_("Standing"), standing), (_("Due"), "\n".join(dues))]


async def _due(place: Workplace, due: Due) -> str:
    by = by_words(due.by) if due.actor is None else await actor_name(place, due.actor)
    if due.until is None:
        return _("{what}: {by}").format(what=due_words(due), by=by)
    if due.overdue:
        return _("{what}: {by}, overdue since {day}").format(what=due_words(due), by=by, day=due.until)
    return _("{what}: {by}, until {day}").format(what=due_words(due), by=by, day=due.until)


async def _show_event(place: Workplace, thing: ThingState, event: Event) -> None:
    """Show one entry of the timeline: when, what, who says so; then what it says, and what it is worth."""
    author = await actor_name(place, event.author)
    content = None if event.record in thing.erased else thing.judged[event.record].record.content
    reported = isinstance(content, Pact) and content.reported is not None
    what = _("text as the source gives it") if reported else event_words(event)
    say(wrapped(f"{day(event.moment_ms)}  {plain(what)} · {author}", _INDENT))
    lines: list[str] = []
    if content is not None:
        lines = await _lines_of(place, content, event.moment_ms)
    if not event.counts:
        lines.append(_("Does not count: {why}.").format(why=why_not_words(event.why_not)))
    lines.append(_("Record {id}").format(id=short_id(id_text(event.record))))
    for line in lines:
        say(wrapped(_INDENT + line, _INDENT))


async def _lines_of(place: Workplace, content: Any, moment_ms: int) -> list[str]:
    """Return what an act of a moment says, in lines."""
    language, lines = place.operator.language, []
    match content:
        case Step():
            if content.outcome is not None:
                lines.append(outcome_words(content.outcome))
            if content.said is not None:
                lines.append(_("in the words of the source: {said}").format(said=plain(content.said)))
        case Observation(stance=str(word)) | Reply(outcome=str(word)):
            lines.append(outcome_words(word))
        case Support():
            lines.append(_amount(content))
        case Report():
            lines += [
                f"{plain(preferred(one.name, language))}: "
                f"{figure(one.value, one.decimals)} {plain(one.unit or '')}".rstrip()
                for one in content.indicators
            ]
            if content.start or content.end:
                lines.append(f"{content.start or '…'} – {content.end or '…'}")
        case _:
            pass
    if getattr(content, "until", None):
        lines.append(_("until {day}").format(day=content.until))
    if isinstance(content, Act | Consent):
        lines += [
            plain(preferred(texts, language)) for name in _TEXTS if (texts := getattr(content, name, None))
        ]
        if content.authorised_by is not None:
            parts = (content.authorised_by.act, content.authorised_by.on, content.authorised_by.office)
            lines.append(", ".join(plain(part) for part in parts if part))
            if ended := mandate_ended(content.authorised_by, moment_ms):
                lines.append(_("The mandate of that office had ended on {day}.").format(day=ended))
    if isinstance(content, Act):
        lines += [paper_words(paper, language) for paper in content.evidence]
        if content.source is not None:
            lines.append(_("reported from {source}").format(source=source_words(content.source, language)))
    return lines


def paper_words(paper: Evidence, language: str) -> str:
    """Return on which paper something was done, and who holds it."""
    title = plain(preferred(paper.title, language))
    if paper.held_by is None:
        return _("on paper: {title}").format(title=title)
    return _("on paper: {title}, held by {holder}").format(title=title, holder=plain(paper.held_by))


def _amount(support: Support) -> str:
    parts = [support_words(support.type)]
    if support.amount is not None:
        parts.append(f"{figure(support.amount, 2)} {support.currency}")
    if support.share_percent is not None:
        parts.append(_("{share} % of the cost").format(share=support.share_percent))
    if support.professional_fees:
        parts.append(_("professional fees"))
    return " · ".join(parts)


def figure(value: int, decimals: int) -> str:
    """Return an integer with a decimal exponent as people write it: 125 with one decimal is 12.5."""
    if decimals == 0:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"
