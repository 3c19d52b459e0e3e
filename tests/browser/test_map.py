"""The map as people use it: they look, search, choose and go back, also without a mouse, scripts or WebGL."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from protocol.kinds.geometry import from_geojson
from protocol.record.verification import VerifiedRecord
from tests.browser.test_accessible import RULES, axe_program
from tests.browser.window import DESKTOP, PHONE, Browser, Window
from tests.node.end_to_end.nodes import NodeProcess, eventually, nodes
from tests.node.store.samples import Person, point
from tests.node.web.map.test_drawing import square
from tests.shared_inputs import shared_path

pytestmark = pytest.mark.slow

ANA, EVE = Person("Ana"), Person("Eve")
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp"


def commons(person: Person, name: str, place: dict[str, Any], **more: Any) -> VerifiedRecord:
    return person.commons(name, geometry=from_geojson(place) if place["type"] == "Polygon" else place, **more)


LAGOON = commons(ANA, "Laguna Verde", square(-78.95, -0.95, 0.1), resources=["wetland"])
WOOD = commons(
    ANA, "Bosque Alto", square(-78.75, -0.95, 0.1), resources=["forest"], time_ms=1_700_000_000_000
)
ODD = commons(
    EVE, HOSTILE, square(-78.55, -0.95, 0.1), resources=["pasture"], stewards=[{"name": {"es": "Otra"}}]
)
WELL = commons(ANA, "Pozo", point(20.0, 50.0), resources=["water"])
RECORDS = [ANA.founding, EVE.founding, LAGOON, WOOD, ODD, WELL]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of a node are that has drawn an atlas of some records."""
    stop, started = threading.Event(), Future[str]()

    async def run() -> None:
        async with nodes(tmp_path_factory.mktemp("n"), "--no-lan", "--listen", "127.0.0.1:0") as start:
            node = await start("nodo")
            await node.submit(RECORDS)
            started.set_result(await drawn(node, at_least=4))
            await asyncio.to_thread(stop.wait)

    with ThreadPoolExecutor(1) as pool:
        ran = pool.submit(asyncio.run, run())
        ran.add_done_callback(lambda done: done.exception() and started.set_exception(done.exception()))
        try:
            yield started.result()
        finally:
            stop.set()
        ran.result()


async def drawn(node: NodeProcess, at_least: int = 1) -> str:
    """Wait until a node has drawn its atlas; return where its pages are."""
    origin = f"http://{await node.address()}"
    async with aiohttp.ClientSession() as session:

        async def is_drawn() -> bool:
            async with session.get(f"{origin}/map/seen.json") as answer:
                return ((await answer.json()).get("total") or 0) >= at_least

        await eventually(is_drawn, node.said)
    return origin


async def opened(browser: Browser, origin: str, path: str = "/", window: Window = DESKTOP, **how: Any) -> Any:
    """Open the page, and wait until the map is drawn."""
    page = await browser.open(origin, path, window, **how)
    await still(page)
    return page


async def still(page: Any) -> None:
    """Wait until the map has nothing left to draw."""
    await page.locator(".map.alive[aria-busy=false]").wait_for()


def card(page: Any) -> Any:
    return page.locator("#card:not([hidden])")


def told(page: Any, words: str | re.Pattern[str]) -> Any:
    """The words above the list that say how much is seen."""
    return page.locator(".seen-told").get_by_text(words)


async def middle(page: Any, window: Window) -> tuple[float, float]:
    """Where the middle of what is seen of the map lies."""
    box = await page.locator("#chart").bounding_box()
    if window is DESKTOP:
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return window.width / 2, 56 + 60 + (window.height * 0.58 - 56 - 60) / 2


async def test_somebody_looks_around_and_asks_nobody_else(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin, "/?map=9.5/-0.9/-78.9")
    names = page.locator("#seen .name")
    await told(page, "3 commons in this part of the map").wait_for()
    assert sorted(await names.all_inner_texts()) == sorted(
        ["Laguna Verde", "Bosque Alto", HOSTILE.replace("\u202e", "\ufffd")]
    )
    await page.mouse.click(*await middle(page, DESKTOP))
    await card(page).get_by_role("heading", name="Laguna Verde").wait_for()
    assert "thing=" in page.url
    await browser.keep(page, "card")
    await page.keyboard.press("Escape")
    await page.locator("#card").wait_for(state="hidden")
    assert "thing=" not in page.url
    await page.get_by_role("button", name="Go further away").click()
    await still(page)
    await page.wait_for_function("location.search.includes('map=8.5')")
    await page.get_by_role("button", name="Show all that is held here").click()
    await told(page, "4 commons in this part of the map").wait_for()
    await page.reload()  # from what the browser has kept
    await still(page)
    assert any("/tiles/" in address for address in browser.asked)
    assert all(address.startswith((origin, "blob:", "data:")) for address in browser.asked)


