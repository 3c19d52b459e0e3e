"""Forms that come at a bad moment: after the session, in another language, too large."""

import asyncio
from pathlib import Path

from node.web.writing import going_on
from node.web.writing.addresses import ADDRESSES
from node.web.writing.desk import Desk
from node.web.writing.posted import BODY_SIZE_MAX_BYTES
from node.web.writing.routes import writing_answers
from tests.node.live import live
from tests.node.writing.browsing import PASSPHRASE, Page, browser, link_for, values_of
from tests.node.writing.test_commons_form import FILLED, fills_in, signs, village
from tests.node.writing.test_signing_in import base_of


async def test_every_address_has_an_answer_and_every_answer_an_address(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home, web_enabled=False) as node:
        desk = Desk(node)
        answers = writing_answers(desk, lambda asked: None)  # type: ignore[arg-type, return-value]
        assert answers.keys() == set(ADDRESSES)
        assert len(ADDRESSES) == len(set(ADDRESSES))
        for end in desk.at_end:
            await end()
        desk.close()


async def test_whoever_is_signed_out_while_writing_signs_in_and_goes_on(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        ana.session.cookie_jar.clear()
        filled = {**FILLED, "description": "<b>En una línea</b>"}
        ended = await ana.sends(page, "review", filled)
        assert ended.status == 401
        assert "Nothing of what you typed was lost" in ended.words
        wrong = await ana.sends(ended, "path", {"name": "Ana", "passphrase": "no es esta frase"})
        assert wrong.fault("passphrase")
        again = await ana.sends(wrong, "path", {"name": "Ana", "passphrase": PASSPHRASE})
        assert again.title == "You are signed in again"
        review = await ana.sends(again, "review")
        assert review.title == "Look it over before you sign"
        assert "<b>En una línea</b>" in review.words
        assert (await signs(ana, review)).title == "Signed"


async def test_what_is_kept_for_somebody_unknown_is_bounded_and_leads_nowhere_else(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana, browser(base_of(node)) as nobody:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        action = page.form("review").attrib["action"]
        fields = [
            (name, value) for name, values in values_of(page.form("review")).items() for value in values
        ]
        fits = going_on.KEPT_SIZE_MAX_BYTES - 20_000
        assert "Sign in, and go on" in (await nobody.posts(action, [*fields, ("rules", "a" * fits)])).words
        much = await nobody.posts(action, [*fields, ("rules", "a" * (going_on.KEPT_SIZE_MAX_BYTES + 1))])
        assert much.status == 401
        assert "another tab" in much.words
        # From elsewhere nothing is shown again, and nobody is led away or made to send what is not theirs.
        assert (await nobody.posts(action, fields, Origin="https://example.org")).status == 403
        asking = await nobody.posts(action, fields)
        known = {"name": "Ana", "passphrase": PASSPHRASE}
        for path in ("https://example.org/", "//example.org", "/people", "/account/passphrase"):
            refused = await nobody.sends(asking, "path", {**known, "path": path})
            assert refused.status == 401
            assert "session" not in "".join(nobody.cookies())
        # Other forms (a passphrase, a signature) are not kept at all.
        assert "another tab" in (await nobody.posts("/account/passphrase", [("present", "x")])).words
        assert "another tab" in (await nobody.posts(f"{action.partition('?')[0]}/sign", [("own", "x")])).words


async def test_a_form_is_as_large_as_a_record_and_no_larger(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        page = await ana.opens("/write/commons")
        large = {**FILLED, "rules": "á" * 40_000, "users": "é" * 40_000}
        review = await ana.sends(page, "review", large)
        assert review.title == "Look it over before you sign"
        longer = await ana.sends(page, "review", {**FILLED, "rules": "á" * 40_001})
        assert longer.fault("rules")
        huge = await ana.sends(page, "review", {**FILLED, "geojson": "a" * BODY_SIZE_MAX_BYTES})
        assert huge.status == 413
        # More than a draft holds is shown again with all of it, and said.
        full = await ana.sends(page, "review", {**FILLED, "geojson": "a" * 1_100_000})
        assert full.status == 507
        assert "a draft holds" in full.words.lower()
        assert full.root.find(".//input[@id='f-name']").attrib["value"] == FILLED["name"]  # type: ignore[union-attr]


async def test_another_language_keeps_what_a_form_is_about(tmp_path: Path) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    async with live(home) as node, browser(base_of(node)) as ana:
        await ana.enters(link_for(home))
        done = await signs(ana, await fills_in(ana))
        assert done.title == "Signed"
        thing = await ana.opens(_link(done, "See"))
        for words in ("Comment on it", "Change what is said of it", "Raise an alert"):
            page = await ana.opens(_link(thing, words))
            spanish = await ana.opens(_link(page, "Español"))
            assert spanish.status == 200
            assert "Páramo de Ozogoche" in str([*map(dict, _attributes(spanish))]) + spanish.words
        # Also where a page came from sending a form.
        review = await fills_in(ana, {**FILLED, "name": "Otro"})
        refused = await ana.sends(review, "sign", {"own": "no"})
        assert (await ana.opens(_link(refused, "Español"))).title == "Revíselo antes de firmar"


def _link(page: Page, words: str) -> str:
    """Where a link that begins with some words leads."""
    found = [a for a in page.root.iter("a") if " ".join("".join(a.itertext()).split()).startswith(words)]
    return found[0].attrib["href"]


def _attributes(page: Page) -> list[dict[str, str]]:
    return [dict(control.attrib) for control in page.root.iter("input")]
