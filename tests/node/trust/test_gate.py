"""What a node takes in by its policy, what it sets aside, and when that is asked for again."""

import dataclasses
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from node.settings.table import Settings
from node.store.interface import Company
from node.store.sqlite import SqliteStore
from node.sync.admitting import Admission
from node.sync.verifying import Verifier
from node.trust.aside import Aside, Reason
from node.trust.blocks import Block, Blocks, Target
from node.trust.circle import Neighbourhood
from node.trust.gate import Gate, Judged
from protocol.channel.identity import NodeId
from protocol.identifiers import SubjectId
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.session.events import Link, Reconciled
from tests.node.store.samples import NOW_MS, Person
from tests.node.trust.test_circle import vouch

DAY_MS = 86_400_000
PEER, OTHER_PEER = NodeId(b"p" * 32), NodeId(b"q" * 32)

ANA, BETO, EVA, MAYOR = (Person(name) for name in ("Ana", "Beto", "Eva", "Alcaldía"))
PEOPLE = [person.founding for person in (ANA, BETO, EVA, MAYOR)]


class Household:
    """A gate before a real store, and what comes to it."""

    def __init__(self, gate: Gate, store: SqliteStore) -> None:
        self.gate, self.store = gate, store
        self.now_ms = NOW_MS + DAY_MS
        self.may_ask_again = False

    async def brings(self, *records: VerifiedRecord, peer: NodeId = PEER) -> Judged:
        """A peer brings records; those that pass are stored."""
        judged = await self.gate.judge(records, peer)
        await self.store.add(judged.passed)
        self.may_ask_again = await self.gate.settle(judged.passed, stored=True)
        return judged

    async def holds(self, record: VerifiedRecord) -> bool:
        return await self.store.record(record.id) is not None

    async def takes(self, *records: VerifiedRecord) -> list[bool]:
        """Whether each of some records, brought one by one, is taken in."""
        return [bool((await self.brings(record)).passed) for record in records]

    async def reasons(self) -> dict[Reason, int]:
        return {reason: records for reason, (records, _) in (await self.gate.aside.totals()).items()}


@asynccontextmanager
async def household(
    folder: Path, records: Iterable[VerifiedRecord] = PEOPLE, aside_max: int = 1_000, **settings: Any
) -> AsyncIterator[Household]:
    """The gate of a home that holds Ana's key."""
    async with await SqliteStore.open(folder / "store.sqlite") as store:
        await store.add(records)
        near = Neighbourhood(store, lambda: [ANA.keys[0].public])
        aside = await Aside.open(folder / "aside.sqlite", aside_max)
        house: Household
        chosen = dataclasses.replace(Settings(), **settings)
        blocks = Blocks(folder)
        blocks.load()
        gate = Gate(store, near, aside, chosen, blocks, lambda: house.now_ms)
        house = Household(gate, store)
        await gate.open()
        try:
            yield house
        finally:
            await aside.close()


def says(
    who: Person, kind: str, about: VerifiedRecord, time_ms: int = NOW_MS, **payload: Any
) -> VerifiedRecord:
    return sign_record(who.author(), kind, payload, time_ms, subject=about.subject, parents=[about.id])


def observes(who: Person, about: VerifiedRecord, number: int = 0) -> VerifiedRecord:
    return says(who, "observation", about, NOW_MS + number, text={"es": f"Observación {number}"})


async def test_an_open_node_takes_in_what_anybody_says(tmp_path: Path) -> None:
    async with household(tmp_path) as house:
        field = EVA.commons("Ejido")
        assert await house.takes(field, observes(BETO, field), vouch(EVA, BETO)) == [True] * 3
        assert await house.reasons() == {}


async def test_a_node_that_follows_takes_in_those_near_and_those_they_endorse(tmp_path: Path) -> None:
    async with household(tmp_path, trust_policy="followed", trust_within=2) as house:
        fields = [person.commons(f"Ejido de {person.name}") for person in (ANA, BETO, EVA)]
        assert await house.takes(*fields) == [True, False, False]
        await house.store.add([vouch(ANA, BETO)])
        assert await house.gate.look_again(), "Beto is near now, and what he wrote is asked for"
        assert await house.reasons() == {Reason.POLICY: 1}
        assert await house.takes(*fields[1:]) == [True, False]
        await house.store.add([vouch(BETO, EVA)])
        assert await house.takes(fields[2]) == [True]
        assert await house.takes(EVA.commons("Otro")) == [True]


