"""How commons, pacts and places are shown: lists in columns, one thing in full, and both as JSON."""

from collections.abc import Awaitable, Callable, Container, Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.naming import all_things
from node.cli.personal_fields import personal_words
from node.cli.place_words import resource_words
from node.cli.plain_form import to_plain
from node.cli.render import (
    Column,
    day,
    in_figures,
    note,
    plain,
    say,
    short_id,
    show_fields,
    show_json,
    show_table,
    wrapped,
)
from node.cli.workplace import Workplace
from node.present import present_status
from node.store.errors import SearchTooLong
from node.store.interface import ThingRow
from node.trust.veil import without_blocked
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.alert import Alert
from protocol.kinds.commons import Area, Commons
from protocol.kinds.text import Party, Source, preferred
from protocol.state.effect import Effect
from protocol.state.fold import ThingState

# Things listed before a word that there are more; `--all` lists them all.
LISTED_MAX = 200


def status_words(status: str, kind: str = "commons") -> str:
    """Return the status of a thing of some kind in words: who tells of it is called otherwise in each."""
    if status == "own" and kind == "call":
        return _("published by its own office")
    words = {
        "own": _("told by its stewards"),
        "documented": _("documented by others"),
        "contested": _("contested"),
        "awaiting": _("awaits signatures"),
        "awaiting_consent": _("awaits a steward's consent"),
        "unknown_author": _("author not known here"),
        "void": _("without effect"),
        "erased": _("erased"),
        "proposed": _("proposed"),
        "partly_signed": _("partly signed"),
        "declined": _("declined"),
        "in_force": _("in force"),
        "ended": _("ended"),
        "expired": _("expired"),
        "not_yet_started": _("agreed, not begun"),
        "reported": _("reported from a source"),
        "founded": _("can sign"),
        "under_observation": _("open for observations"),
        "under_evaluation": _("being evaluated"),
        "awaiting_information": _("information requested"),
        "evaluated": _("evaluated"),
        "accepted": _("accepted, to be signed"),
        "refused": _("refused with reasons"),
        "shelved": _("shelved"),
        "under_review": _("under review"),
        "suspended": _("suspended"),
        "not_yet_recorded": _("nothing recorded yet"),
        "reported_otherwise": _("reported in another word"),
        "open": _("open"),
        "resolved": _("resolved"),
        "withdrawn": _("taken back"),
    }
    return words.get(status, status.replace("_", " "))


async def show_list(
    place: Workplace,
    kind: str,
    empty: str,
    *,
    limit: int | None = LISTED_MAX,
    among: Container[SubjectId] | None = None,
    show: Callable[[Workplace, Sequence[ThingRow]], Awaitable[None]] | None = None,
    **which: object,
) -> None:
    """List things of a kind, as a table (that of `show`, or the usual one) or as JSON; only those `among`."""
    rows: list[ThingRow] = []
    more = False
    async for row in all_things(place, kind, now_ms=now_ms(), **which):
        if among is not None and row.subject not in among:
            continue
        if limit is not None and len(rows) == limit:
            more = True
            break
        rows.append(row)
    listed = len(rows)
    rows = await without_blocked(place.store, place.blocks, rows)
    if place.operator.json:
        show_json([row_json(row) for row in rows])
    elif rows and show is not None:
        await show(place, rows)
    elif rows:
        show_rows(place, rows)
    elif not listed:
        note(empty)
    if more:
        note(_("There are more; --all lists them."))
    if listed > len(rows):
        note(_("What is blocked here is left out; `minga block list` shows it."))


def show_rows(place: Workplace, rows: Sequence[ThingRow]) -> None:
    """Show things in columns: the beginning of their ids, names, where they stand."""
    language = place.operator.language
    columns = [Column(_("Id")), Column(_("Name"), flexible=True), Column(_("Standing"))]
    show_table(
        columns,
        [
            (
                short_id(id_text(row.subject)),
                preferred(dict(row.title), language) if row.title else "–",
                status_words(row.status, row.kind),
            )
            for row in rows
        ],
    )


async def show_pacts_about(place: Workplace, commons: ThingState) -> None:
    """Show which pacts are about a commons, the newest first; nothing where there are none."""
    try:
        rows = await _pacts_about(place, commons)
    except SearchTooLong:
        note(_("This node holds too many pacts to look through all of them."))
        return
    if rows:
        say()
        say(_("Pacts about it:"))
        show_rows(place, rows)


