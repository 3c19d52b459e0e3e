"""What an operator types to mean something: an id, the beginning of one, or a name."""

from collections.abc import AsyncIterator
from gettext import gettext as _

from node.authoring.naming import MEANINGS_SHOWN_MAX, listed, thing_called
from node.cli.faults import NotHere
from node.cli.render import plain, short_id
from node.cli.workplace import Workplace
from node.errors import ConfigError
from node.store.interface import PAGE_LENGTH_MAX, ThingRow
from node.trust.ours import keys_of_home, our_actors
from node.trust.veil import without_blocked
from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, ActorId, RecordId, SubjectId, id_text, parse_id
from protocol.kinds.text import preferred
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState

# 20 bits: enough to find one thing among a village's, and no word typed for a name.
PREFIX_LENGTH_MIN = 4


async def all_things(place: Workplace, kind: str | None = None, **which: object) -> AsyncIterator[ThingRow]:
    """Yield every thing that a list of the store holds, page by page."""
    after: str | None = ""
    while after is not None:
        page = await place.store.things(kind=kind, limit=PAGE_LENGTH_MAX, after=after, **which)  # type: ignore[arg-type]
        for row in page.rows:
            yield row
        after = page.after


async def find_record(place: Workplace, text: str) -> VerifiedRecord:
    """Return the record that an id, or the beginning of one, means; a thing's name means its version shown.

    Raises `NotHere`, `ConfigError` where several are meant.
    """
    found = await _ids(place, text)
    if len(found) > 1:
        raise ConfigError(f"{text} begins several ids, write more of it: {listed(found)}")
    shown = found[0] if found else None
    if shown is None:
        named = await thing_called(place.store, text, None)
        thing = await place.store.thing(named) if named is not None else None
        shown = thing.display if thing is not None else None
    record = None if shown is None else await place.store.record(shown)
    if record is None:
        raise NotHere(_("no record here has an id that begins with {text}").format(text=text))
    return record


async def find_thing(place: Workplace, text: str, kind: str | None = None) -> ThingState:
    """Return the thing that an id, the beginning of one, or an exact name means.

    Raises `NotHere`; `ConfigError` where several are meant, or it is of another kind.
    """
    subject = await _subject(place, text, kind)
    thing = await place.store.thing(subject)
    if thing is None:
        raise NotHere(_("nothing here is called {text}").format(text=text))
    if kind is not None and thing.kind != kind:
        raise ConfigError(f"{text} is of the kind {thing.kind}, and what is asked for is of the kind {kind}")
    return thing


async def find_actor(place: Workplace, text: str | None) -> ActorId:
    """Return the actor that is meant; with None, the only one whose keys this home holds."""
    if text is not None:
        thing = await find_thing(place, text, "actor")
        return ActorId(thing.subject)
    own = await own_actors(place)
    if len(own) > 1:
        # Anybody can list a key of ours in an actor of theirs: that one is not meant unless our key signed.
        signed = await our_actors(place.store, keys_of_home(place.keyring))
        own = [state for state in own if state.actor in signed] or own
    if len(own) == 1:
        return own[0].actor
    if not own:
        raise ConfigError(
            "this home holds no key of any actor: found one with `minga actor new`, or say --as ACTOR"
        )
    names = ", ".join(id_text(state.actor)[:10] for state in own[:MEANINGS_SHOWN_MAX])
    raise ConfigError(f"this home holds keys of several actors, say which with --as: {names}")


async def own_actors(place: Workplace) -> list[ActorState]:
    """Return the actors for which a key of this home may sign now, or may once they are founded."""
    own: dict[ActorId, ActorState] = {}
    for info in place.keyring.list():
        if info.kind == "actor":
            for actor in await place.store.actors_listing(info.public):
                state = await place.store.actor(actor)
                if state is not None:
                    own[actor] = state
    return list(own.values())


async def _subject(place: Workplace, text: str, kind: str | None) -> SubjectId:
    if len(text.strip()) == ID_TEXT_LENGTH:
        found = await _ids(place, text)
        if found:
            return await _subject_of(place, found[0])
    named = await thing_called(place.store, text, kind)
    if named is not None:
        return named
    subjects = {await _subject_of(place, found) for found in await _ids(place, text)}
    if kind is not None and len(subjects) > 1:
        things = {subject: await place.store.thing(subject) for subject in subjects}
        subjects = {s for s, thing in things.items() if thing is not None and thing.kind == kind} or subjects
    if len(subjects) > 1:
        raise ConfigError(f"{text} begins several ids, write more of it: {listed(sorted(subjects))}")
    if not subjects:
        near = await _near(place, text, kind)
        if near:
            raise NotHere(
                _("nothing here has the name, or an id that begins with, {text}; there is {near}").format(
                    text=text, near=near
                )
            )
        raise NotHere(_("nothing here has the name, or an id that begins with, {text}").format(text=text))
    return subjects.pop()


async def _near(place: Workplace, text: str, kind: str | None) -> str:
    """Return names in which the words of a text occur, for whoever typed a part of one."""
    found = [row async for row in all_things(place, kind, text=text)]
    shown = await without_blocked(place.store, place.blocks, found)
    names = [
        f"{plain(preferred(dict(row.title), place.operator.language))} ({short_id(id_text(row.subject))})"
        for row in shown[:MEANINGS_SHOWN_MAX]
        if row.title
    ]
    return ", ".join(names) + ("…" if len(shown) > MEANINGS_SHOWN_MAX else "")


async def _subject_of(place: Workplace, record_id: RecordId) -> SubjectId:
    record = await place.store.record(record_id)
    return SubjectId(record_id) if record is None else record.subject


async def _ids(place: Workplace, text: str) -> list[RecordId]:
    bare = text.strip().lower()
    try:
        if len(bare) == ID_TEXT_LENGTH:
            return [record.id] if (record := await place.store.record(parse_id(bare))) is not None else []
        return await place.store.find_ids(bare) if len(bare) >= PREFIX_LENGTH_MIN else []
    except Malformed:
        return []
