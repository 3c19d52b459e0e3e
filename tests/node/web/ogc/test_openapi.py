"""The description of the API: that it is one, that answers are as it says, and that nothing else is accepted.

Two programs are asked where they are there: openapi-spec-validator and schemathesis, which makes up requests
that fit the description and such that do not.  `MINGA_CLIENTS` names a Python that has them.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import pytest_asyncio
import yaml
from aiohttp.test_utils import TestClient

from node.atlas.collections import COLLECTIONS
from protocol.identifiers import id_text
from tests.node.web.ogc.charted import TRIANGLE, all_items, charted_node, one_of_each, read, records
from tests.patience import PATIENCE_S
from tests.shared_inputs import shared_path

pytestmark = pytest.mark.asyncio(loop_scope="module")

PYTHON = os.environ.get("MINGA_CLIENTS", sys.executable)

# What no schema can say, by example: filters, two moments, a south that lies south of a north.
HOOKS = """
import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("cql2-text", st.sampled_from([
    "name = 'water'", "name LIKE 'a%' AND NOT contested", "S_INTERSECTS(geometry, BBOX(-79, -3, -78, -2))"]))
schemathesis.openapi.format("interval", st.sampled_from([
    "2025-06-01", "../2025-06-01", "2025-01-01T00:00:00Z/..", "2025-01-01/2025-02-01"]))
schemathesis.openapi.format("bbox", st.sampled_from([
    "-80,-5,-70,2", "170,-10,-170,1e1", "-71.5,-31,0,-68,-28,9000", "-540,-180,540,180"]))
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestClient[Any, Any]]:
    held = [*records(40), *one_of_each()]
    async with charted_node(tmp_path_factory.mktemp("charted"), held) as made:
        yield made


async def ran(*command: str | Path, cwd: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks"},
    )
    async with asyncio.timeout(4 * PATIENCE_S):
        out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def skip_without(module: str, tmp_path: Path) -> None:
    code, _ = await ran(PYTHON, "-c", f"import {module}", cwd=tmp_path)
    if code:
        pytest.skip(f"{module} is absent here: MINGA_CLIENTS may name a Python that has it")


async def test_it_is_a_valid_description(client: TestClient[Any, Any], tmp_path: Path) -> None:
    await skip_without("openapi_spec_validator", tmp_path)
    for language in ("es", "en"):
        document = await read(client, f"/ogc/api?lang={language}")
        (tmp_path / "api.json").write_text(json.dumps(document))
        code, said = await ran(PYTHON, "-m", "openapi_spec_validator", "api.json", cwd=tmp_path)
        assert (code, said.strip()) == (0, "api.json: OK")


