"""Territories at the terminal: the same figures as on the pages, in words and in tables."""

import asyncio
import csv
import io
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.store.sqlite import SqliteStore
from node.web.application import web_application
from tests.node.cli.terminal import Terminal
from tests.node.web.readers import View


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Commons of one parish, of another of that name, of two provinces, and of none."""
    home = Terminal(tmp_path_factory.mktemp("valley") / "home")
    home.settled_down()
    home.does(
        "actor",
        "new",
        "--name",
        "Santa Clara@es",
        "--type",
        "comuna",
        "--recovery-keys",
        "1",
        "--recovery-threshold",
        "1",
    )
    here = (
        "--territory",
        "parish=Olmedo",
        "--territory",
        "canton=Cayambe",
        "--territory",
        "province=Pichincha",
    )
    home.does("commons", "add", "--name", "Laguna", "--resource", "water", "--area-ha", "12.5", *here)
    home.does("commons", "add", "--name", "Páramo", "--resource", "paramo", "--resource", "water", *here)
    home.does("commons", "add", "--name", "Otra", "--resource", "forest", "--territory", "parish=Olmedo")
    home.does(
        *("commons", "add", "--name", "Entre dos", "--resource", "forest", "--area-ha", "100"),
        *("--territory", "province=Pichincha", "--territory", "province=Loja"),
    )
    home.does("commons", "add", "--name", "Perdida", "--resource", "seeds")
    home.does(
        *("pact", "propose", "--title", "Pacto del agua", "--party", "community=Santa Clara"),
        *("--party", "administration=Municipio", "--commons", "Laguna"),
    )
    return home


def test_from_the_list_to_a_parish(valley: Terminal) -> None:
    listed = valley.does("territory", "list")
    assert "5 commons, 112.5 ha in all (area known of 2); 0 pacts in force" in listed
    assert [line.split()[1] for line in listed.splitlines()[1:4]] == ["Pichincha", "Olmedo", "Loja"]
    shown = valley.does("territory", "show", "Cayambe")
    assert "In     Pichincha (province)" in shown
    assert "2 commons, 12.5 ha in all (area known of 1)" in shown
    assert "Olmedo" in shown
    assert all(len(line) <= 80 for line in (listed + shown).splitlines())


def test_one_name_of_several_is_asked_for_by_its_id(valley: Terminal) -> None:
    said = valley.fails("territory", "show", "Olmedo")
    assert "several territories are called 'Olmedo', write the id" in said
    found = valley.asks("territory", "list", "olmedo")
    assert {one["level"] for one in found} == {"parish"}
    assert len(found) == 2
    for one in found:
        assert one["id"] in said
        for text in (one["id"], one["id"][:6], one["id"].upper()):
            assert valley.asks("territory", "show", text)["territory"] == {
                key: one[key] for key in ("id", "level", "code", "name")
            }
    words = valley.does("territory", "list", "olmedo").splitlines()
    assert sorted(line.split()[-1] for line in words[1:]) == ["Cayambe", "–"]


def test_what_is_not_named_is_not_here(valley: Terminal) -> None:
    assert "names a territory that is called Quito" in valley.fails("territory", "show", "Quito", code=1)
    assert "names a territory" in valley.fails("territory", "show", "aaaaaaaaaaaa", code=1)
    assert valley.run("territory", "list", "Quito").stderr.startswith("No record here names")
    assert "1 commons" in valley.does("territory", "show", "none")
    assert "leave NAME out" in valley.fails("territory", "list", "Olmedo", "--csv")


def test_in_spanish(valley: Terminal) -> None:
    spanish = Terminal(valley.home, "es")
    shown = spanish.does("territory", "show", "Cayambe")
    assert "2 bienes comunes, 12,5 ha en total (se conoce la superficie de 1)" in shown
    assert "parroquia" in shown
    assert "agua" in shown
    assert "provincia" in spanish.does("territory", "list")


def test_pages_and_commands_say_the_same(valley: Terminal) -> None:
    parts = valley.asks("territory", "list")["parts"]
    [territory] = [one["id"] for one in parts if one["name"] == {"en": "Pichincha"}]
    shown = valley.asks("territory", "show", territory)
    table = valley.does("territory", "show", territory, "--csv")

    async def read() -> tuple[dict[str, Any], str]:
        async with await SqliteStore.open(valley.home / "store.sqlite") as store:
            async with TestClient(TestServer(web_application(View(store)))) as client:
                page = await (await client.get(f"/territory/{territory}?format=json")).json()
                return page, await (await client.get(f"/territory/{territory}?format=csv")).text()

    page, page_table = asyncio.run(read())
    assert page_table.replace("\r\n", "\n") == table, "the runner reads lines as a terminal does"
    assert {row["what"] for row in csv.DictReader(io.StringIO(table))} >= {
        "all",
        "part",
        "resource",
        "status",
    }
    for key in ("commons", "commons_by_status", "commons_by_resource", "pacts_by_status", "how_counted"):
        assert page[key] == shown[key]
    assert [{**part, "page": None} for part in page["parts"]] == [
        {**part, "page": None} for part in shown["parts"]
    ]
    assert [thing["id"] for thing in page["things"]] == [thing["id"] for thing in shown["things"]]
