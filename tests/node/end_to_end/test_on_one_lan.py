"""Two nodes on one wire, nothing configured: they find each other and come to hold the same records."""

import asyncio
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from node.keys.network_key import create_network_key
from protocol.record.verification import VerifiedRecord
from tests.node.end_to_end.nodes import NodeProcess, eventually, nodes, same_records
from tests.node.netns import Lan, lan, require_namespaces
from tests.node.peers.avahi import avahi_daemon
from tests.patience import PATIENCE_S
from tests.protocol.people import Person, commons, key

pytestmark = [pytest.mark.lan, pytest.mark.slow]


def community(name: str) -> list[VerifiedRecord]:
    """What a community signs first: itself, and its commons."""
    people = Person(name, [key(name)])
    place = {"type": "Point", "coordinates": [-785_000_000, -19_000_000]}
    described = commons(people, name={"es": f"Páramo de {name}"}, geometry=place)
    return [*people.records, *people.sign("commons", described)]


async def are_linked(*running: NodeProcess) -> bool:
    """Whether each of the nodes has compared what it holds with another."""
    told = [(await node.status())["peers"] for node in running]
    return all(any(peer["synced_at_ms"] for peer in peers) for peers in told)


@pytest.mark.parametrize(("ipv4", "ipv6"), [(True, True), (True, False), (False, True)])
async def test_two_nodes_find_each_other_and_hold_the_same(tmp_path: Path, ipv4: bool, ipv6: bool) -> None:
    require_namespaces()
    with lan(2, ipv4=ipv4, ipv6=ipv6) as net:
        async with nodes(tmp_path) as start:
            first = await start("first", within=partial(net.argv, 0))
            await first.submit(community("Ichu Pamba"))
            second = await start("second", within=partial(net.argv, 1))
            await same_records(first, second, at_least=2)
            await second.submit(community("Sacha Yaku"))
            await same_records(first, second, at_least=4)
            assert second.minga("commons", "search", "ichu")[0]["status"] == "own"
            assert first.minga("commons", "search", "sacha")[0]["status"] == "own"


async def test_a_cable_taken_out_and_put_back_loses_nothing(tmp_path: Path) -> None:
    require_namespaces()
    with lan(2) as net:
        async with nodes(tmp_path) as start:
            first = await start("first", within=partial(net.argv, 0))
            second = await start("second", within=partial(net.argv, 1))
            await eventually(partial(are_linked, first, second))
            net.cut(1)
            await first.submit(community("Ichu Pamba"))
            await second.submit(community("Sacha Yaku"))
            assert not await first.records() & await second.records()
            net.mend(1)
            await same_records(first, second, at_least=4)


async def test_three_nodes_on_a_switch_hold_the_same(tmp_path: Path) -> None:
    require_namespaces()
    with lan(3) as net:
        async with nodes(tmp_path) as start:
            running = [await start(f"node-{n}", within=partial(net.argv, n)) for n in range(3)]
            for number, node in enumerate(running):
                await node.submit(community(f"Comunidad {number}"))
            await same_records(*running, at_least=6)


async def test_other_programs_see_the_node(tmp_path: Path) -> None:
    require_namespaces()
    if not all(map(shutil.which, ("avahi-daemon", "avahi-browse", "dbus-daemon", "unshare"))):
        pytest.skip("avahi is not installed")
    with lan(2) as net:
        async with nodes(tmp_path) as start:
            node = await start("first", within=partial(net.argv, 0))
            port = (await node.address()).rpartition(":")[2]
            with avahi_daemon(net, 1, tmp_path) as environment:

                async def seen() -> str:
                    return await asyncio.to_thread(_browse, net, environment)

                listing: str = await eventually(seen)
            [*_, found] = [line.split(";") for line in listing.splitlines() if line.startswith("=")]
            assert found[8] == port
            key = (await node.status())["node"].removeprefix("did:key:")
            assert key[:12] not in listing


def _browse(net: Lan, environment: dict[str, str]) -> str:
    done = subprocess.run(
        net.argv(1, ["avahi-browse", "--resolve", "--terminate", "--parsable", "_minga._tcp"]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.stdout if any(line.startswith("=") for line in done.stdout.splitlines()) else ""


async def test_a_private_network_refuses_outsiders_and_admits_holders_of_its_key(tmp_path: Path) -> None:
    require_namespaces()
    key_file = tmp_path / "federation.key"
    create_network_key(key_file)
    private = ("--network-key-file", str(key_file))
    with lan(3) as net:
        async with nodes(tmp_path) as start:
            member = await start("member", *private, within=partial(net.argv, 0))
            await member.submit(community("Ichu Pamba"))
            outsider = await start("outsider", within=partial(net.argv, 1))
            address = f"{net.ipv4(0)}:{(await member.address()).rpartition(':')[2]}"
            refused = outsider.minga("sync", address, exit_code=2)
            assert refused.startswith("Error: ")
            admitted = await start("admitted", *private, within=partial(net.argv, 2))
            await same_records(member, admitted, at_least=2)
            assert await outsider.records() == frozenset()
            assert [peer["node"] for peer in (await member.status())["peers"]] == [
                (await admitted.status())["node"]
            ]
