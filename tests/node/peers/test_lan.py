"""LAN discovery over real multicast, between processes in network namespaces."""

import asyncio
import json
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from node.peers.addresses import PeerAddress
from node.peers.interfaces import lan_interfaces
from node.peers.lan import LAN_PEERS_MAX, LanDiscovery, network_tag, random_instance
from tests.node.netns import Lan, lan, require_namespaces
from tests.node.peers.avahi import avahi_daemon
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _namespaces(request: pytest.FixtureRequest) -> None:
    if "lan" in request.keywords:
        require_namespaces()


class Node:
    """A discovery process in a namespace, and what it has said."""

    def __init__(self, net: Lan, place: int, name: str, network: str = "valley", *interfaces: str) -> None:
        module = "tests.node.peers.lan_node"
        self.process = net.run(
            place,
            [sys.executable, "-m", module, name, str(7447 + place), network, *interfaces],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=TOP,
            bufsize=0,
        )

    def event(self, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """Return the next event; fail where there is none in time."""
        ready, _, _ = select.select([self.process.stdout], [], [], within_s)
        assert ready, f"no event within {within_s} s"
        event: dict[str, Any] = json.loads(self.process.stdout.readline())
        return event

    def stop(self) -> list[dict[str, Any]]:
        """Let it say goodbye; return what it said meanwhile."""
        self.process.stdin.close()
        return [json.loads(line) for line in self.process.stdout.read().splitlines()]


def hosts(event: dict[str, Any]) -> set[str]:
    return {PeerAddress.parse(url).host for url in event["urls"]}


@pytest.mark.lan
@pytest.mark.parametrize("versions", [{4}, {6}, {4, 6}], ids=["ipv4", "ipv6-link-local", "both"])
def test_two_nodes_find_each_other_and_notice_a_goodbye(versions: set[int]) -> None:
    with lan(2, ipv4=4 in versions, ipv6=6 in versions) as net:
        alice, bob = Node(net, 0, "alice"), Node(net, 1, "bob")
        for node, place, other in [(alice, 1, "bob"), (bob, 0, "alice")]:
            possible = ({net.ipv4(place)} if 4 in versions else set()) | (
                {net.link_local(place)} if 6 in versions else set()
            )
            event = node.event()
            assert (event["event"], event["instance"]) == ("LanFound", other)
            assert hosts(event) <= possible
            for address in map(PeerAddress.parse, event["urls"]):
                assert address.port == 7447 + place
                assert address.zone == ("lan0" if ":" in address.host else "")
        assert bob.stop()[-1] == {"event": "warning", "text": None}
        lost = alice.event()
        while lost["event"] == "LanFound":  # the second address family may have come later
            lost = alice.event()
        assert (lost["event"], lost["instance"]) == ("LanLost", "bob")


@pytest.mark.lan
def test_three_nodes_on_a_switch_and_one_of_another_network() -> None:
    with lan(4) as net:
        nodes = {name: Node(net, place, name) for place, name in enumerate(["alice", "bob", "carol"])}
        stranger = Node(net, 3, "stranger", "coast")
        for name, node in nodes.items():
            found = set()
            while len(found) < 2:
                found.add(node.event()["instance"])
            assert found == set(nodes) - {name}
        assert [event["event"] for event in stranger.stop()] == ["warning"]


@pytest.mark.lan
def test_a_cable_that_comes_later_and_one_that_is_pulled_and_put_back() -> None:
    with lan(2) as net:
        net.cut(0)
        alice, bob = Node(net, 0, "alice"), Node(net, 1, "bob")
        net.mend(0)
        assert alice.event()["instance"] == "bob"
        assert bob.event()["instance"] == "alice"
        net.cut(0)
        bob.stop()  # alice cannot hear this goodbye
        carol = Node(net, 1, "carol")  # nor this announcement
        net.mend(0)
        assert carol.event()["instance"] == "alice"
        while alice.event()["instance"] != "carol":
            pass


@pytest.mark.lan
def test_an_address_that_is_added_later_is_announced() -> None:
    with lan(2) as net:
        alice, bob = Node(net, 0, "alice"), Node(net, 1, "bob")
        assert alice.event()["instance"] == "bob"
        assert bob.event()["instance"] == "alice"
        net.ip(1, "addr", "add", "10.77.0.99/24", "dev", net.interface)
        while "10.77.0.99" not in hosts(alice.event()):
            pass


@pytest.mark.lan
def test_only_the_interfaces_named_are_used() -> None:
    with lan(2) as net:
        alice, bob = Node(net, 0, "alice", "valley", "lo"), Node(net, 1, "bob")
        carol = Node(net, 0, "carol", "valley", "lan0")
        assert bob.event()["instance"] == "carol"
        assert carol.event()["instance"] == "bob"
        assert [event["event"] for event in alice.stop()] == ["warning"]


@pytest.mark.lan
def test_without_any_network_there_is_a_warning_and_no_crash() -> None:
    with lan(2) as net:
        net.cut(0)
        alice = Node(net, 0, "alice", "valley", "lan0", "wlan9")
        (warning,) = alice.stop()
        assert "lan0, wlan9" in warning["text"]
        assert alice.process.wait(PATIENCE_S) == 0
        net.ip(0, "link", "set", "lan0", "multicast", "off")
        net.mend(0)
        bob = Node(net, 0, "bob")
        (warning,) = bob.stop()
        assert bob.process.wait(PATIENCE_S) == 0


def announce(net: Lan, place: int, flood: int) -> subprocess.Popen[bytes]:
    module = "tests.node.peers.lan_announcer"
    return net.run(
        place,
        [sys.executable, "-m", module, network_tag("valley"), str(flood)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=TOP,
    )


@pytest.mark.lan
def test_odd_announcements_are_ignored() -> None:
    with lan(2) as net:
        alice = Node(net, 0, "alice")
        announcer = announce(net, 1, 0)
        event = alice.event()
        assert (event["instance"], hosts(event)) == ("good", {net.ipv4(1), net.link_local(1)})
        assert announcer.stdout is not None
        assert announcer.stdout.readline() == b"announced\n"
        assert [event["event"] for event in alice.stop()] == ["warning"]


@pytest.mark.lan
def test_no_more_than_the_limit_are_remembered() -> None:
    with lan(2) as net:
        alice = Node(net, 0, "alice")
        announcer = announce(net, 1, LAN_PEERS_MAX + 20)
        found = {alice.event()["instance"] for _ in range(LAN_PEERS_MAX)}
        assert announcer.stdout is not None
        assert announcer.stdout.readline() == b"announced\n"
        found |= {event["instance"] for event in alice.stop() if event["event"] == "LanFound"}
        assert len(found) == LAN_PEERS_MAX


@pytest.mark.lan
def test_avahi_sees_the_node_and_learns_nothing_about_it(tmp_path: Path) -> None:
    if shutil.which("avahi-browse") is None or shutil.which("avahi-daemon") is None:
        pytest.skip("avahi-browse and avahi-daemon are not installed")
    with lan(2) as net, avahi_daemon(net, 1, tmp_path) as environment:
        instance = random_instance()
        alice = Node(net, 0, instance)
        deadline = time.monotonic() + PATIENCE_S
        seen = ""
        while instance not in seen or "txt" not in seen:
            assert time.monotonic() < deadline, seen
            browse = net.run(
                1, ["avahi-browse", "-rt", "_minga._tcp"], env=environment, stdout=subprocess.PIPE, text=True
            )
            seen, _ = browse.communicate(timeout=PATIENCE_S)
        assert f"hostname = [{instance}.local]" in seen
        assert "port = [7447]" in seen
        texts = set(re.findall(r"txt = \[(.*)\]", seen))
        assert texts <= {f'"net={network_tag("valley")}" "v=1"', f'"v=1" "net={network_tag("valley")}"'}
        alice.stop()


async def test_stopping_at_once_and_twice_leaves_no_task() -> None:
    discovery = LanDiscovery(random_instance(), 7447, "valley", ["no-such-interface"])
    await discovery.start()
    await discovery.stop()
    await discovery.stop()
    assert [change async for change in discovery.changes()] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_nothing_that_is_announced_names_the_network_or_the_node() -> None:
    assert random_instance() != random_instance()
    assert re.fullmatch("[0-9a-f]{8}", network_tag("valley"))
    assert network_tag("valley") != network_tag("coast")
    assert "valley" not in network_tag("valley")


def test_loopback_is_left_out_unless_asked_for() -> None:
    loopback = [own for each in lan_interfaces(loopback=True) for own in each.addresses if own.is_loopback]
    assert loopback
    assert not [own for each in lan_interfaces() for own in each.addresses if own.is_loopback]
    assert [each.name for each in lan_interfaces(["lo"])] == ["lo"]
