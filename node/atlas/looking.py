"""Looking at things as the store has them, to say what is drawn of each and what others depend on."""

import logging
import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from node.atlas.alert_feature import alert_feature, alert_state
from node.atlas.commons_feature import commons_feature
from node.atlas.feature import Around, Facet, Feature, one_text
from node.atlas.outline import geometry_of, joint_geometry
from node.atlas.overlapping import is_claimed_by_others
from node.atlas.pact_feature import pact_feature
from node.atlas.shown import shown_version
from node.atlas.territory_feature import territory_feature
from node.atlas.writing import Look, facet_before, look_again_at_all_of
from node.present import present_ms, present_prospect, present_status
from node.store.view import StoreView
from node.trust.blocks import Blocks
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.kinds.alert import Alert
from protocol.kinds.commons import Commons
from protocol.kinds.pact import Pact
from protocol.kinds.place import Place
from protocol.kinds.placing import Placing, TerritoryId
from protocol.limits import CLOCK_SKEW_MAX_MS
from protocol.state.course import moment_of
from protocol.state.fold import ThingState
from protocol.state.links import related_by_own
from protocol.state.territories import IN_FORCE, Figures, placing_shown

log = logging.getLogger(__name__)

# 200 bytes each: what authors are called.
NAMES_REMEMBERED_MAX = 4_096

_MAKERS = {
    "commons": commons_feature,
    "pact": pact_feature,
    "place": territory_feature,
    "alert": alert_feature,
}

# What claims of others are compared with of a commons, beside its outline.
_COMPARED = ("author", "sensitivity", "resources")

# What features of others count of those that name them.
_COUNTS = (
    "SELECT count(*) FILTER (WHERE f.collection = 'pacts' AND f.in_force),"
    " count(*) FILTER (WHERE f.collection = 'alerts' AND f.status = 'open')"
    " FROM naming n CROSS JOIN thing t ON t.subject = n.subject CROSS JOIN feature f ON f.seq = t.seq"
    " WHERE n.named = ?"
)
_PLACE_OF = (
    "SELECT d.geometry, f.west, f.south, f.east, f.north, f.uncertainty_m"
    " FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
    " WHERE f.id = ? AND f.collection = 'commons' AND d.geometry IS NOT NULL"
)


