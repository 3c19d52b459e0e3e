"""A process that announces services that are none of ours, or wrong, or too many, and then one good one.

    python -m tests.node.peers.lan_announcer GOOD_TAG FLOOD

The odd ones come first, then FLOOD good ones, then the one named `good`.  Ends with its standard input.
"""

import asyncio
import sys

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from node.peers.interfaces import lan_interfaces
from node.peers.lan import SERVICE_TYPE

Properties = dict[str | bytes, str | bytes | None] | bytes


def _odd(tag: bytes) -> dict[str, Properties]:
    return {
        "empty": {},
        "no-version": {b"net": tag},
        "version-2": {b"v": b"2", b"net": tag},
        "no-net": {b"v": b"1"},
        "other-net": {b"v": b"1", b"net": b"00000000"},
        "net-without-value": {b"v": b"1", b"net": None},
        "not-text": {b"v": b"\xff\xfe", b"net": b"\x00\xff" * 50},
        "truncated": b"\x20v=1",
        "zero-lengths": b"\x00\x00\x00",
    }


async def main(tag: str, flood: str) -> None:
    own = [str(address.ip) for interface in lan_interfaces() for address in interface.addresses]
    good: Properties = {b"v": b"1", b"net": tag.encode()}
    zeroconf = AsyncZeroconf(interfaces=[ip for ip in own if "." in ip], ip_version=IPVersion.V4Only)

    async def announce(name: str, properties: Properties, addresses: list[str], port: int = 7447) -> None:
        info = AsyncServiceInfo(
            SERVICE_TYPE,
            f"{name}.{SERVICE_TYPE}",
            port=port,
            properties=properties,
            server=f"{name}.local.",
            parsed_addresses=addresses,
        )
        await (await zeroconf.async_register_service(info, cooperating_responders=True))

    async with asyncio.TaskGroup() as tasks:
        for name, properties in _odd(tag.encode()).items():
            tasks.create_task(announce(name, properties, own))
        tasks.create_task(announce("on-the-internet", good, ["9.9.9.9", "2606:4700::1"]))
        tasks.create_task(announce("on-yourself", good, ["127.0.0.1", "::1", "0.0.0.0", "224.0.0.1"]))
        tasks.create_task(announce("port-zero", good, own, port=0))
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(flood)):
            tasks.create_task(announce(f"flood-{number}", good, own))
    await announce("good", good, own)
    print("announced", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await zeroconf.async_close()


asyncio.run(main(*sys.argv[1:]))
