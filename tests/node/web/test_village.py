"""Every kind of page of one village: whole in each language, light, safe for both directions of writing."""

import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from node.web.words.catalogue import catalogues
from tests.node.web.readers import check_page, node_with
from tests.node.web.village import village

# A page with its stylesheets and the letters it is set in, as they are before compression.
PAGE_WEIGHT_MAX_BYTES = 300_000

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")

VILLAGE = village()

# What stands in an element of its own, or is no text of the page.
_NO_TEXT = {"title", "desc", "option"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    """A node that holds the village."""
    async with node_with(tmp_path, VILLAGE.records) as reader:
        yield reader


class Asked(dict[str, Any]):
    """A catalogue's messages that remembers which it was asked for and lacks."""

    missing: set[str]

    def get(self, key: str, default: Any = None) -> Any:
        """The message."""
        if key not in self:
            self.missing.add(key)
        return super().get(key, default)


async def pages(client: TestClient[Any, Any], language: str) -> AsyncIterator[tuple[str, ET.Element, int]]:
    """Every page, and how many bytes it takes."""
    for name, path in VILLAGE.paths.items():
        answer = await client.get(path, params={"lang": language}, headers={"Accept": "text/html"})
        text = await answer.text()
        assert answer.content_type == "text/html", name
        yield (
            name,
            check_page(text) if name not in ("front", "list of pacts", "nothing found") else _parsed(text),
            len(text.encode()),
        )


def _parsed(text: str) -> ET.Element:
    """A page of the map, which has scripts."""
    return ET.fromstring(text.removeprefix("<!doctype html>\n"))


async def test_no_page_asks_for_words_that_its_language_lacks(client: TestClient[Any, Any]) -> None:
    known = catalogues()
    for language, catalogue in list(known.items()):
        if language == "en":
            continue
        asked = Asked(catalogue.forms)
        asked.missing = set()
        known[language] = replace(catalogue, forms=asked)  # type: ignore[index]
        try:
            async for _ in pages(client, language):
                pass
        finally:
            known[language] = catalogue  # type: ignore[index]
        assert asked.missing == set(), language


async def test_no_page_is_heavy(client: TestClient[Any, Any]) -> None:
    sizes: dict[str, int] = {}
    async for name, page, size in pages(client, "es"):
        if name in ("front", "list of pacts", "nothing found"):
            continue  # with the map
        for link in page.iter("link"):
            address = link.attrib["href"]
            if address not in sizes:
                data = await (await client.get(address)).read()
                fonts = re.findall(rb'url\("([^"]+woff2)"\)', data)
                sizes[address] = len(data)
                for font in fonts:
                    sizes[address] += len(await (await client.get(font.decode())).read())
            size += sizes[address]
        assert size <= PAGE_WEIGHT_MAX_BYTES, (name, size)


async def test_what_is_written_from_right_to_left_turns_nothing_around_it(
    client: TestClient[Any, Any],
) -> None:
    met = 0
    async for name, page, _ in pages(client, "en"):
        for words, around in _texts(page, ()):
            if RIGHT_TO_LEFT.search(words) and not _NO_TEXT & {one.tag for one in around}:
                met += 1
                isolated = [
                    one
                    for one in around
                    if one.tag == "bdi" or one.attrib.get("dir") == "auto" or "dir" in one.attrib
                ]
                assert isolated, (name, words)
    assert met > 10


async def test_what_people_wrote_says_its_language(client: TestClient[Any, Any]) -> None:
    async for name, page, _ in pages(client, "en"):
        for words, around in _texts(page, ()):
            if "Pajonal" in words and not _NO_TEXT & {one.tag for one in around}:
                assert [one for one in around if one.attrib.get("lang") == "es"], (name, words)


def _texts(
    element: ET.Element, around: tuple[ET.Element, ...]
) -> Iterator[tuple[str, tuple[ET.Element, ...]]]:
    """Every text in an element, with what it stands in."""
    here = (*around, element)
    if element.text:
        yield element.text, here
    for child in element:
        yield from _texts(child, here)
        if child.tail:
            yield child.tail, here
