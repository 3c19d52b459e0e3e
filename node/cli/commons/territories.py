"""`minga territory`: what commons and pacts come to in parishes, cantons, provinces and nations."""

from collections.abc import Iterable
from gettext import gettext as _
from gettext import ngettext

import click

from node.authoring.signer import now_ms
from node.cli.faults import NotHere
from node.cli.naming import PREFIX_LENGTH_MIN
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.place_words import level_words, resource_words
from node.cli.render import (
    Column,
    in_figures,
    note,
    plain,
    say,
    show_fields,
    show_json,
    show_table,
    suggest,
    wrapped,
)
from node.cli.things import row_json, show_rows, status_words
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.store.interface import PARTS_LENGTH_MAX, TerritoryRow, TerritoryView
from node.territory_figures import code_of, csv_text, figures_data, in_force, part_data
from protocol.errors import Malformed
from protocol.kinds.placing import EVERYWHERE, ID_TEXT_LENGTH, NOWHERE, TerritoryId, folded, territory_text
from protocol.kinds.text import preferred
from protocol.state.territories import Sum

# Territories and commons listed before a word that there are more.
PARTS_LISTED_MAX = 40
COMMONS_LISTED_MAX = 20

# Of those that a name could mean.
MEANINGS_SHOWN_MAX = 5

CSV_OPTION = click.option("--csv", "as_csv", is_flag=True, help="Answer with a table for spreadsheets (CSV).")


@click.group("territory", cls=Verbs)
def territory_command() -> None:
    """Look at what commons and pacts come to, territory by territory."""


@territory_command.command("list")
@click.argument("name", required=False)
@CSV_OPTION
@json_option
@pass_operator
def list_territories(operator: Operator, name: str | None, as_csv: bool) -> None:
    """List the territories that lie in no other, or those that are called NAME.

    A territory is what records name: its level, its code or else its name, and what it lies in. Nothing is
    taken out of a sum: where claims overlap, land counts twice (`minga commons overlaps` finds where).
    """
    if name is not None and as_csv:
        raise ConfigError(
            "--csv is for all territories; leave NAME out, or use it with `minga territory show`"
        )

    async def work(place: Workplace) -> None:
        if name is not None:
            _show_found(place, await _called(place, name))
            return
        view = await place.shown.territory(EVERYWHERE, now_ms(), PARTS_LENGTH_MAX)
        assert view is not None
        if as_csv:
            click.echo(_csv(place, view), nl=False)
        elif operator.json:
            show_json(figures_data(view) | {"parts": [part_data(row) for row in view.parts]})
        elif not view.figures.commons.number and not view.parts:
            note(_("No commons is held here yet; add one with `minga commons add`."))
        else:
            _show_parts(place, view)
            say()
            _show_sum(view)
            suggest(
                operator,
                f"territory show {territory_text(view.parts[0].id)}" if view.parts else "commons list",
            )

    run_in(work, operator)


@territory_command.command("show")
@click.argument("territory")
@CSV_OPTION
@json_option
@pass_operator
def show(operator: Operator, territory: str, as_csv: bool) -> None:
    """Show what a territory comes to: its parts, its commons by resource and standing, its pacts.

    TERRITORY is its id, the beginning of it, its name, or `none` for what names no territory.
    """

    async def work(place: Workplace) -> None:
        found = await _find(place, territory)
        view = await place.shown.territory(found, now_ms(), PARTS_LENGTH_MAX)
        assert view is not None
        if as_csv:
            click.echo(_csv(place, view), nl=False)
            return
        listed = await place.shown.things_in(found, now_ms(), COMMONS_LISTED_MAX)
        if operator.json:
            whole = figures_data(view) | {"parts": [part_data(row) for row in view.parts]}
            show_json(whole | {"things": [row_json(row) for row in listed.rows]})
            return
        _show_territory(place, view)
        if listed.rows:
            say()
            say(_("Commons in it:"))
            show_rows(place, listed.rows)
        if listed.after is not None:
            note(_("There are more; the node's page of this territory lists them all."))

    run_in(work, operator)


async def _find(place: Workplace, text: str) -> TerritoryId:
    """Return the territory that an id, the beginning of one, or a name means.

    Raises `NotHere`; `ConfigError` where several are meant.
    """
    if text == "none":
        return NOWHERE
    found = await _called(place, text) if len(text.strip()) != ID_TEXT_LENGTH else []
    if not found and len(text.strip()) >= PREFIX_LENGTH_MIN:
        try:
            found = await place.store.territories_with_id(text)
        except Malformed:
            found = []
    found = found or await _called(place, text)
    if not found:
        raise NotHere(_("no record here names a territory that is called {text}").format(text=text))
    if len(found) > 1:
        shown = ", ".join(territory_text(row.id) for row in found[:MEANINGS_SHOWN_MAX])
        more = "…" if len(found) > MEANINGS_SHOWN_MAX else ""
        raise ConfigError(f"several territories are called {text!r}, write the id: {shown}{more}")
    return found[0].id


async def _called(place: Workplace, name: str) -> list[TerritoryRow]:
    found = await place.store.territories_called({name, folded(name), " ".join(name.casefold().split())})
    return list({row.id: row for row in found}.values())