async def test_a_search_is_answered_as_one_types(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin)
    field = page.get_by_role("combobox")
    await field.focus()
    await page.keyboard.type("lagu")
    option = page.get_by_role("option", name="Laguna Verde")
    await option.wait_for()
    assert await field.get_attribute("aria-expanded") == "true"
    await page.keyboard.press("ArrowDown")
    assert await option.get_attribute("aria-selected") == "true"
    assert await field.get_attribute("aria-activedescendant") == await option.get_attribute("id")
    await page.keyboard.press("ArrowUp")
    assert await field.get_attribute("aria-activedescendant") is None
    await page.keyboard.press("Escape")
    await option.wait_for(state="hidden")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await card(page).get_by_role("heading", name="Laguna Verde").wait_for()
    await still(page)
    await told(page, re.compile(r"^[1-4] commons in this part")).wait_for()
    await field.fill("comunidad ana")
    await page.get_by_role("option").first.wait_for()
    await field.press("Enter")  # with none of them marked: the list of all that is found
    await page.wait_for_url(re.compile(r"\?q=comunidad"))
    assert await page.locator("#listed .thing").count() == 1


async def test_what_is_chosen_can_be_shared_and_gone_back_over(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin, "/?map=9/-0.9/-78.75")
    await told(page, "3 commons in this part of the map").wait_for()
    await page.locator("#key summary").click()
    await page.get_by_label("Wetland").check()
    await told(page, "1 commons in this part of the map").wait_for()
    await still(page)
    assert "resource=wetland" in page.url
    shared = page.url
    await page.get_by_label("Documented by others").check()
    await told(page, "Nothing is drawn in this part of the map").wait_for()
    await page.go_back()
    await told(page, "1 commons in this part of the map").wait_for()
    assert not await page.get_by_label("Documented by others").is_checked()
    assert any("/tiles/" in asked and "resource=wetland" in asked for asked in browser.asked)
    other = await opened(browser, origin, shared.removeprefix(origin))
    await told(other, "1 commons in this part of the map").wait_for()
    assert await other.locator("#key .count").inner_text() == "1"
    await other.get_by_role("link", name="Español").click()
    await told(other, "1 bien común en esta parte del mapa").wait_for()
    assert "resource=wetland" in other.url


async def test_the_map_shows_what_was_known_at_a_time(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin, "/?map=9/-0.9/-78.75")
    await told(page, "3 commons in this part of the map").wait_for()
    await page.locator("#key summary").click()
    slider = page.get_by_role("slider")
    await slider.focus()
    await page.keyboard.press("Home")
    await page.get_by_text("As of November 2023").wait_for()
    await told(page, "1 commons in this part of the map").wait_for()
    assert "at=2023-11" in page.url
    assert await page.locator("#seen .name").all_inner_texts() == ["Bosque Alto"]
    await still(page)
    assert any("/tiles/" in asked and "at=2023-11-30" in asked for asked in browser.asked)
    await slider.focus()
    await page.keyboard.press("End")
    await told(page, "3 commons in this part of the map").wait_for()
    assert "at=" not in page.url


async def test_hostile_names_stay_names(browser: Browser, origin: str) -> None:
    shown = HOSTILE.replace("\u202e", "\ufffd")
    page = await opened(browser, origin, "/?map=11/-0.9/-78.5")
    await page.locator("#seen").get_by_text(shown).wait_for()
    await page.mouse.click(*await middle(page, DESKTOP))
    await card(page).get_by_role("heading", name=shown).wait_for()
    await page.get_by_role("combobox").fill("onerror")
    await page.get_by_role("option", name=shown).wait_for()
    assert await page.locator("img").count() == 0


async def test_a_list_leads_to_the_map_without_a_mouse(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin)
    link = page.locator("#seen").get_by_role("link", name="Pozo")
    await link.focus()
    await page.keyboard.press("Enter")
    await card(page).get_by_role("heading", name="Pozo").wait_for()
    assert await page.evaluate("document.activeElement.id") == "card"
    await told(page, "1 commons in this part of the map").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("#card").wait_for(state="hidden")
    assert await page.evaluate("document.activeElement.textContent") == "Pozo"
    await page.locator("canvas").focus()
    await page.keyboard.press("Minus")
    await page.wait_for_function("!location.search.includes('map=12')")


