"""Who and what is named in a form, by the names that people type: found among what is held, or only named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from node.authoring.naming import SeveralMeant, listed, named_party, thing_meant, things_called
from node.store.errors import SearchTooLong
from node.web.frame.markup import Element, e
from node.web.words.speech import Speech
from node.web.writing.filled import Filled
from node.web.writing.visit import Visit
from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.text import preferred
from protocol.state.authority import ActorState

# Names offered while somebody types; whoever means another types it whole.
SUGGESTED_MAX = 200


async def suggestions(visit: Visit, kind: str, list_id: str) -> Element:
    """Return names of a kind of thing that are held here, offered to whoever types one."""
    names: dict[str, None] = {}
    try:
        page = await visit.here.store.things(kind=kind, limit=SUGGESTED_MAX)
        names = dict.fromkeys(visit.here.plain_name(row.title) for row in page.rows if row.title)
    except SearchTooLong:
        names = {}
    return e("datalist", [e("option", value=name) for name in names], id=list_id)


def shown_name(say: Speech, texts: Mapping[str, str]) -> str:
    """Return a name as a form shows it, by which it is known again."""
    return " ".join(preferred(dict(texts), say.language).split())


async def party_answer(
    visit: Visit,
    typed: str,
    filled: Filled,
    actor: ActorId,
    state: ActorState,
    before: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return whom a name means: somebody named before, whoever signs, another actor, or somebody only named.

    Raises `ConfigError`.
    """
    for one in before:
        if shown_name(visit.say, one["name"]) == typed:
            return {name: value for name, value in one.items() if name != "side"}
    assert state.current is not None
    if typed.casefold() in {text.casefold() for text in state.current.name.values()}:
        return {"name": dict(state.current.name), "actor": bytes(actor)}
    found = await thing_meant(visit.desk.store, typed, "actor")
    return await named_party(
        visit.desk.store, typed, {filled.tag: typed}, None if found is None else ActorId(found)
    )


async def commons_answer(
    visit: Visit, typed: str, filled: Filled, before: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return which commons a name means: one named before, one held here, or one that has no record.

    Raises `ConfigError`.
    """
    for one in before:
        if one.get("name") and shown_name(visit.say, one["name"]) == typed:
            return dict(one)
    found = await thing_meant(visit.desk.store, typed, "commons")
    if found is None:
        return {"name": {filled.tag: typed}}
    return await commons_entry(visit, found)


async def commons_entry(visit: Visit, subject: SubjectId) -> dict[str, Any]:
    """Return a commons that is held here as other records name it."""
    thing = await visit.desk.store.thing(subject)
    title = {} if thing is None else dict(thing.title)
    return {"subject": bytes(subject), **({"name": title} if title else {})}


async def readers_answer(visit: Visit, filled: Filled) -> tuple[list[ActorId], str | None]:
    """Return the actors that a place is sealed for, and what is wrong with those that were typed."""
    readers: list[ActorId] = []
    for typed in filled.all("reader"):
        if not typed:
            continue
        try:
            found = await thing_meant(visit.desk.store, typed, "actor")
        except SeveralMeant:
            named = await things_called(visit.desk.store, typed, "actor")
            return readers, visit.say(
                "Several are called {name}: write the id of one, {ids}",
                name=typed,
                ids=listed([row.subject for row in named]),
            )
        if found is None:
            return readers, visit.say(
                "Nobody here is called {name}: a place is sealed for actors with keys", name=typed
            )
        readers.append(ActorId(found))
    return readers, None
