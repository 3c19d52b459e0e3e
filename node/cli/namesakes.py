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

from node.claims.names import NAMES_COMPARED_MAX, NameMatch, compare_names, words_of
from node.cli.naming import own_actors
from node.cli.render import day, note, plain, short_id
from node.cli.workplace import Workplace
from node.store.errors import SearchTooLong
from node.store.interface import PAGE_LENGTH_MAX
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.text import preferred
from protocol.state.effect import Effect

# Of one name, shown before a word that there are more.
NAMESAKES_SHOWN_MAX = 3

# What waits for signatures is in no search, and is folded one by one: some tens of milliseconds.
AWAITING_LOOKED_AT_MAX = 64

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
    found = await _our_actors_called(place, named) if kind == "actor" else await _ours(place, kind, named)
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


async def _ours(place: Workplace, kind: str, named: Mapping[str, str]) -> dict[SubjectId, Mapping[str, str]]:
    """Return the names of things of a kind, by our actors, that are called so; those that wait, too."""
    ours = {state.actor for state in await own_actors(place)}
    found: dict[SubjectId, Mapping[str, str]] = {}
    texts = {" ".join(words_of(name)) for name in list(named.values())[:NAMES_COMPARED_MAX]} - {""}
    for actor in ours:
        for text in texts:
            try:
                page = await place.store.things(kind=kind, text=text, author=actor, limit=PAGE_LENGTH_MAX)
            except SearchTooLong:
                continue  # so many hold these words that a word on one of them helps nobody
            found |= {row.subject: row.title for row in page.rows if _same(named, row.title)}
    return found | await _waiting(place, kind, named, ours)


async def _waiting(
    place: Workplace, kind: str, named: Mapping[str, str], ours: set[ActorId]
) -> dict[SubjectId, Mapping[str, str]]:
    found: dict[SubjectId, Mapping[str, str]] = {}
    page = await place.store.things(kind=kind, status="awaiting", limit=AWAITING_LOOKED_AT_MAX)
    for row in page.rows:
        thing = await place.store.thing(row.subject)
        for version in () if thing is None else thing.versions.all.values():
            name = getattr(version.content, "name", None) or getattr(version.content, "title", None) or {}
            if version.author in ours and version.effect is Effect.AWAITING and _same(named, name):
                found[row.subject] = name
    return found


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return compare_names(one, other) is NameMatch.SAME
