"""Whole nodes that do not take in everything: what they fetch, once or again, and whom they refuse."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from node.daemon import Node
from node.errors import ConfigError
from node.examining import Finding, examine
from node.home import Home
from node.keys.keyring import Keyring
from node.peers.addresses import PeerAddress
from node.trust.blocks import Block, Blocks, Target
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from tests.node.cli.terminal import Terminal
from tests.node.hostile.attacker import attackers
from tests.node.live import held, live, make_home, until
from tests.node.store.samples import NOW_MS, Person
from tests.node.trust.test_circle import vouch

ANA, BETO, EVA = (Person(name) for name in ("Ana", "Beto", "Eva"))
PEOPLE = [person.founding for person in (ANA, BETO, EVA)]
FIELDS = [person.commons(f"{person.name} {n}") for person in (BETO, EVA) for n in range(40)]
BETOS, EVAS = FIELDS[:40], FIELDS[40:]


async def anas_home(path: Path, records: Sequence[VerifiedRecord] = ()) -> Home:
    """A home that holds Ana's key, and these records."""
    home = await make_home(path, [*PEOPLE, *records])
    Keyring(home.keys_path).create("actor", "Ana", seed=ANA.keys[0].reveal_seed())
    return home


def ids(records: Sequence[VerifiedRecord]) -> set[RecordId]:
    return {record.id for record in records}


def received(node: Node) -> int:
    return sum(peer.received for peer in node.engine.peers)


def submit(node: Node, *records: VerifiedRecord) -> object:
    return node.submit([record.envelope for record in records])


async def test_what_is_not_followed_is_fetched_once_and_again_when_it_is(tmp_path: Path) -> None:
    home = await anas_home(tmp_path / "ana")
    async with live(await make_home(tmp_path / "hub", [*PEOPLE, *FIELDS])) as hub:
        async with live(home, trust_policy="followed", trust_within=1) as ana:
            answer = await ana.sync_with(hub.listening[0])
            assert answer["set_aside"] == len(FIELDS)
            assert await held(ana) == ids(PEOPLE)
            # The link stays: what was given is not given again, however often the two compare.
            once = hub.engine.peers[0].given
            assert once == len(FIELDS)
            before = ana.engine.peers[0].secure.received_bytes
            await ana.sync_with(hub.listening[0])
            # Nor named again: 80 ids alone would be 2,560 bytes.
            assert ana.engine.peers[0].secure.received_bytes - before < 1_000
            await hub.engine.synced_with(ana.node_id)
            assert hub.engine.peers[0].given == once
            status = await ana.status()
            assert status["trust"]["policy"] == "followed"
            assert status["trust"]["set_aside"]["policy"]["records"] == len(FIELDS)
            await ana.submit([vouch(ANA, BETO).envelope])
            await until(_holds(ana, BETOS), "Beto's records came once he was endorsed")
            assert not ids(EVAS) & await held(ana)
            assert not any(known["failures"] for known in ana.dialler.known())
        # It remembers after a restart, and others hold nothing against it.
        async with live(home, trust_policy="followed", trust_within=1) as ana:
            await ana.sync_with(hub.listening[0])
            assert hub.engine.peers[-1].given == 0
            assert not hub.dialler.is_node_banned(ana.node_id)
        async with live(home, trust_policy="open") as ana:
            await ana.sync_with(hub.listening[0])
            assert ids(EVAS) <= await held(ana)


def _holds(node: Node, records: Sequence[VerifiedRecord]):  # type: ignore[no-untyped-def]
    async def holds() -> bool:
        return ids(records) <= await held(node)

    return holds


async def test_what_arrives_live_is_set_aside_too_and_passed_on_by_nobody(tmp_path: Path) -> None:
    """Hub → Ana → somebody behind her: what she does not keep she does not announce."""
    async with live(await make_home(tmp_path / "hub", PEOPLE)) as hub:
        home = await anas_home(tmp_path / "ana")
        async with (
            live(home, trust_policy="followed") as ana,
            live(await make_home(tmp_path / "behind", PEOPLE)) as behind,
        ):
            await ana.sync_with(hub.listening[0])
            await behind.sync_with(ana.listening[0])
            await submit(hub, *EVAS, ANA.commons("Río"))  # type: ignore[misc]
            river = ANA.commons("Río")
            await until(_holds(behind, [river]), "what Ana keeps is passed on")
            await until(lambda: ana.gate.aside.records == len(EVAS), "the rest was looked at")
            assert await held(behind) == ids([*PEOPLE, river])
            # By hand, or from a stick, everything comes in.
            await submit(ana, EVAS[0])  # type: ignore[misc]
            await until(_holds(behind, EVAS[:1]), "what the operator brings is passed on")
            assert ana.gate.aside.records == len(EVAS) - 1