@pytest.mark.slow
async def test_made_up_requests_are_answered_as_described(
    client: TestClient[Any, Any], tmp_path: Path
) -> None:
    await skip_without("schemathesis", tmp_path)
    (tmp_path / "hooks.py").write_text(HOOKS)
    document = await read(client, "/ogc/api")
    parameters = document["components"]["parameters"]
    parameters["bbox"]["schema"] = {"type": "string", "format": "bbox"}
    # One past the greatest is the greatest (OGC 17-069r4, /req/core/fc-limit-response-1).
    del parameters["limit"]["schema"]["maximum"]
    (tmp_path / "api.json").write_text(json.dumps(document))
    code, said = await ran(
        *(PYTHON, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"),
        *(
            "api.json",
            "--url",
            str(client.make_url("/ogc")),
            "--max-examples",
            "20",
            "--checks",
            "all",
            "--seed",
            "1",
        ),
        cwd=tmp_path,
    )
    assert code == 0, said[-6_000:]


def schema(name: str) -> dict[str, Any]:
    """One of the OGC's own schemas of answers, as JSON Schema."""
    told = yaml.safe_load(
        shared_path("vectors", "ogc", "core", "openapi", "ogcapi-features-1.yaml").read_text()
    )
    text = json.dumps(told["components"]["schemas"]).replace("#/components/schemas/", "#/$defs/")
    defs = json.loads(text)
    nullable(defs)
    # A feature without a place has the geometry null (RFC 7946 §3.2), which the OGC's schema forgets.
    defs["featureGeoJSON"]["properties"]["geometry"] = {
        "anyOf": [{"type": "null"}, {"$ref": "#/$defs/geometryGeoJSON"}]
    }
    return {"$defs": defs, "$ref": f"#/$defs/{name}"}


def nullable(part: Any) -> None:
    """Say in JSON Schema what OpenAPI 3.0 says by `nullable`."""
    if isinstance(part, dict):
        if part.pop("nullable", False):
            part["type"] = [part["type"], "null"]
        for one in part.values():
            nullable(one)
    elif isinstance(part, list):
        for one in part:
            nullable(one)


async def test_answers_are_as_the_ogc_has_them(client: TestClient[Any, Any]) -> None:
    identifier = id_text(TRIANGLE.subject)
    for path, name in (
        ("", "landingPage"),
        ("/conformance", "confClasses"),
        ("/collections", "collections"),
        *((f"/collections/{one}", "collection") for one in COLLECTIONS),
        *((f"/collections/{one}/items?limit=1000", "featureCollectionGeoJSON") for one in COLLECTIONS),
        (f"/collections/commons/items/{identifier}", "featureGeoJSON"),
    ):
        jsonschema.validate(
            await read(client, f"/ogc{path}"),
            schema(name),
            cls=jsonschema.Draft202012Validator,
            format_checker=jsonschema.FormatChecker(),
        )


async def test_features_are_as_their_schema_says(client: TestClient[Any, Any]) -> None:
    for name in COLLECTIONS:
        told = await read(client, f"/ogc/collections/{name}/schema")
        jsonschema.Draft202012Validator.check_schema(told)
        asked = await read(client, f"/ogc/collections/{name}/queryables")
        jsonschema.Draft202012Validator.check_schema(asked)
        assert asked["properties"].keys() <= told["properties"].keys()
        assert asked["$id"].endswith(f"/ogc/collections/{name}/queryables")
        features = await all_items(client, f"/ogc/collections/{name}/items?limit=1000")
        assert features
        for feature in features:
            # What is not told is null, which a schema of properties leaves out.
            stated = {key: value for key, value in feature["properties"].items() if value is not None}
            jsonschema.validate({**stated, "id": feature["id"]}, told)


async def test_every_link_leads_to_what_it_says(client: TestClient[Any, Any]) -> None:
    waiting, seen = ["/ogc"], set()
    while waiting:
        path = waiting.pop()
        document = await read(client, path)
        links = list(document.get("links", []))
        for one in document.get("collections", []):
            links += one["links"]
        for one in links:
            address = one["href"]
            assert address.startswith(str(client.make_url("/"))), address
            local = address[len(str(client.make_url("/"))) - 1 :]
            if local in seen or not local.startswith("/ogc"):
                continue
            seen.add(local)
            answer = await client.get(local, headers={"Accept": one["type"]})
            assert answer.status == 200, local
            assert answer.headers["Content-Type"].partition(";")[0] == one["type"].partition(";")[0], local
            if "json" in one["type"] and one["rel"] != "service-desc" and "schema" not in one["type"]:
                waiting.append(local)
    assert len(seen) > 30


async def test_the_first_page_of_the_api_has_all_that_programs_look_for(client: TestClient[Any, Any]) -> None:
    landing = await read(client, "/ogc")
    rels = {link["rel"] for link in landing["links"]}
    assert rels >= {"self", "service-desc", "service-doc", "conformance", "data", "tiles", "license"}
    classes = (await read(client, "/ogc/conformance"))["conformsTo"]
    for name in ("core", "oas30", "html", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in classes
    collection = await read(client, "/ogc/collections/commons")
    assert collection["extent"]["spatial"]["bbox"][0][1] == -30
    assert {"items", "self", "alternate"} <= {link["rel"] for link in collection["links"]}
