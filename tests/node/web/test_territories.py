"""Territories as people read them: pages, data and tables, with the same figures."""

import csv
import io
from pathlib import Path
from typing import Any

from node.trust.blocks import Target
from protocol.identifiers import id_text
from protocol.kinds.placing import NOWHERE, territory_text
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person
from tests.node.store.test_territories import LOJA, NATION, OLMEDO_1, level, place
from tests.node.trust.test_blocks import SECRET, listed
from tests.node.web.readers import node_with, read_page, text_of, thing_path

ANA, BETO = Person("Ana"), Person("Beto")


def world() -> list[VerifiedRecord]:
    """Two commons in Olmedo, one of them in both provinces, one nowhere; a pact in force, a place."""
    lake = ANA.commons(
        "Laguna", territory=OLMEDO_1, area={"square_metres": 1_234_500}, resources=["water", "fishery"]
    )
    both = ANA.commons(
        *("Páramo",),
        territory=[OLMEDO_1[2], LOJA, NATION],
        area={"square_metres": 500_000},
        time_ms=NOW_MS + 1,
    )
    lost = ANA.commons("Sin lugar", time_ms=NOW_MS + 2)
    pact = ANA.pact(BETO, "Pacto del agua", about=[lake])
    return [
        *(ANA.founding, BETO.founding, lake, both, lost, place(ANA, "Olmedo", "parish", OLMEDO_1[1:])),
        *(pact, ANA.consent(pact), BETO.consent(pact)),
    ]


async def as_data(client: Any, path: str) -> dict[str, Any]:
    answer = await client.get(path, headers={"Accept": "application/json"})
    assert answer.status == 200
    data: dict[str, Any] = await answer.json()
    return data


async def test_from_the_whole_down_to_a_parish_and_up_again(tmp_path: Path) -> None:
    records = world()
    async with node_with(tmp_path, records) as client:
        whole = await as_data(client, "/territories")
        assert (whole["territory"]["id"], whole["commons"]["number"], whole["pacts_in_force"]) == (None, 3, 1)
        [nation] = whole["parts"]
        assert (nation["code"], nation["name"], nation["number"]) == ("EC", {"es": "Ecuador"}, 2)
        path, names = nation["page"], ["Ecuador"]
        for expected, number, area in (
            ("Pichincha", 2, 1_734_500),
            ("Cayambe", 1, 1_234_500),
            ("Olmedo", 1, 1_234_500),
        ):
            [part] = [
                part for part in (await as_data(client, path))["parts"] if part["name"]["es"] == expected
            ]
            assert (part["number"], part["area_m2"], part["pacts_in_force"]) == (number, area, 1)
            path = part["page"]
            page = await read_page(client, f"{path}?lang=es")
            assert text_of(page.find(".//h1")) == expected
            up = [text_of(a) for a in page.findall(".//p[@class='names']/a")]
            assert up == names[::-1], "the way up is there, the smallest first"
            names.append(expected)
        olmedo = await as_data(client, path)
        assert olmedo["commons_by_resource"]["water"] == olmedo["commons_by_resource"]["fishery"]
        assert olmedo["pacts_in_force_by_resource"] == {"water": 1, "fishery": 1}
        assert olmedo["documented_by"] == [id_text(records[5].subject)]
        assert [thing["title"]["es"] for thing in olmedo["things"]] == ["Laguna"]
        page = await read_page(client, f"{path}?lang=en")
        assert "1 commons held here names this territory. Together 123 hectares." in text_of(page)
        assert "1 pact about them is in force." in text_of(page)
        nowhere = await as_data(client, "/territory/none")
        assert (nowhere["commons"]["number"], nowhere["parts"]) == (1, [])


async def test_a_commons_leads_to_its_territories_and_a_place_to_its_own(tmp_path: Path) -> None:
    records = world()
    async with node_with(tmp_path, records) as client:
        for record in (records[2], records[5]):
            page = await read_page(client, thing_path(record))
            links = [a.attrib["href"] for a in page.iter("a") if "/territory/" in a.attrib.get("href", "")]
            assert len(links) == 4
            for link in links:
                await read_page(client, link)


async def test_the_same_figures_in_a_spreadsheet(tmp_path: Path) -> None:
    evil = ANA.commons("Mala", territory=[level("nation", "=HYPERLINK(1)")], time_ms=NOW_MS + 9)
    async with node_with(tmp_path, [*world(), evil]) as client:
        answer = await client.get("/territories?format=csv&lang=es")
        assert answer.content_type == "text/csv"
        rows = list(csv.DictReader(io.StringIO(await answer.text())))
        assert rows[0] | {"name": ""} == {
            **dict.fromkeys(rows[0], ""),
            "what": "all",
            "commons": "4",
            "area_known_of": "2",
            "area_m2": "1734500",
            "pacts": "1",
            "pacts_in_force": "1",
        }
        assert {row["name"] for row in rows if row["what"] == "part"} == {"Ecuador", "'=HYPERLINK(1)"}
        assert {row["name"]: row["area_m2"] for row in rows if row["what"] == "resource"} == {
            "paramo": "500000",
            "water": "1234500",
            "fishery": "1234500",
        }
        assert not [
            row for row in rows if any(str(cell).startswith(("=", "+", "@")) for cell in row.values())
        ]


