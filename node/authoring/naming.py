"""What is meant by a name: the things that are called so, and the actor among them that is named."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.errors import ConfigError
from node.store.interface import PAGE_LENGTH_MAX, Store, ThingRow
from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, ActorId, RecordId, SubjectId, id_text, parse_id

# Shown of those that a name could mean.
MEANINGS_SHOWN_MAX = 5


class SeveralMeant(ConfigError):
    """A name is that of several things: whoever typed it has to say which."""


async def things_called(store: Store, text: str, kind: str | None) -> list[ThingRow]:
    """Return the things of this exact name, blanks and case aside."""
    wanted = " ".join(text.split()).casefold()
    found: list[ThingRow] = []
    after: str | None = ""
    while after is not None:
        page = await store.things(kind=kind, text=text, limit=PAGE_LENGTH_MAX, after=after)
        found += [
            row
            for row in page.rows
            if wanted in {" ".join(name.split()).casefold() for name in row.title.values()}
        ]
        after = page.after
    return found


async def thing_called(store: Store, text: str, kind: str | None) -> SubjectId | None:
    """Return the thing of this exact name, None where there is none.  Raises `SeveralMeant`."""
    named = await things_called(store, text, kind)
    if len(named) > 1:
        raise SeveralMeant(f"several are called {text!r}, write the id: {listed([r.subject for r in named])}")
    return named[0].subject if named else None


async def thing_meant(store: Store, typed: str, kind: str) -> SubjectId | None:
    """Return the thing of a kind that a whole id or an exact name means, None where there is none.

    Raises `SeveralMeant`.
    """
    text = typed.strip()
    if looks_like_id(text):
        thing = await store.thing(SubjectId(parse_id(text.lower())))
        return thing.subject if thing is not None and thing.kind == kind else None
    return await thing_called(store, text, kind)


async def named_party(
    store: Store, typed: str, name: Mapping[str, str], actor: ActorId | None
) -> dict[str, Any]:
    """Return a steward or party: the `actor` that was found by what was typed, else somebody only named.

    Raises `ConfigError` where an id is that of no actor held here, or of one that cannot sign.
    """
    if actor is None:
        if looks_like_id(typed.strip()):
            raise ConfigError(
                f"no actor {typed.strip()[:10]}… is held here: bring its records first, or write its name"
            )
        return {"name": dict(name)}
    state = await store.actor(actor)
    content = None if state is None else state.current
    if content is None:
        raise ConfigError(f"{typed!r} is an actor that cannot sign yet; name it as a steward once it can")
    return {"name": dict(content.name), "actor": actor}


def looks_like_id(text: str) -> bool:
    """Whether a text is written as a whole id is."""
    if len(text) != ID_TEXT_LENGTH or " " in text:
        return False
    try:
        parse_id(text.lower())
    except Malformed:
        return False
    return True


def listed(ids: Sequence[RecordId] | Sequence[SubjectId]) -> str:
    """Return the beginnings of some ids."""
    shown = [id_text(one)[:16] for one in ids[:MEANINGS_SHOWN_MAX]]
    return ", ".join(shown) + ("…" if len(ids) > MEANINGS_SHOWN_MAX else "")
