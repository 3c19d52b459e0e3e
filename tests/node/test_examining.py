"""Each trouble a node can have is found, and named with its remedy; a node that is well has none."""

import socket
import sqlite3
from pathlib import Path

import pytest

from node.examining import CLOCK_MIN_MS, Finding, examine
from node.home import Home
from tests.node.cli.terminal import Terminal


@pytest.fixture
def person(tmp_path: Path) -> Terminal:
    """A home with a record in it, backed up."""
    ana = Terminal(tmp_path / "ana")
    ana.settled_down("Ana")
    ana.does("actor", "new", "--name", "Ana", "--type", "person", "--purpose", "Firmar", "--basis", "consent")
    ana.does("backup", str(tmp_path / "copy.tar"))
    (ana.home / "config.toml").write_text('[network]\nlisten = ["127.0.0.1:0"]\n[lan]\ndiscovery = false\n')
    return ana


async def troubles(person: Terminal) -> dict[str, Finding]:
    """Return what is wrong with a home, by the name of the check."""
    found = await examine(Home.at(person.home))
    assert all(one.says for one in found)
    return {one.name: one for one in found if one.remedy}


async def test_a_node_that_is_well_has_no_trouble(person: Terminal) -> None:
    assert await troubles(person) == {}


async def test_looking_changes_nothing(person: Terminal) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {
            p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in person.home.rglob("*") if p.is_file()
        }

    before = state()
    await examine(Home.at(person.home))
    assert state() == before


async def test_open_folders_and_keys_are_found(person: Terminal) -> None:
    person.home.chmod(0o755)
    key = next((person.home / "keys").glob("actor-*"))
    key.chmod(0o644)
    found = await troubles(person)
    assert found["permissions"].remedy == f"run: chmod 700 {person.home}"
    assert str(key) in found["keys"].says


async def test_a_damaged_key_is_found(person: Terminal) -> None:
    next((person.home / "keys").glob("actor-*")).write_text("{}")
    assert "not a whole key file" in (await troubles(person))["keys"].says


async def test_a_missing_key_of_the_node_is_found(person: Terminal) -> None:
    next((person.home / "keys").glob("node-*")).unlink()
    assert "minga init" in (await troubles(person))["keys"].remedy


async def test_wrong_settings_are_found(person: Terminal) -> None:
    (person.home / "config.toml").write_text("[peers]\nnonsense = 1\n")
    assert "nonsense" in (await troubles(person))["settings"].says


async def test_a_port_in_use_is_found(person: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (person.home / "config.toml").write_text(
            f'[network]\nlisten = ["127.0.0.1:{port}"]\n[lan]\ndiscovery = false\n'
        )
        assert (await troubles(person))["port"].says == f"127.0.0.1:{port}: another program uses it"


async def test_a_record_changed_on_disk_is_found(person: Terminal) -> None:
    with sqlite3.connect(person.home / "store.sqlite") as db:
        [(envelope,)] = db.execute("SELECT envelope FROM record").fetchall()
        changed = bytearray(envelope)
        changed[60] ^= 1
        db.execute("UPDATE record SET envelope = ?", (bytes(changed),))
    db.close()
    assert "record " in (await troubles(person))["store"].says


async def test_a_store_that_is_none_is_found(person: Terminal) -> None:
    (person.home / "store.sqlite").write_bytes(b"not a database at all" * 1_000)
    assert "restore the last backup" in (await troubles(person))["store"].remedy


async def test_no_backup_and_an_old_one_are_found(person: Terminal) -> None:
    note = person.home / "last-backup.json"
    text = note.read_text()
    note.write_text(text.replace('"time_ms": ', '"time_ms": 1000000000000, "was": '))
    assert "days old" in (await troubles(person))["backup"].says
    note.unlink()
    assert "minga backup" in (await troubles(person))["backup"].remedy


async def test_a_process_that_does_not_answer_is_found(person: Terminal) -> None:
    with Home.at(person.home).lock():
        assert "does not answer" in (await troubles(person))["running"].says


async def test_a_clock_never_set_is_found(person: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.examining.time.time_ns", lambda: (CLOCK_MIN_MS - 1) * 1_000_000)
    assert "set the date" in (await troubles(person))["clock"].remedy


async def test_a_full_disk_is_found(person: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.examining.DISK_FREE_MIN_BYTES", 1 << 62)
    assert "make room" in (await troubles(person))["disk"].remedy
