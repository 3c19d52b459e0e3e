"""Comments of visitors: off at first, never shown before somebody signed for them, bounded, and gone when
settled."""

import asyncio
from pathlib import Path

import pytest

from node.accounts import comments
from node.accounts.accounts_file import AccountsFile
from node.accounts.comments import QueueFull, add_comment, waiting_comments
from node.accounts.throttle import POLICIES, Guarded
from protocol.identifiers import RecordId, SubjectId, id_text
from tests.node.cli.terminal import Terminal
from tests.node.live import live
from tests.node.writing.browsing import browser, link_for
from tests.node.writing.test_commons_form import signs, village
from tests.node.writing.test_pact_forms import path_of
from tests.node.writing.test_signing_in import base_of

_PLACE = SubjectId(RecordId(b"1" * 32))


def with_a_commons(folder: Path) -> "object":
    """A home with a comuna and its páramo."""
    home = village(folder)
    Terminal(home.path).does(
        "commons", "add", "--name", "Páramo@es", "--resource", "paramo", "--point", "-78.5,-0.2"
    )
    return home


async def test_a_visitor_s_comment_waits_and_is_published_by_whoever_signs_for_it(tmp_path: Path) -> None:
    home = await asyncio.to_thread(with_a_commons, tmp_path)
    async with (
        live(home, web_comments=True) as node,
        browser(base_of(node)) as ana,
        browser(base_of(node)) as visitor,
    ):  # type: ignore[arg-type]
        await ana.enters(link_for(home))  # type: ignore[arg-type]
        [row] = (await node.store.things(kind="commons")).rows
        here = f"/thing/{id_text(row.subject)}"
        page = await visitor.opens(path_of(await visitor.opens(here), "Leave a comment without an account"))
        empty = await visitor.sends(page, "text", {"text": "  "})
        assert empty.fault("text")
        unseen = await visitor.sends(page, "text", {"text": "un\u202etexto"})
        assert unseen.fault("text")
        long = await visitor.sends(page, "text", {"text": "a" * (comments.TEXT_LENGTH_MAX_CHARS + 1)})
        assert long.fault("text")
        words = "Mi abuela pastaba aquí.\n<b>Siempre</b>"
        thanks = await visitor.sends(page, "text", {"text": words, "called": "Rosa", "language": "es"})
        assert thanks.title == "Thank you"
        # Nobody sees it yet, wherever.
        assert "abuela" not in (await visitor.opens(here)).words
        assert (await node.store.counts()).records_by_kind.get("observation", 0) == 0
        assert (await visitor.opens("/comments")).title == "Sign in"
        queue = await ana.opens("/comments")
        assert "1 comment waits." in queue.words
        assert "<b>Siempre</b>" in queue.words
        review = await ana.sends(queue, "publish")
        assert review.title == "Look it over before you sign"
        assert "Rosa, a visitor to the pages of" in review.words
        # What a visitor wrote is not put otherwise on the way.
        draft = review.address.rpartition("/")[0]
        changed = await ana.posts(
            draft, [*values(review), ("do", "review"), ("text", "Otra cosa"), ("tag", "es")]
        )
        assert "abuela" in changed.words
        assert "Otra cosa" not in changed.words
        assert (await signs(ana, changed)).title == "Signed"
        shown = await visitor.opens(here)
        assert "Mi abuela pastaba aquí." in shown.words
        assert "As reported by" in shown.words
        assert "Nothing waits." in (await ana.opens("/comments")).words
        [record] = [r for r in await node.store.records_of(row.subject) if r.header.kind == "observation"]
        assert record.content.personal_data.basis == "consent"
        # Discarded ones leave nothing behind, in no file.
        await visitor.sends(page, "text", {"text": "Palabras impublicables de verdad", "called": ""})
        await ana.sends(await ana.opens("/comments"), "discard")
        assert "Nothing waits." in (await ana.opens("/comments")).words
        assert b"impublicables" not in (home.path / "accounts.sqlite").read_bytes()  # type: ignore[attr-defined]


def values(page: object) -> list[tuple[str, str]]:
    """What the first form of a page would send."""
    from tests.node.writing.browsing import values_of

    return [(n, v) for n, several in values_of(page.forms()[0]).items() for v in several]  # type: ignore[attr-defined]


async def test_visitors_are_slowed_down_and_programs_that_fill_in_everything_are_passed_over(
    tmp_path: Path,
) -> None:
    home = await asyncio.to_thread(with_a_commons, tmp_path)
    async with live(home, web_comments=True) as node, browser(base_of(node)) as visitor:  # type: ignore[arg-type]
        [row] = (await node.store.things(kind="commons")).rows
        page = await visitor.opens(f"/comment?thing={id_text(row.subject)}")
        for _ in range(10):
            filled = {"text": "Compre ahora", "website": "https://example.org"}
            assert (await visitor.sends(page, "text", filled)).title == "Thank you"
        free = POLICIES[Guarded.COMMENT].free
        titles = [(await visitor.sends(page, "text", {"text": f"Uno {n}"})).title for n in range(free + 2)]
        assert titles == ["Thank you"] * free + ["One comment after another"] * 2
        kept = AccountsFile(home.path).do(lambda db: waiting_comments(db, 50))  # type: ignore[attr-defined]
        assert kept[1] == free
        assert not [one for one in kept[0] if "Compre" in one.text]
        # Nor does a form of another page leave anything.
        alien = await visitor.posts("/comment", [("text", "x")], Origin="https://example.org")
        assert alien.status == 403
        for odd in ("", "x", "a" * 52, "%00", "../../x"):
            assert (await visitor.opens(f"/comment?thing={odd}")).status == 404


async def test_where_the_setting_is_off_there_is_no_such_page(tmp_path: Path) -> None:
    home = await asyncio.to_thread(with_a_commons, tmp_path)
    async with live(home) as node, browser(base_of(node)) as visitor:  # type: ignore[arg-type]
        [row] = (await node.store.things(kind="commons")).rows
        page = await visitor.opens(f"/thing/{id_text(row.subject)}")
        assert "without an account" not in page.words
        assert (await visitor.opens(f"/comment?thing={id_text(row.subject)}")).status == 404


def test_the_queue_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "WAITING_MAX", 5)
    monkeypatch.setattr(comments, "WAITING_ABOUT_ONE_MAX", 3)
    file = AccountsFile(tmp_path)
    others = [SubjectId(RecordId(bytes([n]) * 32)) for n in range(5)]

    def leave(about: SubjectId, text: str) -> None:
        file.do(lambda db: add_comment(db, about, text, "es", "", 0))

    for number in range(3):
        leave(_PLACE, f"{number}")
        leave(_PLACE, f"{number}")  # the same again waits once
    with pytest.raises(QueueFull):
        leave(_PLACE, "una más")
    leave(others[0], "a")
    leave(others[1], "b")
    with pytest.raises(QueueFull):
        leave(others[2], "c")
    assert file.do(lambda db: waiting_comments(db, 10))[1] == 5
    file.close()
