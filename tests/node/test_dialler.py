"""The dialler beside real nodes: whom it dials, how often, and what it holds against whom."""

import asyncio
import socket
from pathlib import Path

import pytest

from node.control import ControlClient, Refused
from node.peers import websocket
from node.peers.addresses import PeerAddress
from node.peers.dialler import Unreachable
from node.peers.link import CloseCode
from node.sync import verifying
from protocol.errors import FromTheFuture, Misbehaviour, Severity, Stalled
from protocol.identifiers import RecordId
from protocol.session.batch import EMPTY_BATCH
from protocol.session.messages import Announce, Records, Want
from tests.node.hostile.attacker import attackers
from tests.node.live import free_address, held, live, make_home, pair, some_records, until
from tests.patience import PATIENCE_S

RECORDS = some_records(20)


async def test_who_is_added_is_dialled_and_who_is_removed_is_left(tmp_path: Path) -> None:
    async with pair(tmp_path, RECORDS) as (first, second):
        address = first.listening[0]
        await second.change_peer(address, present=True)
        await until(lambda: second.engine.connected() == {first.node_id}, "a link")
        await until(lambda: [p.synced_at_ms for p in second.engine.peers] != [None], "a sync")
        assert await held(second) == {record.id for record in RECORDS}
        await second.change_peer(address, present=False)
        await until(lambda: not second.engine.peers and not first.engine.peers, "no link")
        assert [known["address"] for known in second.dialler.known()] == []


async def test_a_node_that_comes_back_is_found_again(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "comes-and-goes", RECORDS)
    address = free_address()
    async with live(await make_home(tmp_path / "stays")) as node:
        await node.change_peer(str(address), present=True)
        await until(lambda: node.dialler.known()[0]["failures"] >= 1, "a dial that failed")
        async with live(home, network_listen=(address,)) as other:
            await until(lambda: node.engine.connected() == {other.node_id}, "a link")
        await until(lambda: not node.engine.peers, "the link has ended")


async def test_a_node_that_reaches_itself_gives_the_address_up(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        address = node.listening[0]
        await node.change_peer(address, present=True)
        await until(lambda: node.dialler.known() == [], "the address is forgotten")
        assert not node.engine.peers
        with pytest.raises(Unreachable, match="own"):
            await node.sync_with(address)


async def test_nobody_there_is_one_sentence(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        async with ControlClient(node.home.path) as control:
            with pytest.raises(Refused, match="does the node run"):
                await control.sync_with("127.0.0.1:9")
            with pytest.raises(Refused):
                await control.sync_with("no address")


@pytest.mark.parametrize(
    ("severity", "times", "banned"),
    [
        (FromTheFuture.severity, 10_000, False),
        (Stalled.severity, 9, False),
        (Stalled.severity, 10, True),
        (Misbehaviour.severity, 1, True),
    ],
)
async def test_what_it_takes_to_be_banned(
    tmp_path: Path, severity: Severity, times: int, banned: bool
) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        stranger, ip = node.node_id, "192.0.2.7"
        told = [node.dialler.note_fault(stranger, ip, severity, "why") for _ in range(times)]
        assert any(told) is banned
        assert node.dialler.is_node_banned(stranger) is banned
        assert node.dialler.is_banned(ip) is banned


async def test_a_ban_ends_the_link_also_of_a_node_that_dialled(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node, attackers(node.listening[0]) as attack:
        peer = await attack.greeted()
        for number in range(10):  # it denies what it has offered, again and again
            await peer.send(Announce((RecordId(bytes([number]) * 32),)))
            while not isinstance(want := await peer.receive(), Want):
                pass
            await peer.send(Records(want.number, EMPTY_BATCH, want.ids))
        assert (await peer.end()).code == CloseCode.BANNED


async def test_a_clock_that_is_years_behind_blames_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live(await make_home(tmp_path / "right", RECORDS)) as right:
        async with live(await make_home(tmp_path / "behind")) as behind:
            with monkeypatch.context() as patched:
                # All in this process share a clock: only the verification of one node is set back.
                patched.setattr(verifying, "_now_ms", lambda: 1_000_000_000_000)
                answer = await behind.sync_with(right.listening[0])
            assert answer["records"] == 0
            assert not behind.dialler.is_node_banned(right.node_id)
            assert behind.engine.connected() == {right.node_id}
            [warning] = (await behind.status())["warnings"]
            assert "clock" in warning
            # Once it is set, everything comes, over the same link.
            [link] = [peer.link for peer in behind.engine.peers]
            await behind.sync_with(right.listening[0])
            assert await held(behind) >= {record.id for record in RECORDS}
            assert [peer.link for peer in behind.engine.peers] == [link]
            assert (await behind.status())["warnings"] == []


async def test_the_book_is_kept_when_a_node_stops_in_the_middle_of_a_dial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A node that waited for its dial would not stop within the time that `live` gives it.
    monkeypatch.setattr(websocket, "CONNECT_MAX_S", 10 * PATIENCE_S)
    home = await make_home(tmp_path / "home")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = PeerAddress.parse(f"127.0.0.1:{silent.getsockname()[1]}")
        async with live(home) as node:
            await node.change_peer(address.url, present=True)
            accepted = await asyncio.to_thread(silent.accept)  # it dials, and is not answered
        accepted[0].close()
    async with live(home) as node:
        [known] = node.dialler.known()
        assert known["address"] == address.url
