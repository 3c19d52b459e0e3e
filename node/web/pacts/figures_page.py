"""What a pact measures, and other pacts that measure the same beside it: charts, tables, a file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from node.opendata.csv_table import harmless
from node.web.exchange.answer import data_answer, page_answer, table_answer
from node.web.exchange.problem import not_held
from node.web.frame.about_thing import header_of, path_of, thing_at
from node.web.frame.layout import page, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_words
from node.web.pacts.figures_view import (
    charted,
    charted_beside,
    figures_table,
    heading,
    named,
    outsider_note,
    period_words,
    value_words,
)
from node.web.pacts.indicators import Figure, Series, series_of
from node.web.records.paper import address_on_paper
from node.web.words.speech import N_
from protocol.identifiers import id_text
from protocol.state.fold import ThingState

# On a page, with 60 figures each 120 KB; the file has all.
SERIES_SHOWN_MAX = 12
COMPARED_SHOWN_MAX = 6

# Other pacts whose records are read to find the same indicators: 0.1 s of one core.
PACTS_READ_MAX = 40

# Other pacts that are looked through for reports, the newest first: one question to the store.
PACTS_LOOKED_THROUGH_MAX = 400

# Columns of a phone; the file has all.
PACTS_BESIDE_MAX = 12

COLUMNS = (
    *("pact", "pact_name", "indicator", "name", "unit", "period_start", "period_end", "value", "target"),
    *("report", "reported_by", "reported_by_name"),
)


@dataclass(frozen=True, slots=True)
class Other:
    """Another pact, and what it measures that this one measures too."""

    thing: ThingState
    series: Sequence[Series]


async def figures_answer(here: Surroundings, text: str) -> web.Response:
    """Answer `/thing/{id}/figures` as a page, as data or as a table.  Raises `Problem`."""
    thing = await thing_at(here, text)
    if thing.pact is None:
        raise not_held()
    own = series_of(thing, here.now_ms)
    others, looked_at = await _others(here, thing, own)
    await here.meet(figure.author for series in own for figure in series.figures)
    if here.asked.query.get("format") == "csv":
        return table_answer(_table(here, [(thing, own), *((one.thing, one.series) for one in others)]))
    if here.asked.as_data:
        return data_answer(
            {
                "thing": id_text(thing.subject),
                "indicators": [_series_data(one) for one in own],
                "beside": [
                    {"thing": id_text(one.thing.subject), "indicators": [_series_data(s) for s in one.series]}
                    for one in others
                ],
                "pacts_looked_at": looked_at,
            }
        )
    return page_answer(_page(here, thing, own, others, looked_at), here.say.language)


async def _others(here: Surroundings, thing: ThingState, own: Sequence[Series]) -> tuple[list[Other], int]:
    """Return the other pacts that measure the same, and how many were looked at."""
    if not own:
        return [], 0
    keys = {series.key for series in own if series.outsider is None}
    listed = await here.store.things(kind="pact", limit=PACTS_LOOKED_THROUGH_MAX, now_ms=here.now_ms)
    subjects = [row.subject for row in listed.rows if row.subject != thing.subject]
    abouts = await here.store.abouts(subjects)
    written = sorted((subject for subject in subjects if abouts.get(subject)), key=lambda s: (-abouts[s], s))
    found: list[Other] = []
    for subject in written[:PACTS_READ_MAX]:
        other = await here.store.thing(subject)
        if other is None or other.pact is None or here.blocks.of_thing(other) is not None:
            continue
        same = [
            series
            for series in series_of(other, here.now_ms)
            if series.outsider is None and series.key in keys
        ]
        if same:
            found.append(Other(other, same))
    found.sort(key=lambda one: (-len(one.series), one.thing.subject))
    return found, len(subjects)


def _page(
    here: Surroundings, thing: ThingState, own: Sequence[Series], others: Sequence[Other], looked_at: int
) -> Element:
    say = here.say
    shown = own[:SERIES_SHOWN_MAX]
    more = len(own) - len(shown)
    return page(
        here.asked,
        here.node_name,
        say("Figures: {name}", name=title_words(here, thing)),
        e(
            "article",
            header_of(here, thing, say("Figures")),
            e("p", say("What the reports of this pact measured, as they gave it."), class_="lead")
            if own
            else e("p", say("No report that counts gives a figure yet."), class_="lead"),
            e("div", [_indicator(here, series) for series in shown], class_="multiples"),
            e("p", say.count("and {n} other", "and {n} others", more), class_="quiet") if more else None,
            _beside(here, thing, own, others, looked_at) if own else None,
            _source(here, own) if own else None,
            address_on_paper(here, f"{path_of(thing)}/figures"),
        ),
        styles=["charts"],
    )


def _indicator(here: Surroundings, series: Series) -> Element:
    return e(
        "section",
        e("h2", heading(here, series)),
        outsider_note(here, series),
        charted(here, series),
        figures_table(here, series),
    )


def _beside(
    here: Surroundings, thing: ThingState, own: Sequence[Series], others: Sequence[Other], looked_at: int
) -> Node:
    """Return each indicator that other pacts measure in the same unit, in one chart and one table."""
    say = here.say
    sections: list[Node] = []
    for series in own[:SERIES_SHOWN_MAX]:
        if series.outsider is not None:
            continue
        same = [
            (other.thing, one)
            for other in others[:PACTS_BESIDE_MAX]
            for one in other.series
            if one.key == series.key
        ]
        if same and len(sections) < COMPARED_SHOWN_MAX:
            sections.append(_comparison(here, [(thing, series), *same]))
    if not sections:
        return None
    return e(
        "section",
        e("h2", say("Beside other pacts")),
        e(
            "p",
            say.count(
                "Pacts that give the same indicator in the same unit, of {n} other held here. Places and "
                "ways of measuring differ: a larger figure is not a better pact.",
                "Pacts that give the same indicator in the same unit, of {n} others held here. Places and "
                "ways of measuring differ: a larger figure is not a better pact.",
                looked_at,
            ),
            class_="quiet",
        ),
        sections,
    )


def _comparison(here: Surroundings, lines: Sequence[tuple[ThingState, Series]]) -> Element:
    say, series = here.say, lines[0][1]
    title = say("{indicator}, by pact", indicator=named(here, series))
    several = sum(len(one.figures) for _, one in lines) > len(lines)
    rows = [
        e(
            "tr",
            e(
                "th",
                e(
                    "a",
                    title_words(here, thing),
                    href=here.asked.link(f"/thing/{id_text(thing.subject)}"),
                    dir="auto",
                ),
                scope="row",
            ),
            e("td", _dated(here, one.figures[0])),
            e("td", _dated(here, one.figures[-1])),
        )
        for thing, one in lines
    ]
    titles = (say("Pact"), say("First figure"), say("Newest figure"))
    return e(
        "section",
        e("h3", heading(here, series)),
        charted_beside(here, title, [(title_words(here, thing), one) for thing, one in lines])
        if several
        else None,
        scrolled(
            e(
                "table",
                e("caption", title, class_="heard"),
                e("thead", e("tr", [e("th", one, scope="col") for one in titles])),
                e("tbody", rows),
                class_="figures",
            ),
            title,
        ),
    )


def _dated(here: Surroundings, figure: Figure) -> Node:
    return [value_words(here, figure), e("br"), e("span", period_words(here, figure), class_="quiet small")]


def _source(here: Surroundings, own: Sequence[Series]) -> Element:
    """Return who reported, and the way to the same figures as a file."""
    say = here.say
    authors = dict.fromkeys(figure.author for series in own for figure in series.figures)
    names: list[Node] = [here.actor(author) for author in list(authors)[:6]]
    more = len(authors) - len(names)
    if more > 0:
        names.append(say.count("{n} other", "{n} others", more))
    return e(
        "section",
        e("h2", say("Source")),
        e(
            "p",
            say.rich(
                N_("Reported by {names}. This node checked who signed, not what was measured."),
                names=say.joined(names),
            ),
        ),
        e("p", e("a", say("These figures as a table (CSV)"), href=here.asked.same(format="csv"))),
        class_="note",
    )


def _table(here: Surroundings, pacts: Sequence[tuple[ThingState, Sequence[Series]]]) -> str:
    """Return all figures as lines: numbers with a point, as programs read them."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for thing, several in pacts:
        for series in several:
            for figure in series.figures:
                writer.writerow(
                    [
                        id_text(thing.subject),
                        harmless(title_words(here, thing)),
                        series.code or "",
                        harmless(here.plain_name(series.name)),
                        harmless(series.unit or ""),
                        figure.start or "",
                        figure.end or "",
                        f"{figure.value:f}",
                        "" if figure.target is None else f"{figure.target:f}",
                        id_text(figure.report),
                        id_text(figure.author),
                        harmless(here.plain_actor(figure.author)),
                    ]
                )
    return table.getvalue()


def _series_data(series: Series) -> dict[str, Any]:
    return {
        "code": series.code,
        "name": dict(series.name),
        "unit": series.unit,
        "figures": [
            {
                "period_start": figure.start,
                "period_end": figure.end,
                "value": f"{figure.value:f}",
                "target": None if figure.target is None else f"{figure.target:f}",
                "report": id_text(figure.report),
                "author": id_text(figure.author),
            }
            for figure in series.figures
        ],
    }
