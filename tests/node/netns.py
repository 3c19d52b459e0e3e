"""LANs of our own: network namespaces joined by a cable (two) or a switch (more), for tests that need one.

    with lan(2) as net:
        process = net.run(0, [sys.executable, "-m", "node.cli", …], stdout=subprocess.PIPE)
        net.cut(0); net.mend(0)

Needs root on Linux with iproute2.  Everything is named after the process id and removed on leaving; processes
started with `run` are ended.  `require_namespaces()` skips the calling test where none of this is allowed.
"""

import contextlib
import itertools
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_S

_NUMBER = itertools.count()
_NAME = re.compile(r"minga-(\d+)-\d+-\w+")
_LINK = "lan0"


def require_namespaces() -> None:
    """Skip the calling test unless network namespaces can be made here."""
    if shutil.which("ip") is None:
        pytest.skip("network namespaces need the ip command (iproute2)")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    name = f"minga-{os.getpid()}-{next(_NUMBER)}-try"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode:
        pytest.skip("this machine does not allow network namespaces")
    try:
        if subprocess.run(
            ["ip", "netns", "exec", name, "ip", "link", "set", "lo", "up"], capture_output=True
        ).returncode:
            pytest.skip("this machine does not allow work inside network namespaces")
    finally:
        _ip("netns", "del", name)


@dataclass
class Lan:
    """Namespaces on one wire; each has an interface `lan0` and the addresses that were asked for."""

    names: list[str]
    processes: list[subprocess.Popen[Any]] = field(default_factory=list)
    interface: str = _LINK
    ipv6: bool = True

    def ipv4(self, node: int) -> str:
        """Return the IPv4 address of a node: 10.77.0.1, 10.77.0.2, …"""
        return f"10.77.0.{node + 1}"

    def link_local(self, node: int) -> str:
        """Return the link-local IPv6 address of a node, without a zone."""
        listing = self.ip(node, "-6", "-o", "addr", "show", "dev", _LINK, "scope", "link")
        found = re.search(r"inet6 (fe80:[0-9a-f:]+)/", listing)
        assert found, f"no link-local address: {listing}"
        return found[1]

    def run(self, node: int, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a process inside a namespace; options are those of `subprocess.Popen`."""
        process = subprocess.Popen(self.argv(node, argv), **options)
        self.processes.append(process)
        return process

    def argv(self, node: int, argv: Sequence[str]) -> list[str]:
        """Return the command line that runs `argv` inside a namespace, for whoever starts it himself."""
        return ["ip", "netns", "exec", self.names[node], *argv]

    def ip(self, node: int, *arguments: str) -> str:
        """Run `ip` inside a namespace and return what it says."""
        return _ip("-n", self.names[node], *arguments)

    def cut(self, node: int) -> None:
        """Take a node's cable out."""
        self.ip(node, "link", "set", _LINK, "down")

    def mend(self, node: int) -> None:
        """Put it back and wait until it works.  Of the IPv6 addresses the link-local one alone comes back."""
        self.ip(node, "link", "set", _LINK, "up")
        self.wait_until_up(node)

    def wait_until_up(self, node: int) -> None:
        """Wait for the kernel to see the cable: until then there is no route, of which nobody is told."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            state = self.ip(node, "-o", "link", "show", "dev", _LINK)
            route = not self.ipv6 or "fe80::/64" in self.ip(node, "-6", "route", "show", "dev", _LINK)
            if "LOWER_UP" in state and route:
                return
            assert time.monotonic() < deadline, f"the cable stays down: {state}"

    def end(self) -> None:
        """End every process that `run` started."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        self.processes.clear()


@contextlib.contextmanager
def lan(nodes: int, *, ipv4: bool = True, ipv6: bool = True) -> Iterator[Lan]:
    """Make a LAN of `nodes` namespaces, all up; two share a cable, more a switch.

    Without `ipv4` only link-local IPv6 works.  Duplicate address detection is off, so addresses work at once.
    """
    _remove_leftovers()
    run = f"minga-{os.getpid()}-{next(_NUMBER)}"
    net = Lan([f"{run}-n{node}" for node in range(nodes)], ipv6=ipv6)
    switch = f"{run}-switch"
    made = [*net.names, *([switch] if nodes != 2 else [])]
    try:
        for name in made:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
            for scope in ("default", "all"):
                _set(name, f"net/ipv6/conf/{scope}/accept_dad", "0")
                _set(name, f"net/ipv6/conf/{scope}/disable_ipv6", "0" if ipv6 else "1")
        _connect(net, switch)
        for node, name in enumerate(net.names):
            if ipv4:
                _ip("-n", name, "addr", "add", f"{net.ipv4(node)}/24", "dev", _LINK)
            _ip("-n", name, "link", "set", _LINK, "up")
        for node in range(nodes):
            net.wait_until_up(node)
        yield net
    finally:
        net.end()
        for name in made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


def _connect(net: Lan, switch: str) -> None:
    if len(net.names) == 2:
        first, second = net.names
        _ip("link", "add", _LINK, "netns", first, "type", "veth", "peer", "name", _LINK, "netns", second)
        return
    _ip("-n", switch, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
    _ip("-n", switch, "link", "set", "br0", "up")
    for node, name in enumerate(net.names):
        port = f"port{node}"
        _ip("link", "add", _LINK, "netns", name, "type", "veth", "peer", "name", port, "netns", switch)
        _ip("-n", switch, "link", "set", port, "master", "br0", "up")


def _remove_leftovers() -> None:
    """Remove the namespaces of test runs that were killed."""
    for line in _ip("netns", "list").splitlines():
        found = _NAME.match(line)
        if found and not Path("/proc", found[1]).exists():
            subprocess.run(["ip", "netns", "del", found[0]], capture_output=True)


def _set(name: str, setting: str, value: str) -> None:
    script = f"[ ! -e /proc/sys/{setting} ] || echo {value} > /proc/sys/{setting}"
    subprocess.run(["ip", "netns", "exec", name, "sh", "-c", script], check=True, capture_output=True)


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
    return done.stdout
