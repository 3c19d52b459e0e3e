"""A real browser for tests: Chromium, driven by Playwright, in windows of the sizes people have.

A test takes the fixture `browser` (`tests/browser/conftest.py`) and opens windows in it:

    async def test_a_page(browser: Browser, tmp_path: Path) -> None:
        async with node_with(tmp_path, records) as client:
            page = await browser.open(client, "/", PHONE, language="es", dark=True)
            await page.get_by_role("link", name="Laguna").click()
            await browser.keep(page, "laguna")        # a picture, to be looked at

`page` is Playwright's own (https://playwright.dev/python/docs/api/class-page): what it waits for it waits for
itself, so no test sleeps.  When the test ends, the browser fails it if any page asked another machine for
anything, broke the Content-Security-Policy, or left an error in the console (an answer of 404 is one).  A
test that provokes one waits for it, `await browser.fault("404")`, and thereby forgives it.

Where Playwright or Chromium is missing, the test is skipped, saying which.  `MINGA_CHROMIUM` names another
browser of that family.  Pictures are kept in `build/pictures`, or where `MINGA_PICTURES` says.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient

from tests.patience import PATIENCE_S

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PICTURES = Path(os.environ.get("MINGA_PICTURES") or Path(__file__).resolve().parents[2] / "build/pictures")

# WebGL drawn by the processor, as without a graphics card; and a browser that minds its own business.
SWITCHES = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WITHOUT_WEBGL = ("--disable-3d-apis",)

# Tells the test what the page was forbidden; the browser itself says it only in its console.
_HEAR_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) => console.error(
  `forbidden: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass(frozen=True, slots=True)
class Window:
    """How large a window is, in CSS pixels; `scale`: pixels of the screen for each; `touch`: no mouse."""

    width: int
    height: int
    scale: float = 1.0
    touch: bool = False


PHONE = Window(390, 844, 2.0, touch=True)
DESKTOP = Window(1280, 800)


class Browser:
    """A running browser, and what its pages did that they should not."""

    def __init__(self, chromium: Any, folder: Path) -> None:
        """`folder`: where the pictures of this test go."""
        self._chromium = chromium
        self._folder = folder
        self._origins: set[str] = set()
        self._told = asyncio.Event()
        self.faults: list[str] = []
        self.asked: list[str] = []  # the address of every request, in order

    async def open(
        self,
        client: TestClient[Any, Any] | str,
        path: str,
        window: Window = DESKTOP,
        *,
        language: str = "en",
        dark: bool = False,
        still: bool = True,
        scripts: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Open a page in a window of its own, with a memory of its own; return Playwright's `Page`, loaded.

        `client`: the node, as a client of it or as `http://address:port`; `language`: the browser's;
        `still`: asks for less motion; `scripts`: whether they run.
        """
        origin = client if isinstance(client, str) else str(client.make_url("/")).rstrip("/")
        self._origins.add(origin)
        context = await self._chromium.new_context(
            viewport={"width": window.width, "height": window.height},
            device_scale_factor=window.scale,
            has_touch=window.touch,
            is_mobile=window.touch,
            locale=language,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            java_script_enabled=scripts,
            extra_http_headers=dict(headers or {}),
        )
        context.set_default_timeout(PATIENCE_S * 1_000)
        context.on("request", self._heard)
        if scripts:
            await context.add_init_script(_HEAR_VIOLATIONS)
        page = await context.new_page()
        page.on("console", lambda said: said.type == "error" and self._blame(f"console: {said.text}"))
        page.on("pageerror", lambda error: self._blame(f"error: {error}"))
        await page.goto(f"{origin}{path}")
        return page

    async def fault(self, part: str) -> str:
        """Wait until a page has done something wrong, told with `part` in it; forgive that, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._told.clear()
                found = next((fault for fault in self.faults if part in fault), None)
                if found is not None:
                    self.faults = [fault for fault in self.faults if part not in fault]
                    return found
                await self._told.wait()

    async def keep(self, page: Any, name: str, *, whole: bool = False) -> Path:
        """Take a picture of a page, `whole` or what its window shows; return where it lies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.png"
        await page.evaluate("document.fonts.ready.then(() => true)")
        await page.screenshot(path=path, full_page=whole)
        return path

    def _heard(self, request: Any) -> None:
        self.asked.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self._blame(f"asked another machine: {request.url}")

    def _blame(self, fault: str) -> None:
        self.faults.append(fault)
        self._told.set()


@asynccontextmanager
async def running_browser(folder: Path, *, webgl: bool = True) -> AsyncIterator[Browser]:
    """Start a browser, and end it.

    Skips the test where there is none; fails it for what its pages did wrong (`Browser.faults`).
    """
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")
    chromium = os.environ.get("MINGA_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine: install it, or name it in MINGA_CHROMIUM")
    async with AsyncExitStack() as stack:
        driver = await stack.enter_async_context(playwright.async_playwright())
        switches = [*SWITCHES, *(() if webgl else WITHOUT_WEBGL)]
        started = await driver.chromium.launch(executable_path=chromium, args=switches)
        stack.push_async_callback(started.close)
        browser = Browser(started, folder)
        yield browser
        if browser.faults:
            pytest.fail("what the pages did wrong:\n" + "\n".join(browser.faults), pytrace=False)
