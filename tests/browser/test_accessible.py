"""Pages can be read by everybody: judged by axe-core (Deque), without a mouse, on a phone, on paper."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.browser.window import DESKTOP, PHONE, Browser, Window
from tests.node.live import live
from tests.node.web.readers import node_with
from tests.node.web.village import village
from tests.node.writing.browsing import PASSPHRASE, link_for
from tests.node.writing.test_pact_forms import two_sides

# WCAG 2.2, levels A and AA, and what axe-core counts as good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

VILLAGE = village()


@pytest.fixture(scope="module")
def axe() -> str:
    """The program."""
    return axe_program()


def axe_program() -> str:
    """Return the program, from the package that pins it."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    """A node that holds the village."""
    async with node_with(tmp_path, VILLAGE.records) as reader:
        yield reader


# WCAG 2.2, 1.4.10: a desk at four times the size, or the smallest of phones.
SMALLEST = Window(320, 640, 2.0, touch=True)

# Each page in each scheme, and in each size.
MANNERS = [(PHONE, True), (DESKTOP, False)]


@pytest.mark.slow
@pytest.mark.parametrize(("window", "dark"), MANNERS, ids=["phone-dark", "desktop-light"])
async def test_axe_finds_nothing(
    browser: Browser, client: TestClient[Any, Any], axe: str, window: Any, dark: bool
) -> None:
    found: dict[str, list[str]] = {}
    page = await browser.open(client, "/node", window, dark=dark)
    for name, path in VILLAGE.paths.items():
        await page.goto(_address(client, path))
        found[name] = await _violations(page, axe)
    assert {name: those for name, those in found.items() if those} == {}
    for answer in ("404", "400"):  # of the page that is nowhere, and of what was typed wrongly
        await browser.fault(answer)


@pytest.mark.slow
async def test_axe_finds_nothing_where_people_write(browser: Browser, tmp_path: Path, axe: str) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home, web_comments=True) as node:
        base, found = f"http://{node.listening[0]}", dict[str, list[str]]()
        page = await browser.open(base, link_for(home), PHONE)
        paths = (
            "/account",
            "/people",
            "/comments",
            "/write/commons",
            "/write/pact",
            "/write/alert",
            "/bring-in",
        )
        for path in ("", *paths):
            if path:
                await page.goto(f"{base}{path}")
            found[path] = await _violations(page, axe)
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE.width, path
            if not path:
                await page.get_by_label("Your name here").fill("Ana")
                await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
                await page.get_by_label("The same passphrase again").fill(PASSPHRASE)
                await page.get_by_role("button", name="Keep it and sign in").click()
                await page.get_by_role("heading", name="Writing here").wait_for()
        assert {path: those for path, those in found.items() if those} == {}


async def test_whoever_has_no_mouse_sees_where_they_are(
    browser: Browser, client: TestClient[Any, Any]
) -> None:
    page = await browser.open(client, VILLAGE.paths["pact"], DESKTOP)
    await page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert await skip.evaluate("e => e === document.activeElement")
    box = await skip.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("location.hash") == "#content"
    seen = 0
    while True:
        await page.keyboard.press("Tab")
        focused = await page.evaluate(OUTLINE_OF_FOCUSED)
        if focused is None or seen > 200:
            break
        seen += 1
        assert focused["style"] != "none", focused
        assert focused["width"] >= 2, focused
    assert seen > 20


OUTLINE_OF_FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body || e === null) return null;
  const s = getComputedStyle(e);
  return {what: e.outerHTML.slice(0, 120), style: s.outlineStyle, width: parseFloat(s.outlineWidth)};
}"""


async def test_nothing_is_wider_than_the_smallest_phone(
    browser: Browser, client: TestClient[Any, Any]
) -> None:
    page = await browser.open(client, "/node", SMALLEST, language="es")
    for name, path in VILLAGE.paths.items():
        await page.goto(_address(client, path))
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SMALLEST.width, name
        if name in LOOKED_AT:
            await browser.keep(page, name.replace(", ", "-").replace(" ", "-"), whole=True)
    for answer in ("404", "400"):
        await browser.fault(answer)


LOOKED_AT = ("pact", "commons", "commons, right to left", "compare", "figures", "node", "record", "vote")


@pytest.mark.slow
async def test_pages_print_on_few_sheets(
    browser: Browser, client: TestClient[Any, Any], tmp_path: Path
) -> None:
    program = shutil.which("pdfinfo")
    if program is None:
        pytest.skip("pdfinfo is not on this machine: apt-get install poppler-utils")
    page = await browser.open(client, "/node", DESKTOP, language="es")
    for name in ("pact", "commons", "vote", "body", "alert", "territories"):
        await page.goto(_address(client, VILLAGE.paths[name]))
        paper = tmp_path / f"{name}.pdf"
        await page.pdf(path=paper, prefer_css_page_size=True)
        asked = await asyncio.create_subprocess_exec(program, paper, stdout=asyncio.subprocess.PIPE)
        told = (await asked.communicate())[0].decode().splitlines()
        assert "A4" in next(line for line in told if line.startswith("Page size:"))
        sheets = int(next(line for line in told if line.startswith("Pages:")).split()[1])
        assert sheets <= 2, name


async def _violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds wrong with a page, however slight."""
    await page.evaluate(axe)
    result = await page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        f"{one['impact']}, {one['id']}: {one['help']} – {one['nodes'][0]['html'][:200]}"
        for one in result["violations"]
    ]


def _address(client: TestClient[Any, Any], path: str) -> str:
    return f"{str(client.make_url('/')).rstrip('/')}{path}"
