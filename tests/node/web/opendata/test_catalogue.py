"""The catalogue: held to the shapes of DCAT-AP, its addresses answered, nothing in it made up by a host."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from node.web.opendata.catalogue import box_text
from protocol.geometry_units import BoundingBox
from tests.node.web.opendata.drawn_node import HOST, drawn_node, laguna
from tests.node.web.readers import read_page
from tests.shared_inputs import shared_path


async def catalogue(client: TestClient[Any, Any], **headers: str) -> Any:
    answer = await client.get("/catalog.jsonld", headers={"Host": HOST, **headers})
    assert answer.status == 200
    assert answer.content_type == "application/ld+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(await answer.text())


def addresses(value: Any) -> set[str]:
    """Every address of this node in a document."""
    if isinstance(value, dict):
        return set().union(*map(addresses, value.values()))
    if isinstance(value, list):
        return set().union(*map(addresses, value))
    return {value} if isinstance(value, str) and value.startswith(f"http://{HOST}") else set()


@pytest.mark.parametrize("full", [True, False])
async def test_it_conforms_to_dcat_ap(full: bool, tmp_path: Path) -> None:
    pyshacl = pytest.importorskip("pyshacl")
    rdflib = pytest.importorskip("rdflib")
    shapes = shared_path("vectors", "dcat-ap-3.0.1-shapes.ttl")
    async with drawn_node(tmp_path, laguna() if full else []) as client:
        text = json.dumps(await catalogue(client))
    data = rdflib.Graph().parse(data=text, format="json-ld")
    conforms, _, told = pyshacl.validate(
        data, shacl_graph=rdflib.Graph().parse(shapes), allow_infos=True, allow_warnings=True
    )
    assert conforms, told
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    datasets = list(data.subjects(rdflib.RDF.type, dcat.Dataset))
    assert len(datasets) == 4
    files = set(data.objects(None, dcat.downloadURL))
    assert len(files) >= 12
    for one in data.subjects(rdflib.RDF.type, dcat.Distribution):
        assert data.value(one, rdflib.DCTERMS.license) is not None


async def test_every_address_in_it_is_answered(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        named = addresses(await catalogue(client))
        assert f"http://{HOST}/download/commons.gpkg" in named
        for address in named:
            path = address.removeprefix(f"http://{HOST}").partition("#")[0]
            if "{" not in path and path != "/tiles":
                assert (await client.head(path or "/")).status == 200, path


async def test_it_says_what_there_is_in_both_languages(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        read = await catalogue(client)
        commons = read["dcat:dataset"][0]
        titles = {one["@language"]: one["@value"] for one in commons["dct:title"]}
        assert titles == {"en": "Commons", "es": "Bienes comunes"}
        assert read["dct:publisher"]["foaf:name"] == "Nodo de la laguna"
        assert read["dct:publisher"]["@id"].startswith("did:key:")
        box = commons["dct:spatial"]["dcat:bbox"]["@value"]
        assert box.startswith("POLYGON((-78.5000000 -0.5000000, ")
        assert commons["dct:modified"]["@value"].endswith("Z")
        csv = next(one for one in commons["dcat:distribution"] if one["@id"].endswith(".csv"))
        assert csv["dct:license"]["@id"] == f"http://{HOST}/open-data#licences"
        tag = (await client.get("/catalog.jsonld")).headers["ETag"]
        assert (await client.get("/catalog.jsonld", headers={"If-None-Match": tag})).status == 304


async def test_a_host_that_is_none_is_in_no_catalogue(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        for host in ('evil.example/"><script>', "evil.example#x", "a b"):
            answer = await client.get("/catalog.jsonld", headers={"Host": host})
            assert "evil" not in await answer.text()
            page = await client.get("/open-data", headers={"Host": host, "Accept": "text/html"})
            assert "evil" not in await page.text()


async def test_the_page_tells_search_engines_of_each_dataset(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        page = await read_page(client, "/open-data", Host=HOST)
        [block] = [
            element
            for element in page.iter()
            if element.attrib.get("type") == "application/ld+json" and element.text
        ]
        read = json.loads(block.text or "")
        assert read["@type"] == "DataCatalog"
        [dataset] = read["dataset"]
        # What https://developers.google.com/search/docs/appearance/structured-data/dataset asks for.
        assert 50 <= len(dataset["description"]) <= 5_000
        assert dataset["name"] == "Commons · Nodo de la laguna"
        assert dataset["license"] == f"http://{HOST}/open-data#licences"
        assert {one["contentUrl"] for one in dataset["distribution"]} >= {
            f"http://{HOST}/download/commons.csv"
        }
        assert dataset["spatialCoverage"]["geo"]["box"] == "-0.5000000 -78.5000000 -0.1000000 -78.4000000"
        assert [link.attrib["href"] for link in page.iter("link") if link.attrib["rel"] == "describedby"] == [
            "/catalog.jsonld"
        ]


async def test_the_block_of_data_cannot_be_left_by_a_name(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script> & ]]>"
    from tests.node.web.readers import View

    before, View.name = View.name, name
    try:
        async with drawn_node(tmp_path, laguna()) as client:
            text = await (await client.get("/open-data", headers={"Accept": "text/html"})).text()
            assert text.count("<script") == 1
            assert text.count("</script") == 1
            page = await read_page(client, "/open-data")
            [block] = [
                one for one in page.iter() if one.attrib.get("type") == "application/ld+json" and one.text
            ]
            assert json.loads(block.text or "")["publisher"]["name"] == name
    finally:
        View.name = before


async def test_the_page_is_there_in_both_languages_with_addresses_to_copy(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        for language, heading in (("en", "Open data"), ("es", "Datos abiertos")):
            page = await read_page(client, f"/open-data?lang={language}", Host=HOST)
            assert page.findtext(".//h1") == heading
            copied = "\n".join("".join(one.itertext()) for one in page.iter("pre"))
            for path in ("/download/commons.geojson", "/feed.atom", "/catalog.jsonld"):
                assert f"http://{HOST}{path}" in copied
            links = [one.attrib["href"] for one in page.iter("a")]
            assert any(link.startswith("/download/commons.gpkg") for link in links)
            # Nothing is offered of which there is nothing.
            assert not any(link.startswith("/download/pacts") for link in links)
        front = await read_page(client, "/")
        assert "/open-data" in [one.attrib["href"] for one in front.iter("a")]


def test_boxes_are_written_with_longitude_first() -> None:
    assert box_text(BoundingBox(-790_000_000, -10_000_000, -780_000_000, 0)) == (
        "POLYGON((-79.0000000 -1.0000000, -78.0000000 -1.0000000, -78.0000000 0.0000000, "
        "-79.0000000 0.0000000, -79.0000000 -1.0000000))"
    )
