"""Files that somebody brings in with a browser: sent, looked at, chosen from, signed; and whoever means
harm.
"""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from node.accounts import uploads
from node.accounts.uploads import KEPT_MS, UPLOADS_PER_ACCOUNT_MAX, Uploads, UploadsFull, plain_name
from node.importing import far_reading
from tests.node.importing.drawing import archived, gpx, track, waypoint
from tests.node.live import live
from tests.node.writing.browsing import PASSPHRASE, Browser, Page, browser, link_for
from tests.node.writing.test_commons_form import village
from tests.node.writing.test_signing_in import base_of

WALK = [(-78.9, -2.9), (-78.91, -2.9), (-78.91, -2.91), (-78.9, -2.91), (-78.90005, -2.90005)]
FILE = gpx(
    waypoint("Vertiente <b>Alta</b>".replace("<", "&lt;").replace(">", "&gt;"), more="<type>agua</type>")
    + waypoint("Lugar sagrado", -78.91234)
    + track("Bosque de pinos", WALK)
    + "<rte><name>Nada</name></rte>"
).encode()


async def brings(ana: Browser, data: bytes = FILE) -> Page:
    return await ana.sends(await ana.opens("/bring-in"), "file", file=("file", data))


async def titles(node: object) -> set[str]:
    page = await node.store.things(kind="commons")  # type: ignore[attr-defined]
    return {next(iter(row.title.values())) for row in page.rows}


async def signs(ana: Browser, look: Page, **values: object) -> Page:
    page = await ana.sends(look, "sign", {"own": PASSPHRASE, **values})  # type: ignore[arg-type]
    while "Refresh" in page.headers:  # as a browser does, which waits for the node
        page = await ana.opens(page.address)
    return page


