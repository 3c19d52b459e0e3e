"""Whose records this node takes in from peers (docs/decisions/0012-whom-a-node-listens-to.md).

Who is near decides it, and what those who are near have to do with: their things, what names them or their
things, and what is said about these by anybody.  Nobody's claim is hidden because it is disputed.
"""

from collections import OrderedDict
from collections.abc import Iterable, Set
from enum import StrEnum

from node.settings.table import Settings
from node.store.interface import Company, Store
from node.trust.circle import Neighbourhood
from protocol.identifiers import ActorId, SubjectId
from protocol.record.verification import VerifiedRecord
from protocol.state.mentions import NAMING_KINDS, named_in
from protocol.state.trust import Circle

# Things of which it is remembered who has to do with them: 64 KB each at the very most, some hundred bytes
# nearly always.
COMPANIES_REMEMBERED_MAX = 256

# Of the things that a record, or a thing, names, so many are looked at: most name one.
NAMED_LOOKED_AT_MAX = 16


_NOBODY = Company(None, frozenset(), frozenset(), frozenset(), {})


class Rule(StrEnum):
    """Whom a node listens to."""

    OPEN = "open"
    FOLLOWED = "followed"
    INVITED = "invited"


def author_of(record: VerifiedRecord) -> ActorId:
    """Return in whose name a record is: an actor's first record is in its own."""
    return ActorId(record.id) if record.header.actor is None else record.header.actor


def names_of(record: VerifiedRecord) -> tuple[frozenset[SubjectId], frozenset[ActorId]]:
    """Return the ids of the things, and of the actors, that a record names."""
    # Most records name nobody but their stewards, which is known without reading them again.
    if record.header.kind not in NAMING_KINDS:
        return frozenset(), record.gist.linked
    things, actors = named_in(record.content)
    return frozenset(SubjectId(thing) for thing in things), record.gist.linked | actors


class Policy:
    """Judges by the circle and the store; asks the store about a thing once, until a record about it
    comes."""

    def __init__(self, store: Store, near: Neighbourhood, settings: Settings) -> None:
        self.rule = Rule(settings.trust_policy)
        self._store = store
        self._near = near
        self._within = settings.trust_within
        self._invited = frozenset(settings.trust_invited_actors)
        self._companies: OrderedDict[SubjectId, Company] = OrderedDict()
        self._of_nothing: Set[SubjectId] = frozenset()  # of those judged just now
        self._forgotten = 0  # how often `forget` was called
        self._circle: Circle | None = None
        self.listened: frozenset[ActorId] = frozenset()
        """Those who are near: ours, those within some endorsements of ours, and those invited."""

    async def look(self, now_ms: int) -> frozenset[ActorId]:
        """Find out who is near at present; return who has become so since this was last called."""
        circle = await self._near.circle(now_ms)
        if circle is self._circle:
            return frozenset()
        within = 0 if self.rule is Rule.INVITED else self._within
        near = {actor for actor, distance in circle.distances().items() if distance <= within}
        before, self._circle = self.listened, circle
        self.listened = self._invited | near
        return self.listened - before

    async def sort(
        self, records: Iterable[VerifiedRecord]
    ) -> tuple[list[VerifiedRecord], list[VerifiedRecord]]:
        """Return which records this node takes in by its rule, and which it does not."""
        wanted: list[VerifiedRecord] = []
        left = list(records)
        if self.rule is Rule.OPEN:
            return left, []
        await self._learn_of_nothing(left)
        # Once more for what the first look has let in: an act can stand before the thing it is about.
        followed: set[SubjectId] = set()
        for _ in range(2):
            rest = []
            for record in left:
                if record.subject in followed or await self._wants(record):
                    wanted.append(record)
                    if not _is_about_keys(record):
                        followed.add(record.subject)
                else:
                    rest.append(record)
            left = rest
        return wanted, left

    async def company(self, subject: SubjectId) -> Company:
        """Return who has to do with a thing."""
        if subject in self._of_nothing:
            return _NOBODY
        known = self._companies.get(subject)
        if known is None:
            forgotten = self._forgotten
            known = await self._store.company(subject)
            if forgotten != self._forgotten:
                return known  # something came meanwhile, perhaps after it was looked up
            self._companies[subject] = known
            if len(self._companies) > COMPANIES_REMEMBERED_MAX:
                self._companies.popitem(last=False)
        self._companies.move_to_end(subject)
        return known

    async def _learn_of_nothing(self, records: Iterable[VerifiedRecord]) -> None:
        """Find out with few questions about which things nothing is held: most, where little is followed."""
        things: dict[SubjectId, None] = {}
        for record in records:
            if author_of(record) not in self.listened and not _is_about_keys(record):
                things[record.subject] = None
                things |= dict.fromkeys(sorted(names_of(record)[0])[:NAMED_LOOKED_AT_MAX])
        self._of_nothing = things.keys() - await self._store.concerned(list(things))

    def forget(self, records: Iterable[VerifiedRecord]) -> None:
        """Ask anew about the things that records are about, and those they name."""
        self._forgotten += 1
        self._of_nothing = frozenset()
        for record in records if self._companies else ():
            self._companies.pop(record.subject, None)
            for named in names_of(record)[0]:
                self._companies.pop(named, None)

    async def _wants(self, record: VerifiedRecord) -> bool:
        if author_of(record) in self.listened or _is_about_keys(record):
            return True
        things, actors = names_of(record)
        if not actors.isdisjoint(self.listened) or await self._follows(record.subject):
            return True
        if record.header.kind in ("erasure", "cosign") and (await self.company(record.subject)).is_held:
            return True  # what is held here is taken back here too, whoever wrote it
        for one in sorted(things)[:NAMED_LOOKED_AT_MAX]:
            if self._is_followed(one, await self.company(one)):
                return True
        return False

    async def _follows(self, subject: SubjectId) -> bool:
        """Whether what is said about a thing concerns those who are near."""
        company = await self.company(subject)
        if self._is_followed(subject, company) or not company.names.isdisjoint(self.listened):
            return True
        for one in sorted(company.names)[:NAMED_LOOKED_AT_MAX]:
            if self._is_followed(SubjectId(one), await self.company(SubjectId(one))):
                return True
        return False

    def _is_followed(self, subject: SubjectId, company: Company) -> bool:
        """Whether somebody near began a thing, is one of its stewards or parties, wrote about it, or named
        it."""
        concerned = {ActorId(subject), *company.linked, *company.named_by, *company.written}
        return company.first in self.listened or not concerned.isdisjoint(self.listened)


def _is_about_keys(record: VerifiedRecord) -> bool:
    """Whether a record says whose keys are whose: without it nothing can be judged, nobody endorsed."""
    header = record.header
    return header.kind == "actor" or (
        header.kind == "cosign" and header.actor is not None and SubjectId(header.actor) == record.subject
    )
