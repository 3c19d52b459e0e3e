"""A whole node: how it starts, stops, answers its operator, and syncs once without a door of its own."""

import asyncio
import json
import signal
from pathlib import Path

import aiohttp
import pytest

from node.control import SOCKET_NAME, ControlClient, Refused
from node.errors import ConfigError
from node.store.errors import StoreError
from node.sync.one_sync import sync_once
from tests.node.end_to_end.nodes import NodeProcess
from tests.node.hostile.attacker import attackers
from tests.node.live import held, live, make_home, quiet_settings, some_records

RECORDS = some_records(30)


async def test_a_sync_without_a_door_brings_and_gives(tmp_path: Path) -> None:
    mine = some_records(30, seed=5)
    home = await make_home(tmp_path / "here", mine)
    async with live(await make_home(tmp_path / "there", RECORDS)) as there:
        told: list[int] = []
        answer = await sync_once(home, quiet_settings(), there.listening[0], told.append)
        everything = {record.id for record in (*mine, *RECORDS)}
        # At the moment it ends, not some time after.
        assert await held(there) == everything
        assert answer["records"] == len(everything)
    async with live(home) as here:
        assert await held(here) == everything


async def test_a_sync_with_nobody_ends_with_a_sentence(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "here")
    with pytest.raises(ConfigError, match="does the node run"):
        await sync_once(home, quiet_settings(), "127.0.0.1:9")


async def test_a_sync_that_is_interrupted_leaves_the_home_free(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "here")
    async with live(await make_home(tmp_path / "there", RECORDS)) as there:
        syncing = asyncio.create_task(sync_once(home, quiet_settings(), there.listening[0]))
        await asyncio.wait([syncing], timeout=0.05)
        syncing.cancel()
        await asyncio.wait([syncing])
        async with live(home) as node:
            assert await node.store.check() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_a_node_at_once_whoever_is_connected(tmp_path: Path, number: int) -> None:
    home = await make_home(tmp_path / "home", RECORDS)
    process = NodeProcess(home.path, ["--listen", "127.0.0.1:0", "--no-lan"], list)
    try:
        await process.ready()
        address = await process.address()
        async with attackers(address) as attack, ControlClient(home.path) as control:
            await attack.greeted()
            await attack.raw()  # in the middle of its handshake
            host, _, port = address.partition(":")
            await asyncio.open_connection(host, int(port))  # says nothing
            hanging = asyncio.create_task(control.sync_with("127.0.0.2:9"))
            began = asyncio.get_running_loop().time()
            code = await asyncio.to_thread(process.stop, number)
            took_s = asyncio.get_running_loop().time() - began
            await asyncio.wait([hanging])
            hanging.exception()
        assert code == 0, process.said()
        assert took_s < 9  # a handshake may take 10 s, the head of a request 15 s: neither was waited for
        assert "Traceback" not in process.said(), process.said()
        assert not (home.path / SOCKET_NAME).is_socket() or home.holder() is None
    finally:
        process.stop()


async def test_a_part_that_crashes_ends_the_node_loudly(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home")

    class Crashed(Exception):
        pass

    def crash(*_: object) -> None:
        raise Crashed

    async def until_it_crashes() -> None:
        async with live(home) as node:
            node.engine._swarm.handle = crash  # type: ignore[method-assign, assignment]
            await node.engine.seek([RECORDS[0].id])
            await asyncio.wait(node.tasks)

    with pytest.raises(BaseExceptionGroup) as caught:
        await until_it_crashes()
    assert caught.group_contains(Crashed)
    async with live(home) as node:  # and nothing holds the home
        assert await held(node) == set()


BAD_REQUESTS = [
    ("/sync", b"", "not JSON"),
    ("/sync", b"[]", "not a JSON object"),
    ("/sync", b'{"address": 7}', "address"),
    ("/peer", b'{"address": "127.0.0.1"}', "present"),
    ("/peer", b'{"address": "%%%", "present": true}', ""),
    ("/records", b"\x00", "array"),
    ("/records", b"\x91\x01", "array"),
    ("/records", b"\xc1", ""),
]


@pytest.mark.parametrize(("path", "body", "says"), BAD_REQUESTS)
async def test_a_request_that_makes_no_sense_is_answered_with_a_sentence(
    tmp_path: Path, path: str, body: bytes, says: str
) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        connector = aiohttp.UnixConnector(str(node.home.path / SOCKET_NAME))
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.post(f"http://node{path}", data=body) as answer:
                assert answer.status == 422
                title = json.loads(await answer.text())["title"]
                assert title
                assert says in title
        assert (await node.status())["records"] == 0


async def test_a_store_that_fails_is_said_to_the_operator(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node, ControlClient(node.home.path) as control:

        async def fail() -> None:
            raise StoreError("the disk has gone")

        node.store.counts = fail  # type: ignore[method-assign, assignment]
        with pytest.raises(Refused, match="the disk has gone"):
            await control.status()
        del node.store.counts  # type: ignore[attr-defined]
        assert (await control.status())["records"] == 0


async def test_records_of_the_operator_are_checked_like_a_peers(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node, ControlClient(node.home.path) as control:
        good = [record.envelope for record in RECORDS]
        bad = good[5][:-1] + bytes([good[5][-1] ^ 1])
        answer = await control.submit([*good[:5], bad, *good[:5]])
        assert (len(answer["new"]), answer["known"], len(answer["faults"])) == (5, 5, 1)
        assert answer["faults"][0].startswith("bad-signature")
        assert await node.store.check() == []
