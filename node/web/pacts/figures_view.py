"""Figures of reports drawn as charts, each with the table it is drawn from."""

from collections.abc import Sequence
from decimal import Decimal

from node.web.frame.chart import LINES_MAX, Line, Point, chart
from node.web.frame.layout import scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, cut
from node.web.pacts.indicators import Figure, Series
from node.web.words.speech import N_

# A name beside the end of a line; the table below has all of it.
NAME_SHOWN_MAX_CHARS = 24

# Rows under one chart; the file has all.
ROWS_SHOWN_MAX = 24


def value_words(here: Surroundings, figure: Figure) -> str:
    """Return a figure as it was reported, to its last digit."""
    return written(here, figure.value, figure.decimals)


def written(here: Surroundings, value: Decimal, decimals: int) -> str:
    """Return a number with so many decimals, as this language writes it."""
    return here.say.figure(int(value.scaleb(decimals)), decimals)


def period_words(here: Surroundings, figure: Figure) -> str:
    """Return what a figure is of: the year where it is one, else the last day of its period."""
    start, end = figure.start, figure.end
    if start and end and (start[4:], end) == ("-01-01", f"{start[:4]}-12-31"):
        return here.say.day(start[:4])
    return here.say.day(end or start or figure.day.isoformat())


def charted(here: Surroundings, series: Series) -> Node:
    """Return the chart of one indicator, nothing where it has only one figure."""
    say, figures = here.say, series.figures
    if len(figures) < 2:
        return None
    name = here.plain_name(series.name)
    target = _target(here, series)
    drawn, from_zero = chart(
        say("{indicator} over time", indicator=named(here, series)),
        _said(here, figures),
        [Line(name, [_point(here, figure) for figure in figures])],
        target,
        lambda value, places: _axis(here, value, places),
    )
    return [drawn, None if from_zero else _not_from_zero(here)]


def charted_beside(here: Surroundings, title: str, lines: Sequence[tuple[str, Series]]) -> Node:
    """Return one chart of an indicator in several pacts, each line named at its end."""
    say = here.say
    shown = [
        Line(cut(name, NAME_SHOWN_MAX_CHARS), [_point(here, figure) for figure in series.figures])
        for name, series in lines[:LINES_MAX]
    ]
    said = " ".join(f"{name}: {_said(here, series.figures)}" for name, series in lines[:LINES_MAX])
    drawn, from_zero = chart(
        title, said, shown, None, lambda value, places: _axis(here, value, places), wide=True
    )
    more = len(lines) - len(shown)
    return [
        scrolled(drawn, title),
        None if from_zero else _not_from_zero(here),
        e(
            "p",
            say.count("{n} more pact is in the table.", "{n} more pacts are in the table.", more),
            class_="quiet",
        )
        if more
        else None,
    ]


def named(here: Surroundings, series: Series) -> str:
    """Return an indicator's name with its unit, as a text."""
    name = here.plain_name(series.name)
    return f"{name} ({series.unit})" if series.unit else name


def heading(here: Surroundings, series: Series) -> Node:
    """Return an indicator's name with its unit."""
    unit = e("span", " (", e("bdi", series.unit), ")", class_="quiet") if series.unit else None
    return [here.name(series.name), unit]


def outsider_note(here: Surroundings, series: Series) -> Node:
    """Return who gave figures that no party gave."""
    if series.outsider is None:
        return None
    said = here.say.rich(N_("Given by {who}, who is no party."), who=here.actor(series.outsider))
    return e("p", said, class_="quiet small")


def figures_table(here: Surroundings, series: Series) -> Element:
    """Return the figures of an indicator as a table, the newest first."""
    say = here.say
    rows = [
        e(
            "tr",
            e("th", here.record(figure.report, period_words(here, figure)), scope="row"),
            e("td", value_words(here, figure)),
            e("td", "–" if figure.target is None else written(here, figure.target, figure.decimals)),
        )
        for figure in reversed(series.figures[-ROWS_SHOWN_MAX:])
    ]
    titles = (say("Period"), say("Figure"), say("Target"))
    table = e(
        "table",
        e("caption", named(here, series), class_="heard"),
        e("thead", e("tr", [e("th", title, scope="col") for title in titles])),
        e("tbody", rows),
        class_="figures",
    )
    return scrolled(table, named(here, series))


def _point(here: Surroundings, figure: Figure) -> Point:
    return Point(figure.day, float(figure.value), value_words(here, figure))


def _axis(here: Surroundings, value: float, places: int) -> str:
    sign = "−" if value < 0 else ""
    return sign + here.say.decimal(abs(value), places)


def _target(here: Surroundings, series: Series) -> tuple[float, str] | None:
    """Return what the newest report that names a target aims at."""
    aimed = next((one for one in reversed(series.figures) if one.target is not None), None)
    if aimed is None or aimed.target is None:
        return None
    goal = written(here, aimed.target, aimed.decimals)
    return float(aimed.target), here.say("target {goal}", goal=goal)


def _said(here: Surroundings, figures: Sequence[Figure]) -> str:
    """Return what a chart shows, for whoever does not see it."""
    first, last = figures[0], figures[-1]
    lowest, highest = min(figures, key=lambda f: f.value), max(figures, key=lambda f: f.value)
    return here.say(
        N_(
            "From {first} ({from_day}) to {last} ({to_day}); the lowest {low} ({low_day}), the highest "
            "{high} ({high_day})."
        ),
        first=value_words(here, first),
        from_day=period_words(here, first),
        last=value_words(here, last),
        to_day=period_words(here, last),
        low=value_words(here, lowest),
        low_day=period_words(here, lowest),
        high=value_words(here, highest),
        high_day=period_words(here, highest),
    )


def _not_from_zero(here: Surroundings) -> Element:
    return e("p", here.say("The scale does not begin at zero."), class_="quiet small")
