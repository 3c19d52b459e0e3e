"""Drafts are kept with every step: what was acknowledged survives `kill -9`, and nothing is signed twice for
it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.accounts import drafts
from node.accounts.accounts_file import AccountsFile
from node.accounts.drafts import (
    Draft,
    DraftsFull,
    delete_draft,
    drafts_of,
    find_draft,
    handed_in,
    keep_signed,
    new_draft_id,
    save_draft,
    signed_envelopes,
)
from node.accounts.people import add_account
from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId, id_text
from tests.node.live import make_home, until
from tests.node.writing.browsing import browser, link_for
from tests.node.writing.test_commons_form import FILLED, signs, village

MADE = RecordId(b"7" * 32)


@pytest.fixture
def file(tmp_path: Path) -> AccountsFile:
    """A file with two accounts, 1 and 2."""
    made = AccountsFile(tmp_path)
    for name in ("Ana", "Eva"):
        made.do(lambda db, name=name: add_account(db, name, "writer", None, 0))  # type: ignore[misc]
    return made


def draft(text: str, draft_id: str = "") -> Draft:
    """A draft that says something."""
    return Draft(draft_id or new_draft_id(), "commons", {"thing": "x"}, text[:20], {"name@es": (text,)}, 5)


def test_what_is_kept_comes_back_and_is_its_owner_s(file: AccountsFile) -> None:
    one = draft("Páramo")
    file.do(lambda db: save_draft(db, 1, one))
    assert file.do(lambda db: find_draft(db, 1, one.id)) == one
    assert file.do(lambda db: find_draft(db, 2, one.id)) is None
    assert file.do(lambda db: drafts_of(db, 2)) == []
    # Somebody else who knows the id writes nothing into it, and takes nothing away.
    file.do(lambda db: save_draft(db, 2, draft("Robado", one.id)))
    file.do(lambda db: delete_draft(db, 2, one.id))
    assert file.do(lambda db: find_draft(db, 1, one.id)) == one
    file.do(lambda db: delete_draft(db, 1, one.id))
    assert file.do(lambda db: find_draft(db, 1, one.id)) is None
    file.close()


def test_drafts_have_their_limits(file: AccountsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "DRAFTS_PER_ACCOUNT_MAX", 3)
    monkeypatch.setattr(drafts, "DRAFT_SIZE_MAX_BYTES", 1_000)
    monkeypatch.setattr(drafts, "DRAFTS_SIZE_PER_ACCOUNT_MAX_BYTES", 2_000)
    spare = 1_000 - len('{"name@es": [""]}')
    one = draft("a" * spare)
    file.do(lambda db: save_draft(db, 1, one))
    with pytest.raises(DraftsFull):
        file.do(lambda db: save_draft(db, 1, draft("a" * (spare + 1))))
    file.do(lambda db: save_draft(db, 1, draft("b" * (spare - 50))))
    with pytest.raises(DraftsFull):
        file.do(lambda db: save_draft(db, 1, draft("c" * 100)))
    # The one that is there can still be changed, and another account has room of its own.
    file.do(lambda db: save_draft(db, 1, draft("d", one.id)))
    file.do(lambda db: save_draft(db, 1, draft("e")))
    with pytest.raises(DraftsFull):
        file.do(lambda db: save_draft(db, 1, draft("f")))
    file.do(lambda db: save_draft(db, 2, draft("g")))
    file.close()


def test_what_was_signed_waits_for_the_store_and_its_words_are_gone(file: AccountsFile) -> None:
    one = draft("Unas palabras que nadie más dice")
    file.do(lambda db: save_draft(db, 1, one))
    file.do(lambda db: keep_signed(db, 1, one.id, [b"envelope", b"seal"], MADE))
    found = file.do(lambda db: find_draft(db, 1, one.id))
    assert found is not None
    assert (found.record, found.fields, found.title) == (MADE, {}, "")
    # A tab that is still open writes nothing over it.
    file.do(lambda db: save_draft(db, 1, draft("Tarde", one.id)))
    file.do(lambda db: delete_draft(db, 1, one.id))
    assert file.do(lambda db: signed_envelopes(db, 1, one.id)) == [b"envelope", b"seal"]
    file.do(lambda db: handed_in(db, 1, one.id))
    assert file.do(lambda db: signed_envelopes(db, 1, one.id)) == []
    assert file.do(lambda db: drafts_of(db, 1)) == []
    file.close()
    assert b"palabras" not in file.path.read_bytes()


def test_remembering_what_was_signed_is_bounded(file: AccountsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "SIGNED_PER_ACCOUNT_MAX", 3)
    for number in range(8):
        one = Draft(new_draft_id(), "commons", {}, "", {"a": ("b",)}, number)
        file.do(lambda db, one=one: save_draft(db, 1, one))  # type: ignore[misc]
        file.do(lambda db, one=one: keep_signed(db, 1, one.id, [b"x"], MADE))  # type: ignore[misc]
        file.do(lambda db, one=one: handed_in(db, 1, one.id))  # type: ignore[misc]
    assert file.do(lambda db: db.execute("SELECT count(*) FROM draft").fetchone())[0] == 3
    file.close()


async def test_a_node_that_is_killed_has_every_draft_it_acknowledged_and_signs_none_twice(
    tmp_path: Path,
) -> None:
    home = await asyncio.to_thread(village, tmp_path)
    link, log = link_for(home), tmp_path / "log"

    def started() -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "node",
            "--home",
            str(home.path),
            "run",
            "--listen",
            "127.0.0.1:0",
            "--no-lan",
        ]
        with log.open("wb") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | {"LANGUAGE": "en"})

    async def address() -> str:
        def listens() -> bool:
            return b"listens on 127.0.0.1:" in log.read_bytes()

        await until(listens, "the node listens")
        return "http://" + log.read_text().split("listens on ")[1].split()[0].rstrip(".").rstrip(",") + "/"

    node = started()
    try:
        async with browser(await address()) as ana:
            await ana.enters(link)
            page = await ana.opens("/write/commons")
            kept = await ana.sends(page, "later", FILLED)
            assert "waits for you" in kept.words
            path = next(a.attrib["href"] for a in kept.root.iter("a") if "Ozogoche" in "".join(a.itertext()))
        node.send_signal(signal.SIGKILL)
        await asyncio.to_thread(node.wait)
        node = started()
        async with browser(await address()) as ana:
            await ana.signs_in()
            page = await ana.opens(path)
            assert page.root.find(".//input[@id='f-name']").attrib["value"] == "Páramo de Ozogoche"  # type: ignore[union-attr]
            review = await ana.sends(page, "review")
            done = await signs(ana, review)
            assert done.title == "Signed"
        node.send_signal(signal.SIGKILL)
        await asyncio.to_thread(node.wait)
        # As if it had died between the two: signed, and not in the store.
        file = AccountsFile(home.path)
        [(draft_id, record)] = file.do(lambda db: db.execute("SELECT id, record FROM draft").fetchall())
        async with await SqliteStore.open(home.store_path) as store:
            held = await store.record(RecordId(record))
            assert held is not None
            others = [
                r
                for r in [await store.record(i) async for i, _ in store.all_records()]
                if r and r.id != held.id
            ]
        file.do(lambda db: keep_signed(db, 1, draft_id, [held.envelope], held.id))
        file.close()
        for stored in home.path.glob("store.sqlite*"):
            stored.unlink()
        await make_home(home.path, others)
        node = started()
        async with browser(await address()) as ana:
            await ana.signs_in()
            account = await ana.opens("/account")
            waiting = next(a.attrib["href"] for a in account.root.iter("a") if draft_id in a.attrib["href"])
            assert (await ana.opens(waiting)).title == "Signed"
            assert (await ana.opens(f"/thing/{drafts_record(held.id)}")).title == "Páramo de Ozogoche"
            # And going back to the form leads to the same record.
            assert (await ana.opens(path)).title == "Signed"
            assert (await ana.opens(f"{path}/review")).title == "Signed"
            assert draft_id not in str(
                [a.attrib["href"] for a in (await ana.opens("/account")).root.iter("a")]
            )
    finally:
        node.kill()
        node.wait()


def drafts_record(record: RecordId) -> str:
    """The text of a record's id."""
    return id_text(record)
