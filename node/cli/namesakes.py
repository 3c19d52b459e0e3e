"""What of ours has the name of what is about to be made: told before it is signed, and asked about.

Names are not unique, and two springs may be called alike: nothing is refused.  But what is signed twice
stays twice, for everybody.  Who repeats a command, not having seen that it went well, is told what is there
and how to go on with it, while nothing is signed yet; at a terminal the answer that is quickest given, none,
writes nothing.  Scripts cannot be asked: they go on, and the warning stands on standard error.
"""

import sys
from collections.abc import Mapping
from gettext import gettext as _
from gettext import ngettext

import click

from node.authoring.namesakes import our_namesakes
from node.claims.names import NameMatch, compare_names
from node.cli.naming import own_actors
from node.cli.render import day, note, plain, short_id
from node.cli.workplace import Workplace
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.kinds.text import preferred

# Of one name, shown before a word that there are more.
NAMESAKES_SHOWN_MAX = 3

# How what is there is changed, by the kind of record.
_CHANGED_WITH = {
    "actor": "actor rotate {id}",
    "commons": "commons change {id}",
    "alert": "alert change {id}",
    "body": "body add --amend {id}",
    "call": "call add --amend {id}",
    "motion": "vote open --amend {id}",
    "pact": "pact propose --amend {id}",
}


async def ask_about_namesakes(place: Workplace, kind: str, named: Mapping[str, str]) -> None:
    """Tell which things of a kind that our actors made have one of these names, and ask whether to go on.

    Raises `click.Abort` where the answer is no; without a terminal, or with JSON, nobody is asked.
    """
    found = (
        await _our_actors_called(place, named)
        if kind == "actor"
        else await our_namesakes(place.store, [state.actor for state in await own_actors(place)], kind, named)
    )
    if not found:
        return
    for subject, name in list(found.items())[:NAMESAKES_SHOWN_MAX]:
        await _tell(place, kind, subject, name)
    more = len(found) - NAMESAKES_SHOWN_MAX
    if more > 0:
        note(ngettext("And {count} more.", "And {count} more.", more).format(count=more))
    if sys.stdin.isatty() and not place.operator.json:
        click.confirm(_("Make another of the same name?"), abort=True, err=True)


async def _tell(place: Workplace, kind: str, subject: SubjectId, name: Mapping[str, str]) -> None:
    program, short = place.operator.program, short_id(id_text(subject))
    first = await place.store.record(RecordId(subject))
    shown = plain(preferred(dict(name), place.operator.language))
    note(
        _("There is one of yours already that is called so: {name} ({id}), made on {day}.").format(
            name=shown, id=short, day="–" if first is None else day(first.header.time_ms)
        )
    )
    verb = "vote" if kind == "motion" else kind
    see, change = f"{program} {verb} show {short}", f"{program} {_CHANGED_WITH[kind].format(id=short)}"
    # Not wrapped: a command is copied whole.
    click.echo("  " + _("To see it: {command}").format(command=see), err=True)
    click.echo("  " + _("To change it: {command}").format(command=change), err=True)


async def _our_actors_called(
    place: Workplace, named: Mapping[str, str]
) -> dict[SubjectId, Mapping[str, str]]:
    found: dict[SubjectId, Mapping[str, str]] = {}
    for state in await own_actors(place):
        content = state.current or state.contents.get(RecordId(state.actor))
        if content is not None and compare_names(named, content.name) is NameMatch.SAME:
            found[SubjectId(state.actor)] = content.name
    return found
