"""`minga seal`: what is sealed for named actors, opened, who can read it, and sealing it anew."""

from collections.abc import Iterable, Mapping
from gettext import gettext as _
from gettext import ngettext
from typing import Any

import click

from node.authoring.sealing import (
    Reader,
    Unsealed,
    actors_of,
    keys_of,
    not_yet_readers,
    readers_of,
    sealed_version,
    seals_of,
    sign_seal,
    unseal,
)
from node.cli.actors.people import actor_name
from node.cli.faults import NotHere
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.plain_form import to_plain
from node.cli.render import (
    Column,
    day,
    note,
    plain,
    say,
    short_id,
    show_fields,
    show_json,
    show_table,
    suggest,
    wrapped,
)
from node.cli.sentences import sentence
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.keys import PublicKey, did_key
from protocol.kinds.geometry import check_geometry, to_geojson
from protocol.kinds.text import preferred
from protocol.record.verification import VerifiedRecord
from protocol.sealing import NotAsPublished
from protocol.state.fold import ThingState

# Of a key without a label: enough to tell those of one actor apart.
KEY_SHOWN_CHARS = 12


@click.group("seal", cls=Verbs)
def seal_command() -> None:
    """Read what is sealed for you, see who can read it, and seal it anew when members change."""


@seal_command.command("open")
@click.argument("thing")
@json_option
@pass_operator
def open_(operator: Operator, thing: str) -> None:
    """Show what is sealed of a commons or an alert, to whoever holds a key that it is sealed for.

    It is shown here and written nowhere. Whoever reads it answers for it.
    """

    async def work(place: Workplace) -> None:
        found = await find_thing(place, thing)
        unsealed = await _unsealed(place, found)
        if operator.json:
            show_json(_opened_json(found, unsealed))
            return
        await _show_opened(place, found, unsealed)

    run_in(work, operator)


@seal_command.command("show")
@click.argument("thing")
@json_option
@pass_operator
def show(operator: Operator, thing: str) -> None:
    """Show who can read what is sealed of a commons or an alert, and whose keys have changed since."""

    async def work(place: Workplace) -> None:
        await _show_readers(place, await find_thing(place, thing))

    run_in(work, operator)


