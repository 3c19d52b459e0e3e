"""A council of five, three of whom decide, each at a node of their own; they meet seldom, and never all.

Weeks pass in which only some nodes meet, carry over some of what the other lacks, and take it in any order,
each at its own time. What counts is counted from signatures by hand, node by node, week by week.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId, SubjectId
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.course import DAY_MS, course
from protocol.state.effect import Effect
from protocol.state.fold import ThingState
from tests.protocol.people import T0, Person, cosign, key, pact

WEEK_MS = 7 * DAY_MS
MEMBERS = [key(f"council member {n}") for n in range(5)]
MUNICIPALITY = Person("Municipio", [key("council's municipality")])


class Council:
    """Five nodes, what each holds, and a clock that goes by weeks."""

    def __init__(self, stores: Sequence[SqliteStore], rng: Random) -> None:
        self.stores, self.rng = stores, rng
        self.now_ms = T0
        self.body = Person("Consejo", MEMBERS, 3)
        self.pact = MUNICIPALITY.sign("pact", pact(MUNICIPALITY, self.body))[0]
        consent = {"decision": "consent"}
        about: dict[str, Any] = {"subject": self.pact.subject, "parents": [self.pact.id]}
        given = MUNICIPALITY.sign("consent", consent, **about)
        self.everywhere = [*MUNICIPALITY.records, *self.body.records, self.pact, *given]

    def act(
        self, member: int, kind: str, payload: dict[str, Any], *about: RecordId, **more: Any
    ) -> VerifiedRecord:
        """What one member signs in the council's name, by the clock of the week."""
        author = Author(MEMBERS[member], self.body.id, more.get("auth", self.body.head))
        subject = more.get("subject", self.pact.subject)
        at_ms = more.get("at_ms", self.now_ms)
        return sign_record(author, kind, payload, at_ms, subject=subject, parents=about)

    def cosigned(self, member: int, record: VerifiedRecord) -> VerifiedRecord:
        return cosign(record, MEMBERS[member], self.now_ms)

    async def keep(self, node: int, records: Iterable[VerifiedRecord]) -> None:
        """Take records in as a node does: their bytes verified, by the clock of the week."""
        envelopes = [record.envelope for record in records]
        await self.stores[node].add([verify_record(envelope, self.now_ms) for envelope in envelopes])

    async def held(self, node: int) -> dict[RecordId, VerifiedRecord]:
        found = [
            verify_record(envelope, self.now_ms) async for _, envelope in self.stores[node].all_records()
        ]
        return {record.id: record for record in found}

    async def meet(self, one: int, other: int, share: float = 0.6) -> None:
        """Two nodes carry over some of what the other lacks, in any order; the rest is for another time."""
        here, there = await self.held(one), await self.held(other)
        for giver, taker, node in ((here, there, other), (there, here, one)):
            lacking = [record for record in giver.values() if record.id not in taker]
            await self.keep(node, self.rng.sample(lacking, round(share * len(lacking) + 0.49)))

    async def week(self) -> None:
        """A week later: two pairs of nodes meet, or nobody does."""
        self.now_ms += WEEK_MS
        for _ in range(self.rng.randint(0, 2)):
            await self.meet(*self.rng.sample(range(5), 2))

    async def everybody_meets(self) -> None:
        """In the end each has what any has."""
        for one in range(5):
            for other in range(5):
                if one != other:
                    await self.meet(one, other, share=1)

    async def shown(self, node: int, subject: SubjectId | None = None) -> ThingState | None:
        return await self.stores[node].thing(subject or self.pact.subject)

    async def in_force(self, node: int) -> bool:
        """Whether the pact is in force at a node: in its lists as on its page."""
        thing = await self.shown(node)
        rows = (await self.stores[node].things(kind="pact", now_ms=self.now_ms)).rows
        listed = any(row.subject == self.pact.subject and row.status == "in_force" for row in rows)
        found = thing is not None and thing.pact is not None and thing.pact.in_force == self.pact.id
        assert listed == found
        if thing is not None:
            assert (course(thing, self.now_ms).status == "in_force") == found
        return found


async def signatures(council: Council, node: int, record: VerifiedRecord) -> set[bytes]:
    """Who has signed a record, of what a node holds; nobody while it is not there itself."""
    held = await council.held(node)
    if record.id not in held:
        return set()
    given = [r for r in held.values() if r.header.kind == "cosign" and r.header.parents == (record.id,)]
    return {record.header.signer, *(r.header.signer for r in given)}


@pytest.fixture(params=range(3))
async def council(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Council]:
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(await SqliteStore.open(tmp_path / f"node-{n}")) for n in range(5)
        ]
        yield Council(stores, Random(request.param))


async def spread(council: Council) -> None:
    """What happened before: everybody holds the council, the municipality, and the pact it has signed."""
    for node in range(5):
        await council.keep(node, council.rng.sample(council.everywhere, len(council.everywhere)))


async def test_a_pact_is_in_force_where_the_third_signature_has_come_and_in_the_end_everywhere(
    council: Council,
) -> None:
    await spread(council)
    order = council.rng.sample(range(5), 5)
    consent = council.act(order[0], "consent", {"decision": "consent"}, council.pact.id)
    await council.keep(order[0], [consent])
    waiting, weeks, seen = order[1:], 0, set()
    while waiting or not all([await council.in_force(node) for node in range(5)]):
        await council.week()
        weeks += 1
        for member in list(waiting):
            # A member signs at home, and only what has reached them.
            if consent.id in await council.held(member) and council.rng.random() < 0.4:
                await council.keep(member, [council.cosigned(member, consent)])
                waiting.remove(member)
        for node in range(5):
            signed = len(await signatures(council, node, consent))
            assert await council.in_force(node) == (signed >= 3)
            seen.add(signed)
        if weeks > 60:
            await council.everybody_meets()
    assert {1, 2, 3} <= seen


