"""The second implementation speaks to a real node: fetches and verifies everything, and gives of its own."""

import asyncio
import time
from pathlib import Path

import aiohttp
from nacl.signing import SigningKey

from tests.node.end_to_end.nodes import nodes
from tests.patience import PATIENCE_S

from .authoring import sign
from .authority import Held
from .client import Client
from .things import Thing

NETWORK = "commons"


async def test_exchange_with_a_running_node(tmp_path: Path) -> None:
    async with nodes(tmp_path) as start, aiohttp.ClientSession() as http:
        node = await start("node")
        node.minga("key", "new", "--label", "A", "--no-passphrase")
        node.minga("actor", "new", "--name", "Comuna@es", "--type", "comuna")
        node.minga("commons", "add", "--name", "Acequia@es", "--resource", "irrigation", "--point=-78.5,-0.2")
        client = Client(NETWORK, time.time_ns() // 1_000_000)
        async with asyncio.timeout(PATIENCE_S):
            await client.dial(http, f"ws://{await node.address()}/sync")
            have, need = await client.compare()
            assert not have
            await client.fetch(need)
            assert set(client.held) == await node.records()

            key = SigningKey(bytes(range(32)))
            own = {"key": b"\xed\x01" + bytes(key.verify_key)}
            founding = {"name": {"es": "Otra"}, "type": "association", "keys": [own], "threshold": 1}
            actor = sign(key, "actor", founding, client.now_ms)
            place = {"type": "Point", "coordinates": [-785_000_000, -2_000_000]}
            told = {
                "name": {"es": "Páramo"}, "resources": ["paramo"], "licence": "CC0-1.0", "geometry": place,
                "stewards": [{"name": {"es": "Otra"}, "actor": actor.id}],
            }  # fmt: skip
            box = [*place["coordinates"], *place["coordinates"]]
            thing = sign(key, "commons", told, client.now_ms, actor.id, actor.id, bbox=box)
            await client.give([actor, thing])
            while (await client.compare())[0]:  # until the node has stored them
                pass
            await client.leave()
        assert set(client.held) == await node.records()
        held = Held(client.held.values())
        states = {Thing(held, r.about).status for r in client.held.values() if r.kind == "commons"}
        assert states == {"own"}