class Looker:
    """Looks at things: in a store, and what is drawn of others in the file."""

    def __init__(self, db: sqlite3.Connection, store: StoreView) -> None:
        self._db = db
        self._store = store
        self._names: dict[ActorId, str | None] = {}

    async def look(
        self, subjects: Iterable[SubjectId], blocks: Blocks, now_ms: int, passing_over: bool = False
    ) -> list[Look]:
        """Return what comes of looking at some things, those that are held and that maps are made of.

        `passing_over`: nothing is drawn of them.
        """
        looks = []
        for seq, thing in await self._store.folded(list(subjects)):
            if thing.kind == "actor":
                looks.append(self._look_at_actor(seq, thing))
            elif thing.kind in _MAKERS and passing_over:
                log.warning("nothing is drawn of %s: it was too much", id_text(thing.subject))
                looks.append(Look(thing.subject, seq, None, Facet()))
            elif thing.kind in _MAKERS:
                looks.append(await self._look_at(seq, thing, blocks, now_ms))
            elif facet_before(self._db, thing.subject) is not None:
                # Its first record came after others about it, and says that it is something else.
                looks.append(Look(thing.subject, seq, None, Facet(), drawn_of=False))
        return looks

    def _look_at_actor(self, seq: int, thing: ThingState) -> Look:
        """Have everything looked at that an actor wrote, where what is made of it may differ."""
        actor = ActorId(thing.subject)
        self._names.pop(actor, None)
        name = None if thing.actor is None or thing.actor.current is None else thing.actor.current.name
        verdict = b"" if thing.actor is None else thing.actor.digest
        drawn = _digest(verdict, name)
        before = facet_before(self._db, thing.subject)
        if before is None or before.drawn != drawn:
            look_again_at_all_of(self._db, actor)
        return Look(thing.subject, seq, None, Facet(drawn=drawn, erased=len(thing.erased)))

    async def _look_at(self, seq: int, thing: ThingState, blocks: Blocks, now_ms: int) -> Look:
        hidden = blocks.of_thing(thing) is not None
        placing = placing_shown(thing)
        feature = None
        if not hidden and thing.display is not None:
            around = await self._around(thing, placing, now_ms)
            feature = _MAKERS[thing.kind](thing, around, now_ms)
        facet = msgspec.structs.replace(_facet(thing, feature, placing, now_ms), erased=len(thing.erased))
        return Look(thing.subject, seq, feature, facet, due_of(thing, now_ms))

    async def _around(self, thing: ThingState, placing: Placing | None, now_ms: int) -> Around:
        shown = shown_version(thing)
        if shown is None:
            return Around()
        name = await self._name(shown.author)
        match shown.content:
            case Commons():
                [(pacts, alerts)] = self._db.execute(_COUNTS, (thing.subject,)).fetchall()
                return Around(placing, name, pacts, alerts, is_claimed_by_others(self._db, thing.subject))
            case Pact() | Alert():
                return self._around_named(name, _named(shown.content))
            case Place() if placing is not None and placing.documents is not None:
                return Around(placing, name, figures=await self._figures(placing.documents, now_ms))
        return Around(placing, name)

    def _around_named(self, author_name: str | None, named: Iterable[bytes]) -> Around:
        """Return where the commons are that a pact or an alert names."""
        rows = [row for one in named for row in self._db.execute(_PLACE_OF, (id_text(one),))]
        geometry, box = joint_geometry([(geometry_of(row[0]), BoundingBox(*row[1:5])) for row in rows])
        off = [row[5] for row in rows if row[5] is not None]
        return Around(
            author_name=author_name, geometry=geometry, box=box, uncertainty_m=max(off, default=None)
        )

    async def _figures(self, territory: TerritoryId, now_ms: int) -> Figures | None:
        view = await self._store.territory(territory, now_ms, 1)
        return None if view is None else view.figures

    async def _name(self, actor: ActorId) -> str | None:
        if actor not in self._names:
            if len(self._names) >= NAMES_REMEMBERED_MAX:
                self._names.clear()
            state = await self._store.actor(actor)
            current = None if state is None else state.current
            self._names[actor] = None if current is None else one_text(current.name)
        return self._names[actor]


def _facet(thing: ThingState, feature: Feature | None, placing: Placing | None, now_ms: int) -> Facet:
    """Return what others depend on of a thing; figures take it into account also where it is hidden."""
    shown = shown_version(thing)
    match None if shown is None else shown.content:
        case Commons() if placing is not None:
            drawn = b"" if feature is None else _digest(feature.geometry, feature.columns["uncertainty_m"])
            territories = tuple(sorted(naming.id for naming in placing.namings))
            summed = _digest(placing.area_m2)
            kin = related_by_own(thing, present_ms(thing, now_ms))
            columns = {} if feature is None else feature.columns
            compared = _digest(drawn, kin, *(columns.get(name) for name in _COMPARED))
            return Facet(drawn=drawn, territories=territories, summed=summed, kin=kin, compared=compared)
        case Pact() as content:
            in_force = present_status(thing, now_ms) in IN_FORCE
            counts = feature is not None and in_force
            return Facet(named=_named(content), counts=counts, summed=_digest(in_force))
        case Alert() as content:
            counts = feature is not None and alert_state(thing, content) == "open"
            return Facet(named=_named(content), counts=counts)
        case Place() if placing is not None:
            return Facet(documents=placing.documents)
    return Facet()


def _named(content: Pact | Alert) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(one.subject for one in content.commons if one.subject is not None))


def _digest(*parts: Any) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=16).digest()


def due_of(thing: ThingState, now_ms: int) -> int | None:
    """Return when the clock alone may change what is drawn of a thing; None where it never does."""
    if len(thing.judged) == 1 and thing.pact is None:
        return None
    present = present_ms(thing, now_ms)
    moments = {moment_of(one, thing.erased) for one in thing.judged.values()}
    ahead = [moment for moment in moments if moment > present]
    # The present of a thing is ahead of this clock by as much as its authors' clocks may be.
    early = [one.record.header.time_ms - CLOCK_SKEW_MAX_MS for one in thing.judged.values()]
    ahead += [moment for moment in early if moment > now_ms]
    if thing.pact is not None:
        ahead += [stretch.since_ms for stretch in present_prospect(thing) if stretch.since_ms > now_ms]
    return min(ahead, default=None)