async def test_a_walk_is_looked_at_chosen_from_and_signed(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        look = await brings(ana)
        assert look.title == "Mírelo antes de firmarlo"
        for words in ("3 filas serían nuevas", "2 son dudosas", "1 queda fuera", "name", "Vertiente"):
            assert words in look.words, words
        assert "Habla de algo que quizá no es para todos" in look.words
        assert "Tiene menos de dos posiciones" in look.words
        assert look.root.find(".//svg[@class='drawn']") is not None
        assert await titles(node) == set()
        # Nothing is lost by a wrong passphrase, and nothing is signed.
        wrong = await ana.sends(look, "sign", {"own": "otra cosa cualquiera", "row": ["3"]})
        assert wrong.fault("own")
        assert "checked" in wrong.root.find(".//input[@id='f-row-3']").attrib  # type: ignore[union-attr]
        assert await titles(node) == set()
        odd = await ana.sends(wrong, "sign", {"own": PASSPHRASE, "without": "todas"})
        assert odd.fault("without")
        done = await signs(ana, odd, without="", row=["3"])
        assert done.title == "Ya está aquí"
        assert "2 son nuevos" in done.words
        assert await titles(node) == {"Vertiente Alta", "Bosque de pinos"}
        assert not list((home.path / "brought").glob("*/file"))
        again = await brings(ana)
        assert "2 ya están aquí tal cual" in again.words
        assert "mapa" not in again.words.split("Cómo se leyó")[0]


async def test_a_file_is_read_otherwise_where_somebody_says_so(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "en") as ana:
        await ana.enters(link_for(home))
        look = await brings(ana)
        values = {
            "resources": "forest",
            "source": "Assembly",
            "licence": "CC0-1.0",
            "areas": "yes",
            "name": "type",
        }
        look = await ana.sends(look, "read", values)
        assert "1 row would be new" in look.words
        look = await ana.sends(look, "read", {"name": ""})
        done = await signs(ana, look, without="2")
        assert "1 thing is new" in done.words or "2 things are new" in done.words
        for row in (await node.store.things(kind="commons")).rows:
            thing = await node.store.thing(row.subject)
            assert thing is not None
            content = thing.versions.all[thing.display].content  # type: ignore[index]
            assert (content.resources, content.licence) == (["forest"], "CC0-1.0")
            assert content.source.name == "Assembly"
        assert "Lugar sagrado" not in await titles(node)


async def test_what_cannot_be_read_says_why_and_is_kept_until_it_is_given_up(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        bomb = archived({"b.geojson": b"[" + b" " * 70_000_000 + b"]"})
        for data, says in (
            (FILE[:-20], "se corta a la mitad"),
            (b"<!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx>&a;</gpx>", "tipo de documento"),
            (bomb, "se hizo para llenar un disco"),
            (archived({"../a.geojson": b"{}"}), "no se fíe"),
        ):
            page = await brings(ana, data)
            assert page.title == "Este archivo no se puede leer como está"
            assert says in page.words, page.words
            assert "Limits.geojson" not in page.words
            assert page.status == 422
        assert (await brings(ana, b"")).fault("file")
        assert await titles(node) == set()
        assert "limits.geojson" in (await ana.opens("/bring-in")).words
        proof = page.form("read").find("input[@name='proof']").attrib["value"]  # type: ignore[union-attr]
        listed = await ana.posts(f"{page.address}/delete", [("proof", proof)])
        assert len(listed.root.findall(".//ul[@class='entries']/li")) == 3


async def test_nobody_reaches_another_ones_file(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana, browser(base_of(node), "es") as eva:
        await ana.enters(link_for(home))
        look = await brings(ana)
        await eva.enters(link_for(home, "Eva"), "Eva")
        for path in (
            look.address,
            look.address + "/done",
            "/bring-in/..%2f..%2fkeys",
            "/bring-in/" + "a" * 26,
        ):
            page = await eva.opens(path)
            assert page.status == 404
        async with browser(base_of(node), "es") as stranger:
            assert (await stranger.opens(look.address)).title == "Entrar"
            # A file without the proof of a session is not kept, not a byte of it.
            before = sorted((home.path / "brought").rglob("*"))
            refused = await stranger.posts("/bring-in", [("proof", "x")], file=("file", FILE))
            assert refused.status in (200, 401, 403)
            forged = await eva.posts("/bring-in", [("proof", "x")], file=("file", FILE))
            assert forged.status == 403
            foreign = await eva.posts(
                "/bring-in", [("proof", "x")], file=("file", FILE), Origin="https://example.org"
            )
            assert foreign.status == 403
            assert sorted((home.path / "brought").rglob("*")) == before


async def test_a_file_that_stops_or_is_too_large_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        from node.web.writing import bringing_files

        monkeypatch.setattr(bringing_files, "UPLOAD_SIZE_MAX_BYTES", len(FILE))
        monkeypatch.setattr(bringing_files, "FIELD_SIZE_MAX_BYTES", 400)
        assert (await brings(ana)).status == 200
        assert (await brings(ana, FILE + b" ")).status == 413
        page = await ana.opens("/bring-in")
        proof = page.form("file").find(".//input[@name='proof']").attrib["value"]  # type: ignore[union-attr]
        head = (
            f'--b\r\nContent-Disposition: form-data; name="proof"\r\n\r\n{proof}\r\n'
            '--b\r\nContent-Disposition: form-data; name="file"; filename="x.gpx"\r\n\r\n<gpx'
        ).encode()

        async def stops():  # type: ignore[no-untyped-def]
            yield head
            await asyncio.Event().wait()

        monkeypatch.setattr(bringing_files, "PIECE_MAX_S", 0.2)
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        try:
            async with ana.session.post(base_of(node) + "bring-in", data=stops(), headers=headers) as answer:
                assert answer.status == 408
        except aiohttp.ClientError:
            pass  # the node had closed before this end saw its answer
        assert len(list((home.path / "brought").glob("*/about.json"))) == 1


async def test_a_long_file_is_left_to_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    monkeypatch.setattr(far_reading, "OUTCOMES_MAX", 3)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        assert "Tiene más de 3 filas" in (await brings(ana)).words


def test_names_of_files_stay_within_their_folder(tmp_path: Path) -> None:
    for name in (
        "../../x.gpx",
        "/etc/passwd",
        "C:\\x\\y.kml",
        "..",
        "",
        "a\0b.csv",
        "ñandú 1 (2).geojson",
        "x" * 300 + ".gpx",
    ):
        plain = plain_name(name)
        assert plain
        assert plain not in (".", "..")
        assert len(plain) <= uploads.NAME_LENGTH_MAX_CHARS
        assert Path(plain).name == plain
    assert plain_name("ñandú 1 (2).geojson") == "ñandú 1 (2).geojson"
    assert plain_name("x" * 300 + ".gpx").endswith(".gpx")


def test_there_is_room_for_so_many_files_and_old_ones_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Uploads(tmp_path)
    for number in range(UPLOADS_PER_ACCOUNT_MAX):
        upload = kept.begin(1, "a.gpx", number)
        kept.path_of(upload).write_bytes(b"x")
        kept.keep(upload)
    with pytest.raises(UploadsFull, match="more of your files"):
        kept.begin(1, "a.gpx", 9)
    assert kept.begin(2, "a.gpx", 9).id
    monkeypatch.setattr(uploads, "UPLOADS_SIZE_MAX_BYTES", uploads.UPLOAD_SIZE_MAX_BYTES - 1)
    with pytest.raises(UploadsFull, match="on this node"):
        kept.begin(2, "a.gpx", 9)
    monkeypatch.undo()
    assert kept.begin(1, "a.gpx", KEPT_MS + 4).id
    assert [one.at_ms for one in kept.of(1)] == [7, 6, 5, 4]
    assert kept.find(2, kept.of(1)[0].id) is None
    assert kept.find(1, "../" + kept.of(1)[0].id) is None
