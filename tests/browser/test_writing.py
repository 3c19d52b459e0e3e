"""Somebody writes on a node in a real browser: comes in by a link, draws a commons, proposes a pact and signs
it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from node.present import present_status
from tests.browser.window import DESKTOP, PHONE, Browser
from tests.node.live import live, until
from tests.node.writing.browsing import PASSPHRASE, link_for
from tests.node.writing.test_pact_forms import two_sides

pytestmark = pytest.mark.slow


async def test_the_operator_draws_a_commons_proposes_a_pact_and_signs_it(
    browser: Browser, tmp_path: Path
) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node:
        base = f"http://{node.listening[0]}"
        page = await browser.open(base, link_for(home), DESKTOP, language="es")
        await page.get_by_label("Su nombre aquí").fill("Ana Quishpe")
        await page.get_by_label("Contraseña", exact=True).fill(PASSPHRASE)
        await page.get_by_label("La misma contraseña otra vez").fill(PASSPHRASE)
        await page.get_by_role("button", name="Guardarla y entrar").click()
        await page.get_by_role("heading", name="Escribir aquí").wait_for()
        await browser.keep(page, "account")

        await page.get_by_role("link", name="Describir un bien común").click()
        await page.get_by_label("En nombre de quién").select_option("Santa Clara")
        await page.get_by_label("Nombre", exact=True).fill("Páramo de Ozogoche")
        await page.get_by_label("páramo", exact=True).check()
        await page.get_by_label("Sus límites").check()
        await page.locator("#draw.alive").wait_for()
        canvas = page.locator("#draw canvas")
        await canvas.scroll_into_view_if_needed()
        box = await canvas.bounding_box()
        for x, y in ((0.4, 0.4), (0.6, 0.42), (0.55, 0.6)):
            await canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})
        text = page.get_by_label("O lo mismo como texto")

        async def is_drawn() -> bool:
            return "Polygon" in await text.input_value()

        await until(is_drawn, "three corners are limits")
        assert (await text.input_value()).count("[") == 6
        await page.get_by_role("button", name="Quitar lo último").click()
        assert await text.input_value() == ""
        await canvas.click(position={"x": box["width"] * 0.55, "y": box["height"] * 0.6})
        await until(is_drawn, "the third corner is there again")
        # What is typed is kept without a button: after a pause, on the node's disk.
        await page.locator("#kept", has_text="Guardado a las").wait_for()
        await browser.keep(page, "drawing", whole=True)
        account = await page.context.new_page()
        await account.goto(f"{base}/account?lang=es")
        await account.get_by_role("link", name="Páramo de Ozogoche").wait_for()
        await account.close()

        await page.get_by_role("button", name="Revisarlo").last.click()
        await page.get_by_role("heading", name="Revíselo antes de firmar").wait_for()
        await browser.keep(page, "review", whole=True)
        await _signs(page)
        await page.get_by_role("link", name="Ver Páramo de Ozogoche").click()
        await page.get_by_role("link", name="Proponer un pacto para él").click()
        await page.get_by_label("Título").fill("Pacto del páramo")
        await page.get_by_label("Partes 1", exact=True).fill("Santa Clara")
        await page.get_by_label("Partes 2", exact=True).fill("Municipio")
        await page.get_by_label("El primer día").fill("2026-01-01")
        await page.get_by_role("textbox", name="a) Objetivos").fill("Cuidar el agua.")
        await page.get_by_role("button", name="Revisarlo").last.click()
        await _signs(page)
        for party in ("Santa Clara", "Municipio"):
            await page.get_by_role("link", name="Pacto del páramo").first.click()
            await page.get_by_role("link", name="Firmarlo o rechazarlo").click()
            await page.get_by_label("En nombre de quién").select_option(party)
            await page.get_by_label("Lo firma").check()
            await page.get_by_role("button", name="Revisarlo").last.click()
            await _signs(page)
        await browser.keep(page, "signed")
        [row] = (await node.store.things(kind="pact")).rows
        thing = await node.store.thing(row.subject)
        assert thing is not None
        assert present_status(thing, 1_800_000_000_000) == "in_force"
        [commons] = (await node.store.things(kind="commons")).rows
        assert commons.bbox is not None
        assert commons.bbox.east > commons.bbox.west


async def _signs(page: Any) -> None:
    await page.get_by_label("La contraseña de usted").fill(PASSPHRASE)
    await page.get_by_role("button", name="Firmar y publicar").click()
    await page.get_by_role("heading", name="Firmado").wait_for()


async def test_a_phone_writes_without_scripts_and_in_the_dark(browser: Browser, tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node:
        base = f"http://{node.listening[0]}"
        page = await browser.open(base, link_for(home), PHONE, language="en", dark=True, scripts=False)
        await page.get_by_label("Your name here").fill("Ana")
        await page.get_by_label("Passphrase", exact=True).fill("short")
        await page.get_by_role("button", name="Keep it and sign in").click()
        await page.get_by_role("heading", name="Something has to be put right").wait_for()
        await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        await page.get_by_label("The same passphrase again").fill(PASSPHRASE)
        await page.get_by_role("button", name="Keep it and sign in").click()
        for sheet in ("commons", "pact", "alert"):
            await page.goto(f"{base}/write/{sheet}")
            assert await page.locator("#draw").is_hidden() if sheet != "pact" else True
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide == PHONE.width  # nothing reaches past the edge
            await browser.keep(page, sheet, whole=True)
        # Enter looks it over, and signs nothing.
        await page.get_by_label("What happens, in a few words").fill("Cercan la orilla")
        await page.get_by_label("What happens, in a few words").press("Enter")
        await page.get_by_role("heading", name="Something has to be put right").wait_for()
        assert (await node.store.counts()).records_by_kind.get("alert", 0) == 0
        browser.faults = [fault for fault in browser.faults if "422" not in fault]


async def test_a_draft_of_somebody_whose_session_ended_is_not_lost(browser: Browser, tmp_path: Path) -> None:
    home = await asyncio.to_thread(two_sides, tmp_path)
    async with live(home) as node:
        base = f"http://{node.listening[0]}"
        page = await browser.open(base, link_for(home), DESKTOP, language="en")
        await page.get_by_label("Your name here").fill("Ana")
        await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        await page.get_by_label("The same passphrase again").fill(PASSPHRASE)
        await page.get_by_role("button", name="Keep it and sign in").click()
        await page.get_by_role("heading", name="Writing here").wait_for()
        await page.goto(f"{base}/write/alert")
        await page.get_by_label("What happens, in a few words").fill("Cercan la orilla")

        async def kept() -> bool:
            return "Kept at" in await page.locator("#kept").inner_text()

        await until(kept, "the draft is kept")
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Look it over").last.click()
        await page.get_by_role("heading", name="Your session has ended").wait_for()
        await browser.fault("401")
        # What was typed stands on that page, and what was kept is on the node's disk.
        await page.get_by_label("Your name here").fill("Ana")
        await page.get_by_label("Passphrase").fill(PASSPHRASE)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Go on with it").click()
        await page.get_by_role("heading", name="Something has to be put right").wait_for()
        await browser.fault("422")
        assert await page.get_by_label("What happens, in a few words").input_value() == "Cercan la orilla"
