"""What was erased does not come back: from peers, old bundles, restored backups, or handed in again."""

import asyncio
import random
from pathlib import Path

from node.bundles import write_bundle
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.bundle import BundleHeader
from protocol.identifiers import id_text
from protocol.session.messages import Announce, Want
from tests.node.cli.terminal import Terminal
from tests.node.hostile.attacker import attackers
from tests.node.live import held, live, make_home, until
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import plant
from tests.node.store.samples import Person, bare
from tests.patience import PATIENCE_S

SECRET = plant(random.Random(21))
ANA = Person("Ana")
ERASED = ANA.commons(SECRET.name, SECRET.text, geometry=SECRET.geometry, salt=SECRET.salt)
ERASURE = ANA.erase(ERASED)
BEFORE = [ANA.founding, ERASED]
ALL = [ANA.founding, bare(ERASED), ERASURE]


async def is_bare(store: SqliteStore) -> bool:
    record = await store.record(ERASED.id)
    return record is not None and record.is_erased


def test_an_old_bundle_does_not_bring_it_back(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.does("init")
    old, new = tmp_path / "old.minga", tmp_path / "new.minga"
    write_bundle(old, [record.envelope for record in BEFORE], BundleHeader(0, None, None))
    write_bundle(new, [record.envelope for record in ALL], BundleHeader(0, None, None))
    ana.does("import", str(old))
    assert traces_kept(SECRET, ana.home)
    ana.does("import", str(new))
    for more in (("--dry-run",), ()):
        assert ana.asks("import", str(old), *more)["new"] == 0
    ana.does("rebuild")
    assert ana.asks("record", "show", id_text(ERASED.id))["content"] is None
    assert traces_kept(SECRET, ana.home) == []


async def test_a_peer_that_offers_it_again_is_not_asked_for_it(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", ALL)
    async with live(home) as node, attackers(node.listening[0]) as attack:
        peer = await attack.greeted()
        other = ANA.commons("Vega")
        await peer.send(Announce((ERASED.id, other.id)))
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(want := await peer.receive(), Want):
                pass
        assert want.ids == (other.id,)
        # Nor is it taken from the command line's door.
        assert (await node.submit([ERASED.envelope]))["known"] == 1
        await node.store.settled()
        assert await is_bare(node.store)
    assert traces_kept(SECRET, tmp_path) == []


async def test_whoever_still_has_it_gives_it_to_nobody_and_loses_it(tmp_path: Path) -> None:
    with_it = await make_home(tmp_path / "with", BEFORE)
    without = await make_home(tmp_path / "without", ALL)
    async with live(with_it) as one, live(without) as other:
        answer = await other.sync_with(one.listening[0])
        assert (answer["received"], answer["given"]) == (0, 1)

        async def gone() -> bool:
            return await is_bare(one.store)

        await until(gone, "the erasure took effect")
        await one.store.settled()
        assert await held(one) == await held(other)
    assert traces_kept(SECRET, tmp_path) == []


async def test_a_restored_backup_loses_it_at_its_first_sync(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", BEFORE)
    async with await SqliteStore.open(home.store_path) as store:
        await store.backup(tmp_path / "backup")
        await store.add([ERASURE])
        await store.settled()
    restored = Home.at(tmp_path / "restored")
    restored.create()
    (tmp_path / "backup").rename(restored.store_path)
    assert traces_kept(SECRET, tmp_path) != []
    # Once it hears of the erasure it is rid of it; and nobody had it from there.
    async with live(restored) as back, live(home) as neighbour:
        await back.change_peer(neighbour.listening[0], True)

        async def gone() -> bool:
            return await is_bare(back.store)

        await until(gone, "the erasure took effect")
        await back.store.settled()
        assert await is_bare(neighbour.store)
    assert traces_kept(SECRET, tmp_path) == []
