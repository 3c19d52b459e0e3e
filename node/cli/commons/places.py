"""`minga place`: territories and administrations' districts, as sources document them."""

from gettext import gettext as _

import click

from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.place_words import level_words
from node.cli.reading import find_shown
from node.cli.render import plain, say, show_fields, show_json, wrapped
from node.cli.things import (
    other_texts,
    show_list,
    show_versions,
    source_words,
    status_of,
    status_words,
    thing_json,
)
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from protocol.identifiers import id_text
from protocol.kinds.place import Place
from protocol.kinds.text import preferred


@click.group("place", cls=Verbs)
def place_command() -> None:
    """Look at the territories that sources document."""


@place_command.command("list")
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@click.argument("words", nargs=-1)
@json_option
@pass_operator
def list_places(operator: Operator, show_all: bool, words: tuple[str, ...]) -> None:
    """List the places held here, all or those that hold some words."""

    async def work(place: Workplace) -> None:
        which: dict[str, object] = {"text": " ".join(words)} if words else {}
        limit: dict[str, object] = {"limit": None} if show_all else {}
        empty = _("No place is held here; `minga commons import` takes them from a file.")
        await show_list(place, "place", empty, **limit, **which)  # type: ignore[arg-type]

    run_in(work, operator)


@place_command.command("show")
@click.argument("place_name", metavar="PLACE")
@json_option
@pass_operator
def show(operator: Operator, place_name: str) -> None:
    """Show a place by its id, the beginning of it, or its name."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, place_name, "place")
        if operator.json:
            show_json({**thing_json(thing), **await voices_json(place, thing)})
            return
        content = thing.versions.all[thing.display].content if thing.display is not None else None
        fields = [(_("Id"), id_text(thing.subject)), (_("Standing"), status_words(status_of(thing)))]
        if isinstance(content, Place):
            language = operator.language
            say(wrapped(plain(preferred(content.name, language))))
            fields += [
                (_("Other names"), other_texts(content.name, language)),
                (_("Level"), plain(level_words(content.level))),
                (_("Code"), plain(content.code or "")),
                (_("Territory"), ", ".join(plain(preferred(t.name, language)) for t in content.territory)),
                (_("Source"), source_words(content.source, language)),
                (_("Licence"), content.licence),
            ]
        show_fields(fields)
        await show_versions(place, thing)
        await show_voices(place, thing)

    run_in(work, operator)