async def pacts_json(place: Workplace, commons: ThingState) -> list[dict[str, Any]]:
    """Return the pacts about a commons as JSON, the newest first.  Raises `SearchTooLong`."""
    return [row_json(row) for row in await _pacts_about(place, commons)]


async def _pacts_about(place: Workplace, commons: ThingState) -> list[ThingRow]:
    return await place.shown.pacts_about(commons.subject, LISTED_MAX, now_ms())


def status_of(thing: ThingState) -> str:
    """Return a thing's status; of a pact or a vote, by what has come of it up to now."""
    return present_status(thing, now_ms())


def row_json(row: ThingRow) -> dict[str, Any]:
    """Return a line of a list as JSON."""
    return {
        "id": id_text(row.subject),
        "kind": row.kind,
        "title": dict(row.title),
        "status": row.status,
        "voice": row.voice,
        "heads": row.heads,
        "display": None if row.display is None else id_text(row.display),
        "bbox": None if row.bbox is None else _box(row.bbox),
    }


def thing_json(thing: ThingState) -> dict[str, Any]:
    """Return a thing with all its versions as JSON."""
    return {
        "id": id_text(thing.subject),
        "kind": thing.kind,
        "status": status_of(thing),
        "title": dict(thing.title),
        "display": None if thing.display is None else id_text(thing.display),
        "heads": [id_text(head) for head in thing.heads],
        "bbox": None if thing.bbox is None else _box(thing.bbox),
        "versions": [
            {
                "id": id_text(version.id),
                "author": id_text(version.author),
                "effect": version.effect.value,
                "voice": version.voice.value,
                "time": version.time_ms,
                "parents": [id_text(parent) for parent in version.parents],
                "awaiting_consent": sorted(id_text(actor) for actor in version.awaiting_consent),
                "signatures": _signatures(thing, version.id),
                "content": None if version.content is None else to_plain(version.content),
            }
            for version in sorted(thing.versions.all.values(), key=lambda v: (v.time_ms, v.id))
        ],
    }


def _signatures(thing: ThingState, version: RecordId) -> dict[str, int]:
    verdict = thing.judged.get(version)
    return (
        {"given": len(verdict.signed_by), "needed": verdict.needed} if verdict else {"given": 0, "needed": 0}
    )


def _box(bbox: BoundingBox) -> list[float]:
    return [bound / UNITS_PER_DEGREE for bound in (bbox.west, bbox.south, bbox.east, bbox.north)]


async def show_commons(place: Workplace, thing: ThingState) -> None:
    """Show a commons: what, who, rules, standing, consent, then other voices."""
    language = place.operator.language
    content = thing.versions.all[thing.display].content if thing.display is not None else None
    if not isinstance(content, Commons):
        say(_("Commons {id}").format(id=short_id(id_text(thing.subject))))
        show_fields([(_("Standing"), status_words(status_of(thing)))])
        return

    def text(texts: dict[str, str] | None) -> str:
        return plain(preferred(texts, language)) if texts else ""

    say(wrapped(plain(preferred(content.name, language))))
    territory = ", ".join(text(level.name) for level in content.territory)
    labels = ", ".join(label.code for label in content.labels)
    legal = text(content.legal.text) if content.legal else ""
    show_fields(
        [
            (_("Id"), id_text(thing.subject)),
            (_("Other names"), other_texts(content.name, language)),
            (_("Resources"), ", ".join(plain(resource_words(one)) for one in content.resources)),
            (_("Standing"), status_words(status_of(thing))),
            (_("What it is"), text(content.description)),
            (_("Where"), where(thing, content)),
            (_("Area"), area_words(content.area)),
            (_("Territory"), territory),
            (_("Stewards"), "\n".join([await party_words(place, party) for party in content.stewards])),
            (_("Users"), text(content.users)),
            (_("Rules"), text(content.rules)),
            (_("Legal standing"), legal),
            (_("Published by"), publication_words(content)),
            (_("Labels"), labels),
            (_("Source"), source_words(content.source, language)),
            (_("Facts"), text(content.facts)),
            (_("Why people are named"), personal_words(content, language)),
            (_("Licence"), content.licence),
        ]
    )
    await show_versions(place, thing)


