"""Papers: what stands on a printed page, and what any node says when it is asked about one."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from node.trust.blocks import Block, Blocks, Target
from node.web.frame.markup import render
from node.web.frame.qr_code import QUIET_ZONE, TEXT_LENGTH_MAX_BYTES, qr_code
from node.web.records.check_page import ASKED_LENGTH_MAX_CHARS, id_in
from node.web.records.paper import check_path, grouped
from protocol.identifiers import id_text
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import NOW_MS, Person, bare
from tests.node.web.readers import classed, founded, node_with, read_page, signed, text_of, thing_path

# Pixels of a picture for each square of a code: what a reader of codes needs to see its edges.
PIXELS = 4


def picture_of(svg: ET.Element) -> bytes:
    """A code as a grey picture (PGM), drawn from its path without any program that made it."""
    side = int(svg.attrib["viewBox"].split()[2])
    dark = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg.findall("path")[0].attrib["d"]):
        dark |= {(int(x) + step, int(y)) for step in range(int(width))}
    assert not any(x < QUIET_ZONE or y < QUIET_ZONE for x, y in dark)
    rows = [
        bytes(0 if (x // PIXELS, y // PIXELS) in dark else 255 for x in range(side * PIXELS))
        for y in range(side * PIXELS)
    ]
    return b"P5\n%d %d\n255\n" % (side * PIXELS, side * PIXELS) + b"".join(rows)


def read_code(svg: ET.Element, folder: Path) -> str:
    """What another program reads in a code (ZBar, Debian's `zbar-tools`)."""
    program = shutil.which("zbarimg")
    if program is None:
        pytest.skip("zbarimg is not on this machine: apt-get install zbar-tools")
    picture = folder / "code.pgm"
    picture.write_bytes(picture_of(svg))
    read = subprocess.run([program, "--quiet", "--raw", picture], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    return read.stdout.removesuffix("\n")


@pytest.mark.parametrize("text", ["a", "https://nodo.example.org/check/" + "a" * 52])
def test_a_code_says_to_another_program_what_was_put_in(tmp_path: Path, text: str) -> None:
    drawn = ET.fromstring(render(qr_code(text, "code")).removeprefix("<!doctype html>\n"))
    assert read_code(drawn, tmp_path) == text


def test_a_code_takes_no_more_than_can_be_scanned_from_paper() -> None:
    side = int(qr_code("a" * TEXT_LENGTH_MAX_BYTES, "").attributes["viewBox"].split()[2])
    assert side == 77 + 2 * QUIET_ZONE
    for text in ("a" * (TEXT_LENGTH_MAX_BYTES + 1), "ñ"):
        with pytest.raises(ValueError, match="no text for a code"):
            qr_code(text, "")


async def test_the_paper_of_a_pact_leads_to_the_check_of_its_version(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Anejo")
    pact = town.pact(village, "Pacto del río")
    records = [town.founding, village.founding, pact, town.consent(pact), village.consent(pact)]
    async with node_with(tmp_path, records) as client:
        page = await read_page(client, thing_path(pact, "?lang=en"))
        [paper] = classed(page, "paper")
        [code] = classed(paper, "qr")
        address = read_code(code, tmp_path)
        assert address == f"http://{client.host}:{client.port}{check_path(pact.id)}"
        assert grouped(id_text(pact.id)) in text_of(paper)
        assert "on this one machine only" in text_of(paper)
        told = await read_page(client, address.partition(str(client.port))[2])
        assert classed(told, "holds")
        # Whatever a reader calls this node goes into its paper, if it is a name at all.
        named = await read_page(client, thing_path(pact, "?lang=en"), Host="nodo.example.org")
        assert read_code(classed(named, "qr")[0], tmp_path).startswith("http://nodo.example.org/check/")
        assert "on this one machine only" not in text_of(classed(named, "paper")[0])
        for hostile in ('a"b', "<b>", "a b", "nodo.example.org:99999999", "x" * 300, "a/../b", "[::1"):
            odd = await read_page(client, thing_path(pact), Host=hostile)
            assert read_code(classed(odd, "qr")[0], tmp_path) == address


@pytest.mark.parametrize("kind", ["commons", "vote", "body", "alert", "territory"])
async def test_other_pages_have_a_paper_too(tmp_path: Path, kind: str) -> None:
    ana = Person("Ana")
    territory = [{"level": "parish", "name": {"es": "Achupallas"}}]
    option = [{"name": {"es": "Sí"}}, {"name": {"es": "No"}}]
    named = {"title": {"es": "Algo"}, "licence": "CC0-1.0"}
    record: VerifiedRecord = {
        "commons": lambda: ana.commons("Laguna"),
        "territory": lambda: ana.commons("Laguna", territory=territory),
        "vote": lambda: signed(
            ana,
            "motion",
            {**named, "options": option, "roll": [{"actor": ana.id}], "closes": "2026-12-01", "rule": "most"},
        ),
        "body": lambda: signed(
            ana, "body", {"name": {"es": "Junta"}, "type": "management_board", "licence": "CC0-1.0"}
        ),
        "alert": lambda: signed(ana, "alert", {**named, "type": "enclosure"}),
    }[kind]()
    async with node_with(tmp_path, [ana.founding, record]) as client:
        path = thing_path(record)
        if kind == "territory":
            data = await (await client.get("/territories?format=json")).json()
            path = data["parts"][0]["page"]
        [paper] = classed(await read_page(client, path), "paper")
        text = read_code(classed(paper, "qr")[0], tmp_path)
        assert text.endswith(path if kind == "territory" else check_path(record.id))


async def check(client: object, record: VerifiedRecord | str) -> str:
    """What a node says in the heading of its verdict, in English."""
    text = record if isinstance(record, str) else id_text(record.id)
    page = await read_page(client, f"/check/{text}?lang=en")  # type: ignore[arg-type]
    [verdict] = classed(page, "verdict")
    return text_of(verdict.find("h2"))


async def test_a_node_says_what_has_become_of_a_version(tmp_path: Path) -> None:
    ana, council = Person("Ana"), Person("Cabildo", threshold=2, keys=2)
    first = ana.commons("Laguna")
    second = ana.commons("Laguna grande", after=first, time_ms=NOW_MS + 1_000)
    gone = ana.commons("Por error")
    waiting = council.commons("Páramo")
    stranger = Person("Forastera").commons("De nadie")
    report = ana.says("observation", {"text": {"es": "Está seca"}}, second)
    records = [ana.founding, *founded(council), first, second, waiting, stranger, report]
    records += [bare(gone), ana.erase(gone)]
    async with node_with(tmp_path, records) as client:
        assert await check(client, second) == "This is the version that stands"
        assert await check(client, first) == "A later version has taken its place"
        assert await check(client, gone) == "Its content was erased"
        assert await check(client, waiting) == "It has no effect yet"
        assert await check(client, stranger) == "Nobody can say here what it is worth"
        assert await check(client, report) == "This is a record about something, and no version of it"
        assert await check(client, ana.founding) == "This is the version that stands"
        assert await check(client, "b" * 51 + "a") == "This node does not hold that version"
        data = await (await client.get(f"/check/{id_text(first.id)}?format=json")).json()
        assert (data["held"], data["standing"]) == (True, "replaced")
        assert data["version_shown"] == id_text(second.id)
        assert data["content_fingerprint"] == first.header.payload_hash.hex()
        data = await (await client.get(f"/check/{'b' * 51}a?format=json")).json()
        assert data == {"id": "b" * 51 + "a", "held": False, "on": "2025-11-08", "standing": "unknown"}


async def test_two_versions_side_by_side_are_told_as_such(tmp_path: Path) -> None:
    ana, luz = Person("Ana"), Person("Luz")
    first = ana.commons("Laguna")
    beside = luz.commons("Laguna de todas", after=first, time_ms=NOW_MS + 1_000)
    async with node_with(tmp_path, [ana.founding, luz.founding, first, beside]) as client:
        said = {await check(client, first), await check(client, beside)}
        assert said == {"This is the version that stands", "It stands beside another version"}


async def test_a_pact_is_told_by_what_its_parties_signed(tmp_path: Path) -> None:
    town, village = Person("Municipio"), Person("Anejo")
    signed_one = town.pact(village, "Pacto")
    proposed = town.pact(village, "Pacto nuevo", after=signed_one, time_ms=NOW_MS + 5_000)
    records = [town.founding, village.founding, signed_one, proposed]
    records += [town.consent(signed_one), village.consent(signed_one)]
    async with node_with(tmp_path, records) as client:
        assert await check(client, signed_one) == "This is the version that the parties signed"
        assert await check(client, proposed) == "It stands beside another version"
        page = text_of(await read_page(client, f"/check/{id_text(signed_one.id)}?lang=es"))
        assert "Esta es la versión que firmaron las partes" in page
        assert "en vigor" in page


async def test_what_is_blocked_here_is_held_and_not_told(tmp_path: Path) -> None:
    ana = Person("Ana")
    land = ana.commons("Laguna secreta")
    blocks = Blocks()
    blocks._blocks[(Target.RECORD, land.id)] = Block(Target.RECORD, land.id, "2026-01-02", "vende <b>")
    async with node_with(tmp_path, [ana.founding, land], blocks=blocks) as client:
        page = text_of(await read_page(client, f"/check/{id_text(land.id)}?lang=en"))
        assert "Blocked by this node on 2 January 2026." in page
        assert "secreta" not in page
        data = await (await client.get(f"/check/{id_text(land.id)}?format=json")).json()
        assert data["blocked"]["since"] == "2026-01-02"
        assert "secreta" not in str(data)


def test_a_number_is_found_in_whatever_is_pasted() -> None:
    number = id_text(bytes(range(32)))
    other = id_text(bytes(32))
    found = bytes(range(32))
    for text in (
        number,
        f"  {number.upper()} ",
        f"https://nodo.example.org/check/{number}",
        f"https://nodo.example.org/thing/{other}/record/{number}?lang=es",
        grouped(number),
        grouped(number).replace(" ", "\u00a0"),
        grouped(number).replace(" ", "-\n"),
    ):
        assert id_in(text) == found, text
    for text in ("", "laguna", number[:-1], number + "a", "z" * 52, "١" * 52, "ı" * 52):
        assert id_in(text) is None, text


async def test_what_was_typed_wrongly_stays_in_the_form(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        empty = await read_page(client, "/check?lang=en")
        assert not classed(empty, "wrong")
        page = await read_page(client, "/check?lang=en&q=%3Cb%3Elaguna", 400)
        assert "Nothing was looked up" in text_of(classed(page, "wrong")[0])
        assert page.findall(".//input")[0].attrib["value"] == "<b>laguna"
        problem = await client.get("/check?q=laguna&format=json")
        assert (problem.status, (await problem.json())["code"]) == (400, "no-id")
        long = await read_page(client, "/check?q=" + "x" * (ASKED_LENGTH_MAX_CHARS + 500), 400)
        assert len(long.findall(".//input")[0].attrib["value"]) == ASKED_LENGTH_MAX_CHARS
