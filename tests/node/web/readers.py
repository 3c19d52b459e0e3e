"""A node to read, and a reader: pages parsed strictly, data as it is."""

import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from node.atlas.reading import Atlas
from node.privacy.publishing import Transparency
from node.store.sqlite import SqliteStore
from node.trust.blocks import Blocks
from node.trust.circle import Neighbourhood
from node.web.application import web_application
from protocol.identifiers import id_text
from protocol.keys import PublicKey, SigningKey
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person

# A month after the samples were signed.
READ_MS = NOW_MS + 30 * 86_400_000

PAGE_SIZE_MAX_BYTES = 100_000


class View:
    """What the pages see of a node."""

    name = "Nodo de la laguna"
    node_id_text = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

    def __init__(
        self,
        store: SqliteStore,
        keys: Sequence[PublicKey] = (),
        blocks: Blocks | None = None,
        home: Path | None = None,
        signing_key: SigningKey | None = None,
        atlas: Atlas | None = None,
    ) -> None:
        """`keys` are those of its home that sign for actors, `signing_key` is the node's own."""
        self.store = store
        self.signing_key = signing_key or SigningKey(bytes(32))
        self.blocks = blocks or Blocks()
        self.atlas = Atlas(home) if atlas is None and home is not None else atlas
        self.near = Neighbourhood(store, lambda: keys)
        self.transparency = Transparency(store, home, lambda: [block.since for block in self.blocks])

    async def status(self) -> dict[str, Any]:
        """One peer, whose address is nobody's business."""
        return {
            "software": "minga/0.1.0",
            "network": "commons",
            "peers": [{"address": "ws://10.9.8.7:7447"}],
            "listening": ["10.9.8.6:7447"],
        }


@asynccontextmanager
async def node_with(
    path: Path,
    records: Iterable[VerifiedRecord],
    *,
    language: str = "auto",
    now_ms: int = READ_MS,
    keys: Sequence[PublicKey] = (),
    blocks: Blocks | None = None,
    home: Path | None = None,
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a node that holds `records`."""
    async with await SqliteStore.open(path / "store.sqlite") as store:
        await store.add(records)
        await store.settled()
        clock: Callable[[], int] = lambda: now_ms  # noqa: E731
        view = View(store, keys, blocks, home)
        app = web_application(view, language=language, clock=clock)
        try:
            async with TestClient(TestServer(app)) as client:
                yield client
        finally:
            if view.atlas is not None:
                await view.atlas.aclose()


async def read_page(client: TestClient[Any, Any], path: str, status: int = 200, **headers: str) -> ET.Element:
    """Read a page, with what every page must be: strict, small, without scripts, asking nobody else."""
    answer = await client.get(path, headers=headers, allow_redirects=False)
    text = await answer.text()
    assert answer.status == status, text[:2_000]
    assert answer.content_type == "text/html"
    assert len(text.encode()) < PAGE_SIZE_MAX_BYTES
    return check_page(text)


def check_page(text: str) -> ET.Element:
    """Parse a page as strictly as XML is parsed, and check what no page may hold."""
    assert text.startswith("<!doctype html>\n")
    root = ET.fromstring(text.removeprefix("<!doctype html>\n"))
    assert root.attrib["lang"] in ("es", "en")
    for data in root.iter("script"):
        # A block of data, which no browser runs: nothing but its type, and JSON with no way out of it.
        if data.attrib == {"type": "application/ld+json"}:
            assert data.text is not None
            assert not set(data.text) & set("<>&")
            json.loads(data.text)
            data.tag = "data-block"
    names = {element.tag for element in root.iter()}
    assert not names & {"style", "iframe", "object", "embed", "img", "base"}
    for script in root.iter("script"):  # only the map has one, of this node, and nothing stands in it
        assert script.attrib["type"] == "module"
        assert script.attrib["src"].startswith("/static/map/")
        assert not script.text
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        address = element.attrib.get("href", "")
        if element.tag == "use":
            assert address[1:] in ids
        elif element.tag == "link":
            assert address.startswith("/static/") or element.attrib["rel"] in ("alternate", "describedby")
            assert address.startswith("/")
            assert not address.startswith("//")
        elif address:
            assert address.lower().startswith(("/", "#", "https://", "http://")), address
            assert not address.startswith("//")
        if address.lower().startswith("http"):
            assert "noopener" in element.attrib["rel"]
    assert len(root.findall(".//h1")) == 1
    return root


def text_of(element: ET.Element | None) -> str:
    """All text in an element, blanks joined."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    """The elements of a class."""
    return [element for element in root.iter() if name in element.attrib.get("class", "").split()]


def thing_path(record: VerifiedRecord, suffix: str = "") -> str:
    """The address of the thing that a record is about."""
    return f"/thing/{id_text(record.subject)}{suffix}"


def founded(person: Person) -> list[VerifiedRecord]:
    """The records that found an actor of several keys, all of which sign."""
    return [person.founding, *(person.cosign(person.founding, key) for key in range(1, len(person.keys)))]


def signed(person: Person, kind: str, payload: dict[str, Any], **where: Any) -> VerifiedRecord:
    """A record of any kind."""
    return sign_record(person.author(), kind, payload, NOW_MS + 500, **where)