async def show_versions(place: Workplace, thing: ThingState) -> None:
    """Show who says what of a thing, oldest first; one version alone in one line."""
    say()
    rows = []
    for version in sorted(thing.versions.all.values(), key=lambda v: (v.time_ms, v.id)):
        verdict = thing.judged[version.id]
        rows.append(
            (
                short_id(id_text(version.id)),
                day(version.time_ms),
                await actor_name(place, version.author),
                f"{len(verdict.signed_by)}/{verdict.needed}",
                _worth(thing, version.id),
            )
        )
    columns = [
        Column(_("Version")),
        Column(_("Day")),
        Column(_("Says"), flexible=True),
        Column(_("Signed"), right=True),
        Column(_("Worth"), flexible=True),
    ]
    show_table(columns, rows)
    if len(thing.heads) > 1:
        say(
            ngettext(
                "{count} version stands beside the others; none is overwritten.",
                "{count} versions stand beside each other; none is overwritten.",
                len(thing.heads),
            ).format(count=len(thing.heads))
        )


def _worth(thing: ThingState, version: RecordId) -> str:
    entry = thing.versions.all[version]
    if entry.content is None:
        return _("erased")
    if entry.effect is not Effect.EFFECTIVE:
        return status_words(entry.effect.value)
    if entry.awaiting_consent:
        return status_words("awaiting_consent")
    if version == thing.display:
        return _("shown")
    return _("stands beside") if version in thing.heads else _("replaced")


async def party_words(place: Workplace, party: Party) -> str:
    """Return a steward or party: its name, and its actor where it has one."""
    name = plain(preferred(party.name, place.operator.language))
    if party.actor is None:
        return _("{name} (named, no keys)").format(name=name)
    return f"{name} ({short_id(id_text(party.actor))})"


async def is_steward(thing: ThingState, actor: ActorId) -> bool:
    """Whether the version shown names an actor as steward or party."""
    return actor in thing.linked


def other_texts(texts: dict[str, str], language: str) -> str:
    """Return the texts in languages other than the one shown."""
    shown = preferred(texts, language)
    return ", ".join(f"{plain(text)} ({tag})" for tag, text in texts.items() if text != shown)


def where(thing: ThingState, content: Commons | Alert) -> str:
    """Return where a commons lies or an alert is raised, in degrees; what is not told, as that."""
    if content.sensitivity == "withheld":
        return _("withheld by the community")
    if thing.bbox is None:
        return _("sealed for those it names") if content.sensitivity == "sealed" else ""
    west, south, east, north = _box(thing.bbox)
    if (west, south) == (east, north):
        place = f"{west:.5f}, {south:.5f}"
    else:
        place = f"{west:.4f}, {south:.4f} – {east:.4f}, {north:.4f}"
    if content.uncertainty_m:
        place += _give_or_take(content.uncertainty_m)
    if content.sensitivity == "generalised":
        place = _("roughly {place}").format(place=place)
    elif content.sensitivity == "sealed":
        place = _("roughly {place}; the rest is sealed for those it names").format(place=place)
    return place


def _give_or_take(metres: int) -> str:
    if metres < 1_000:
        return _(" (give or take {metres} m)").format(metres=metres)
    return _(" (give or take {km} km)").format(km=in_figures(metres / 1_000, 1))


def area_words(area: Area | None) -> str:
    """Return an area in hectares, with the local figure where there is one."""
    if area is None:
        return ""
    hectares = "" if area.square_metres is None else f"{in_figures(area.square_metres / 10_000, 1)} ha"
    return " · ".join(part for part in (hectares, plain(area.local or "")) if part)


def publication_words(content: Commons) -> str:
    """Return how the community consented to publication, in words."""
    if content.publication is None:
        return ""
    basis = {
        "assembly": _("the community's assembly"),
        "council": _("its council"),
        "stewards": _("its stewards"),
        "customary": _("custom"),
        "public_source": _("a public source; nobody asked the community"),
        "unknown": _("nobody knows whose consent"),
    }[content.publication.basis]
    return f"{basis}, {content.publication.on}" if content.publication.on else basis


def source_words(source: Source | None, language: str) -> str:
    """Return where a record's author has it from."""
    if source is None:
        return ""
    return " · ".join(
        plain(part)
        for part in (preferred(source.name, language), source.identifier, source.url, source.licence)
        if part
    )
