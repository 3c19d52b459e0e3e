"""What of ours has the name of what is about to be made.

Names are not unique, and two springs may be called alike: nothing is refused.  But what is signed twice stays
twice, for everybody, so whoever makes a second one is told of the first before it is signed.
"""

from collections.abc import Iterable, Mapping

from node.claims.names import NAMES_COMPARED_MAX, NameMatch, compare_names, words_of
from node.store.errors import SearchTooLong
from node.store.interface import PAGE_LENGTH_MAX, Store
from protocol.identifiers import ActorId, SubjectId
from protocol.state.effect import Effect

# What waits for signatures is in no search, and is folded one by one: some tens of milliseconds.
AWAITING_LOOKED_AT_MAX = 64


async def our_namesakes(
    store: Store, ours: Iterable[ActorId], kind: str, named: Mapping[str, str]
) -> dict[SubjectId, Mapping[str, str]]:
    """Return the names of things of a kind, by our actors, that are called so; those that wait, too."""
    authors = set(ours)
    found: dict[SubjectId, Mapping[str, str]] = {}
    texts = {" ".join(words_of(name)) for name in list(named.values())[:NAMES_COMPARED_MAX]} - {""}
    for actor in authors:
        for text in texts:
            try:
                page = await store.things(kind=kind, text=text, author=actor, limit=PAGE_LENGTH_MAX)
            except SearchTooLong:
                continue  # so many hold these words that a word on one of them helps nobody
            found |= {row.subject: row.title for row in page.rows if _same(named, row.title)}
    return found | await _waiting(store, kind, named, authors)


async def _waiting(
    store: Store, kind: str, named: Mapping[str, str], ours: set[ActorId]
) -> dict[SubjectId, Mapping[str, str]]:
    found: dict[SubjectId, Mapping[str, str]] = {}
    page = await store.things(kind=kind, status="awaiting", limit=AWAITING_LOOKED_AT_MAX)
    for row in page.rows:
        thing = await store.thing(row.subject)
        for version in () if thing is None else thing.versions.all.values():
            name = getattr(version.content, "name", None) or getattr(version.content, "title", None) or {}
            if version.author in ours and version.effect is Effect.AWAITING and _same(named, name):
                found[row.subject] = name
    return found


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return compare_names(one, other) is NameMatch.SAME