async def test_two_thieves_of_five_make_nothing_effective_on_any_node(council: Council) -> None:
    """Whatever two keys sign together, and however often, with whatever date."""
    await spread(council)
    consent = council.act(0, "consent", {"decision": "consent"}, council.pact.id)
    agreed = [consent, council.cosigned(1, consent), council.cosigned(2, consent)]
    await council.keep(0, agreed)
    thieves = (3, 4)
    own = key("thief")
    forged: list[VerifiedRecord] = []
    answered = (council.pact.id, consent.id)
    for first, second in (thieves, thieves[::-1]):
        for at_ms in (council.now_ms, T0 - 300 * DAY_MS):
            declined = council.act(first, "consent", {"decision": "decline"}, *answered, at_ms=at_ms)
            ended = council.act(first, "step", {"step": "ended"}, council.pact.id, at_ms=at_ms)
            erased = council.act(first, "erasure", {"basis": "mistake"}, consent.id, at_ms=at_ms)
            changed = council.act(
                first, "pact", pact(council.body, Person("Empresa", [own])), council.pact.id, at_ms=at_ms
            )
            taken = council.act(
                first,
                "actor",
                {"name": {"es": "Consejo"}, "type": "council", "keys": [{"key": own.public}], "threshold": 1},
                council.body.head,
                subject=SubjectId(council.body.id),
                at_ms=at_ms,
            )
            for record in (declined, ended, erased, changed, taken):
                again = cosign(record, MEMBERS[second], at_ms + 1)  # the same key once more counts no more
                forged += [record, council.cosigned(second, record), again, cosign(record, own)]
                assert len({r.header.signer for r in forged if r.header.parents == (record.id,)}) == 2
            under_taken = Author(own, council.body.id, taken.id)
            forged.append(
                sign_record(
                    under_taken,
                    "consent",
                    {"decision": "decline"},
                    at_ms,
                    subject=council.pact.subject,
                    parents=answered,
                )
            )
    for node in thieves:
        await council.keep(node, forged)
    stolen = {record.id for record in forged}
    for _ in range(12):
        await council.week()
        for node in range(5):
            await nothing_of(stolen, council, node)
    await council.everybody_meets()
    for node in range(5):
        assert stolen <= set(await council.held(node))
        await nothing_of(stolen, council, node)
        assert await council.in_force(node)


async def nothing_of(stolen: set[RecordId], council: Council, node: int) -> None:
    """None of these records has any effect at a node, and each is there to be seen."""
    thing = await council.shown(node)
    actor = await council.shown(node, SubjectId(council.body.id))
    assert thing is not None
    assert actor is not None
    assert actor.actor is not None
    for record, verdict in thing.judged.items():
        if record in stolen:
            assert verdict.effect is not Effect.EFFECTIVE
    assert not stolen & {thing.display, *thing.heads, *actor.actor.standing}
    assert not thing.erased


async def test_a_removed_members_late_signature_counts_on_no_node_whatever_came_first(
    council: Council,
) -> None:
    await spread(council)
    removed, *rest = council.rng.sample(range(5), 5)
    before = council.body.head
    # Before: a consent that the member signed in time, and that the council keeps.
    consent = council.act(removed, "consent", {"decision": "consent"}, council.pact.id)
    kept = [consent, council.cosigned(rest[0], consent), council.cosigned(rest[1], consent)]
    # The member leaves: three of the others sign that. Two of them had signed an end of the pact with the
    # member's signature missing, which comes late, with a date of before.
    staying = [MEMBERS[n] for n in rest]
    upheld = [{"key": MEMBERS[removed].public, "records": [consent.id]}]
    rotation = council.body.version(staying[:3], staying, threshold=3, upholds=upheld)
    answered = (council.pact.id, consent.id)
    ended = council.act(rest[0], "consent", {"decision": "decline"}, *answered, auth=before)
    two = [ended, council.cosigned(rest[1], ended)]
    late = cosign(ended, MEMBERS[removed], T0 - 1)
    alone = council.act(removed, "step", {"step": "ended"}, council.pact.id, auth=before, at_ms=T0 - 1)
    helped = [alone, council.cosigned(rest[0], alone), council.cosigned(rest[1], alone)]

    # They begin their way at different nodes, so that each node gets them in an order of its own.
    for group in (kept, rotation, two, [late], helped):
        for record in group:
            await council.keep(council.rng.randrange(5), [record])
    for _ in range(12):
        await council.week()
        for node in range(5):
            held = await council.held(node)
            if all(record.id in held for record in rotation):
                await does_not_count(council, node, ended.id, alone.id)
    await council.everybody_meets()
    for node in range(5):
        assert late.id in await council.held(node)
        await does_not_count(council, node, ended.id, alone.id)
        assert await council.in_force(node)
    # With a third signature of those who stayed it does.
    third = council.cosigned(rest[2], ended)
    await council.keep(rest[2], [third])
    await council.everybody_meets()
    for node in range(5):
        thing = await council.shown(node)
        assert thing is not None
        assert thing.judged[ended.id].effect is Effect.EFFECTIVE
        assert not await council.in_force(node)


async def does_not_count(council: Council, node: int, *records: RecordId) -> None:
    thing = await council.shown(node)
    for record in records:
        if thing is not None and record in thing.judged:
            assert thing.judged[record].effect is not Effect.EFFECTIVE