def _csv(place: Workplace, view: TerritoryView) -> str:
    return csv_text(view, lambda texts: plain(preferred(dict(texts), place.operator.language)))


def _name(place: Workplace, row: TerritoryRow) -> str:
    return plain(preferred(dict(row.title), place.operator.language)) if row.title else "–"


def _show_found(place: Workplace, found: list[TerritoryRow]) -> None:
    """Show territories of one name, each with what it lies in, so that they can be told apart."""
    if place.operator.json:
        show_json([part_data(row) for row in found])
        return
    if not found:
        note(_("No record here names a territory that is called so."))
        return
    language = place.operator.language
    rows = [
        (
            territory_text(row.id),
            _name(place, row),
            level_words(row.step.level) if row.step else "",
            plain(preferred(dict(row.around_title), language)) if row.around_title else "–",
        )
        for row in found
    ]
    show_table(
        [
            Column(_("Id")),
            Column(_("Name"), flexible=True),
            Column(_("Level")),
            Column(_("In"), flexible=True),
        ],
        rows,
    )


def _show_territory(place: Workplace, view: TerritoryView) -> None:
    row = view.row
    if row.step is not None:
        say(wrapped(_name(place, row)))
        around = ", ".join(f"{_name(place, one)} ({_level(one)})" for one in view.around)
        language = place.operator.language
        shown = _name(place, row)
        others = ", ".join(
            f"{plain(name)} ({tag})" for tag, name in row.title.items() if plain(name) != shown
        )
        show_fields(
            [
                (_("Id"), territory_text(row.id)),
                (_("Level"), _level(row)),
                (_("Code"), plain(code_of(row) or "")),
                (_("Other names"), others),
                (_("In"), around),
                (
                    _("Documented by"),
                    "\n".join(
                        plain(preferred(dict(one.title), language)) for one in view.documented_by if one.title
                    ),
                ),
                (
                    _("Called alike"),
                    ", ".join(territory_text(one.id) for one in view.namesakes),
                ),
            ]
        )
        say()
    _show_sum(view)
    if view.parts:
        say()
    _show_parts(place, view)
    _show_by(
        _("Resource"), ((resource_words(s), one) for s, one in _largest(view.figures.by_resource.items()))
    )
    _show_by(_("Standing"), ((status_words(s), one) for s, one in _largest(view.figures.by_status.items())))
    if view.figures.pacts:
        say()
        counted = sorted(view.figures.pacts.items(), key=lambda one: (-one[1], one[0]))
        show_table(
            [Column(_("Pacts that stand"), flexible=True), Column(_("Number"), right=True)],
            [(status_words(status), in_figures(number)) for status, number in counted],
        )


def _level(row: TerritoryRow) -> str:
    return level_words(row.step.level) if row.step is not None else ""


def _show_sum(view: TerritoryView) -> None:
    commons = view.figures.commons
    said = ngettext("{count} commons", "{count} commons", commons.number).format(
        count=in_figures(commons.number)
    )
    if commons.measured:
        area = _hectares(commons)
        said += ", " + ngettext(
            "{area} ha in all (area known of {count})",
            "{area} ha in all (area known of {count})",
            commons.measured,
        ).format(area=area, count=in_figures(commons.measured))
    if view.figures.pacts:
        running = in_force(view)
        pacts = ngettext("{count} pact in force", "{count} pacts in force", running)
        said += "; " + pacts.format(count=in_figures(running))
    say(wrapped(said))


def _show_parts(place: Workplace, view: TerritoryView) -> None:
    """Show the parts in which commons lie; how many others there are, in a word."""
    lived_in = [row for row in view.parts if row.commons.number or view.row.id == EVERYWHERE]
    rows = [
        (
            territory_text(row.id),
            _name(place, row),
            _level(row),
            in_figures(row.commons.number),
            _hectares(row.commons),
            str(row.in_force or "–"),
        )
        for row in lived_in[:PARTS_LISTED_MAX]
    ]
    if rows:
        columns = [Column(_("Id")), Column(_("Territory"), flexible=True), Column(_("Level"))]
        numbers = (_("Commons in all"), _("Hectares"), _("Pacts"))
        show_table([*columns, *(Column(heading, right=True) for heading in numbers)], rows)
    if len(view.parts) > len(rows):
        more = len(view.parts) - len(rows)
        note(
            ngettext(
                "There is {count} more, of fewer commons or none; --csv and --json list them all.",
                "There are {count} more, of fewer commons or none; --csv and --json list them all.",
                more,
            ).format(count=in_figures(more))
        )


def _show_by(heading: str, sums: Iterable[tuple[str, Sum]]) -> None:
    rows = [(name, in_figures(one.number), _hectares(one)) for name, one in sums]
    if rows:
        say()
        show_table(
            [
                Column(heading, flexible=True),
                Column(_("Commons in all"), right=True),
                Column(_("Hectares"), right=True),
            ],
            rows,
        )


def _largest(sums: Iterable[tuple[str, Sum]]) -> list[tuple[str, Sum]]:
    return sorted(sums, key=lambda one: (-one[1].number, one[0]))


def _hectares(one: Sum) -> str:
    return in_figures(one.area_m2 / 10_000, 1) if one.measured else "–"
