"""Where things are, on their own pages and on those of territories."""

from pathlib import Path

from protocol.identifiers import id_text
from protocol.kinds.geometry import from_geojson
from tests.node.store.samples import Person, point
from tests.node.web.map.test_drawing import square
from tests.node.web.readers import classed, node_with, read_page, text_of, thing_path

ANA = Person("Ana")
ZUMBAHUA = [{"level": "parish", "name": {"es": "Zumbahua"}}]


async def test_a_commons_is_shown_in_its_country(tmp_path: Path) -> None:
    area = ANA.commons("Páramo", geometry=from_geojson(square(-78.9, -1.0, 0.1)))
    alone = ANA.commons("Pozo", geometry=point(-78.5, -0.2))
    nowhere = ANA.commons("Sin lugar")
    async with node_with(tmp_path, [ANA.founding, area, alone, nowhere]) as client:
        for record, outlined in ((area, True), (alone, False)):
            page = await read_page(client, thing_path(record) + "?lang=en")
            [small] = classed(page, "whereabouts")
            assert len(classed(small, "pin")) == 1
            assert "Quito" in text_of(small)
            assert (page.find(".//figure") is not None) == outlined
            [link] = [a for a in small.iter("a") if "See it on the map" in text_of(a)]
            assert link.attrib["href"].startswith("/?map=11.0%2F-0.")
            assert f"thing={id_text(record.subject)}" in link.attrib["href"]
            assert (await client.get(link.attrib["href"])).status == 200
        assert not classed(await read_page(client, thing_path(nowhere)), "whereabouts")


async def test_a_territory_is_shown_with_what_lies_in_it(tmp_path: Path) -> None:
    area = ANA.commons("Páramo", geometry=from_geojson(square(-78.9, -1.0, 0.1)), territory=ZUMBAHUA)
    other = ANA.commons("Fuente", geometry=point(-78.7, -0.8), territory=ZUMBAHUA)
    elsewhere = ANA.commons("Lejos", geometry=point(10, 50))
    async with node_with(tmp_path, [ANA.founding, area, other, elsewhere]) as client:
        page = await read_page(client, thing_path(area))
        [path] = {
            a.attrib["href"] for a in page.iter("a") if a.attrib.get("href", "").startswith("/territory/")
        }
        territory = await read_page(client, path)
        [sheet] = classed(territory, "sheet")
        assert {a.attrib["href"] for a in sheet.iter("a")} >= {thing_path(area), thing_path(other)}
        assert thing_path(elsewhere) not in {a.attrib.get("href") for a in sheet.iter("a")}
        assert not classed(await read_page(client, "/territories"), "sheet")
