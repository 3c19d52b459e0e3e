"""A pact from its proposal to its report, by two people for two parties; alerts, comments, councils."""

import asyncio
from pathlib import Path

from node.home import Home
from node.keys.keyring import Keyring
from node.present import present_status
from protocol.identifiers import ActorId, RecordId, id_text
from tests.node.cli.terminal import Terminal
from tests.node.live import live
from tests.node.writing.browsing import Browser, Page, browser, link_for, values_of
from tests.node.writing.test_commons_form import FILLED, fills_in, signs
from tests.node.writing.test_signing_in import base_of


def two_sides(folder: Path) -> Home:
    """A home with the keys of a comuna and of its municipality."""
    ana = Terminal(folder / "home")
    ana.does("init")
    for key, name, kind in (("Ana", "Santa Clara@es", "comuna"), ("Luis", "Municipio@es", "municipality")):
        ana.does("key", "new", "--label", key, "--no-passphrase")
        made = ("--name", name, "--type", kind, "--key", key)
        ana.does("actor", "new", *made)
    return Home.at(ana.home)


def path_of(page: Page, words: str) -> str:
    """Where a link with some words leads."""
    for link in page.root.iter("a"):
        if words in " ".join("".join(link.itertext()).split()):
            return link.attrib["href"]
    raise AssertionError(f"no link {words!r} on: {page.words[:800]}")


async def as_actor(ana: Browser, page: Page, holding: str, name: str, values: dict[str, object]) -> Page:
    """Fill in a form in the name of an actor."""
    choice = next(one for one in page.root.iter("select") if one.attrib.get("name") == "as")
    actor = next(one.attrib["value"] for one in choice if one.text == name)
    return await ana.sends(page, holding, {"as": actor, **values})  # type: ignore[dict-item]


