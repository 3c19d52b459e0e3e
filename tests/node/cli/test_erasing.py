"""Erasing at the terminal: what the receipt says is so, and what it cannot promise it names."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.backups import NOTED_MAX, backups_made
from node.home import Home
from node.store.sqlite import SqliteStore
from tests.node.cli.terminal import Terminal, exchange
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import Planted

NAME = "Vertiente de las tres piedras"
TEXT = "Nace debajo de la casa de Rosa Quishpecocha, detrás del molino viejo"
SECRET = Planted(("Quishpecocha", "tres piedras", "molino viejo"), b"?" * 16, ())


def settled_down(folder: Path, name: str = "ana") -> Terminal:
    """A home with an actor of one key, and a commons with something in it that has to go."""
    home = Terminal(folder / name)
    home.settled_down(name)
    home.does("actor", "new", "--name", "Comuna Alta@es", "--type", "comuna")
    return home


def described(home: Terminal, name: str = NAME, text: str = TEXT) -> str:
    return str(
        home.asks("commons", "add", "--name", name, "--resource", "water", "--description", text)["id"]
    )


def kept(home: Terminal) -> list[str]:
    return [trace for trace in traces_kept(SECRET, home.home) if "its name" not in trace]


def test_a_receipt_says_what_was_taken_out_and_that_nothing_is_left(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    spring = described(ana)
    assert kept(ana)
    said = ana.run("erase", "--yes", "--basis", "habeas_data", "--reason", "Rosa lo pidió", spring)
    assert said.exit_code == 0, said.stderr
    assert kept(ana) == []
    for words in (
        spring,
        "Comuna Alta",
        "habeas data",
        "Rosa lo pidió",
        "nothing of it is left",
        "no node runs",
    ):
        assert words in " ".join(said.stdout.split())
    assert "carried away" in said.stdout
    shown = " ".join(ana.does("record", "show", spring).split())
    assert "by Comuna Alta: a person it told of asked for it (habeas data)." in shown
    [erasure] = ana.asks("record", "show", spring)["erasures"]
    assert (erasure["basis"], erasure["in_effect"]) == ("habeas_data", True)
    status = ana.asks("erase", "--status", spring)
    assert status["cleared"]
    assert status["records"][0]["erased"]
    # By the erasure's own id too.
    assert ana.asks("erase", "--status", erasure["erasure"]) == status
    assert "Nothing of what was erased is left" in ana.does("erase", "--status", spring)


def test_the_receipt_as_data(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    spring, meadow = described(ana), described(ana, "Vega", "Un prado junto al camino de herradura")
    answer = ana.asks("erase", "--basis", "mistake", spring, meadow)
    assert answer["in_effect"]
    assert set(answer["records"]) == {spring, meadow}
    # An erasure is about one thing: there are two.
    assert len({one["erasure"] for one in answer["receipts"]}) == 2
    for receipt in answer["receipts"]:
        assert receipt["cleared"]
        assert receipt["left_in"] == receipt["said_elsewhere"] == receipt["backups_before"] == []
        assert receipt["looked_through"]["for"] >= 2
        assert receipt["looked_through"]["files"] > 3
        assert receipt["passed_on"] is None
    assert kept(ana) == []
    again = ana.asks("erase", spring)
    assert again["records"][0]["erased"]
    assert len(again["records"][0]["erasures"]) == 1


def test_what_is_left_in_files_of_the_home_is_found_and_named(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    spring = described(ana)
    bundle = ana.home / "bundles" / "for-eva.minga"
    ana.does("export", str(bundle))
    (ana.home / "notes.txt").write_text(f"{TEXT}\n")
    answer = ana.run("--json", "erase", spring)
    assert answer.exit_code == 1
    [receipt] = json.loads(answer.stdout)["receipts"]
    assert receipt["left_in"] == [str(bundle), str(ana.home / "notes.txt")]
    assert receipt["cleared"]
    other = described(ana, "Otra vertiente")
    said = ana.fails("erase", "--yes", other, code=1)
    assert f"{bundle} still holds some of it" in said
    bundle.unlink()
    (ana.home / "notes.txt").unlink()
    third = described(ana, "Otra más")
    ana.does("erase", "--yes", third)


def test_other_records_that_say_the_same_are_named(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    spring, other = described(ana), described(ana, "La misma, con otro nombre")
    settings = ana.home / "config.toml"
    plain = settings.read_text()
    settings.write_text(f"{plain}\n# {TEXT}\n")  # as the name of the node is often that of its community
    answer = ana.asks("erase", spring)
    settings.write_text(plain)
    [receipt] = answer["receipts"]
    assert receipt["said_elsewhere"] == [other]
    # It is in the store, and has to be, and may be in the node's settings: that is no failure.
    assert receipt["left_in"] == []
    assert ana.asks("erase", other)["receipts"][0]["said_elsewhere"] == []
    assert kept(ana) == []


def test_backups_from_before_are_named(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    spring = described(ana)
    for name in ("first.tar", "second.tar"):
        ana.does("backup", str(tmp_path / name))
    said = ana.run("erase", "--yes", spring)
    assert said.exit_code == 0
    for name in ("first.tar", "second.tar"):
        assert str(tmp_path / name) in said.stderr.replace("\n", " ")
    ana.does("backup", str(tmp_path / "third.tar"))
    assert traces_kept(SECRET, tmp_path / "third.tar") == []
    assert traces_kept(SECRET, tmp_path / "first.tar")
    assert [backup.file.name for backup in backups_made(Home.at(ana.home))] == [
        "third.tar",
        "second.tar",
        "first.tar",
    ]


def test_so_many_backups_are_remembered_and_a_damaged_note_is_none(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    note = ana.home / "last-backup.json"
    entry: dict[str, Any] = {"file": "/x", "time_ms": 1, "records": 1, "size_bytes": 1}
    note.write_text(json.dumps(entry | {"earlier": [entry] * (NOTED_MAX + 5)}))
    ana.does("backup", str(tmp_path / "one.tar"))
    assert len(backups_made(Home.at(ana.home))) == NOTED_MAX
    note.write_text(json.dumps(entry))  # as an earlier version wrote it
    assert len(backups_made(Home.at(ana.home))) == 1
    for damaged in ("", "[]", '{"file": 1}', json.dumps(entry | {"earlier": 3})):
        note.write_text(damaged)
        assert backups_made(Home.at(ana.home)) == []


def test_an_erasure_that_waits_for_signatures_has_erased_nothing(tmp_path: Path) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    ana.settled_down("Ana")
    his = luis.settled_down("Luis")
    council = ana.asks(
        *("actor", "new", "--name", "Consejo@es", "--type", "council", "--threshold", "2"),
        *("--key", "Ana", "--key", f"{his}=Luis"),
    )["id"]
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", council)
    exchange(ana, luis, over=tmp_path)
    spring = described(ana)
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", spring)
    exchange(ana, luis, over=tmp_path)
    said = ana.does("erase", "--yes", spring)
    assert "waits for further signatures" in said
    assert "1 of the 2 needed" in said
    assert kept(ana)
    [waiting] = ana.asks("erase", "--status", spring)["records"]
    assert not waiting["erased"]
    assert waiting["erasures"][0]["signatures"] == {"given": 1, "needed": 2}
    exchange(ana, luis, over=tmp_path)
    luis.does("actor", "cosign", waiting["erasures"][0]["erasure"])
    assert luis.asks("erase", "--status", spring)["records"][0]["erased"]
    assert kept(luis) == []
    exchange(ana, luis, over=tmp_path)
    assert kept(ana) == []
    assert "by Consejo" in " ".join(replace(ana, language="en").does("record", "show", spring).split())


def test_nobody_erases_what_others_wrote(tmp_path: Path) -> None:
    ana = settled_down(tmp_path)
    eva = settled_down(tmp_path, "eva")
    spring = described(ana)
    exchange(ana, eva, over=tmp_path)
    assert "all written by the actor who erases them" in eva.fails("erase", "--yes", spring)
    assert eva.asks("erase", "--status", spring)["records"] == [
        {"record": spring, "erased": False, "held": True, "erasures": []}
    ]


def test_who_exports_is_told_where_the_node_heard_nothing_for_long(tmp_path: Path) -> None:
    ana, eva = settled_down(tmp_path), settled_down(tmp_path, "eva")
    bundle = str(tmp_path / "stick.minga")
    # What is all one's own nobody can have erased elsewhere.
    assert "in touch" not in ana.run("export", bundle).stderr
    exchange(ana, eva, over=tmp_path)
    assert "never in touch with another" in " ".join(ana.run("export", bundle).stderr.split())
    for days, told in ((0, False), (2, True)):
        asyncio.run(was_in_touch(ana, days))
        said = ana.run("export", bundle)
        assert ("was last in touch with another on" in " ".join(said.stderr.split())) is told
    assert ana.asks("export", bundle)["in_touch"] is not None


async def was_in_touch(home: Terminal, days: int) -> None:
    async with await SqliteStore.open(home.home / "store.sqlite") as store:
        moment_ms = time.time_ns() // 1_000_000 - days * 24 * 60 * 60 * 1_000
        await store.set_meta("in-touch", str(moment_ms).encode())


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_receipt_fits_a_terminal(tmp_path: Path, language: str) -> None:
    ana = replace(settled_down(tmp_path), language=language)
    spring = described(ana)
    ana.does("backup", str(tmp_path / "b.tar"))
    said = ana.run("erase", "--yes", "--basis", "court_order", spring)
    lines = [line for line in (said.stdout + said.stderr).splitlines() if str(tmp_path) not in line]
    assert [line for line in lines if len(line) > 80] == []
    assert ("juez" in said.stdout) is (language == "es")
