"""What is not shown is in no file, catalogue or feed: what is blocked, withheld, or told roughly."""

import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient

from node.trust.blocks import Target
from protocol.identifiers import id_text
from tests.node.privacy.saying import OPEN_DATA
from tests.node.store.samples import Person, point
from tests.node.trust.test_blocks import listed
from tests.node.web.opendata.drawn_node import drawn_node

SECRET = "una calumnia de nombre largo"
ANA, EVA = Person("Ana"), Person("Eva")


async def everything(client: TestClient[Any, Any]) -> dict[str, bytes]:
    read = {}
    # Tiles are drawn by a process that this node goes without; tests/node/atlas looks at what is in them.
    for path in (path for path in OPEN_DATA if not path.startswith("/tiles/")):
        answer = await client.get(path)
        assert answer.status == 200, path
        read[path] = await answer.read()
    return read


async def test_what_is_blocked_is_in_none_of_it(tmp_path: Path) -> None:
    field = EVA.commons(f"Ejido de {SECRET}", SECRET, geometry=point(-78.5, -0.5))
    good = ANA.commons("Ejido bueno")
    pact = EVA.pact(ANA, f"Pacto de {SECRET}", about=[good])
    records = [ANA.founding, EVA.founding, field, good, pact]
    blocks = listed(tmp_path, (Target.ACTOR, EVA.id), reason="Vende lo que no es de nadie")
    async with drawn_node(tmp_path, records, blocks=blocks) as client:
        for path, data in (await everything(client)).items():
            assert SECRET.encode() not in data, path
            for hidden in (field, pact):
                if path.startswith("/download"):
                    assert id_text(hidden.subject).encode() not in data, path
            if path.startswith("/download/commons."):
                assert (b"Ejido bueno" in data) or path.endswith("metadata.json"), path


async def test_a_place_is_never_more_precise_than_its_record(tmp_path: Path) -> None:
    kept = ANA.commons("Vertiente reservada", sensitivity="withheld")
    rough = ANA.commons(
        "Vertiente aproximada", sensitivity="generalised", uncertainty_m=1_000, geometry=point(-78.5, -0.5)
    )
    async with drawn_node(tmp_path, [ANA.founding, kept, rough]) as client:
        read = json.loads(await (await client.get("/download/commons.geojson")).text())
        by_name = {one["properties"]["name"]: one for one in read["features"]}
        assert by_name["Vertiente reservada"]["geometry"] is None
        assert by_name["Vertiente reservada"]["properties"]["sensitivity"] == "withheld"
        shown = by_name["Vertiente aproximada"]
        assert shown["geometry"]["coordinates"] == [-78.5, -0.5]
        assert shown["properties"]["uncertainty_m"] == 1_000
        table = await (await client.get("/download/commons.csv")).text()
        [line] = [line for line in table.splitlines() if "aproximada" in line]
        assert ",-78.5,-0.5,POINT (-78.5 -0.5)" in line
