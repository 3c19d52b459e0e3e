"""Other people's programs read a node: GDAL, GeoPandas' reader, OWSLib, ogc-client; each where it is there.

`MINGA_CLIENTS` names a Python that has OWSLib, where this one has not.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.node.web.ogc.charted import MANY, charted_node, one_of_each, records
from tests.patience import PATIENCE_S

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

# By collection.
THERE = {"commons": MANY + 3, "pacts": 1, "territories": 1, "alerts": 1}
# Found by a box and by a resource, as the pages give them (test_items compares them with a geometry library).
BOX = (-78, -3, -76, 0)
IN_BOX = 21
OF_WATER = 77

ABSENT = 77  # what the scripts below end with where a library is missing

OWSLIB = """
import json, sys
try:
    from owslib.ogcapi.features import Features
except ImportError:
    sys.exit(77)
node = Features(sys.argv[1])
names = node.feature_collections()
counts = {}
for name in names:
    read = []
    while True:
        page = node.collection_items(name, limit=50, offset=len(read))
        read += [one["id"] for one in page["features"]]
        if page["numberReturned"] < 50:
            break
    assert len(set(read)) == len(read) == page["numberMatched"]
    if read:
        assert node.collection_item(name, read[-1])["id"] == read[-1]
    assert "geometry" in node.collection_queryables(name)["properties"]
    counts[name] = len(read)
box = node.collection_items("commons", bbox=json.loads(sys.argv[2]), limit=1000)["numberReturned"]
water = node.collection_items("commons", filter="resource = 'water'", limit=1000)["numberMatched"]
assert node.api()["openapi"].startswith("3.0")
print(json.dumps({"counts": counts, "box": box, "water": water}))
"""

PYOGRIO = """
import json, sys, warnings
try:
    import pyogrio
except ImportError:
    sys.exit(77)
warnings.simplefilter("error")
source = "OAPIF:" + sys.argv[1]
def count(**how):
    return len(pyogrio.raw.read(source, **how)[2])
counts = {str(name): count(layer=str(name), PAGE_SIZE=50) for name, _ in pyogrio.list_layers(source)}
box = count(layer="commons", bbox=tuple(json.loads(sys.argv[2])))
water = count(layer="commons", where="resource = 'water'")
print(json.dumps({"counts": counts, "box": box, "water": water}))
"""

OGC_CLIENT = """
import { OgcApiEndpoint } from '@camptocamp/ogc-client'
const node = new OgcApiEndpoint(process.argv[2])
const counts = {}
for (const name of await node.featureCollections) {
    counts[name] = 0
    for (let read = []; counts[name] === 0 || read.length === 50; counts[name] += read.length)
        read = await node.getCollectionItems(name, 50, counts[name])
}
const [west, south, east, north] = JSON.parse(process.argv[3])
const get = async options => (await fetch(await node.getCollectionItemsUrl('commons', options))).json()
const box = (await get({ limit: 1000, extent: [west, south, east, north] })).numberReturned
const water = (await get({ limit: 1000, query: "resource=water" })).numberMatched
const about = await node.getCollectionInfo('commons')
if (about.queryables.length < 10) throw new Error('no queryables')
console.log(JSON.stringify({ counts, box, water }))
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with charted_node(tmp_path_factory.mktemp("charted"), [*records(), *one_of_each()]) as client:
        yield str(client.make_url("/ogc"))


async def said(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program says on its output; what it complains of, warnings included, fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"OAPIF_PAGE_SIZE": "50", "PROJ_NETWORK": "OFF"},
    )
    async with asyncio.timeout(PATIENCE_S):
        out, complaints = await process.communicate()
    if process.returncode == ABSENT:
        pytest.skip(f"the library for this is absent in {command[0]}: MINGA_CLIENTS may name another Python")
    assert process.returncode == 0, complaints.decode()[-2_000:]
    assert not re.search("warning|error", complaints.decode(), re.IGNORECASE), complaints.decode()[-2_000:]
    return out.decode()


def check(told: Any) -> None:
    assert told == {"counts": THERE, "box": IN_BOX, "water": OF_WATER}


async def test_gdal_reads_all_of_it(address: str, tmp_path: Path) -> None:
    if shutil.which("ogrinfo") is None or shutil.which("ogr2ogr") is None:
        pytest.skip("ogrinfo and ogr2ogr are absent (Debian: gdal-bin)")
    source = f"OAPIF:{address}"
    listed = await said("ogrinfo", "-ro", source)
    assert re.findall(r"^\d+: (\w+)", listed, re.MULTILINE) == list(THERE)
    for name, number in THERE.items():
        summary = await said("ogrinfo", "-ro", "-so", source, name)
        assert f"Feature Count: {number}\n" in summary
        # All are read, page by page, and come out whole.
        file = tmp_path / f"{name}.geojson"
        await said("ogr2ogr", "-f", "GeoJSON", file, source, name, "-oo", "PAGE_SIZE=50")
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
        assert len(features) == number
        assert len({one["properties"]["id"] for one in features}) == number
    west, south, east, north = map(str, BOX)
    asked = {
        ("-spat", west, south, east, north): IN_BOX,
        ("-where", "resource = 'water'"): OF_WATER,
        ("-where", "resource = 'water' AND uncertainty_m = 12"): 1,
    }
    for options, number in asked.items():
        found = await said("ogrinfo", "-ro", "-q", source, "commons", *options)
        assert found.count("OGRFeature(commons)") == number, options
    either = [
        (await said("ogrinfo", "-ro", "-q", source, "commons", "-where", f"contested = {truth}")).count(
            "OGRF"
        )
        for truth in (0, 1)
    ]
    assert sum(either) == MANY + 3


async def test_geopandas_reader_reads_all_of_it(address: str) -> None:
    check(json.loads(await said(sys.executable, "-c", PYOGRIO, address, json.dumps(BOX))))


async def test_owslib_reads_all_of_it(address: str) -> None:
    python = os.environ.get("MINGA_CLIENTS", sys.executable)
    check(json.loads(await said(python, "-c", OWSLIB, address, json.dumps(BOX))))


async def test_ogc_client_reads_all_of_it(address: str, tmp_path: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are absent: ogc-client is a package of theirs")
    (tmp_path / "package.json").write_text('{"private": true}')
    (tmp_path / "read.mjs").write_text(OGC_CLIENT)
    # Without a network it says so at once: npm would try again for a minute.
    install = ["npm", "install", "--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000"]
    install += ["--no-audit", "--no-fund", "--ignore-scripts", "@camptocamp/ogc-client@1.3.0"]
    process = await asyncio.create_subprocess_exec(
        *install, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE_S):
        out, _ = await process.communicate()
    if process.returncode:
        pytest.skip(f"ogc-client cannot be installed here: {out.decode()[-200:]}")
    check(json.loads(await said("node", "read.mjs", address, json.dumps(BOX), cwd=tmp_path)))