async def test_a_chain_longer_than_the_setting_is_too_far(tmp_path: Path) -> None:
    chain = [vouch(ANA, BETO), vouch(BETO, EVA), vouch(EVA, MAYOR)]
    for within, expected in ((0, [False] * 3), (1, [True, False, False]), (3, [True] * 3)):
        folder = tmp_path / str(within)
        folder.mkdir()
        async with household(
            folder, [*PEOPLE, *chain], trust_policy="followed", trust_within=within
        ) as house:
            assert await house.takes(BETO.commons("B"), EVA.commons("E"), MAYOR.commons("M")) == expected


async def test_what_strangers_say_about_things_that_are_followed_is_heard(tmp_path: Path) -> None:
    async with household(tmp_path, trust_policy="followed") as house:
        river, elsewhere = ANA.commons("Río"), EVA.commons("Ejido")
        await house.store.add([river])
        challenge = says(EVA, "challenge", river, text={"es": "No es así"})
        alert = sign_record(
            EVA.author(),
            "alert",
            {
                "title": {"es": "Tala"},
                "type": "damage",
                "licence": "CC0-1.0",
                "commons": [{"subject": river.id}],
            },
            NOW_MS,
        )
        overlap = says(BETO, "link", elsewhere, relation="overlaps", other=river.id)
        places = vouch(EVA, BETO, speaks_for=[{"subject": river.id}])
        assert await house.takes(challenge, alert, overlap, places) == [True] * 4
        # And what is said about these in turn, which nobody near has to do with otherwise.
        assert await house.takes(observes(MAYOR, alert)) == [True]
        # So who claims the same place is seen, whoever says that the two overlap.
        assert await house.takes(elsewhere) == [True]
        assert await house.takes(observes(MAYOR, BETO.commons("Otro"))) == [False]
        assert await house.takes(says(EVA, "erasure", challenge, basis="author")) == [True]


async def test_a_pact_with_somebody_near_comes_whole_in_whatever_order(tmp_path: Path) -> None:
    async with household(tmp_path, trust_policy="followed") as house:
        pact = MAYOR.pact(BETO, "Riberas")
        yes = BETO.consent(pact)
        assert await house.takes(pact, yes) == [False, False]
        ours = MAYOR.pact(ANA, "Nuestro")
        assert await house.takes(MAYOR.consent(ours)) == [False], "nobody here knows yet what it is about"
        assert await house.takes(ours) == [True]
        assert house.may_ask_again, "the consent is asked for once more"
        assert await house.takes(MAYOR.consent(ours)) == [True]
        # In one batch, the act before the thing it is about.
        third = MAYOR.pact(ANA, "Tercero")
        assert len((await house.brings(MAYOR.consent(third), third)).passed) == 2


async def test_what_a_record_of_somebody_near_names_is_asked_for(tmp_path: Path) -> None:
    async with household(tmp_path, trust_policy="followed") as house:
        field = EVA.commons("Ejido")
        assert await house.takes(field) == [False]
        assert await house.takes(ANA.pact(BETO, "Ejido", about=[field])) == [True]
        assert house.may_ask_again
        assert await house.takes(field) == [True]


async def test_whose_keys_are_whose_is_always_taken_in(tmp_path: Path) -> None:
    async with household(tmp_path, [ANA.founding], trust_policy="invited") as house:
        council = Person("Cabildo", threshold=2, keys=2)
        rotated = EVA.founding, Person("Eva").rotate("Eva nueva")
        records = [council.founding, council.cosign(council.founding, 1), *rotated]
        assert await house.takes(*records) == [True] * 4


async def test_an_erasure_of_what_is_held_is_taken_in_whoever_is_followed(tmp_path: Path) -> None:
    field = EVA.commons("Ejido")
    async with household(tmp_path, [*PEOPLE, field], trust_policy="invited") as house:
        assert await house.takes(EVA.erase(field)) == [True]
        assert (await house.store.thing(field.subject)).status == "erased"  # type: ignore[union-attr]
        assert await house.takes(EVA.erase(EVA.commons("Nadie lo tiene"))) == [False]


async def test_an_invited_actor_is_listened_to_and_one_that_is_endorsed_is_not(tmp_path: Path) -> None:
    async with household(
        tmp_path, [*PEOPLE, vouch(ANA, BETO)], trust_policy="invited", trust_invited_actors=(EVA.id,)
    ) as house:
        assert await house.takes(EVA.commons("E"), BETO.commons("B"), ANA.commons("A")) == [True, False, True]