@seal_command.command("renew")
@click.argument("thing")
@click.option(
    "--for", "added", multiple=True, metavar="ACTOR", help="Another actor that can read it from now on."
)
@click.option(
    "--without",
    "left_out",
    multiple=True,
    metavar="ACTOR",
    help="An actor that the new seal is not for.",
)
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@json_option
@pass_operator
def renew(
    operator: Operator, thing: str, added: tuple[str, ...], left_out: tuple[str, ...], actor: str | None
) -> None:
    """Seal the same again for the keys that its readers have today.

    What somebody could read once they may have kept; what is sealed in later versions they cannot read.
    Where it is sealed for exactly these keys already, nothing is written.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        found = await find_thing(place, thing)
        version = await sealed_version(place.store, found)
        unsealed = await _unsealed(place, found)
        readers = [who, *actors_of([unsealed.seal]), *[await find_actor(place, one) for one in added]]
        gone = {await find_actor(place, one) for one in left_out}
        keys = await keys_of(place.store, [one for one in readers if one not in gone])
        written = set(keys) != _recipients(unsealed.seal)
        if written:
            await place.submit(await sign_seal(place.signer, who, version, unsealed.opened.plaintext, keys))
        elif not operator.json:
            say(wrapped(_("It is sealed for these keys already; nothing was written.")))
        after = await place.store.thing(found.subject)
        assert after is not None
        await _show_readers(place, after, {"written": written})

    run_in(work, operator, writing=True)


async def _unsealed(place: Workplace, thing: ThingState) -> Unsealed:
    try:
        return await unseal(place.signer, thing)
    except NotAsPublished as fault:
        raise NotHere(sentence(str(fault))) from None


def _opened_json(thing: ThingState, unsealed: Unsealed) -> dict[str, Any]:
    return {
        "id": id_text(thing.subject),
        "version": None if thing.display is None else id_text(thing.display),
        "seal": id_text(unsealed.seal.id),
        "content": to_plain(unsealed.opened.content),
        "whole": to_plain(unsealed.opened.whole),
        "false_seals": [id_text(record.id) for record in unsealed.false],
    }


async def _show_opened(place: Workplace, thing: ThingState, unsealed: Unsealed) -> None:
    say(wrapped(plain(preferred(dict(thing.title), place.operator.language)) if thing.title else "–"))
    say(wrapped(_("Only for those it is sealed for: what follows is published nowhere.")))
    say()
    rows = [(_("Sealed by"), await actor_name(place, _author(unsealed.seal)))]
    for name, value in unsealed.opened.content.items():
        rows += _field(place, name, value)
    show_fields(rows)
    for record in unsealed.false:
        note(
            _("The seal {record} by {who} does not hold what was published.").format(
                record=short_id(id_text(record.id)), who=await actor_name(place, _author(record))
            )
        )
    suggest(place.operator, f"seal show {short_id(id_text(thing.subject))}")


def _field(place: Workplace, name: str, value: Any) -> list[tuple[str, str]]:
    words = {
        "geometry": _("Where"),
        "uncertainty_m": _("Give or take"),
        "name": _("Name"),
        "description": _("What it is"),
        "users": _("Users"),
        "rules": _("Rules"),
        "facts": _("Facts"),
        "text": _("Text"),
    }
    label = words.get(name, name)
    match value:
        case None:
            return []
        case {"type": str(), "coordinates": list()} if name == "geometry":
            return [(label, _where(value))]
        case dict() if all(isinstance(text, str) for text in value.values()) and value:
            return [(label, plain(preferred(value, place.operator.language)))]
        case int() if name == "uncertainty_m":
            return [(label, f"{value} m")]
        case str() | int():
            return [(label, plain(str(value)))]
        case _:
            return [(label, _("see --json"))]


def _where(geometry: dict[str, Any]) -> str:
    if geometry["type"] == "Point":
        lon, lat = to_geojson(geometry)["coordinates"]
        return f"{lon:.7f}, {lat:.7f}"
    west, south, east, north = (unit / UNITS_PER_DEGREE for unit in check_geometry(geometry))
    return _("{west:.5f}, {south:.5f} – {east:.5f}, {north:.5f}; all of it with --json").format(
        west=west, south=south, east=east, north=north
    )


def _recipients(seal: VerifiedRecord) -> set[Reader]:
    return {(ActorId(RecordId(one.actor)), PublicKey(one.key)) for one in seal.content.recipients}


async def _show_readers(place: Workplace, thing: ThingState, more: Mapping[str, Any] | None = None) -> None:
    """Show who can read what is sealed of a thing, and what to do about it; as JSON with `more`."""
    version = await sealed_version(place.store, thing)
    seals = seals_of(thing, version)
    read = [await readers_of(place.store, seal) for seal in seals]
    missing = await not_yet_readers(place.store, seals)
    ours = {info.public for info in place.keyring.list() if info.kind == "actor"}
    mine = any(key in ours for one in read for _, key in (*one.current, *one.former))
    if place.operator.json:
        show_json(
            {
                "id": id_text(thing.subject),
                "version": id_text(version.id),
                "commitment": id_text(version.content.sealed.commitment),
                "seals": [
                    {
                        "record": id_text(one.seal.id),
                        "by": id_text(_author(one.seal)),
                        "time_ms": one.seal.header.time_ms,
                        "current": _readers_json(one.current),
                        "former": _readers_json(one.former),
                    }
                    for one in read
                ],
                "cannot_read_yet": _readers_json(missing),
                "ours": mine,
                **(more or {}),
            }
        )
        return
    say(wrapped(plain(preferred(dict(thing.title), place.operator.language)) if thing.title else "–"))
    if not seals:
        note(_("What it commits to is sealed for nobody that is known here: the seal has not come yet."))
        return
    rows = []
    for one in read:
        both = ((_("can read it"), one.current), (_("had it; no key of theirs now"), one.former))
        for standing, readers in both:
            for actor, key in readers:
                when = day(one.seal.header.time_ms)
                who, whose = await actor_name(place, actor), await _key_words(place, actor, key)
                rows.append((short_id(id_text(one.seal.id)), when, who, whose, standing))
    columns = [Column(_("Seal")), Column(_("Day")), Column(_("For"), flexible=True)]
    show_table([*columns, Column(_("Key"), flexible=True), Column(_("Now"), flexible=True)], rows)
    await _advise(place, thing, missing, mine, any(one.former for one in read))


async def _advise(
    place: Workplace, thing: ThingState, missing: list[Reader], mine: bool, has_former: bool
) -> None:
    name = short_id(id_text(thing.subject))
    if missing or has_former or not mine:
        say()
    if missing:
        names = ", ".join(await _names(place, missing))
        say(
            wrapped(
                ngettext(
                    "One key of today cannot read it: {names}.",
                    "{count} keys of today cannot read it: {names}.",
                    len(missing),
                ).format(count=len(missing), names=names)
            )
        )
    if has_former:
        say(wrapped(_("Who had a key may have kept what they read; later versions they cannot read.")))
    if not mine:
        say(wrapped(_("No key of this home can read it.")))
    elif missing or has_former:
        suggest(place.operator, f"seal renew {name}")
    else:
        suggest(place.operator, f"seal open {name}")


async def _names(place: Workplace, readers: Iterable[Reader]) -> list[str]:
    names = []
    for actor, key in readers:
        names.append(f"{await actor_name(place, actor)} ({await _key_words(place, actor, key)})")
    return names


async def _key_words(place: Workplace, actor: ActorId, key: PublicKey) -> str:
    """Return whose a key is, as its actor labels it, or else the beginning of the key."""
    state = await place.store.actor(actor)
    for content in () if state is None else state.contents.values():
        for entry in content.keys:
            if entry.key == key and entry.label:
                return plain(entry.label)
    return f"{did_key(key).removeprefix('did:key:')[:KEY_SHOWN_CHARS]}…"


def _readers_json(readers: Iterable[Reader]) -> list[dict[str, str]]:
    return [{"actor": id_text(actor), "key": did_key(key)} for actor, key in readers]


def _author(seal: VerifiedRecord) -> ActorId:
    assert seal.header.actor is not None
    return seal.header.actor
