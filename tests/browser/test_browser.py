"""The browser of the tests notices what pages must not do, and shows the pages as they are."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.browser.window import DESKTOP, PHONE, Browser
from tests.node.store.samples import Person
from tests.node.web.readers import node_with

pytestmark = pytest.mark.slow

# A port on which nobody listens; the browser only has to try.
ELSEWHERE = "http://127.0.0.1:9/far.png"

NO_ICON = "<link rel='icon' href='data:,'>"


async def test_a_page_is_read_on_a_phone_and_on_a_desk(browser: Browser, tmp_path: Path) -> None:
    ana = Person("Ana")
    async with node_with(tmp_path, [ana.founding, ana.commons("Laguna <b>x</b>")]) as client:
        for window, language, dark in ((PHONE, "es", True), (DESKTOP, "en", False)):
            page = await browser.open(client, "/?kind=commons", window, language=language, dark=dark)
            assert await page.locator("html").get_attribute("lang") == language
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide == window.width  # nothing reaches past the edge
            picture = await browser.keep(page, f"list-{language}")
            assert picture.stat().st_size > 5_000
            await page.get_by_role("link", name="Laguna <b>x</b>").click()
            assert await page.get_by_role("heading", level=1).inner_text() == "Laguna <b>x</b>"


async def test_what_a_page_may_not_do_is_noticed(browser: Browser) -> None:
    async def asks_elsewhere(_: web.Request) -> web.Response:
        return web.Response(text=f"{NO_ICON}<img src='{ELSEWHERE}'>", content_type="text/html")

    async def breaks_its_policy(_: web.Request) -> web.Response:
        policy = {"Content-Security-Policy": "script-src 'self'"}
        return web.Response(text=f"{NO_ICON}<script>1</script>", content_type="text/html", headers=policy)

    async def fails(_: web.Request) -> web.Response:
        return web.Response(text=f"{NO_ICON}<script>nobody.called()</script>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/elsewhere", asks_elsewhere)
    app.router.add_get("/policy", breaks_its_policy)
    app.router.add_get("/fails", fails)
    async with TestClient(TestServer(app)) as client:
        for path, fault in (
            ("/elsewhere", f"asked another machine: {ELSEWHERE}"),
            ("/policy", "script-src"),
            ("/fails", "nobody is not defined"),
        ):
            await browser.open(client, path)
            await browser.fault(fault)
            browser.faults.clear()  # also told: that the picture did not come


async def test_a_browser_without_scripts_and_without_webgl(plain_browser: Browser) -> None:
    async def page_of(_: web.Request) -> web.Response:
        drawn = "document.createElement('canvas').getContext('webgl2')"
        script = f"<script>document.title = {drawn} ? 'drawn' : 'not drawn'</script>"
        text = f"<title>quiet</title>{NO_ICON}{script}"
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page_of)
    async with TestClient(TestServer(app)) as client:
        assert await (await plain_browser.open(client, "/")).title() == "not drawn"
        assert await (await plain_browser.open(client, "/", scripts=False)).title() == "quiet"