async def test_strangers_who_endorse_each_other_get_nothing_in(tmp_path: Path) -> None:
    ring = [Person(f"Anillo {number}") for number in range(12)]
    async with household(tmp_path, trust_policy="followed", trust_within=8) as house:
        await house.store.add([ANA.founding, *(person.founding for person in ring)])
        said = [vouch(one, other) for one in ring for other in ring] + [vouch(one, ANA) for one in ring]
        judged = await house.brings(*said)
        # Endorsements of Ana are about somebody near; those in the ring are not.
        assert len(judged.passed) == len(ring)
        await house.store.add(said)
        assert not any(await house.takes(*(person.commons("Falso") for person in ring)))


async def test_other_terms_let_go_of_everything(tmp_path: Path) -> None:
    field = EVA.commons("Ejido")
    async with household(tmp_path, trust_policy="followed") as house:
        assert await house.takes(field) == [False]
    async with household(tmp_path, (), trust_policy="followed") as house:
        assert await house.gate.aside.among([field.id]) == {field.id}
    async with household(tmp_path, (), trust_policy="open") as house:
        assert await house.gate.aside.among([field.id]) == set()
        assert await house.takes(field) == [True]


async def test_what_came_another_way_is_not_set_aside_any_more(tmp_path: Path) -> None:
    field, other = EVA.commons("Ejido"), EVA.commons("Otro")
    async with household(tmp_path, trust_policy="followed") as house:
        assert await house.takes(field, other) == [False, False]
        await house.store.add([field])  # from a stick, while no node ran
    async with household(tmp_path, (), trust_policy="followed") as house:
        assert await house.gate.aside.among([field.id, other.id]) == {other.id}


async def test_what_has_no_room_to_be_remembered_is_forgotten_and_keeps_nothing_out(tmp_path: Path) -> None:
    fields = [EVA.commons(f"Ejido {number}") for number in range(5)]
    async with household(tmp_path, trust_policy="followed", aside_max=3) as house:
        judged = await house.brings(*fields)
        assert (len(judged.passed), len(judged.aside)) == (0, 5)
        assert house.gate.aside.is_full
        assert await house.gate.aside.among([one.id for one in fields]) == {one.id for one in fields[:3]}
        assert await house.takes(ANA.commons("Río")) == [True]


def many(who: Person, number: int, **more: Any) -> list[VerifiedRecord]:
    return [who.commons(f"{who.name} {n}", time_ms=NOW_MS + n, **more) for n in range(number)]


async def test_a_stranger_has_only_so_much_room_and_somebody_near_has_any(tmp_path: Path) -> None:
    field = EVA.commons("Ejido")
    async with household(tmp_path, [*PEOPLE, field, vouch(ANA, BETO)], quota_stranger_records_max=6) as house:
        # Counted with what is here already: her own record and the commons.
        judged = await house.brings(*many(EVA, 6))
        assert (len(judged.passed), len(judged.aside)) == (4, 2)
        assert await house.reasons() == {Reason.ACTOR_FULL: 2}
        assert len((await house.brings(*many(BETO, 20))).passed) == 20
        assert len((await house.brings(*many(ANA, 20))).passed) == 20
        # She may still take back, and put her keys right.
        assert await house.takes(EVA.erase(field)) == [True]
        # Endorsed, all of hers is asked for.
        await house.store.add([vouch(ANA, EVA)])
        assert await house.gate.look_again()
        assert await house.reasons() == {}
        assert len((await house.brings(*many(EVA, 6)[4:])).passed) == 2


async def test_what_is_too_much_for_a_day_comes_on_the_next(tmp_path: Path) -> None:
    async with household(tmp_path, quota_stranger_records_per_day_max=3) as house:
        records = many(EVA, 5)
        assert len((await house.brings(*records)).passed) == 3
        assert await house.reasons() == {Reason.ACTOR_TODAY: 2}
        assert not await house.gate.look_again()
        house.now_ms += DAY_MS
        assert await house.gate.look_again()
        assert len((await house.brings(*records[3:])).passed) == 2


@pytest.mark.parametrize("setting", ["quota_stranger_bytes_max", "quota_stranger_bytes_per_day_max"])
async def test_bytes_count_as_records_do(tmp_path: Path, setting: str) -> None:
    records = many(EVA, 3, facts={"es": "x" * 30_000})
    one = len(records[0].envelope)
    async with household(tmp_path, [ANA.founding], **{setting: 2 * one}) as house:
        assert len((await house.brings(*records)).passed) == 2
    other = tmp_path / "other"
    other.mkdir()
    async with household(other, [ANA.founding], **{setting: 2 * one - 1}) as house:
        assert len((await house.brings(*records)).passed) == 1


