"""The schemas that a node publishes, and everything it publishes held to them."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from protocol.identifiers import id_text
from protocol.kinds import KINDS
from protocol.record.verification import VerifiedRecord, verify_record
from tests.node.cli.terminal import Terminal
from tests.node.store.samples import Person
from tests.node.web.readers import node_with, read_page, text_of
from tests.vectors.reading import bytes_of

VECTORS = Path(__file__).parents[2] / "vectors"


def of_every_kind() -> list[VerifiedRecord]:
    """The records of the vectors: every kind of them, and what is at its limits."""
    cases = json.loads((VECTORS / "records.json").read_text(encoding="utf-8"))
    records = [verify_record(bytes_of(c["envelope"]), cases["now_ms"]) for c in cases["accepted"]]
    return [record for record in records if not record.is_erased]


async def test_whatever_the_node_publishes_keeps_to_its_schemas(tmp_path: Path) -> None:
    records = of_every_kind()
    assert len(KINDS.keys() & {record.header.kind for record in records}) > 15
    async with node_with(tmp_path, records) as client:
        validators = {}
        for kind in KINDS:
            answer = await client.get(f"/schemas/{kind}.json")
            validators[kind] = Draft202012Validator(await answer.json(content_type="application/schema+json"))
        for record in records:
            published = await (await client.get(f"/record/{id_text(record.id)}?format=json")).json()
            kind = record.header.kind
            if kind not in KINDS:
                assert published["content_schema"] is None
                continue
            assert published["content_schema"] == f"/schemas/{kind}.json"
            validators[kind].validate(published["content"])
            thing = await (await client.get(f"/thing/{id_text(record.subject)}?format=json")).json()
            if thing["content"] is not None:
                validators[thing["kind"]].validate(thing["content"])


async def test_schemas_are_kept_by_readers_and_asked_again(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        answer = await client.get("/schemas/commons.json", headers={"Accept": "text/html"})
        assert (answer.status, answer.content_type) == (200, "application/schema+json")
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        again = await client.get("/schemas/commons.json", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
        text = await answer.text()
        assert json.loads(text)["$comment"] == "SPDX-License-Identifier: Apache-2.0"
        assert Terminal(tmp_path / "home").does("schema", "commons") == text
        for missing in ("song.json", "commons", "commons.json.json", "..%2Fcommons.json", ".json"):
            assert (await client.get(f"/schemas/{missing}")).status == 404, missing


async def test_the_index_names_every_kind(tmp_path: Path) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        for path in ("/schemas/index.json", "/schemas/?format=json", "/schemas?format=json"):
            index = await (await client.get(path)).json()
            assert {entry["kind"] for entry in index["schemas"]} == KINDS.keys()
            assert (index["licence"], index["dialect"][:20]) == ("Apache-2.0", "https://json-schema.")
        for entry in index["schemas"]:
            schema = await (await client.get(entry["schema"])).json(content_type=None)
            assert (schema["$id"], schema["description"]) == (entry["id"], entry["description"])
            assert entry["is"] == ("version" if KINDS[entry["kind"]].is_version else "act")
        for language, heading in (("es", "Esquemas de los registros"), ("en", "Schemas of records")):
            page = await read_page(client, f"/schemas/?lang={language}")
            assert text_of(page.find(".//h1")) == heading
            links = {a.attrib["href"] for a in page.findall(".//td/a")}
            assert links == {f"/schemas/{kind}.json" for kind in KINDS}
        front = await read_page(client, "/?lang=es")
        assert "/schemas/?lang=es" in {a.attrib["href"] for a in front.findall(".//footer//a")}


def test_the_command_lists_and_refuses(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "none")
    listed = json.loads(terminal.does("schema", "--json"))
    assert {entry["kind"] for entry in listed} == KINDS.keys()
    lines = terminal.does("schema").splitlines()
    assert [line.split() for line in lines if line.startswith("commons ")] == [
        ["commons", "version", "urn:minga:schema:commons:1"]
    ]
    assert all(len(line) <= 80 for line in lines)
    assert "song" in terminal.fails("schema", "song")
    assert not terminal.home.exists()