async def test_an_invited_node_talks_to_those_it_knows_alone(tmp_path: Path) -> None:
    home = await anas_home(tmp_path / "ana")
    async with (
        live(await make_home(tmp_path / "friend", [*PEOPLE, *BETOS])) as friend,
        live(await make_home(tmp_path / "stranger", [*PEOPLE, *EVAS])) as stranger,
    ):
        settings = {"trust_policy": "invited", "trust_invited_actors": (BETO.id,)}
        async with live(home, **settings, trust_invited_nodes=(friend.node_id,)) as ana:
            with pytest.raises(ConfigError):
                await stranger.sync_with(ana.listening[0])
            assert ana.engine.peers == []
            await friend.sync_with(ana.listening[0])
            await until(_holds(ana, BETOS), "a friend's records are taken in")
            async with attackers(ana.listening[0]) as attack:
                peer = await attack.sealed()
                assert "refuses" in (await peer.end()).reason
            # Whom the operator asks to sync with is invited for as long as that link lasts.
            await ana.sync_with(stranger.listening[0])
            assert {peer.secure.node_id for peer in ana.engine.peers} >= {stranger.node_id}
        # And whom the operator has chosen, for as long as that is so.
        chosen = (PeerAddress.parse(stranger.listening[0]),)
        async with live(home, **settings, peers_addresses=chosen) as ana:
            await until(lambda: len(ana.engine.peers) == 1, "the chosen peer is connected")
            assert ana.engine.peers[0].secure.node_id == stranger.node_id
            await ana.engine.synced_with(stranger.node_id)
            assert not ids(EVAS) & await held(ana)


async def test_a_flood_by_one_stranger_leaves_room_for_others(tmp_path: Path) -> None:
    """One key, far more than it may bring, among what others bring."""
    river = BETO.commons("Río")
    said = [EVA.says("observation", {"text": {"es": f"Spam {number}"}}, river) for number in range(1_500)]
    late = BETO.commons("Último", time_ms=NOW_MS + 99_000)
    home = await anas_home(tmp_path / "ana")
    async with (
        live(await make_home(tmp_path / "hub", [*PEOPLE, river, *said, *BETOS, late])) as hub,
        live(home, quota_about_one_thing_max=500, quota_stranger_records_max=1_000) as ana,
    ):
        await ana.sync_with(hub.listening[0])
        there = await held(ana)
        assert ids([river, *BETOS, late]) <= there
        # One stranger has a tenth of the room.
        assert len(ids(said) & there) == 50
        aside = (await ana.status())["trust"]
        assert aside["set_aside"]["thing_full"]["records"] == 1_450
        assert aside["set_aside_most"][0]["records"] == 1_450
        before = hub.engine.peers[0].given
        await ana.sync_with(hub.listening[0])
        assert hub.engine.peers[0].given == before
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{ana.listening[0]}/?lang=en") as page:
                assert "It has set 1,450 records aside." in await page.text()
    # Also where no node runs, with what can be done about it.
    terminal = Terminal(home.path)
    shown = " ".join((await asyncio.to_thread(terminal.run, "status")).output.split())
    assert "Set aside 1,450 records" in shown
    assert "Comunidad Eva 1,450" in shown
    assert "minga endorse" in shown
    told = await asyncio.to_thread(terminal.asks, "status")
    assert told["trust"]["set_aside"]["thing_full"]["records"] == 1_450


async def test_a_blocked_node_is_turned_away_and_may_come_back(tmp_path: Path) -> None:
    home = await anas_home(tmp_path / "ana")
    async with (
        live(home) as ana,
        live(await make_home(tmp_path / "other", [*PEOPLE, *EVAS])) as other,
    ):
        await other.sync_with(ana.listening[0])
        await until(_holds(ana, EVAS), "they are connected")
        blocks = Blocks.of_home(home.path)
        blocks.add(Block(Target.NODE, other.node_id, "2025-10-09", ""))
        await ana.blocks_changed()
        await until(lambda: not ana.engine.peers, "the blocked node was turned away")
        with pytest.raises(ConfigError):
            await other.sync_with(ana.listening[0])
        blocks.remove(Target.NODE, other.node_id)
        await ana.blocks_changed()
        await other.sync_with(ana.listening[0])
        assert len(ana.engine.peers) == 1


async def test_what_a_blocked_actor_writes_is_not_fetched_until_the_block_is_lifted(tmp_path: Path) -> None:
    home = await anas_home(tmp_path / "ana")
    blocks = Blocks.of_home(home.path)
    blocks.add(Block(Target.ACTOR, EVA.id, "2025-10-09", "spam"))
    async with (
        live(await make_home(tmp_path / "hub", [*PEOPLE, *FIELDS])) as hub,
        live(home) as ana,
    ):
        await ana.sync_with(hub.listening[0])
        assert await held(ana) == ids([*PEOPLE, *BETOS])
        status = (await ana.status())["trust"]
        assert status["blocked"]["actors"] == 1
        assert status["set_aside"]["blocked"]["records"] == len(EVAS)
        blocks.remove(Target.ACTOR, EVA.id)
        await ana.blocks_changed()
        await until(_holds(ana, EVAS), "what was blocked is asked for once it is not")


async def test_a_node_that_follows_nobody_is_told_what_to_do(tmp_path: Path) -> None:
    async def finding(home: Home) -> Finding:
        return next(one for one in await examine(home, every_record=False) if one.name == "aside")

    nobody = await make_home(tmp_path / "nobody", PEOPLE)
    async with live(nobody, trust_policy="followed"):
        (nobody.path / "config.toml").write_text('[trust]\npolicy = "followed"\n')
        assert "trust.ours" in (await finding(nobody)).remedy
    home = await anas_home(tmp_path / "ana")
    async with live(home, trust_policy="followed"):
        (home.path / "config.toml").write_text('[trust]\npolicy = "followed"\n')
        assert not (await finding(home)).remedy
