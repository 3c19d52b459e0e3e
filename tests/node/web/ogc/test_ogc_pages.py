"""The API as pages: strict, small, in both languages, without a script; every link leads somewhere."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from protocol.identifiers import id_text
from tests.node.web.ogc.charted import TRIANGLE, charted_node, records
from tests.node.web.readers import read_page, text_of

PAGES = (
    *("/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections"),
    *(
        f"/ogc/collections/{name}{part}"
        for name in ("commons", "pacts", "territories", "alerts")
        for part in ("", "/items", "/queryables", "/schema")
    ),
    f"/ogc/collections/commons/items/{id_text(TRIANGLE.subject)}",
)


@pytest.mark.parametrize("language", ["es", "en"])
async def test_every_page_is_there_in_every_language(tmp_path: Path, language: str) -> None:
    async with charted_node(tmp_path, records(60)) as client:
        for path in PAGES:
            page = await read_page(client, f"{path}?f=html", **{"Accept-Language": language})
            assert page.attrib["lang"] == language
            text = text_of(page.find("body"))
            assert not re.search(r"\{[a-z]+\}|None", text), path
            chosen = await read_page(client, f"{path}?f=html&lang={language}", **{"Accept-Language": "fr"})
            assert chosen.attrib["lang"] == language
            by_wish = await read_page(client, path, Accept="text/html", **{"Accept-Language": language})
            assert text_of(by_wish.find(".//h1")) == text_of(page.find(".//h1"))


def links(page: ET.Element) -> set[str]:
    return {a.attrib["href"] for a in page.iter("a") if a.attrib["href"].startswith("/")}


async def follow(client: TestClient[Any, Any], start: str, within: str) -> set[str]:
    """All addresses within a part of the node that can be reached from one."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await client.get(path)
        assert answer.status == 200, path
        if answer.content_type == "text/html" and path.startswith(within):
            page = ET.fromstring((await answer.text()).removeprefix("<!doctype html>\n"))
            waiting += links(page)
    return seen


@pytest.mark.slow
async def test_no_link_leads_nowhere(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(6)) as client:
        seen = await follow(client, "/ogc?f=html&lang=es", "/ogc")
        assert {path.partition("?")[0] for path in seen} >= set(PAGES)
        assert any("f=json" in path for path in seen)
        assert all("lang=" in path for path in seen if path.startswith("/ogc") and "f=html" in path)


async def test_a_list_is_narrowed_by_a_form_that_leaves_fields_empty(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(60)) as client:
        address = "/ogc/collections/commons/items?f=html&lang=es&status=&bbox="
        page = await read_page(client, f"{address}&resource=paramo&voice=")
        assert "20 objetos" in text_of(page)
        chosen = [option for option in page.iter("option") if "selected" in option.attrib]
        assert [text_of(option) for option in chosen] == ["páramo"]
        hidden = {
            one.attrib["name"]: one.attrib["value"] for one in page.iter("input") if "value" in one.attrib
        }
        assert (hidden["f"], hidden["lang"]) == ("html", "es")
        none = await read_page(client, f"{address}&resource=coast")
        assert "no dice nada sobre si existe" in text_of(none)
        wrong = await read_page(client, f"{address}&filter=x", 400)
        assert "No se entendió ese filtro" in text_of(wrong)


async def test_a_list_of_pages_is_leafed_through(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(230)) as client:
        path, rows, pages = "/ogc/collections/commons/items?f=html&lang=en", 0, 0
        while path:
            page = await read_page(client, path)
            rows += len(page.findall(".//tbody/tr"))
            pages += 1
            path = next((a.attrib["href"] for a in page.iter("a") if a.attrib.get("rel") == "next"), "")
            assert "233 features" in text_of(page)
        assert (rows, pages) == (233, 3)


async def test_a_feature_leads_to_its_page(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(3)) as client:
        identifier = id_text(TRIANGLE.subject)
        page = await read_page(client, f"/ogc/collections/commons/items/{identifier}?f=html&lang=es")
        assert f"/thing/{identifier}?lang=es" in links(page)
        text = text_of(page)
        for words in (
            "Triángulo de Ñuñoa",
            "bosque",
            "agua",
            "un contorno",
            "CC-BY-4.0",
            "quienes lo cuidan",
        ):
            assert words in text
