"""A commons from a form: filled in, kept, looked over, signed, changed, and what others do meanwhile."""

import asyncio
import json
from pathlib import Path

from node.home import Home
from protocol.identifiers import id_text
from tests.node.cli.terminal import Terminal
from tests.node.live import live
from tests.node.writing.browsing import PASSPHRASE, Browser, Page, browser, link_for, values_of
from tests.node.writing.test_signing_in import base_of

KEY = "la llave de la secretaria"


def village(folder: Path, *, locked: bool = False) -> Home:
    """A home with a key of Ana's and the comuna that she signs for."""
    ana = Terminal(folder / "home")
    ana.does("init")
    if locked:
        (folder / "passphrase").write_text(KEY)
        (folder / "passphrase").chmod(0o600)
        given = ("--passphrase-file", str(folder / "passphrase"))
        ana.does(*given, "key", "new", "--label", "Ana, laptop", "--passphrase")
        ana.does(*given, "actor", "new", "--name", "Santa Clara@es", "--type", "comuna")
    else:
        ana.does("key", "new", "--label", "Ana, laptop", "--no-passphrase")
        ana.does("actor", "new", "--name", "Santa Clara@es", "--type", "comuna")
    return Home.at(ana.home)


FILLED = {
    "name": "Páramo de Ozogoche",
    "resources": ["paramo", "water"],
    "description": "Lagunas y pajonal.\n\nAquí nace el agua.",
    "place": "point",
    "lat": "-2,2667",
    "lon": "-78.5833",
    "rules": "Nadie quema.",
    "basis": "assembly",
    "basis-on": "2026-05",
}


async def fills_in(
    ana: Browser, values: dict[str, object] | None = None, path: str = "/write/commons"
) -> Page:
    """Fill in a form and have it looked over."""
    return await ana.sends(await ana.opens(path), "review", values if values is not None else FILLED)  # type: ignore[arg-type]


async def signs(ana: Browser, page: Page, **more: str) -> Page:
    """Sign what was looked over with the account's passphrase, as an open key asks for."""
    return await ana.sends(page, "sign", {"own": PASSPHRASE, **more})


async def test_somebody_tells_of_a_commons_and_signs_it(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        review = await fills_in(ana)
        assert review.title.startswith("Revíselo")
        for words in ("en nombre de Santa Clara", "Páramo de Ozogoche", "Aquí nace el agua.", "mayo de 2026"):
            assert words in review.words, words
        wrong = await signs(ana, review, own="otra cosa cualquiera")
        assert wrong.fault("own")
        assert (await node.store.counts()).things_by_kind.get("commons", 0) == 0
        done = await signs(ana, wrong)
        assert done.title == "Firmado"
        [row] = (await node.store.things(kind="commons")).rows
        thing = await node.store.thing(row.subject)
        assert thing is not None
        content = thing.versions.all[thing.display].content  # type: ignore[index]
        assert content.name == {"es": "Páramo de Ozogoche"}
        assert content.resources == ["water", "paramo"] or content.resources == ["paramo", "water"]
        assert content.geometry == {"type": "Point", "coordinates": [-785833000, -22667000]}
        assert content.stewards[0].actor is not None
        assert content.publication.on == "2026-05"
        assert content.licence == "CC-BY-4.0"
        assert row.status == "own"
        # Its words are in the record now, and in no draft.
        assert "Ozogoche" not in (await ana.opens("/account")).words
        assert b"Ozogoche" not in (home.path / "accounts.sqlite").read_bytes()


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        broken = {
            **FILLED,
            "name": "",
            "resources": [],
            "lat": "91",
            "lon": "east",
            "area-ha": "many",
            "basis-on": "May",
            "labels": "tk",
            "source-url": "ftp://x",
            "uncertainty": "-3",
            "purpose": "to sign",
        }
        page = await fills_in(ana, broken)
        assert page.status == 422
        said = {f for f in (*broken, "source", "right") if page.fault(f)}
        assert said == {
            *("name", "resources", "lat", "lon", "area-ha", "basis-on", "labels", "source-url", "source"),
            *("uncertainty", "right"),
        }
        assert page.root.find(".//input[@id='f-area-ha']").attrib["value"] == "many"  # type: ignore[union-attr]
        assert "Nadie quema." in page.words
        mended = await ana.sends(
            page,
            "review",
            {
                **FILLED,
                "area-ha": "12,5",
                "labels": "TK A",
                "source-url": "",
                "uncertainty": "",
                "purpose": "",
            },
        )
        assert mended.title == "Look it over before you sign"
        # A place that is kept back is told by no word either, by the rule of the command line.
        page = await ana.opens(mended.root.find(".//a[.='Go back and change it']").attrib["href"])  # type: ignore[union-attr]
        told = {"sensitivity": "withheld", "description": "Está en -2.2667, -78.5833, junto al camino."}
        page = await ana.sends(page, "review", told)
        assert "tells where it is" in page.fault("description")
        page = await ana.sends(page, "review", {"description": "Nadie dice dónde\u202e."})
        assert "U+202E" in page.fault("description") or "nobody sees" in page.fault("description")


async def test_limits_come_from_a_file_or_a_text_and_are_shown_as_everybody_will_see_them(
    tmp_path: Path,
) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    ring = [[-78.5, -0.2], [-78.4, -0.2], [-78.4, -0.1], [-78.5, -0.1], [-78.5, -0.2]]
    feature = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        ],
    }
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        review = await ana.sends(page, "review", FILLED, file=("file", json.dumps(feature).encode()))
        assert review.title == "Look it over before you sign"
        assert review.root.find(".//main//svg") is not None
        done = await signs(ana, review)
        assert done.title == "Signed"
        [row] = (await node.store.things(kind="commons")).rows
        assert row.bbox is not None
        assert (row.bbox.west, row.bbox.north) == (-785000000, -1000000)
        for broken in (
            b"{",
            b'{"type":"Point"}',
            json.dumps({**feature, "features": feature["features"] * 2}).encode(),
            b"[" * 5_000,
            b"\xff\xfe",
        ):
            page = await ana.opens("/write/commons")
            answer = await ana.sends(page, "review", FILLED, file=("file", broken))
            assert answer.status == 400 or answer.fault("geojson"), broken[:20]
        # Rough for everybody: what is looked over is what will be signed, and not what was typed.
        page = await ana.opens("/write/commons")
        rough = {**FILLED, "name": "Ojo de agua", "sensitivity": "generalised", "grid": "0.1"}
        review = await ana.sends(page, "review", rough)
        assert "78.5833" not in review.words
        await signs(ana, review)
        [row] = [
            row
            for row in (await node.store.things(kind="commons")).rows
            if row.title == {"en": "Ojo de agua"}
        ]
        assert row.bbox is not None
        assert row.bbox.west % 1_000_000 == 0