async def test_a_peer_brings_no_more_of_strangers_than_a_peer_may(tmp_path: Path) -> None:
    async with household(tmp_path, quota_peer_records_per_day_max=3) as house:
        records = many(EVA, 5)
        judged = await house.brings(*records)
        assert (len(judged.passed), len(judged.aside)) == (3, 2)
        assert await house.reasons() == {Reason.PEER_TODAY: 2}
        assert house.gate.peers_over_quota == {PEER}
        # It may bring what those near say, and other peers what they like.
        assert len((await house.brings(*many(ANA, 5))).passed) == 5
        assert len((await house.brings(*many(BETO, 2), peer=OTHER_PEER)).passed) == 2
        house.now_ms += DAY_MS
        assert await house.gate.look_again()
        assert house.gate.peers_over_quota == set()
        assert len((await house.brings(*records[3:])).passed) == 2


async def test_a_peer_brings_no_more_new_actors_than_a_peer_may(tmp_path: Path) -> None:
    ring = [Person(f"Anillo {number}").founding for number in range(6)]
    for policy in ("open", "followed"):
        folder = tmp_path / policy
        folder.mkdir()
        async with household(folder, trust_policy=policy, quota_peer_actors_per_day_max=4) as house:
            assert len((await house.brings(*ring)).passed) == 4
            assert await house.reasons() == {Reason.PEER_TODAY: 2}
            # Keys of actors that are known change as before.
            assert await house.takes(Person("Eva").rotate("Eva nueva")) == [True]
            assert len((await house.brings(*ring[4:], peer=OTHER_PEER)).passed) == 2


async def test_strangers_say_only_so_much_about_one_thing(tmp_path: Path) -> None:
    river, pact = BETO.commons("Río"), BETO.pact(MAYOR, "Riberas")
    crowd = [Person(f"Gente {number}") for number in range(30)]
    records = [*PEOPLE, river, pact, vouch(ANA, MAYOR), *(one.founding for one in crowd)]
    async with household(tmp_path, records, quota_about_one_thing_max=20) as house:
        # A tenth of it from one, and no more than all together.
        judged = await house.brings(*(observes(EVA, river, number) for number in range(5)))
        assert (len(judged.passed), len(judged.aside)) == (2, 3)
        judged = await house.brings(*(observes(one, river) for one in crowd))
        assert (len(judged.passed), len(judged.aside)) == (18, 12)
        assert await house.reasons() == {Reason.THING_FULL: 15}
        # Whose thing it is, who belongs to it, and who is near are not strangers to it.
        later = [BETO.commons(f"Río {n}", after=river, time_ms=NOW_MS + n) for n in range(5)]
        assert len((await house.brings(*later)).passed) == 5
        assert len((await house.brings(*(observes(MAYOR, river, n) for n in range(5)))).passed) == 5
        assert len((await house.brings(*(observes(MAYOR, pact, n) for n in range(5)))).passed) == 5
        # What was said can still be taken back.
        said = observes(EVA, river, 0)
        assert await house.takes(EVA.erase(said)) == [True]


