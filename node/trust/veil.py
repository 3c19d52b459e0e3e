"""What pages and terminals see of a store: all of it, but what this node's operator has blocked is out of
lists, and says only that it is blocked.

Records, states and what follows from them are those of the store; only words are taken out.  So a pact that a
blocked actor signed is in force here as everywhere, and what that actor wrote about it is not read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import msgspec

from node.store.interface import Store, TerritoryRow, TerritoryView, ThingPage, ThingRow
from node.trust.blocks import Block, Blocks
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState

# What stands in place of a name, or of another short text that people write, must be short too.
_SHORT = frozenset(
    {"act", "held_by", "identifier", "label", "local", "name", "office", "register", "said", "title"}
    | {"unit", "url", "website"}
)


# Whether all who name a territory are blocked is looked at where these are few; who writes so many commons is
# met by quotas.
NAMED_BY_FEW_MAX = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands in place of words that are not shown, in the reader's language."""

    language: str
    brief: str

    def text(self, block: Block) -> str:
        """Return what stands in place of a text; pages say it in a sentence."""
        return self.brief if not block.reason else f"{self.brief}: {block.reason}"


def veiled(store: Store, blocks: Blocks, notice: Notice) -> Store:
    """Return a store as pages see it, and as it is seen beside a thing at a terminal."""
    return cast(Store, _Veiled(store, blocks, notice)) if len(blocks) else store


async def without_blocked(store: Store, blocks: Blocks, rows: Iterable[ThingRow]) -> list[ThingRow]:
    """Return those rows of a list that show nothing that is blocked."""
    listed = list(rows)
    if not len(blocks):
        return listed
    authors = await store.authors([row.display for row in listed if row.display is not None])
    return [
        row
        for row in listed
        if blocks.of_row(row.subject, row.display, authors.get(row.display or RecordId(b""))) is None
    ]


class _Veiled:
    """A store behind a veil; what is not named here is asked of the store itself."""

    def __init__(self, store: Store, blocks: Blocks, notice: Notice) -> None:
        self._store = store
        self._blocks = blocks
        self._notice = notice

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def record(self, record_id: RecordId) -> VerifiedRecord | None:
        record = await self._store.record(record_id)
        return None if record is None else self._veiled_record(record)

    async def records_of(self, subject: SubjectId) -> list[VerifiedRecord]:
        return [self._veiled_record(record) for record in await self._store.records_of(subject)]

    async def actor(self, actor: ActorId) -> ActorState | None:
        state = await self._store.actor(actor)
        return None if state is None else self._veiled_actor(state)

    async def thing(self, subject: SubjectId) -> ThingState | None:
        thing = await self._store.thing(subject)
        return None if thing is None else self._veiled_thing(thing)

    async def things(self, **which: Any) -> ThingPage:
        page = await self._store.things(**which)
        return ThingPage(await self._shown(page.rows), page.after)

    async def things_in(self, *which: Any, **more: Any) -> ThingPage:
        page = await self._store.things_in(*which, **more)
        return ThingPage(await self._shown(page.rows), page.after)

    async def territory(self, *which: Any, **more: Any) -> TerritoryView | None:
        view = await self._store.territory(*which, **more)
        if view is None:
            return None
        # What a territory comes to is of all records; its name is shown where not only the blocked give it.
        parts = [row for row in view.parts if not await self._is_named_by_blocked_alone(row, *which[1:2])]
        return replace(view, parts=parts, documented_by=await self._shown(view.documented_by))

    async def _is_named_by_blocked_alone(self, row: TerritoryRow, now_ms: int) -> bool:
        if row.commons.number > NAMED_BY_FEW_MAX:
            return False
        page = await self._store.things_in(row.id, now_ms, NAMED_BY_FEW_MAX)
        return bool(page.rows) and not await self._shown(page.rows)

    async def pacts_about(self, *which: Any, **more: Any) -> list[ThingRow]:
        return await self._shown(await self._store.pacts_about(*which, **more))

    async def naming(self, *which: Any, **more: Any) -> list[ThingRow]:
        return await self._shown(await self._store.naming(*which, **more))

    async def _shown(self, rows: Iterable[ThingRow]) -> list[ThingRow]:
        return await without_blocked(self._store, self._blocks, rows)

    def _veiled_record(self, record: VerifiedRecord) -> VerifiedRecord:
        block = self._blocks.of_record(record)
        if block is None or record.content is None:
            return record
        content = masked(record.content, self._words(block))
        return VerifiedRecord(record.id, record.header, record.envelope, content)

    def _veiled_actor(self, state: ActorState) -> ActorState:
        block = self._blocks.actor(state.actor) or self._blocks.of_id(RecordId(state.actor))
        if block is None:
            return state
        words = self._words(block)
        return replace(state, contents={v: masked(content, words) for v, content in state.contents.items()})

    def _veiled_thing(self, thing: ThingState) -> ThingState:
        judged = {
            record_id: verdict._replace(record=self._veiled_record(verdict.record))
            if self._blocks.of_record(verdict.record) is not None
            else verdict
            for record_id, verdict in thing.judged.items()
        }
        versions = {
            version_id: replace(version, content=judged[version_id].record.content)
            if version.content is not None and self._blocks.of_record(judged[version_id].record) is not None
            else version
            for version_id, version in thing.versions.all.items()
        }
        hidden = self._blocks.of_thing(thing) is not None
        pact = thing.pact
        if pact is not None:  # it holds one version's content once more
            for version_id, version in thing.versions.all.items():
                if pact.content is not None and version.content is pact.content:
                    pact = replace(pact, content=versions[version_id].content)
        return replace(
            thing,
            title={} if hidden else thing.title,
            search_text="" if hidden else thing.search_text,
            bbox=None if hidden else thing.bbox,
            judged=judged,
            versions=replace(thing.versions, all=versions),
            actor=None if thing.actor is None else self._veiled_actor(thing.actor),
            pact=pact,
        )

    def _words(self, block: Block) -> tuple[Mapping[str, str], Mapping[str, str]]:
        language = self._notice.language
        return {language: self._notice.text(block)}, {language: self._notice.brief}


def masked(content: Any, words: tuple[Mapping[str, str], Mapping[str, str]], name: str = "") -> Any:
    """Return a content in which what people wrote is replaced: by the first of `words`, short texts by the
    second, and the place is left out.  Days, numbers, ids and words of vocabularies stay: what follows from
    them is the same.
    """
    long, short = words
    if name == "geometry":
        return None
    if isinstance(content, msgspec.Struct):
        fields = content.__struct_fields__
        return msgspec.structs.replace(
            content, **{field: masked(getattr(content, field), words, field) for field in fields}
        )
    if isinstance(content, list):
        return [masked(one, words, name) for one in content]
    if isinstance(content, dict):
        if not content or not all(isinstance(value, str) for value in content.values()):
            return {}  # of a kind that is not known here
        return dict(short if name in _SHORT else long)
    if isinstance(content, str) and name in _SHORT:
        return next(iter(short.values()))
    return content
