"""Imports are signed once, survive being broken off, and find what they recorded before."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from node.authoring.signer import CannotSign, Signer
from node.authoring.things import speak_for
from node.importing.drafts import Drafted, Link, Skipped, SourceKey
from node.importing.signing import BATCH_RECORDS, Documenter, import_commons, recorded_before
from node.keys.keyring import Keyring
from node.store.sqlite import SqliteStore
from protocol.identifiers import ActorId, SubjectId
from protocol.keys import SigningKey
from protocol.record.verification import VerifiedRecord, verify_record
from tests.node.cli.terminal import Terminal
from tests.node.store.samples import NOW_MS, Person
from tests.patience import PATIENCE_S
from tests.shared_inputs import shared_path

TOP = Path(__file__).resolve().parents[3]


def draft(number: int, name: str = "", subject: SubjectId | None = None) -> Drafted:
    payload: dict[str, Any] = {
        "name": {"es": name or f"Pasto {number}"},
        "resources": ["pasture"],
        "licence": "CC-BY-4.0",
        "source": {"name": "Junta", "identifier": str(number)},
    }
    return Drafted(
        "commons", payload, str(number), SourceKey("commons", "Junta", str(number)), number, subject
    )


def documenter(person: Person, keys: int = 1) -> Documenter:
    return Documenter(ActorId(person.founding.id), person.founding.id, person.keys[:keys])


async def opened(tmp_path: Path, person: Person) -> SqliteStore:
    store = await SqliteStore.open(tmp_path / "store.sqlite")
    await store.add([person.founding])
    return store


async def test_every_draft_becomes_a_record_that_verifies(tmp_path: Path) -> None:
    person = Person("ana")
    async with await opened(tmp_path, person) as store:
        heard: list[object] = []
        stored: list[int] = []
        drafts = [draft(n) for n in range(BATCH_RECORDS * 2 + 7)]
        skipped = Skipped("x", 1, "because")
        summary = await import_commons(
            [*drafts, skipped],
            documenter(person),
            store,
            store.add,
            on_outcome=heard.append,
            on_progress=stored.append,
        )
        assert summary.new == {"commons": len(drafts)}
        assert summary.skipped == {"because": 1}
        assert heard == [*drafts, skipped]
        assert stored == [BATCH_RECORDS, BATCH_RECORDS * 2, len(drafts) + 1]
        names = set()
        async for record_id, envelope in store.all_records():
            record = verify_record(envelope, NOW_MS * 2)
            assert record.id == record_id
            names.add(record.content.name["es"])
        assert {f"Pasto {n}" for n in range(len(drafts))} <= names


async def test_salts_differ_so_that_an_erased_text_cannot_be_guessed(tmp_path: Path) -> None:
    person = Person("ana")
    seen: list[VerifiedRecord] = []

    async def take(records: Sequence[VerifiedRecord]) -> None:
        seen.extend(records)

    async with await opened(tmp_path, person) as store:
        await import_commons([draft(1), draft(1)], documenter(person), store, take)
    assert len({record.content.salt for record in seen}) == 2


async def test_as_many_keys_sign_as_the_threshold_asks(tmp_path: Path) -> None:
    seen: list[VerifiedRecord] = []

    async def take(records: Sequence[VerifiedRecord]) -> None:
        seen.extend(records)

    council = Person("council", keys=3)
    async with await opened(tmp_path, council) as store:
        await import_commons([draft(1), draft(2)], documenter(council, keys=3), store, take)
    assert [record.header.kind for record in seen] == ["commons", "cosign", "cosign"] * 2
    assert len({record.header.signer for record in seen}) == 3


async def test_a_link_is_filled_with_the_thing_drafted_before(tmp_path: Path) -> None:
    person = Person("ana")
    seen: list[VerifiedRecord] = []

    async def take(records: Sequence[VerifiedRecord]) -> None:
        seen.extend(records)

    first = draft(1)
    pact = Drafted(
        "pact",
        {
            "title": {"es": "Pacto"},
            "parties": [{"name": {"es": "A"}}],
            "licence": "CC-BY-4.0",
            "commons": [{"name": {"es": "Pasto 1"}}],
            "reported": {"status": "signed", "source": {"name": "Junta", "identifier": "p"}},
        },
        "p",
        SourceKey("pact", "Junta", "p"),
        1,
        links=(Link(("commons", 0, "subject"), first.key),),
    )
    async with await opened(tmp_path, person) as store:
        await import_commons([first, pact], documenter(person), store, take)
    assert seen[1].content.commons[0].subject == seen[0].id


async def test_a_store_that_fails_ends_the_import_and_what_it_took_stays(tmp_path: Path) -> None:
    person = Person("ana")

    class Full(Exception):
        pass

    async with await opened(tmp_path, person) as store:
        batches = 0

        async def take(records: Sequence[VerifiedRecord]) -> None:
            nonlocal batches
            batches += 1
            if batches == 3:
                raise Full
            await store.add(records)

        with pytest.raises(Full):
            await import_commons((draft(n) for n in range(5_000)), documenter(person), store, take)
        assert (await store.counts()).records == 1 + 2 * BATCH_RECORDS


async def test_what_was_recorded_before_is_found_whoever_speaks_by_now(tmp_path: Path) -> None:
    ngo, community = Person("ngo"), Person("community")
    async with await opened(tmp_path, ngo) as store:
        await store.add([community.founding])
        await import_commons([draft(1), draft(2), draft(3)], documenter(ngo), store, store.add)
        before = await recorded_before(store, ActorId(ngo.founding.id))
        assert {key.identifier for key in before.known} == {"1", "2", "3"}

        keyring = Keyring(tmp_path / "keys")
        keyring.create("actor", "community", seed=None)
        thing = await store.thing(before.known[draft(2).key].subject)
        assert thing is not None

        def unlock(_: object) -> SigningKey:
            return community.keys[0]

        class Held(Signer):
            def held_keys(self, content: Any) -> list[Any]:
                return [community.keys[0].public]

        spoken = await speak_for(Held(store, keyring, unlock), ActorId(community.founding.id), thing)
        await store.add(spoken)
        after = await recorded_before(store, ActorId(ngo.founding.id))
        assert after.known.keys() == before.known.keys()
        assert after.versions == before.versions
        assert (await recorded_before(store, ActorId(community.founding.id))).known == {}

        subject = before.known[draft(1).key].subject
        changed = draft(1, "Pasto de arriba", subject)
        await import_commons([changed], documenter(ngo), store, store.add, versions=after.versions)
        state = await store.thing(subject)
        assert state is not None
        assert len(state.heads) == 1
        assert state.title == {"es": "Pasto de arriba"}


async def test_nobody_imports_without_a_key(tmp_path: Path) -> None:
    person = Person("ana")
    async with await opened(tmp_path, person) as store:
        keyring = Keyring(tmp_path / "keys")
        keyring.create("actor", "another")

        def unlock(_: object) -> SigningKey:
            raise AssertionError("no key was to be opened")

        with pytest.raises(CannotSign, match="none of the actor's keys"):
            await Documenter.of(Signer(store, keyring, unlock), ActorId(person.founding.id))


def pastures(folder: Path, rows: int) -> list[str]:
    """Write a large table and its mapping; return what to type after `commons import`."""
    table, mapping = folder / "pastures.csv", folder / "map.toml"
    table.write_text("code,name\n" + "".join(f"{n},Pasto {n}\n" for n in range(rows)))
    mapping.write_text(
        """
        name = "pastures"
        title = "Pastures"
        [source]
        name = "Junta"
        licence = "CC-BY-4.0"
        [[records]]
        kind = "commons"
        identifier = "{code}"
        label = "{name}"
        [records.fields]
        name.es = { column = "name" }
        resources = ["pasture"]
        licence = "CC-BY-4.0"
        """
    )
    return [str(table), "--mapping", str(mapping)]


def size_bytes(path: Path) -> int:
    """Return the size of a file that may come and go; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["kill -9", "Ctrl-C"]
)
def test_an_import_broken_off_goes_on_without_doubles(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Archivo", "--type", "association")
    typed = pastures(tmp_path, 4_000)
    store = ana.home / "store.sqlite-wal"
    held = 1
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "node", "--home", str(ana.home), "commons", "import", *typed],
            cwd=TOP,
            env=os.environ | {"LANGUAGE": "en"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while process.poll() is None and size_bytes(store) < 400_000:
            time.sleep(0.002)  # no event tells of a file
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode in (code, 0), said
        assert "Traceback" not in said
        now = ana.asks("status")["records"]
        assert now >= held
        held = now
    ana.does("commons", "import", *typed)
    rows = ana.asks("commons", "list", "--all")
    assert len(rows) == 4_000
    assert len({row["title"]["es"] for row in rows}) == 4_000
    assert ana.asks("commons", "import", *typed)["unchanged"] == 4_000
    checks = json.loads(ana.run("--json", "doctor").stdout)["checks"]
    assert {one["check"]: one["says"] for one in checks}["store"] == "every record in it verifies"


@pytest.mark.slow
def test_real_files_arrive_complete_on_another_node(tmp_path: Path) -> None:
    archive, people = Terminal(tmp_path / "archive"), Terminal(tmp_path / "people")
    archive.settled_down()
    archive.does("actor", "new", "--name", "Archivo", "--type", "association")
    expected = {
        "es_comunales.geojson": {"commons": 81},
        "es_municipios_vecinos.geojson": {"place": 237},
        "commons_facts.csv": {"commons": 33},
        "palermo_patti.csv": {"pact": 62, "commons": 38},
    }
    for name, new in expected.items():
        path = shared_path("data", name)
        before = path.stat()
        assert archive.asks("commons", "import", str(path))["new"] == new
        assert archive.asks("commons", "import", str(path))["new"] == {}
        assert (path.stat().st_mtime_ns, path.stat().st_size) == (before.st_mtime_ns, before.st_size)
    archive.does("export", str(tmp_path / "all.bundle"))
    people.does("init")
    people.takes(tmp_path / "all.bundle")
    for kind in ("commons", "pact", "place"):
        ours, theirs = (sorted(r["id"] for r in p.asks(kind, "list", "--all")) for p in (archive, people))
        assert ours == theirs
    assert {row["status"] for row in people.asks("commons", "list", "--all")} == {"documented"}
    assert {row["status"] for row in people.asks("pact", "list", "--all")} == {"reported"}