async def test_what_is_stored_while_a_quota_looks_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an answer of the store does not hold yet, and is no longer on its way when the answer comes."""
    river = BETO.commons("Río")
    async with household(tmp_path, [*PEOPLE, river], quota_about_one_thing_max=100) as house:
        first = await house.gate.judge([observes(EVA, river, number) for number in range(10)], PEER)
        assert len(first.passed) == 10
        asked = house.store.company

        async def slow(subject: SubjectId) -> Company:
            before = await asked(subject)
            monkeypatch.undo()
            await house.store.add(first.passed)
            await house.gate.settle(first.passed, stored=True)
            return before

        monkeypatch.setattr(house.store, "company", slow)
        judged = await house.brings(*(observes(EVA, river, number) for number in range(10, 20)))
        assert (len(judged.passed), len(judged.aside)) == (0, 10)


async def test_quotas_of_nothing_are_none(tmp_path: Path) -> None:
    none = {
        f"quota_{name}": 0
        for name in (
            "stranger_records_max",
            "stranger_bytes_max",
            "stranger_records_per_day_max",
            "stranger_bytes_per_day_max",
            "about_one_thing_max",
            "peer_records_per_day_max",
            "peer_bytes_per_day_max",
            "peer_actors_per_day_max",
        )
    }
    river = BETO.commons("Río")
    async with household(tmp_path, [*PEOPLE, river], **none) as house:
        judged = await house.brings(*many(EVA, 50), *(observes(EVA, river, n) for n in range(300)))
        assert len(judged.passed) == 350


async def test_what_passed_and_could_not_be_stored_counts_for_nothing(tmp_path: Path) -> None:
    river = BETO.commons("Río")
    async with household(tmp_path, [*PEOPLE, river], quota_stranger_records_max=3) as house:
        records = many(EVA, 2)
        for _ in range(3):
            judged = await house.gate.judge(records, PEER)
            assert len(judged.passed) == 2
            await house.gate.settle(judged.passed, stored=False)
        assert len((await house.brings(*records)).passed) == 2


def block(folder: Path, target: Target, identifier: bytes) -> Blocks:
    """The block list of a home, with one more entry."""
    blocks = Blocks(folder)
    blocks.load()
    blocks.add(Block(target, identifier, "2025-10-09", "no es de nadie vender"))
    return blocks


async def test_what_a_blocked_actor_says_is_kept_out_and_what_it_decides_is_not(tmp_path: Path) -> None:
    river, pact = BETO.commons("Río"), BETO.pact(EVA, "Riberas")
    async with household(tmp_path, [*PEOPLE, river, pact]) as house:
        lists = block(tmp_path, Target.ACTOR, EVA.id)
        assert not await house.gate.blocks_changed()
        field, said = EVA.commons("Ejido"), observes(EVA, river)
        assert await house.takes(field, said) == [False, False]
        assert await house.reasons() == {Reason.BLOCKED: 2}
        rotated = Person("Eva")
        rotated.keys = list(EVA.keys)
        assert await house.takes(EVA.consent(pact), rotated.rotate("Eva nueva")) == [True, True]
        # What others say about it is theirs.
        assert await house.takes(vouch(BETO, EVA)) == [True]
        assert lists.remove(Target.ACTOR, EVA.id)
        assert await house.gate.blocks_changed(), "what was kept out is asked for"
        assert await house.reasons() == {}
        assert await house.takes(observes(BETO, river)) == [True]


async def test_a_blocked_thing_is_kept_out_with_all_that_is_said_about_it(tmp_path: Path) -> None:
    river = BETO.commons("Río")
    async with household(tmp_path, PEOPLE) as house:
        block(tmp_path, Target.RECORD, river.id)
        await house.gate.blocks_changed()
        later = BETO.commons("Río grande", after=river)
        assert await house.takes(river, later, observes(EVA, river)) == [False] * 3
        assert await house.takes(BETO.commons("Otro")) == [True]
        await house.store.add([river])
        assert await house.takes(BETO.erase(river)) == [True], "what is held can still be taken back"


async def test_a_block_that_is_lifted_while_no_node_runs_lets_go(tmp_path: Path) -> None:
    field = EVA.commons("Ejido")
    lists = block(tmp_path, Target.ACTOR, EVA.id)
    async with household(tmp_path) as house:
        assert await house.takes(field) == [False]
    lists.remove(Target.ACTOR, EVA.id)
    async with household(tmp_path, ()) as house:
        assert await house.gate.aside.among([field.id]) == set()


async def test_while_no_more_can_be_remembered_comparisons_are_looked_at_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with household(tmp_path, trust_policy="followed", aside_max=2) as house:
        verifier = Verifier(1)
        admission = Admission(house.store, verifier, lambda: True, lambda: 0, 1_000_000, house.gate)
        fields = many(EVA, 4)
        found = Reconciled(Link(1), 1, None, have=[fields[0].id], need=[field.id for field in fields])
        assert await admission.without_aside(found) == found
        await house.brings(*fields)
        assert house.gate.aside.is_full
        # What is remembered is neither fetched nor given, the rest is looked at once more for a while.
        left = [field.id for field in fields[2:]]
        assert await admission.without_aside(found) == dataclasses.replace(found, have=[], need=left)
        monkeypatch.setattr("node.sync.admitting.FULL_LOOK_S", 0.0)
        assert await admission.without_aside(found) == dataclasses.replace(found, have=[], need=[])
        other = dataclasses.replace(found, link=Link(2))
        monkeypatch.undo()
        assert (await admission.without_aside(other)).need == left
        # What is announced is looked at all the time.
        assert await admission.not_aside([field.id for field in fields]) == left
        await verifier.aclose()
