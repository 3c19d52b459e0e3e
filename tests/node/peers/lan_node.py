"""A process that only does LAN discovery, for tests: prints what it finds and loses as lines of JSON.

    python -m tests.node.peers.lan_node INSTANCE PORT NETWORK [INTERFACE …]

It stops, with a goodbye, when its standard input ends.
"""

import asyncio
import json
import logging
import sys

from node.peers.lan import LanDiscovery


async def main(instance: str, port: str, network: str, *interfaces: str) -> None:
    discovery = LanDiscovery(
        instance, int(port), network, interfaces, loopback="lo" in interfaces, poll_s=0.3
    )

    async def report() -> None:
        async for change in discovery.changes():
            event = {
                "event": type(change).__name__,
                "instance": change.peer.instance,
                "urls": change.peer.urls,
            }
            print(json.dumps(event), flush=True)

    async with asyncio.TaskGroup() as tasks:
        await discovery.start()
        tasks.create_task(report())
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps({"event": "warning", "text": discovery.warning}), flush=True)
        await discovery.stop()


logging.basicConfig(stream=sys.stderr)
asyncio.run(main(*sys.argv[1:]))
