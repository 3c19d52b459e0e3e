"""What a pact was given and what came of it, on its page: support, reports with their figures, disputes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from node.web.frame.layout import facts, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.pacts.figures_view import charted, heading
from node.web.pacts.indicators import series_of
from node.web.pacts.pact_course import excerpt, shown_content
from node.web.words.procedure_vocabulary import NAMED_BY_WORDS, SUPPORT_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import ActorId, id_text
from protocol.kinds.procedure import Dispute, Indicator, Member, Report, Support
from protocol.state.course import Course, Event
from protocol.state.fold import ThingState

# The newest of each; the data has all.
SUPPORT_SHOWN_MAX = 12
DISPUTES_SHOWN_MAX = 5

# Columns that a phone can still be pushed through, and rows that a council can still read.
REPORTS_COMPARED_MAX = 4
CHARTS_SHOWN_MAX = 4
INDICATORS_SHOWN_MAX = 24

T = TypeVar("T")


def support_section(here: Surroundings, thing: ThingState, found: Course) -> Node:
    """Return the support granted to a pact, the newest first (Reg. art. 20–27)."""
    say, given = here.say, list(_counted(thing, found, Support))
    if not given:
        return None
    entries = [
        e(
            "li",
            e(
                "p",
                e("strong", word(say, SUPPORT_WORDS, support.type), class_="what"),
                _amount(here, support),
            ),
            excerpt(here, support.text),
            excerpt(here, support.conditions),
            e("p", _granted(here, event, support), class_="quiet small"),
        )
        for event, support in given[:SUPPORT_SHOWN_MAX]
    ]
    return e(
        "section",
        e("h2", say("Support granted")),
        e("ol", entries, class_="entries support"),
        _more(here, len(given) - len(entries)),
    )


def _amount(here: Surroundings, support: Support) -> Node:
    say, parts = here.say, list[str]()
    if support.amount is not None:
        parts.append(f"{say.figure(support.amount, 2)} {support.currency or ''}")
    if support.share_percent is not None:
        parts.append(say("{share} % of the cost", share=say.number(support.share_percent)))
    if support.professional_fees:
        parts.append(say("for fees of professionals"))
    return [[" · ", part] for part in parts]


def _granted(here: Surroundings, event: Event, support: Support) -> Node:
    say, who, date = here.say, here.actor(event.author), here.say.moment(event.moment_ms)
    granted = say.rich(N_("Granted by {who} on {date}."), who=who, date=date)
    return [granted, [" ", say("Until {date}.", date=say.day(support.until))] if support.until else None]


def reports_section(here: Surroundings, thing: ThingState, found: Course) -> Node:
    """Return the newest report, the figures of the newest few beside each other (Reg. art. 30), and what the
    earlier of these said, folded.
    """
    say, reports = here.say, list(_counted(thing, found, Report))
    if not reports:
        return None
    earlier = [_written(here, event, report) for event, report in reports[1:REPORTS_COMPARED_MAX]]
    return e(
        "section",
        e("h2", say.count("Report", "Reports", len(reports))),
        _written(here, *reports[0]),
        _charts(here, thing),
        _figures(here, reports[:REPORTS_COMPARED_MAX][::-1]),
        _all_figures(here, thing, reports),
        e("details", e("summary", say("Earlier reports")), earlier, class_="earlier") if earlier else None,
        _more(here, len(reports) - REPORTS_COMPARED_MAX),
    )


def _charts(here: Surroundings, thing: ThingState) -> Node:
    """Return the first indicators that several reports give, drawn over time."""
    drawn = [
        e("section", e("h3", heading(here, series)), charted(here, series))
        for series in series_of(thing, here.now_ms)
        if len(series.figures) > 1 and series.outsider is None
    ]
    return e("div", drawn[:CHARTS_SHOWN_MAX], class_="multiples") if drawn else None


def _all_figures(here: Surroundings, thing: ThingState, reports: Sequence[tuple[Event, Report]]) -> Node:
    if not any(report.indicators for _event, report in reports):
        return None
    address = here.asked.link(f"/thing/{id_text(thing.subject)}/figures")
    words = here.say("All figures over time, beside other pacts, and as a table (CSV)")
    return e("p", e("a", words, href=address), class_="more")


def _written(here: Surroundings, event: Event, report: Report) -> Node:
    """Return what a report says in words."""
    say = here.say
    return facts(
        [
            (say("Period"), _period(here, event, report)),
            (say("Reported by"), here.actor(event.author)),
            (say("Objectives"), here.text(report.objectives) if report.objectives else None),
            (say("Actions"), here.text(report.actions) if report.actions else None),
            (say("Results"), here.text(report.results) if report.results else None),
            (say("Resources"), here.text(report.resources) if report.resources else None),
        ]
    )


def _period(here: Surroundings, event: Event, report: Report) -> str:
    say = here.say
    if report.start and report.end:
        return say("{start} to {end}", start=say.day(report.start), end=say.day(report.end))
    if report.end:
        return say("until {date}", date=say.day(report.end))
    return say.day(report.start) if report.start else say.moment(event.moment_ms)


def _short_period(here: Surroundings, event: Event, report: Report) -> str:
    """Return what a column of figures is called: the year where it is one, else its last day."""
    if (
        report.start
        and report.end
        and (report.start[4:], report.end) == ("-01-01", f"{report.start[:4]}-12-31")
    ):
        return here.say.day(report.start[:4])
    last = report.end or report.start
    return here.say.day(last) if last else here.say.moment(event.moment_ms)


def _figures(here: Surroundings, reports: Sequence[tuple[Event, Report]]) -> Node:
    """Return a table of indicators, a row each, a column for each report, the newest to the right."""
    say = here.say
    by_report = [{_key(one): one for one in report.indicators} for _event, report in reports]
    names = {key: one for indicators in by_report for key, one in indicators.items()}
    if not names:
        return None
    rows = []
    for key, named in list(names.items())[:INDICATORS_SHOWN_MAX]:
        unit = e("span", " (", e("bdi", named.unit), ")", class_="quiet") if named.unit else None
        cells = [_figure(here, indicators.get(key)) for indicators in by_report]
        rows.append(e("tr", e("th", here.name(named.name), unit, scope="row"), cells))
    titles = [say("Indicator"), *(_short_period(here, event, report) for event, report in reports)]
    caption = say("Figures of the newest reports, as reported") if len(reports) > 1 else ""
    return [_table(caption, titles, rows, "figures"), _more(here, len(names) - len(rows))]


def _key(indicator: Indicator) -> tuple[str, ...]:
    """Return by what an indicator is the same in another report: its code, else its names and unit."""
    if indicator.code is not None:
        return (indicator.code,)
    return (*sorted(indicator.name.values()), indicator.unit or "", "")


def _figure(here: Surroundings, indicator: Indicator | None) -> Element:
    if indicator is None:
        return e("td", "–")
    say, target = here.say, None
    if indicator.target is not None:
        goal = say.figure(indicator.target, indicator.decimals)
        target = e("span", say("target {goal}", goal=goal), class_="quiet small")
    return e("td", say.figure(indicator.value, indicator.decimals), e("br") if target else None, target)


def disputes_section(here: Surroundings, thing: ThingState, found: Course) -> Node:
    """Return the disputes about a pact, the newest first, each with its committee (Reg. art. 33)."""
    say, disputes = here.say, list(_counted(thing, found, Dispute))
    if not disputes:
        return None
    awaited = {due.because: due for due in found.due if due.what == "settlement"}
    entries = []
    for event, dispute in disputes[:DISPUTES_SHOWN_MAX]:
        due = awaited.get(event.record)
        state: Node = e("p", say("A settlement has been proposed."), class_="quiet")
        if due is not None and due.until is not None:
            date = say.day(due.until)
            message = (
                say("A settlement was due until {date}.", date=date)
                if due.overdue
                else say("A settlement is due until {date}.", date=date)
            )
            state = e("p", message, class_="overdue" if due.overdue else None)
        brought = say.rich(
            N_("Brought by {who} on {date}."), who=here.actor(event.author), date=say.moment(event.moment_ms)
        )
        committee = [_member(here, member) for member in dispute.committee]
        entries.append(
            e(
                "li",
                e("p", brought),
                excerpt(here, dispute.text),
                [e("p", say("Committee:")), e("ul", committee)] if committee else None,
                state,
            )
        )
    return e(
        "section",
        e("h2", say.count("Dispute", "Disputes", len(disputes))),
        e("ol", entries, class_="entries disputes"),
        _more(here, len(disputes) - len(entries)),
    )


def _member(here: Surroundings, member: Member) -> Element:
    name: Node = here.name(member.name)
    if member.actor is not None:
        name = here.thing_of_actor(ActorId(member.actor), name)
    return e("li", name, e("span", " · ", word(here.say, NAMED_BY_WORDS, member.named_by), class_="quiet"))


def _counted(thing: ThingState, found: Course, kind: type[T]) -> Iterator[tuple[Event, T]]:
    """Yield what counts of a kind, the newest first."""
    for event in reversed(found.timeline):
        content = shown_content(thing, event.record)
        if event.counts and isinstance(content, kind):
            yield event, content


def _table(caption: str, titles: Sequence[str], rows: Sequence[Element], class_: str) -> Element:
    table = e(
        "table",
        e("caption", caption) if caption else None,
        e("thead", e("tr", [e("th", title, scope="col") for title in titles])),
        e("tbody", rows),
        class_=class_,
    )
    return scrolled(table, caption or titles[0])


def _more(here: Surroundings, more: int) -> Node:
    if more <= 0:
        return None
    return e("p", here.say.count("and {n} other", "and {n} others", more), class_="quiet")
