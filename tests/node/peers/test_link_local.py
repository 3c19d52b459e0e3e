"""A link over nothing but link-local IPv6, as two laptops with one cable have it."""

import subprocess
import sys
from pathlib import Path

import pytest

from node.peers.addresses import PeerAddress
from tests.node.netns import lan, require_namespaces
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]

_ANSWER = """
import asyncio
from aiohttp import web
from node.peers.inbound import InboundDoor
from tests.node.peers.doors import echo, keys

async def main():
    app = web.Application()

    async def handle(request):
        print(request.host, flush=True)
        return await InboundDoor(keys(1), echo).handle(request)

    app.router.add_get("/sync", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "::", 7447).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
_ASK = """
import asyncio, sys
from node.peers.addresses import PeerAddress
from node.peers.websocket import dial, dialling_session
from tests.node.peers.doors import keys

async def main():
    address = PeerAddress.parse(sys.argv[1])
    async with dialling_session() as session, await dial(session, address, keys(2)) as link:
        await link.send(b"good morning")
        print((await link.receive()).decode())

asyncio.run(main())
"""


@pytest.mark.lan
def test_a_link_to_a_link_local_address_and_its_zone_stays_at_home() -> None:
    require_namespaces()
    with lan(2, ipv4=False) as net:
        answerer = net.run(0, [sys.executable, "-c", _ANSWER], cwd=TOP, stdout=subprocess.PIPE, text=True)
        assert answerer.stdout is not None
        assert answerer.stdout.readline() == "ready\n"
        host = net.link_local(0)
        address = PeerAddress.of_ip(f"{host}%{net.interface}", 7447)
        asker = net.run(
            1, [sys.executable, "-c", _ASK, address.url], cwd=TOP, stdout=subprocess.PIPE, text=True
        )
        said, _ = asker.communicate(timeout=PATIENCE_S)
        assert said == "good morning\n"
        assert answerer.stdout.readline() == f"[{host}]:7447\n"