async def test_when_it_gets_dark_the_map_does(browser: Browser, origin: str) -> None:
    page = await opened(browser, origin, "/?map=9/-0.9/-78.75")
    bright = await page.locator("#chart").screenshot()
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_function("getComputedStyle(document.body).color === 'rgb(236, 231, 218)'")
    await still(page)
    await browser.keep(page, "dark")
    assert await page.locator("#chart").screenshot() != bright


async def test_without_webgl_the_drawn_map_stays(plain_browser: Browser, origin: str) -> None:
    page = await plain_browser.open(origin, "/?resource=wetland,forest", PHONE, language="es")
    await page.get_by_text("Este navegador no puede dibujar el mapa en movimiento").wait_for()
    assert await page.locator(".drawn").is_visible()
    await page.get_by_role("combobox").fill("bosq")
    await page.get_by_role("option", name="Bosque Alto").wait_for()
    await plain_browser.keep(page, "phone")


async def test_without_scripts_the_page_is_whole(browser: Browser, origin: str) -> None:
    page = await browser.open(origin, "/", DESKTOP, scripts=False)
    assert await page.locator(".drawn .several, .drawn .pin").count() >= 2
    await page.locator("#key summary").click()
    await page.get_by_label("Forest").check()
    await page.locator("#choices").get_by_role("button", name="Show").click()
    assert "resource=forest" in page.url
    assert await page.locator("#listed .name").all_inner_texts() == ["Bosque Alto"]
    await browser.keep(page, "forest")


@pytest.mark.parametrize(("window", "dark"), [(PHONE, True), (DESKTOP, False)], ids=["phone", "desk"])
async def test_axe_finds_nothing_to_say(browser: Browser, origin: str, window: Window, dark: bool) -> None:
    """With the key open, a card, and a search that is being answered."""
    page = await opened(browser, origin, "/?map=9.5/-0.9/-78.9", window, dark=dark)
    await page.locator("#seen .thing").first.wait_for()
    await page.mouse.click(*await middle(page, window))
    await card(page).wait_for()
    await browser.keep(page, "card")
    await page.locator("#key summary").click()
    await browser.keep(page, "key")
    if window is DESKTOP:
        await page.get_by_role("combobox").fill("lagu")
        await page.get_by_role("option").first.wait_for()
    await page.evaluate(axe_program())
    result = await page.evaluate("rules => axe.run(document, rules)", RULES)
    assert [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]] == []


@pytest.mark.parametrize(("window", "language", "dark"), [(PHONE, "es", True), (DESKTOP, "en", False)])
async def test_somebody_finds_who_owns_the_bardenas(
    browser: Browser, tmp_path: Path, window: Window, language: str, dark: bool
) -> None:
    """Real registers: somebody types a name, opens what is found on the map, and reads who co-owns it."""
    files = [shared_path("data", name) for name in ("es_comunales.geojson", "commons_facts.csv")]
    async with nodes(tmp_path, "--no-lan", "--listen", "127.0.0.1:0") as start:
        node = await start("nodo")
        node.minga("key", "new", "--label", "obs", "--no-passphrase")
        node.minga("actor", "new", "--name", "Observatorio@es", "--type", "association", "--key", "obs")
        for path in files:
            node.minga("commons", "import", str(path))
        origin = await drawn(node, at_least=114)
        page = await opened(browser, origin, "/", window, language=language, dark=dark)
        await browser.keep(page, "earth")
        await page.get_by_role("combobox").fill("bardenas")
        option = page.get_by_role("option").filter(has_text="Spain")
        await option.wait_for()
        await browser.keep(page, "found")
        await option.click()
        await card(page).get_by_role("heading", name="Bardenas Reales").wait_for()
        await still(page)
        await browser.keep(page, "bardenas")
        await card(page).get_by_text("22 congozante towns").wait_for()
        await card(page).get_by_role("link", name="Abrir" if language == "es" else "Open").click()
        await page.get_by_role("heading", level=1, name="Bardenas Reales").wait_for()
        body = await page.locator("main").inner_text()
        assert ("Quiénes lo cuidan" if language == "es" else "Who cares for it") in body
        assert "22 congozante towns, valleys and a monastery" in body
        await browser.keep(page, "page", whole=True)
        other = "English" if language == "es" else "Español"
        await page.get_by_role("link", name=other).click()
        await page.get_by_text(
            "Who cares for it" if language == "es" else "Quiénes lo cuidan"
        ).first.wait_for()