async def test_territories_are_found_by_name_and_code(tmp_path: Path) -> None:
    twin = ANA.commons("Otra", territory=[level("parish", "Olmedo")], time_ms=NOW_MS + 5)
    async with node_with(tmp_path, [*world(), twin]) as client:
        for words in ("Olmedo", "OLMEDO", "olmédo"):
            page = await read_page(client, f"/territories?q={words}&lang=es")
            found = [text_of(one) for one in page.findall(".//main//li")]
            assert sorted(found) == [
                "Olmedo parroquia · en Cayambe",
                "Olmedo parroquia · en ninguno que se nombre",
            ]
        assert "Ecuador" in text_of(await read_page(client, "/territories?q=EC"))
        assert "Ningún registro" in text_of(await read_page(client, "/territories?q=Atlántida&lang=es"))
        olmedo = page.findall(".//main//li/a")[0].attrib["href"]
        assert "Se llaman igual" in text_of(await read_page(client, olmedo))


async def test_parts_and_things_come_page_by_page(tmp_path: Path) -> None:
    many = [
        ANA.commons(f"C{at}", territory=[level("parish", f"P{at:03}"), NATION], time_ms=NOW_MS + at)
        for at in range(103)
    ]
    async with node_with(tmp_path, [ANA.founding, *many]) as client:
        nation = (await as_data(client, "/territories"))["parts"][0]["page"]
        first = await read_page(client, nation)
        more = [a.attrib["href"] for a in first.iter("a") if "parts=" in a.attrib.get("href", "")]
        assert len(more) == 1
        second = await read_page(client, more[0])
        assert len(first.findall(".//tbody")[0]) == 100
        assert len(second.findall(".//tbody")[0]) == 3
        table = await (await client.get(f"{nation}?format=csv")).text()
        assert len([line for line in table.splitlines() if line.startswith("part,")]) == 103
        seen: list[str] = []
        path: str | None = f"{nation}?format=json&limit=40"
        while path is not None:
            page = await as_data(client, path)
            seen += [thing["id"] for thing in page["things"]]
            path = page["next"]
        assert len(seen) == len(set(seen)) == 103


async def test_what_nobody_names_is_not_here(tmp_path: Path) -> None:
    async with node_with(tmp_path, world()) as client:
        for wrong in ("aaaaaaaaaaaa", "0", "none2", "AAAA", "%00", "é", "a" * 500, territory_text(NOWHERE)):
            assert (await client.get(f"/territory/{wrong}")).status == 404, wrong
        nation = (await as_data(client, "/territories"))["parts"][0]["page"]
        for query in ("parts=-1", "parts=x", "parts=99999999999", "after=x", "limit=0"):
            assert (await client.get(f"{nation}?{query}")).status == 400, query
        assert (await client.get("/territories?q=" + "a" * 201)).status == 400


async def test_nothing_held_is_said_to_be_nothing(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        page = await read_page(client, "/territories?lang=en")
        assert "0 commons are told of in the records that are held here." in text_of(page)
        assert "Every commons" in text_of(await read_page(client, "/territory/none?lang=en"))
        data = await as_data(client, "/territories")
        assert (data["parts"], data["pacts"]) == ([], 0)


async def test_names_that_would_harm_a_page_are_only_text(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\u202eyaled\x07 " + "ñ" * 400
    evil = ANA.commons("Mala", territory=[level("<b>", "x") | {"level": "l_x", "name": {"es": name}}])
    async with node_with(tmp_path, [ANA.founding, evil]) as client:
        [part] = (await as_data(client, "/territories"))["parts"]
        for path in ("/territories", part["page"], thing_path(evil)):
            page = await read_page(client, path)
            assert "\u202e" not in text_of(page)


async def test_blocked_words_are_no_name_of_a_territory(tmp_path: Path) -> None:
    hidden = BETO.commons(f"Ejido {SECRET}", territory=[level("parish", f"Insulto {SECRET}"), NATION])
    blocks = listed(tmp_path, (Target.ACTOR, BETO.id))
    async with node_with(tmp_path, [*world(), hidden], blocks=blocks) as client:
        nation = (await as_data(client, "/territories"))["parts"][0]
        assert nation["number"] == 3, "what territories come to is of all records"
        for path in (nation["page"], "/territories", "/territory/none"):
            assert SECRET not in str(await as_data(client, path))
            assert SECRET not in text_of(await read_page(client, path))
    async with node_with(tmp_path, []) as client:
        assert SECRET in str(await as_data(client, nation["page"]))
