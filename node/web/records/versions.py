"""The versions of a thing: what each is worth, who wrote it when, and which fields it changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from node.web.exchange.answer import data_answer, page_answer
from node.web.frame.about_thing import header_of, path_of, thing_at
from node.web.frame.layout import page
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_words
from node.web.records.content_fields import fields_of
from node.web.records.erasures import erased_words
from node.web.records.field_view import field_name
from node.web.records.version_standing import VersionStanding, standing_of
from node.web.words.record_vocabulary import STANDING_WORDS
from node.web.words.vocabulary import EFFECT_WORDS
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.state.fold import ThingState
from protocol.state.versions import Voice

# Versions on the page of a thing; all of them have a page of their own.
VERSIONS_SHOWN_MAX = 12

# Of any number, on that page, the newest first: 50 KB.
VERSIONS_LISTED_MAX = 200

# Named of those that a version changed; the page that compares has all.
FIELDS_NAMED_MAX = 8


# Of contents that are read to say what versions changed: some 200 of 20 KB, 0.2 s of one core.
CHANGES_READ_MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """A version as somebody wrote it; `content` is None once it is erased."""

    id: RecordId
    author: ActorId
    time_ms: int
    content: Any
    parents: tuple[RecordId, ...]
    size_bytes: int = 0


class Changes:
    """Which fields each version changed of the one before, until so much has been read for it."""

    def __init__(
        self, versions: Mapping[RecordId, Written], size_max_bytes: int = CHANGES_READ_MAX_BYTES
    ) -> None:
        self._versions = versions
        self._left = size_max_bytes
        self._fields: dict[RecordId, dict[tuple[str, ...], Any]] = {}

    def of(self, version: Written) -> list[tuple[str, ...]] | None:
        """Return the fields that a version changed; None where that is not known, or too much to read."""
        before = _before(self._versions, version)
        if before is None:
            return None
        old, new = self._read(before), self._read(version)
        if old is None or new is None:
            return None
        return [path for path in [*new, *(p for p in old if p not in new)] if old.get(path) != new.get(path)]

    def _read(self, version: Written) -> dict[tuple[str, ...], Any] | None:
        if version.id not in self._fields:
            if version.size_bytes > self._left:
                return None
            self._left -= version.size_bytes
            self._fields[version.id] = {field.path: field.value for field in fields_of(version.content)}
        return self._fields[version.id]


def versions_written(thing: ThingState) -> dict[RecordId, Written]:
    """Return the versions of a thing, the newest first."""
    found: list[Written] = []
    if thing.actor is None:
        found = [
            Written(
                version.id,
                version.author,
                version.time_ms,
                version.content,
                version.parents,
                thing.judged[version.id].record.header.payload_size,
            )
            for version in thing.versions.all.values()
        ]
    else:
        for record_id, content in thing.actor.contents.items():
            header = thing.judged[record_id].record.header
            found.append(
                Written(
                    record_id,
                    header.actor or ActorId(record_id),
                    header.time_ms,
                    content,
                    thing.actor.parents[record_id],
                    header.payload_size,
                )
            )
    return {one.id: one for one in sorted(found, key=lambda one: (-one.time_ms, one.id))}


def versions_section(here: Surroundings, thing: ThingState) -> Node:
    """Return what others say of a thing, then its newest versions, with what each is worth."""
    return [here.voices, own_versions_section(here, thing)]


def own_versions_section(here: Surroundings, thing: ThingState) -> Node:
    """Return the newest versions of a thing; nothing where it has only one."""
    say, versions = here.say, versions_written(thing)
    if len(versions) < 2:
        return None
    shown = list(versions.values())[:VERSIONS_SHOWN_MAX]
    all_of_them = here.asked.link(f"{path_of(thing)}/versions")
    return e(
        "section",
        e("h2", say("Versions")),
        _beside(here, thing),
        e("ol", [_version(here, thing, versions, one) for one in shown], class_="versions"),
        e(
            "p",
            e(
                "a",
                say.count("All {n} version", "All {n} versions, and what each changed", len(versions)),
                href=all_of_them,
            ),
            class_="more",
        ),
        class_="versions-of",
    )


async def versions_answer(here: Surroundings, text: str) -> web.Response:
    """Answer `/thing/{id}/versions` as a page or as data.  Raises `Problem`."""
    thing = await thing_at(here, text)
    versions = versions_written(thing)
    shown = list(versions.values())[:VERSIONS_LISTED_MAX]
    changed = await asyncio.to_thread(_all_changes, versions, shown)
    if here.asked.as_data:
        return data_answer(
            {
                "thing": id_text(thing.subject),
                "kind": thing.kind,
                "versions": [_data(thing, one, changed[one.id]) for one in shown],
                "versions_total": len(versions),
            }
        )
    await here.meet(one.author for one in shown)
    return page_answer(_page(here, thing, versions, shown, changed), here.say.language)


def _all_changes(
    versions: Mapping[RecordId, Written], shown: Sequence[Written]
) -> dict[RecordId, list[tuple[str, ...]] | None]:
    changes = Changes(versions)
    return {one.id: changes.of(one) for one in shown}


def _page(
    here: Surroundings,
    thing: ThingState,
    versions: Mapping[RecordId, Written],
    shown: Sequence[Written],
    changed: Mapping[RecordId, list[tuple[str, ...]] | None],
) -> Element:
    say = here.say
    more = len(versions) - len(shown)
    return page(
        here.asked,
        here.node_name,
        say("Versions of {name}", name=title_words(here, thing)),
        e(
            "article",
            header_of(here, thing, say("Versions")),
            e(
                "p",
                say(
                    "Nothing is overwritten: each version stays as it was signed, the newest first, with "
                    "which fields it changed of the one before."
                ),
                class_="lead",
            ),
            _beside(here, thing),
            e(
                "ol",
                [_version(here, thing, versions, one, changed_names(here, changed[one.id])) for one in shown],
                class_="versions",
            ),
            e("p", say.count("And {n} earlier one.", "And {n} earlier ones.", more)) if more else None,
        ),
        styles=["reading"],
    )


def _beside(here: Surroundings, thing: ThingState) -> Node:
    if len(thing.heads) < 2:
        return None
    text = here.say.count(
        "One version stands.",
        "{n} versions stand side by side: each was written without following the other, and nothing here "
        "chooses between them.",
        len(thing.heads),
    )
    return e("p", text, class_="note")


def _version(
    here: Surroundings,
    thing: ThingState,
    versions: Mapping[RecordId, Written],
    version: Written,
    changed: Node = None,
) -> Element:
    say, before = here.say, _before(versions, version)
    compare: Node = None
    if before is not None:
        address = here.asked.link(
            f"{path_of(thing)}/compare", from_=id_text(before.id), to=id_text(version.id)
        )
        compare = [" · ", e("a", say("what changed"), href=address)]
    voice = thing.versions.all[version.id].voice if thing.actor is None else Voice.OWN
    return e(
        "li",
        here.record(version.id, say.moment(version.time_ms)),
        " · ",
        here.actor(version.author),
        " · ",
        standing_words(here, thing, version.id),
        compare,
        e("p", changed, class_="quiet small") if changed else None,
        class_=f"voice {'own' if voice is Voice.OWN else 'other'}",
    )


def standing_words(here: Surroundings, thing: ThingState, version: RecordId) -> str:
    """Return in a few words what a version is worth."""
    say, standing = here.say, standing_of(thing, version)
    if standing is VersionStanding.ERASED:
        return erased_words(say, thing, version)
    if standing in STANDING_WORDS:
        return say(STANDING_WORDS[standing])
    if thing.actor is not None and standing is VersionStanding.VOID:
        return say("not accepted: the signatures it needs are missing, or others outrank it")
    return say(EFFECT_WORDS[thing.judged[version].effect])


def changed_names(here: Surroundings, paths: list[tuple[str, ...]] | None) -> Node:
    """Return the names of the fields that a version changed; nothing where these are not known."""
    say = here.say
    if paths is None:
        return None
    names = list(dict.fromkeys(field_name(here, path[:1]) for path in paths))
    if not names:
        return say("Nothing but who signed it, and when.")
    more = len(names) - FIELDS_NAMED_MAX
    listed: list[Node] = list(names[:FIELDS_NAMED_MAX])
    if more > 0:
        listed.append(say.count("{n} other", "{n} others", more))
    return [say("Changed:"), " ", say.joined(listed)]


def _before(versions: Mapping[RecordId, Written], version: Written) -> Written | None:
    """Return the version that one followed, where both can be read."""
    if version.content is None:
        return None
    held = (versions[parent] for parent in version.parents if parent in versions)
    return next((one for one in held if one.content is not None), None)


def _data(thing: ThingState, version: Written, paths: list[tuple[str, ...]] | None) -> dict[str, Any]:
    return {
        "id": id_text(version.id),
        "author": id_text(version.author),
        "time_ms": version.time_ms,
        "parents": [id_text(parent) for parent in version.parents],
        "standing": standing_of(thing, version.id).value,
        "changed": None if paths is None else [list(path) for path in paths],
    }