async def test_a_place_is_sealed_for_those_who_are_named(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    guardians = ("actor", "new", "--name", "Guardianes@es", "--type", "association")
    await asyncio.to_thread(Terminal(home.path).does, *guardians)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        [choice] = [one for one in page.root.iter("select") if one.attrib["name"] == "as"]
        clara = next(one.attrib["value"] for one in choice if one.text == "Santa Clara")
        sealed = {
            **FILLED,
            "as": clara,
            "steward": ["Santa Clara"],
            "sensitivity": "sealed",
            "grid": "",
            "reader": ["Nadie"],
        }
        page = await ana.sends(page, "review", sealed)
        assert "Nadie" in page.fault("reader")
        review = await ana.sends(page, "review", {"reader": ["Guardianes"]})
        assert "78.5833" not in review.words
        done = await signs(ana, review)
        assert done.title == "Signed"
        [row] = (await node.store.things(kind="commons")).rows
        kinds = sorted(record.header.kind for record in await node.store.records_of(row.subject))
        assert kinds == ["commons", "seal"]
        for path in home.path.glob("store.sqlite*"):
            assert b"78.5833" not in path.read_bytes()
    opened = await asyncio.to_thread(Terminal(home.path).asks, "seal", "open", "Páramo de Ozogoche")
    assert "-78.5833" in json.dumps(opened)


async def test_a_key_with_a_passphrase_asks_for_it_and_may_stay_open_for_a_while(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path, locked=True)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as also:
        await ana.enters(link_for(home))
        review = await fills_in(ana)
        assert (await ana.sends(review, "sign", {"key-0": ""})).fault("key-0")
        assert (await ana.sends(review, "sign", {"key-0": PASSPHRASE})).fault("key-0")
        done = await ana.sends(review, "sign", {"key-0": KEY, "leave-open": "yes"})
        assert done.title == "Signed"
        review = await fills_in(ana, {**FILLED, "name": "Otro páramo"})
        assert "is open in this session" in review.words
        assert (await ana.sends(review, "sign")).title == "Signed"
        # Not in another session, and not after signing out.
        await also.signs_in()
        review = await fills_in(also, {**FILLED, "name": "El tercero"})
        assert "is open" not in review.words
        assert (await also.sends(review, "sign")).fault("key-0")
        account = await ana.opens("/account")
        form = next(one for one in account.forms() if one.attrib["action"] == "/sign-out")
        await ana.posts("/sign-out", [("proof", form.find("input").attrib["value"])])  # type: ignore[union-attr]
        await ana.signs_in()
        assert "is open" not in (await fills_in(ana, {**FILLED, "name": "El cuarto"})).words
        # What was typed to open a key is in no file.
        for path in home.path.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert KEY.encode() not in path.read_bytes()


async def test_a_version_changes_what_was_answered_otherwise_and_nothing_else(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    table = tmp_path / "commons.toml"
    table.write_text(
        """
        name = { es = "Bosque de la Paz", qu = "Kasik sacha" }
        resources = ["forest"]
        licence = "CC-BY-SA-4.0"
        facts = "medido en 2019"
        [legal]
        text = { es = "Comunal" }
        register = "A-12"
        [[territory]]
        level = "parish"
        name = "Zumbahua"
        code = "050456"
        """
    )
    added = ("commons", "add", "--file", str(table), "--point", "-78.5,-0.2")
    await asyncio.to_thread(Terminal(home.path).does, *added)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        [row] = (await node.store.things(kind="commons")).rows
        path = f"/write/commons?thing={id_text(row.subject)}"
        nothing = await ana.sends(await ana.opens(path), "review")
        assert "Todavía no ha cambiado nada" in nothing.words, nothing.words
        review = await ana.sends(nothing, "review", {"rules": "Se entra en junio."})
        assert "Lo que queda como estaba" in review.words
        assert (await signs(ana, review)).title == "Firmado"
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert len(thing.heads) == 1
        content = thing.versions.all[thing.display].content  # type: ignore[index]
        assert content.rules == {"es": "Se entra en junio."}
        assert content.name == {"es": "Bosque de la Paz", "qu": "Kasik sacha"}
        assert content.legal.register == "A-12"
        assert content.territory[0].code == "050456"
        assert content.facts == {"en": "medido en 2019"}
        assert content.licence == "CC-BY-SA-4.0"
        # And what is emptied is taken out.
        review = await ana.sends(await ana.opens(path), "review", {"rules": "", "place": "none"})
        assert "Se deja fuera" in review.words
        await signs(ana, review)
        thing = await node.store.thing(row.subject)
        content = thing.versions.all[thing.display].content  # type: ignore[union-attr, index]
        assert content.rules is None
        assert content.geometry is None
        assert content.legal.register == "A-12"


async def test_one_text_is_said_in_two_languages(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        page = await ana.sends(page, "tag", {**FILLED, "other-tag": "qu"})
        assert "Runa shimi" in page.words
        assert page.root.find(".//input[@id='f-name']").attrib["value"] == ""  # type: ignore[union-attr]
        review = await ana.sends(page, "review", {"name": "Ozogoche urku"})
        assert "Páramo de Ozogoche" in review.words
        assert "Ozogoche urku" in review.words
        await signs(ana, review)
        [row] = (await node.store.things(kind="commons")).rows
        assert row.title == {"es": "Páramo de Ozogoche", "qu": "Ozogoche urku"}


async def test_somebody_else_s_newer_version_is_shown_and_nothing_is_lost(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as eva:
        await ana.enters(link_for(home))
        await eva.enters(link_for(home, "Eva"), "Eva")
        await signs(ana, await fills_in(ana))
        [row] = (await node.store.things(kind="commons")).rows
        path = f"/write/commons?thing={id_text(row.subject)}"
        opened, looked_over = await ana.opens(path), await ana.opens(path)
        review = await ana.sends(looked_over, "review", {"rules": "Nadie caza."})
        # Meanwhile somebody else changes two fields.
        other = await eva.sends(
            await eva.opens(path), "review", {"rules": "Nadie pesca.", "users": "Veinte familias"}
        )
        assert (await signs(eva, other)).title == "Signed"
        # What was looked over is not what would be signed now.
        again = await signs(ana, review)
        assert again.status == 409
        assert "Veinte familias" in again.words
        assert "You have changed this too" in again.words
        joined = await ana.sends(again, "proof")
        assert "Nadie caza." in joined.words
        assert (await signs(ana, joined)).title == "Signed"
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert len(thing.heads) == 1
        content = thing.versions.all[thing.display].content  # type: ignore[index]
        assert content.rules == {"en": "Nadie caza."}
        assert content.users == {"en": "Veinte familias"}
        # Also where it was only opened.
        stale = await ana.sends(opened, "review", {"description": "Otra cosa."})
        assert stale.status == 409
        assert "Nothing of yours is lost" in stale.words


async def test_two_tabs_sign_one_draft_once(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        review = await fills_in(ana)
        pages = await asyncio.gather(*(signs(ana, review) for _ in range(4)))
        assert {page.title for page in pages} == {"Signed"}
        assert len({page.address for page in pages}) == 1
        assert (await node.store.counts()).records_by_kind["commons"] == 1
        # And from a tab with the form, or the back button, much later.
        assert (await signs(ana, review)).title == "Signed"
        form_again = await ana.opens(review.address.replace("/review", ""))
        assert form_again.title == "Signed"
        assert (await node.store.counts()).records_by_kind["commons"] == 1
        # A second one of the same name is told of before it is signed.
        review = await fills_in(ana)
        assert "There is one of yours already" in review.words


async def test_a_draft_is_its_owner_s_and_waits_for_them(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as eva:
        await ana.enters(link_for(home))
        await eva.enters(link_for(home, "Eva"), "Eva")
        kept = await ana.sends(await ana.opens("/write/commons"), "later", FILLED)
        assert "waits for you among your drafts" in kept.words
        address = next(a.attrib["href"] for a in kept.root.iter("a") if "Ozogoche" in "".join(a.itertext()))
        for path in (address, f"{address}/review", f"{address}/done"):
            assert (await eva.opens(path)).status == 404
        page = await eva.opens("/write/commons")
        # Nor can anybody write over it, delete it or sign it.
        stolen = [(name, value) for name, values in fields_of(page).items() for value in values]
        await eva.posts(address, [*stolen, ("do", "later"), ("name", "Robado")])
        await eva.posts(f"{address}/delete", [("proof", fields_of(page)["proof"][0])])
        assert (await eva.posts(f"{address}/sign", [("proof", fields_of(page)["proof"][0])])).status == 404
        mine = await ana.opens(address)
        assert mine.root.find(".//input[@id='f-name']").attrib["value"] == "Páramo de Ozogoche"  # type: ignore[union-attr]
        review = await ana.sends(mine, "review")
        [form] = [one for one in review.forms() if one.attrib["action"].endswith("/delete")]
        gone = await ana.posts(form.attrib["action"], [("proof", fields_of(review)["proof"][0])])
        assert "The draft was deleted." in gone.words
        assert (await ana.opens(address)).status == 404
        for odd in (
            "/write/commons/../../people",
            "/write/commons/%2e%2e%2fx",
            f"{address}x",
            "/write/nothing",
            "/write/commons?thing=../../etc",
        ):
            assert (await ana.opens(odd)).status in (404, 200), odd


def fields_of(page: Page) -> dict[str, list[str]]:
    """What the first form of a page would send."""
    return values_of(page.forms()[0])


async def test_markup_in_every_field_is_text(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{name}%s"
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home), evil[:60])
        page = await ana.opens("/write/commons")
        names = [
            name
            for name in fields_of(page)
            if name not in ("proof", "tag", "as", "resources", "sensitivity", "place")
        ]
        every = dict.fromkeys(names, evil)
        page = await ana.sends(page, "review", every)  # wrong in places, and shown again
        assert page.status == 422
        assert page.words.count("onerror=alert(2)") >= 3
        right = {
            **FILLED,
            "name": evil,
            "description": evil,
            "users": evil,
            "rules": evil,
            "legal": evil,
            "steward": [evil],
            "level-name": [evil],
            "area-local": evil,
            "source": evil[:90],
            "purpose": evil,
            "right": "consent",
            "right-held": evil[:90],
            "source-url": "",
            "labels": "",
            "area-ha": "",
            "right-on": "",
            "uncertainty": "",
            "licence": "CC0-1.0",
        }
        review = await ana.sends(await ana.opens("/write/commons"), "review", right)
        assert review.title == "Look it over before you sign", review.words[:600]
        done = await signs(ana, review)
        assert done.title == "Signed"
        assert "alert(1)" in done.words
        # The pages that readers see are checked as strictly.
        [row] = (await node.store.things(kind="commons")).rows
        assert "alert(1)" in (await ana.opens(f"/thing/{id_text(row.subject)}")).words
        kept = await ana.sends(await ana.opens("/write/commons"), "later", {"name": evil})
        assert "alert(1)" in kept.words
