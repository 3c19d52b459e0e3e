"""A node behind a real nginx, with the very configuration that docs/hosting.md shows."""

import asyncio
import ipaddress
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from node.daemon import Node
from node.store.sqlite import SqliteStore
from tests.node.end_to_end.forking import plain_environment
from tests.node.live import free_address, live, make_home, some_records
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[2]
PAGE = TOP / "docs" / "hosting.md"
NAME = "minga.example.org"

nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.skipif(nginx is None, reason="nginx is not installed: the page on hosting stays untried"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: no certificate"),
]


def shown_configuration() -> str:
    """What the page shows for nginx."""
    block = re.search(r"^```nginx\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1]


def certificate(folder: Path, host: str) -> None:
    """Make a certificate for an address of this machine, where the configuration looks for one."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", "privkey.pem", "-out", "fullchain.pem", "-days", "2", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=IP:{host}"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )


@asynccontextmanager
async def proxied(folder: Path, node: Node) -> AsyncIterator[str]:
    """Run nginx before a node, as the page says; give its host and port."""
    door = free_address()
    certificate(folder, door.host)
    shown = shown_configuration()
    for before, after in (
        ("listen 443 ssl;", f"listen {door.host}:{door.port} ssl;"),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
        ("http://127.0.0.1:7447", f"http://{node.listening[0]}"),
    ):
        assert before in shown, before
        shown = shown.replace(before, after)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{shown}\n}}\n",
        encoding="utf-8",
    )
    assert nginx is not None
    process = await asyncio.create_subprocess_exec(nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _answers(door.host, door.port):
                assert process.returncode is None, "nginx ended"
                await asyncio.sleep(0.02)
        yield f"{door.host}:{door.port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def synced(home: Path, address: str, certificates: Path) -> str:
    """Have the node of another home meet the one at an address, over TLS; return what the command said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "node", "--home", str(home), "--lang", "en", "sync", address),
        cwd=TOP,
        env=plain_environment() | {"SSL_CERT_FILE": str(certificates)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_readers_and_nodes_come_through_the_proxy_that_the_page_shows(tmp_path: Path) -> None:
    records = some_records(20)
    folder = tmp_path / "proxy"
    folder.mkdir()
    home = await make_home(tmp_path / "node", records)
    other = await make_home(tmp_path / "other")
    this_machine = (ipaddress.ip_network("127.0.0.0/8"),)
    async with live(home, network_proxies=this_machine) as node, proxied(folder, node) as door:
        trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(f"https://{door}", connector=connector) as session:
            async with session.get("/index.json") as answer:
                assert answer.status == 200
                assert (await answer.json())["records"] == len(records)
            async with session.get("/readyz") as answer:
                assert answer.status == 200
            # Figures are for programs of this machine: the proxy says that it passed this on.
            async with session.get("/metrics") as answer:
                assert answer.status == 404
        await synced(other.path, f"wss://{door}/sync", folder / "fullchain.pem")
    async with await SqliteStore.open(other.store_path, "NORMAL") as store:
        assert (await store.counts()).records == len(records)


async def test_a_fault_behind_the_proxy_shuts_out_one_and_not_all(tmp_path: Path) -> None:
    folder = tmp_path / "proxy"
    folder.mkdir()
    home = await make_home(tmp_path / "node")
    proxies = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("198.51.100.1"))
    async with live(home, network_proxies=proxies) as node:
        url = f"ws://{node.listening[0]}/sync"
        async with aiohttp.ClientSession() as session:

            async def break_handshakes() -> None:
                for _ in range(64):
                    async with session.ws_connect(url, headers={"X-Forwarded-For": "203.0.113.9"}) as link:
                        await link.send_bytes(b"no handshake")
                        await link.receive(timeout=PATIENCE_S)

            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await break_handshakes()
            assert refused.value.status == 403
            assert node.dialler.is_banned("203.0.113.9")
            async with session.ws_connect(url, headers={"X-Forwarded-For": "203.0.113.10"}) as link:
                assert not link.closed
