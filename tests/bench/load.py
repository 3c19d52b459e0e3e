"""Many readers at once: a process that asks one node for pages over connections that stay open, and times it.

    python -m tests.bench.load HOST PORT CLIENTS SECONDS < paths

Paths come one a line, and each client goes through them from a place of its own.  Writes one JSON object.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

# Before anything is counted: connections are opened, and what is loaded at the first question is loaded.
WARM_UP_S = 1.0


class Reader(asyncio.Protocol):
    """One client: asks, reads the whole answer, asks again."""

    def __init__(self, host: str, requests: Sequence[bytes], at: int) -> None:
        self._requests = requests
        self._at = at
        self._began_s = 0.0
        self._left = -1
        self._head = b""
        self.counting = False
        self.seconds: list[float] = []
        self.sizes = 0
        self.faults: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._head[:end].lower()
            if b" 200 " not in head[:16]:
                self.faults.append(head.partition(b"\r")[0].decode())
            at = head.index(b"content-length:") + 15
            length = int(head[at:].partition(b"\r")[0])
            self.sizes += length if self.counting else 0
            self._left = length - (len(self._head) - end - 4)
            self._head = b""
        else:
            self._left -= len(data)
        if self._left == 0:
            if self.counting:
                self.seconds.append(time.perf_counter() - self._began_s)
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._transport.is_closing():
            self.faults.append("connection lost")

    def close(self) -> None:
        """Leave."""
        self._transport.abort()

    def _ask(self) -> None:
        self._left = -1
        self._at = (self._at + 1) % len(self._requests)
        self._began_s = time.perf_counter()
        self._transport.write(self._requests[self._at])


async def load(host: str, port: int, paths: Sequence[str], clients: int, seconds: float) -> dict[str, Any]:
    """Return how many answers came in a second, how long they took (ms), and how large they were (bytes)."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n\r\n".encode() for path in paths
    ]
    loop = asyncio.get_running_loop()
    readers = [Reader(host, requests, number * len(requests) // clients) for number in range(clients)]
    for reader in readers:
        await loop.create_connection(lambda reader=reader: reader, host, port)  # type: ignore[misc]
    await asyncio.sleep(WARM_UP_S)
    began = time.perf_counter()
    for reader in readers:
        reader.counting = True
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    for reader in readers:
        reader.counting = False
        reader.close()
    faults = [fault for reader in readers for fault in reader.faults]
    times = sorted(second for reader in readers for second in reader.seconds)
    return {
        "per_s": len(times) / took,
        "p50_ms": times[len(times) // 2] * 1_000,
        "p99_ms": times[len(times) * 99 // 100] * 1_000,
        "bytes": sum(reader.sizes for reader in readers) / len(times),
        "faults": faults[:3],
    }


if __name__ == "__main__":
    _, host, port, clients, seconds = sys.argv
    paths = [line.strip() for line in sys.stdin if line.strip()]
    print(json.dumps(asyncio.run(load(host, int(port), paths, int(clients), float(seconds)))))
