"""The page on open data in a browser: readable on a phone and a screen, in both languages, light and dark."""

from pathlib import Path

import pytest

from tests.browser.conftest import browser as browser
from tests.browser.window import DESKTOP, PHONE, Browser
from tests.node.web.opendata.drawn_node import drawn_node, laguna

pytestmark = pytest.mark.slow

# Widths in CSS pixels: what of the page does not fit in its window.
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("language", ["es", "en"])
async def test_nothing_is_cut_off(language: str, browser: Browser, tmp_path: Path) -> None:
    async with drawn_node(tmp_path, laguna()) as client:
        for window, name in ((PHONE, "phone"), (DESKTOP, "screen")):
            for dark in (False, True):
                page = await browser.open(client, "/open-data", window, language=language, dark=dark)
                assert await page.evaluate(_TOO_WIDE) == 0
                await browser.keep(page, f"{name}-{language}-{'dark' if dark else 'light'}", whole=True)
                assert await page.locator("h1").inner_text() in ("Datos abiertos", "Open data")
                assert await page.locator("script").count() == 1
