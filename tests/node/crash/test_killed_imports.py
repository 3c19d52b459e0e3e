"""Imports that are cut off: what they stored is whole, and doing them again brings the rest, once."""

import shutil
from pathlib import Path
from random import Random

import pytest

from node.bundles import write_bundle
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.bundle import BundleHeader
from tests.node.crash.killing import dice_for, finish, killed_at, run_minga, whole
from tests.node.crash.tally import TALLY
from tests.node.live import some_records

RECORDS = some_records(1_000)
ROWS = 1_000

MAPPING = """
name = "commons"
title = "Commons"
[source]
name = "Registro"
licence = "CC-BY-4.0"
[[records]]
kind = "place"
identifier = "{code}"
label = "{name}"
[records.fields]
name.es = { column = "name" }
level = "parish"
licence = "CC-BY-4.0"
"""

SOAK = pytest.param(60, marks=pytest.mark.soak)


def moment(dice: Random, grown_max_bytes: int) -> tuple[int, float]:
    """Return a moment to kill at: how far the store has grown, in bytes, and some milliseconds more."""
    return dice.randrange(grown_max_bytes), dice.uniform(0, 0.03)


def new_home(path: Path) -> Home:
    home = Home.at(path)
    finish(run_minga(home, "init", "--name", "killed"))
    return home


def copied(home: Home, path: Path) -> Home:
    """Return another home with the same keys and records."""
    shutil.copytree(home.path, path)
    return Home.at(path)


@pytest.mark.parametrize("kills", [4, SOAK])
async def test_a_bundle_import_goes_on_where_it_stood(tmp_path: Path, kills: int) -> None:
    dice = dice_for("bundle import")
    bundle = tmp_path / "all.minga"
    write_bundle(
        bundle, (record.envelope for record in RECORDS), BundleHeader(1_700_000_000_000, "commons", "")
    )
    everything = {record.id for record in RECORDS}
    first = new_home(tmp_path / "first")
    home, kept = copied(first, tmp_path / "0"), set()
    for number in range(kills):
        at_work = await killed_at(home, ("import", str(bundle)), *moment(dice, 2_000_000))
        kept = await whole(home, kept)
        TALLY.halfway += 0 < len(kept) < len(everything)
        if number % 4 == 3 or not at_work:
            finish(run_minga(home, "import", str(bundle)))
            assert await whole(home, kept) == everything
            home, kept = copied(first, tmp_path / str(number + 1)), set()


@pytest.mark.parametrize("kills", [4, SOAK])
async def test_an_import_of_commons_records_every_row_once(tmp_path: Path, kills: int) -> None:
    dice = dice_for("commons import")
    table, mapping = tmp_path / "rows.csv", tmp_path / "rows.toml"
    rows = "".join(f"{number},Páramo {number}\n" for number in range(ROWS))
    table.write_text(f"code,name\n{rows}", encoding="utf-8")
    mapping.write_text(MAPPING)
    words = ("commons", "import", str(table), "--mapping", str(mapping))
    first = founded(tmp_path / "first")
    home, kept = copied(first, tmp_path / "0"), set()
    for number in range(kills):
        at_work = await killed_at(home, words, *moment(dice, 800_000))
        kept = await whole(home, kept)
        TALLY.halfway += 1 < len(kept) < ROWS
        if number % 4 == 3 or not at_work:
            finish(run_minga(home, *words))
            kept = await whole(home, kept)
            async with await SqliteStore.open(home.store_path) as store:
                counts = await store.counts()
            assert dict(counts.things_by_kind)["place"] == ROWS
            assert dict(counts.records_by_kind)["place"] == ROWS
            home, kept = copied(first, tmp_path / str(number + 1)), set()


def founded(path: Path) -> Home:
    """Return a home with an actor that documents."""
    home = new_home(path)
    finish(run_minga(home, "key", "new", "--label", "desk", "--no-passphrase"))
    finish(run_minga(home, "actor", "new", "--name", "Registro@es", "--type", "association"))
    return home
