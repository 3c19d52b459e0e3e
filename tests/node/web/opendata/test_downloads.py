"""Downloads: whole, by real clients, under their licence; bounded; cut short by nobody else."""

import asyncio
import csv
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from node.opendata import packer
from node.web.opendata import downloads
from tests.node.store.samples import Person
from tests.node.web.opendata.drawn_node import HOST, drawn_node, laguna
from tests.patience import PATIENCE_S

NAMES = ["Laguna de la Mica", "=Páramo <b>de</b> مرعى", "Semillas"]


async def got(client: TestClient[Any, Any], path: str, status: int = 200, **headers: str) -> bytes:
    answer = await client.get(path, headers={"Host": HOST, **headers})
    data = await answer.read()
    assert answer.status == status, data[:500]
    return data


async def test_a_collection_as_geojson(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        answer = await client.get("/download/commons.geojson", headers={"Host": HOST})
        assert answer.content_type == "application/geo+json"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="commons.geojson"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        read = json.loads(await answer.text())
        assert [one["properties"]["name"] for one in read["features"]] == NAMES
        assert [one["geometry"] and one["geometry"]["type"] for one in read["features"]] == [
            *("Point", "Polygon", None)
        ]
        assert [one["properties"]["licence"] for one in read["features"]] == [
            *("CC-BY-4.0", "CC-BY-4.0", "ODbL-1.0")
        ]
        assert read["features"][1]["properties"]["labels"] == ["TK A"]
        assert read["licences"] == ["CC-BY-4.0", "ODbL-1.0"]
        assert read["licence"] == f"http://{HOST}/open-data#licences"
        assert answer.headers["Link"].startswith(f'<http://{HOST}/open-data#licences>; rel="license"')
        assert "Nodo de la laguna" in read["attribution"]
        assert HOST in read["attribution"]
        for one in read["features"]:
            assert one["properties"]["url"] == f"http://{HOST}/thing/{one['id']}"


async def test_one_licence_of_all_is_named_as_such(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()[:3]) as client:
        answer = await client.get("/download/commons.csv")
        assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in answer.headers["Link"]


async def test_a_collection_as_a_table_with_what_describes_it(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        answer = await client.get("/download/commons.csv", headers={"Host": HOST})
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"), newline="")))
        assert [row["name"] for row in rows] == [NAMES[0], f"'{NAMES[1]}", NAMES[2]]
        assert (rows[0]["longitude"], rows[0]["latitude"], rows[0]["wkt"]) == (
            "-78.5",
            "-0.5",
            "POINT (-78.5 -0.5)",
        )
        described = f"http://{HOST}/download/commons.csv-metadata.json"
        assert f'<{described}>; rel="describedby"' in answer.headers["Link"]
        metadata = await client.get("/download/commons.csv-metadata.json")
        assert metadata.content_type == "application/csvm+json"
        columns = json.loads(await metadata.text())["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == list(rows[0])


async def test_a_collection_as_a_geopackage_leaves_nothing_behind(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        data = await got(client, "/download/commons.gpkg")
        (tmp_path / "read.gpkg").write_bytes(data)
        db = sqlite3.connect(tmp_path / "read.gpkg")
        assert [row[0] for row in db.execute("SELECT name FROM commons ORDER BY fid")] == NAMES
        [(text,)] = db.execute("SELECT metadata FROM gpkg_metadata")
        assert json.loads(text)["dct:license"]["@id"] == f"http://{HOST}/open-data#licences"
        db.close()
        assert list((tmp_path / "downloads").iterdir()) == []
    assert not (tmp_path / "downloads").exists()


async def test_a_real_client_reads_every_form_whole(tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    async with drawn_node(tmp_path, laguna()) as client:
        for ending in ("geojson", "csv", "gpkg", "fgb"):
            path = tmp_path / f"commons.{ending}"
            path.write_bytes(await got(client, f"/download/commons.{ending}"))
            meta, _, geometry, columns = pyogrio.raw.read(path)
            names = list(columns[list(meta["fields"]).index("name")])
            assert sorted(name.removeprefix("'") for name in names) == sorted(NAMES), ending
            assert sum(one is not None for one in geometry) == 2, ending
            licences = columns[list(meta["fields"]).index("licence")]
            assert sorted(licences) == ["CC-BY-4.0", "CC-BY-4.0", "ODbL-1.0"], ending


async def test_who_has_it_already_is_sent_nothing(tmp_path: Path) -> None:
    ana = Person("Ana")
    async with drawn_node(tmp_path, [ana.founding, ana.commons("Laguna")]) as client:
        for name in ("commons.geojson", "commons.csv", "commons.gpkg"):
            first = await client.get(f"/download/{name}")
            await first.read()
            tag = first.headers["ETag"]
            again = await client.get(f"/download/{name}", headers={"If-None-Match": tag})
            assert (again.status, await again.read()) == (304, b"")
            spanish = await client.get(f"/download/{name}?lang=es", headers={"If-None-Match": tag})
            assert spanish.status == 200
            assert spanish.headers["Content-Language"] == "es"
            await spanish.read()
            head = await client.head(f"/download/{name}")
            assert (head.status, head.headers["ETag"], await head.read()) == (200, tag, b"")


async def test_what_there_is_not_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with drawn_node(tmp_path, []) as client:
        for name in ("commons", "commons.shp", "records.csv", "commons.csv.gz", ".csv", "..%2fkeys.csv"):
            assert (await client.get(f"/download/{name}")).status == 404
        empty = json.loads(await got(client, "/download/commons.geojson"))
        assert empty["features"] == []
        monkeypatch.setattr(downloads, "has_flatgeobuf", lambda: False)
        answer = await client.get("/download/commons.fgb?format=json")
        assert (answer.status, (await answer.json())["code"]) == (404, "no-flatgeobuf")


async def test_places_for_downloads_are_few_and_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS_MAX", 2)
    ana = Person("Ana")
    text = "x" * 4_000
    things = [ana.commons(f"Laguna {n}", legal={"text": {"es": text}}) for n in range(1_200)]
    async with drawn_node(tmp_path, [ana.founding, *things]) as client:
        plain = {"Accept-Encoding": "identity"}
        # Whose readers take their time: the sockets fill up.
        slow = [await client.get("/download/commons.geojson", headers=plain) for _ in range(2)]
        refused = await client.get("/download/commons.geojson?format=json")
        assert (refused.status, (await refused.json())["code"]) == (503, "busy")
        assert "Retry-After" in refused.headers
        assert (await client.get("/")).status == 200
        for answer in slow:
            assert len(json.loads(await answer.read())["features"]) == len(things)
        assert len(json.loads(await got(client, "/download/commons.geojson"))["features"]) == len(things)


async def test_a_disk_without_room_is_said_and_other_forms_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        monkeypatch.setattr(packer, "ROOM_KEPT_BYTES", 2**62)
        answer = await client.get("/download/commons.gpkg?format=json")
        assert (answer.status, (await answer.json())["code"]) == (503, "no-room")
        monkeypatch.setattr(packer, "ROOM_KEPT_BYTES", 0)
        monkeypatch.setattr(packer, "PACKAGE_SIZE_MIN_BYTES", 0)
        monkeypatch.setattr(packer.Packer, "_room_bytes", lambda self: 100_000)
        answer = await client.get("/download/commons.gpkg?format=json")
        assert (answer.status, (await answer.json())["code"]) == (503, "no-room")
        assert list((tmp_path / "downloads").iterdir()) == []
        await got(client, "/download/commons.geojson")


async def test_a_packing_process_that_dies_is_started_again(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        first = await got(client, "/download/commons.gpkg")
        for number in os.listdir("/proc"):
            if number.isdigit() and _is_packing_child(number):
                os.kill(int(number), 9)
        second = await client.get("/download/commons.gpkg?format=json")
        third = await got(client, "/download/commons.gpkg")
        assert len(third) == len(first)
        assert second.status in (200, 503)


def _is_packing_child(number: str) -> bool:
    try:
        line = Path(f"/proc/{number}/cmdline").read_bytes()
        parent = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return False
    return b"packing_process" in line and int(parent) == os.getpid()


async def test_many_ask_for_packages_at_once_and_each_gets_one_or_an_answer(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        answers = await asyncio.gather(*(client.get("/download/commons.gpkg") for _ in range(12)))
        async with asyncio.timeout(PATIENCE_S):
            data = [await answer.read() for answer in answers]
        given = [one for one, answer in zip(data, answers, strict=True) if answer.status == 200]
        assert len(given) >= 4
        assert {answer.status for answer in answers} <= {200, 503}
        assert {one[:15] for one in given} == {b"SQLite format 3"}


async def names_in(client: TestClient[Any, Any], query: str, ending: str = "geojson") -> list[str]:
    """Which of the commons a download holds."""
    data = await got(client, f"/download/commons.{ending}?{query}")
    if ending == "csv":
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        return [row["name"].removeprefix("'") for row in rows]
    return [one["properties"]["name"] for one in json.loads(data)["features"]]


async def test_a_part_is_asked_for_as_of_the_api(tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        lagoon, paramo, seeds = NAMES
        for query, expected in (
            ("bbox=-78.6,-0.6,-78.45,-0.4", [lagoon]),
            # Inside the box of the area, and outside the area.
            ("bbox=-78.5,-0.11,-78.495,-0.1", []),
            ("bbox=-79,-1,-78,0", [lagoon, paramo]),
            ("licence=ODbL-1.0", [seeds]),
            ("resource=paramo&voice=own", NAMES),
            ("resource=water", []),
            ("filter=name%20LIKE%20%27Laguna%25%27", [lagoon]),
            ("datetime=2025-10-09/..", NAMES),
            ("datetime=../2025-10-01", []),
            ("lang=es&format=json", NAMES),
        ):
            assert await names_in(client, query) == expected, query
            assert await names_in(client, query, "csv") == expected, query
        data = await got(client, "/download/commons.gpkg?bbox=-78.6,-0.6,-78.45,-0.4&licence=CC-BY-4.0")
        (tmp_path / "part.gpkg").write_bytes(data)
        db = sqlite3.connect(tmp_path / "part.gpkg")
        assert db.execute("SELECT name FROM commons").fetchall() == [(lagoon,)]
        db.close()
        whole = (await client.head("/download/commons.csv")).headers["ETag"]
        assert (await client.head("/download/commons.csv?licence=ODbL-1.0")).headers["ETag"] != whole


@pytest.mark.parametrize(
    "query",
    ["limit=1", "after=5", "f=json", "resurce=water", "bbox=1,2,3", "filter=name", "datetime=yesterday"],
)
async def test_what_is_no_part_is_refused_rather_than_passed_over(query: str, tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        answer = await client.get(f"/download/commons.csv?format=json&{query}")
        assert answer.status == 400, await answer.text()
        assert (await answer.json())["title"].endswith("not understood")
