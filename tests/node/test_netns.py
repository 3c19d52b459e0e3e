"""The LAN that other tests stand on: it carries packets, can be cut, and leaves nothing behind."""

import subprocess
import sys

import pytest

from tests.node.netns import lan, require_namespaces
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.lan

_HEAR = """
import socket, sys
receiver = socket.create_server(("::", 7), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
connection, address = receiver.accept()
print(connection.recv(10).decode(), flush=True)
"""
_SAY = """
import socket, sys
socket.create_connection((sys.argv[1], 7), timeout=60).sendall(b"hello")
"""


@pytest.mark.parametrize("nodes", [2, 3])
@pytest.mark.parametrize("version", [4, 6])
def test_two_processes_talk_and_nothing_is_left(nodes: int, version: int) -> None:
    require_namespaces()
    with lan(nodes, ipv4=version == 4) as net:
        hearer = net.run(0, [sys.executable, "-c", _HEAR], stdout=subprocess.PIPE, text=True)
        assert hearer.stdout is not None
        assert hearer.stdout.readline() == "ready\n"
        target = net.ipv4(0) if version == 4 else f"{net.link_local(0)}%{net.interface}"
        assert net.run(nodes - 1, [sys.executable, "-c", _SAY, target]).wait(timeout=PATIENCE_S) == 0
        assert hearer.stdout.readline() == "hello\n"
        names = net.names
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    assert not any(name in left for name in names)