async def test_a_pact_is_proposed_signed_by_both_and_reported_on(tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node, browser(base_of(node), "es") as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        review = await as_actor(ana, page, "review", "Santa Clara", {**FILLED, "steward": ["Santa Clara"]})
        commons = await ana.opens(path_of(await signs(ana, review), "Ver Páramo"))
        assert "Participar" in commons.words
        page = await ana.opens(path_of(commons, "Proponer un pacto para él"))
        short = await as_actor(
            ana, page, "review", "Santa Clara", {"party": ["Santa Clara", "", ""], "title": ""}
        )
        assert short.fault("title")
        assert short.fault("party")
        long = {
            "title": "Pacto del páramo",
            "party": ["Santa Clara", "Municipio"],
            "side": ["community", "administration"],
        }
        page = await ana.sends(short, "review", {**long, "start": "2026-01-01", "end": "2046-01-01"})
        assert page.fault("reasons")
        review = await ana.sends(
            page,
            "review",
            {"end": "2030-12-31", "objectives": "Cuidar el agua.", "enjoyment": "Abierto a todos."},
        )
        assert "Va a firmar, en nombre de Santa Clara: la propuesta de un pacto." in review.words
        assert "a) Objetivos" in review.words
        assert review.words.index("1 de enero de 2026") < review.words.index("31 de diciembre de 2030")
        done = await signs(ana, review)
        [row] = (await node.store.things(kind="pact")).rows
        thing = await node.store.thing(row.subject)
        assert thing is not None
        content = thing.versions.all[thing.display].content  # type: ignore[index]
        assert {party.side for party in content.parties} == {"community", "administration"}
        assert all(party.actor for party in content.parties)
        assert content.commons[0].subject is not None
        assert content.term.end == "2030-12-31"
        # Each party signs that very text, which stands on the page before it does.
        for name in ("Santa Clara", "Municipio"):
            page = await ana.opens(
                path_of(await ana.opens(f"/thing/{id_text(row.subject)}"), "Firmarlo o rechazarlo")
            )
            nothing = await as_actor(ana, page, "review", name, {})
            assert nothing.fault("decision")
            office = {"act": "Resolución 12", "act-on": "2026-02-01"} if name == "Municipio" else {}
            review = await ana.sends(nothing, "review", {"decision": "consent", **office})
            assert "El texto del que se trata" in review.words
            assert "Cuidar el agua." in review.words
            assert (await signs(ana, review)).title == "Firmado"
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert present_status(thing, 1_800_000_000_000) == "in_force"
        # The same answer again is none.
        page = await ana.opens(f"/write/answer?thing={id_text(row.subject)}")
        again = await as_actor(ana, page, "review", "Santa Clara", {"decision": "consent"})
        assert again.status == 409
        assert "Esto ya se había firmado" in again.words
        page = await ana.opens(f"/write/report?thing={id_text(row.subject)}")
        empty = await as_actor(ana, page, "review", "Santa Clara", {})
        assert empty.fault("results")
        figures = {
            "figure": ["Canal limpiado", "Mingas"],
            "value": ["12,5", "3"],
            "unit": ["km", ""],
            "aim": ["20", ""],
        }
        wrong = await ana.sends(empty, "review", {**figures, "value": ["doce", "3"]})
        assert wrong.fault("figure")
        review = await ana.sends(wrong, "review", {**figures, "results": "Bajó más agua."})
        assert "12,5" in review.words
        assert (await signs(ana, review)).title == "Firmado"
        shown = await ana.opens(f"/thing/{id_text(row.subject)}")
        assert "Bajó más agua." in shown.words
        assert "Resolución 12" in shown.words
        assert done.title == "Firmado"


async def test_a_party_declines_with_reasons_and_a_stranger_cannot(tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    parties = ("--party", "community=Santa Clara", "--party", "administration=Municipio")
    proposed = ("pact", "propose", "--title", "Pacto@es", *parties, "--as", "Santa Clara")
    await asyncio.to_thread(Terminal(home.path).does, *proposed)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as eva:
        await ana.enters(link_for(home))
        [row] = (await node.store.things(kind="pact")).rows
        path = f"/write/answer?thing={id_text(row.subject)}"
        [clara] = [
            a.subject for a in (await node.store.things(kind="actor")).rows if "Clara" in a.title["es"]
        ]
        # Who may sign for one party is not offered the other, and cannot smuggle it in.
        await eva.enters(link_for(home, "Eva", actors=[ActorId(RecordId(clara))]), "Eva")
        page = await eva.opens(path)
        assert "Municipio" not in [one.text for one in page.root.iter("option")]
        [municipio] = [a.subject for a in (await node.store.things(kind="actor")).rows if a.subject != clara]
        review = await eva.sends(page, "review", {"as": id_text(municipio), "decision": "consent"})
        assert "in the name of Santa Clara" in review.words
        page = await as_actor(ana, await ana.opens(path), "review", "Municipio", {"decision": "decline"})
        assert page.fault("reasons")
        review = await ana.sends(page, "review", {"reasons": "No hay presupuesto."})
        assert "Declines it" in review.words
        await signs(ana, review)
        thing = await node.store.thing(row.subject)
        assert present_status(thing, 1_800_000_000_000) == "declined"  # type: ignore[arg-type]
        # A newer text is shown to whoever was about to sign the older one.
        old = await eva.sends(await eva.opens(path), "review", {"decision": "consent"})
        page = await ana.opens(f"/write/pact?thing={id_text(row.subject)}")
        review = await as_actor(ana, page, "review", "Santa Clara", {"objectives": "Otra cosa."})
        assert "each party signs anew" in review.words
        await signs(ana, review)
        newer = await signs(eva, old)
        assert newer.status == 409
        assert "Otra cosa." in newer.words
        assert (await node.store.counts()).records_by_kind["consent"] == 1


async def test_a_commons_is_commented_on_and_the_comment_answered(tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        await signs(
            ana, await as_actor(ana, page, "review", "Santa Clara", {**FILLED, "steward": ["Santa Clara"]})
        )
        [row] = (await node.store.things(kind="commons")).rows
        here = f"/thing/{id_text(row.subject)}"
        page = await ana.opens(path_of(await ana.opens(here), "Comment on it"))
        assert (await as_actor(ana, page, "review", "Municipio", {"text": " "})).fault("text")
        review = await as_actor(
            ana, page, "review", "Municipio", {"text": "¿Hasta dónde llega?", "stance": "asks"}
        )
        await signs(ana, review)
        shown = await ana.opens(here)
        assert "¿Hasta dónde llega?" in shown.words
        page = await ana.opens(
            next(a.attrib["href"] for a in shown.root.iter("a") if a.text == "Answer this")
        )
        assert "¿Hasta dónde llega?" in page.words
        review = await as_actor(
            ana, page, "review", "Santa Clara", {"text": "Hasta la quebrada.", "stance": "noted"}
        )
        await signs(ana, review)
        assert "Hasta la quebrada." in (await ana.opens(here)).words
        # Of a place that is kept back a comment says no more than its own text may.
        page = await ana.opens(path_of(await ana.opens(here), "Change what is said of it"))
        review = await as_actor(
            ana, page, "review", "Santa Clara", {"sensitivity": "withheld", "place": "none"}
        )
        await signs(ana, review)
        page = await ana.opens(f"/write/comment?thing={id_text(row.subject)}")
        told = await as_actor(ana, page, "review", "Municipio", {"text": "Está en -2.2667, -78.5833"})
        assert told.fault("text")


async def test_an_alert_is_raised_changed_and_closed_by_whoever_raised_it(tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/alert")
        empty = await as_actor(ana, page, "review", "Santa Clara", {})
        assert empty.fault("title")
        assert empty.fault("about")
        filled = {
            "title": "Cercan la orilla",
            "type": "enclosure",
            "about": ["Laguna sin registro"],
            "since": "2026-03",
        }
        filled |= {"evidence": ["Foto 3"], "evidence-url": ["javascript:alert(1)"]}
        wrong = await ana.sends(empty, "review", filled)
        assert wrong.fault("evidence")
        review = await ana.sends(wrong, "review", {"evidence-url": ["https://example.org/3"]})
        await signs(ana, review)
        [row] = (await node.store.things(kind="alert")).rows
        page = await ana.opens(
            path_of(await ana.opens(f"/thing/{id_text(row.subject)}"), "Change it or close it")
        )
        other = await as_actor(ana, page, "review", "Municipio", {"state": "resolved"})
        assert "only who raised an alert" in other.words.lower()
        review = await as_actor(
            ana, page, "review", "Santa Clara", {"state": "resolved", "outcome": "Quitaron la cerca."}
        )
        await signs(ana, review)
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert thing.status == "resolved"
        content = thing.versions.all[thing.display].content  # type: ignore[index]
        assert content.evidence[0].url == "https://example.org/3"
        assert content.since == "2026-03"
        page = await ana.opens(path_of(await ana.opens(f"/thing/{id_text(row.subject)}"), "Answer it"))
        review = await as_actor(
            ana, page, "review", "Municipio", {"text": "Fue sin permiso.", "stance": "taken_up"}
        )
        await signs(ana, review)
        assert "Fue sin permiso." in (await ana.opens(f"/thing/{id_text(row.subject)}")).words


async def test_a_council_signs_from_two_chairs(tmp_path: Path) -> None:
    """Two keys of one home, each with a passphrase that the other's holder does not know."""

    def found(folder: Path) -> Home:
        ana = Terminal(folder / "home")
        ana.does("init")
        for label in ("Ana", "Luis"):
            ana.does("key", "new", "--label", label, "--no-passphrase")
        both = ("--key", "Ana", "--key", "Luis", "--threshold", "2")
        ana.does("actor", "new", "--name", "Cabildo@es", "--type", "council", *both)
        for label in ("Ana", "Luis"):
            Keyring(Home.at(ana.home).keys_path).change_passphrase(label, None, f"la llave propia de {label}")
        return Home.at(ana.home)

    home = await asyncio.to_thread(found, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as luis:
        await ana.enters(link_for(home))
        await luis.enters(link_for(home, "Luis"), "Luis")
        review = await fills_in(ana)
        assert "signatures of 2 keys" in review.words
        done = await ana.sends(review, "sign", {"key-0": "la llave propia de Ana"})
        assert "1 of 2 so far" in done.words
        [row] = (await node.store.things(kind="commons", status="awaiting")).rows
        # Ana has nothing more to give; Luis is shown all of it and adds his.
        waiting = await luis.opens("/account")
        assert "Waiting for your signature" in waiting.words
        page = await luis.opens(path_of(waiting, "Páramo de Ozogoche"))
        assert "Nadie quema." in page.words
        twice = await luis.sends(page, "sign", {"key-0": "la llave propia de Ana"})
        assert twice.status == 409
        wrong = await luis.sends(page, "sign", {"key-1": "la llave propia de Ana"})
        assert wrong.fault("key-1")
        page = await luis.sends(wrong, "sign", {"key-1": "la llave propia de Luis"})
        assert "Your signature is given" in page.words
        assert "Waiting for your signature" not in page.words
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert thing.status == "own"
        assert (await luis.opens(f"/cosign/{id_text(thing.display)}")).status == 409  # type: ignore[arg-type]
        for odd in ("x", "a" * 52, "%00"):
            assert (await luis.opens(f"/cosign/{odd}")).status == 404


async def test_forms_about_nothing_are_no_pages(tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        nowhere = "a" * 52
        for path in (
            *("/write/answer", "/write/report", "/write/comment", "/write/reply"),
            *(
                f"/write/answer?thing={nowhere}",
                f"/write/commons?thing={nowhere}",
                f"/write/reply?record={nowhere}",
            ),
            *("/write/answer?thing=%00", "/write/pact?thing=../x", "/write/alert?commons=<b>"),
        ):
            assert (await ana.opens(path)).status == 404, path
        # A thing of another kind is not what a form is about.
        [actor] = [row.subject for row in (await node.store.things(kind="actor", limit=1)).rows]
        assert (await ana.opens(f"/write/commons?thing={id_text(actor)}")).status == 404
        assert values_of((await ana.opens("/write/pact")).forms()[0])["party"][0] in (
            "Santa Clara",
            "Municipio",
        )
