"""A table or a history brings no place back in words that somebody keeps back: nor the place itself again."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from node.importing.drafts import Drafted, Link, Skipped, SourceKey
from node.importing.kept_places import KeptPlaces
from node.store.sqlite import SqliteStore
from protocol.identifiers import SubjectId
from tests.node.cli.terminal import Terminal
from tests.node.importing.test_events import GOOD, row, write

COLUMNS = [
    *("id", "title", "status", "scope", "proposer_type", "proposer_name", "address"),
    *("neighbourhood", "lat", "lon", "note"),
]
SECRET = ("38.11930862", "13.36472718")


def register(path: Path, *rows: dict[str, str]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def pact(number: str, address: str = "via Lincoln", **more: str) -> dict[str, str]:
    lat, lon = SECRET
    return {
        "id": number,
        "title": f"Patto {number}",
        "status": "Patto stipulato",
        "scope": "Verde",
        "proposer_type": "Associazione",
        "address": address,
        "lat": lat,
        "lon": lon,
        **more,
    }


def left_out(answer: Any) -> list[str]:
    return [one["reason"] for one in answer["left_out"]]


@pytest.fixture
def archive(tmp_path: Path) -> Terminal:
    home = Terminal(tmp_path / "archive")
    home.settled_down()
    home.does("actor", "new", "--name", "Archivo@es", "--type", "association")
    return home


@pytest.fixture
def kept(archive: Terminal, tmp_path: Path) -> Terminal:
    """A garden of the register, whose place the archive keeps back by now."""
    archive.does("commons", "import", register(tmp_path / "before.csv", pact("001")))
    archive.does("commons", "change", "via Lincoln", "--sensitivity", "withheld")
    return archive


def records(home: Terminal) -> int:
    held: int = home.asks("status")["records"]
    return held


def events(path: Path, rows: Iterable[dict[str, str]]) -> str:
    return str(write(path, rows))


def test_a_history_of_a_pact_tells_no_place_of_a_commons_that_is_kept_back(
    kept: Terminal, tmp_path: Path
) -> None:
    told = "Riunione presso 38.11930862, 13.36472718"
    file = events(
        tmp_path / "events.csv",
        [
            row(
                "2025-08-18T17:06:43Z", "001", "changed", "status", "Istruttoria in corso", "Patto stipulato"
            ),
            row("2025-08-19T10:00:00Z", "001", "changed", "note", "", told),
            row("2025-08-20T10:00:00Z", "001", "changed", "status", "Patto stipulato", told),
        ],
    )
    dry = kept.asks("commons", "import", file, "--dry-run")
    held = records(kept)
    answer = kept.asks("commons", "import", file)
    assert answer == {name: dry[name] for name in answer} | {"dry_run": False}
    assert left_out(answer)
    assert all("tells where it is" in reason for reason in left_out(answer))
    # Of what is left out nothing is signed; the step that tells no place is.
    assert (answer["new"], answer["changed"]) == ({"step": 1}, {})
    assert records(kept) == held + 1
    assert told not in str(kept.asks("pact", "timeline", "Patto 001"))
    spanish = " ".join(Terminal(kept.home, "es").does("commons", "import", file, "--dry-run").split())
    assert "dice dónde está" in spanish


def test_a_pact_that_begins_with_such_a_place_is_not_begun(kept: Terminal, tmp_path: Path) -> None:
    file = events(
        tmp_path / "events.csv",
        [
            row("2025-08-18T17:06:43Z", "002", "initial", "address", "", "via Lincoln"),
            row("2025-08-18T17:06:43Z", "002", "initial", "lat", "", SECRET[0]),
            row("2025-08-18T17:06:43Z", "002", "initial", "lon", "", SECRET[1]),
        ],
    )
    held = records(kept)
    answer = kept.asks("commons", "import", file)
    assert (answer["new"], answer["changed"]) == ({}, {})
    assert len(left_out(answer)) == 1
    assert records(kept) == held


def test_a_history_of_others_is_recorded_as_before(kept: Terminal, tmp_path: Path) -> None:
    where = [row("2025-08-18T17:06:43Z", "001", "initial", "lat", "", SECRET[0])]
    other = [one | {"patto_id": "003"} for one in [*where, GOOD]]
    answer = kept.asks("commons", "import", events(tmp_path / "events.csv", other))
    assert (answer["new"], left_out(answer)) == ({"pact": 1, "step": 1}, [])


def test_a_table_tells_no_place_in_a_pact_about_what_is_kept_back(kept: Terminal, tmp_path: Path) -> None:
    file = register(tmp_path / "after.csv", pact("001", note="Nuovo"), pact("002"), pact("003", "via Roma"))
    dry = kept.asks("commons", "import", file, "--dry-run")
    answer = kept.asks("commons", "import", file)
    assert answer == {name: dry[name] for name in answer} | {"dry_run": False}
    assert [one["label"] for one in answer["left_out"]] == ["Patto 001", "Patto 002"]
    assert answer["new"] == {"commons": 1, "pact": 1}
    assert answer["changed"] == {}


@pytest.mark.parametrize("tier", ["withheld", "generalised"])
def test_what_was_kept_back_after_an_import_stays_so_through_the_next(
    archive: Terminal, tmp_path: Path, tier: str
) -> None:
    archive.does("commons", "import", register(tmp_path / "before.csv", pact("001")))
    grid = ("--grid", "0.1") if tier == "generalised" else ()
    before = archive.asks("commons", "change", "via Lincoln", "--sensitivity", tier, *grid)["versions"][-1]
    told = {name: before["content"].get(name) for name in ("geometry", "uncertainty_m", "sensitivity")}
    assert SECRET[0] not in str(told)
    held = records(archive)
    noted = archive.run("commons", "import", register(tmp_path / "same.csv", pact("001")), "--dry-run").stdout
    assert "kept back since it was recorded" in " ".join(noted.split())
    same = archive.asks("commons", "import", register(tmp_path / "same.csv", pact("001", "via Lincoln")))
    assert same["changed"] == {}
    assert records(archive) == held
    changed = register(tmp_path / "changed.csv", pact("001", neighbourhood="Kalsa"))
    assert archive.asks("commons", "import", changed)["changed"] == {"commons": 1}
    now = archive.asks("commons", "show", "via Lincoln")["versions"][-1]["content"]
    assert now["territory"][0]["name"] == {"it": "Kalsa"}
    assert {name: now.get(name) for name in told} == told


async def test_what_a_plan_itself_keeps_back_is_told_by_none_of_its_pacts(tmp_path: Path) -> None:
    def drafted(kind: str, payload: dict[str, Any], **more: Any) -> Drafted:
        return Drafted(kind, payload, kind, SourceKey(kind, "Registro", kind), 1, **more)

    changed = SubjectId(b"c" * 32)
    told = {"title": {"it": "x"}, "reported": {"note": {"it": "Latitudine: 38.119"}}}
    place = {"name": {"it": "Pozzo"}, "sensitivity": "withheld"}
    linked = drafted(
        "pact", told, links=(Link(("commons", 0, "subject"), SourceKey("commons", "Registro", "commons")),)
    )
    named = drafted("pact", told | {"commons": [{"subject": bytes(changed)}]})
    silent = drafted("pact", {"title": {"it": "x"}}, links=linked.links)
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        for kept, after in (
            (drafted("commons", place), linked),
            (drafted("commons", place, subject=changed), named),
        ):
            first, second = await KeptPlaces(store).sift([kept, after])
            assert first == kept
            assert isinstance(second, Skipped)
            assert "Latitudine: 38.119" in second.reason
            public = drafted("commons", {"name": {"it": "Pozzo"}}, subject=kept.subject)
            assert await KeptPlaces(store).sift([public, after]) == [public, after]
        assert (await KeptPlaces(store).sift([drafted("commons", place), silent]))[1] == silent
