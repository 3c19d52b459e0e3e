"""Real nodes that come back: what they hold waits until they have heard what was erased meanwhile."""

import asyncio
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from node.backups import back_up
from node.daemon import Node
from node.home import Home
from node.store.sqlite import SqliteStore
from node.sync.in_touch import last_in_touch_ms
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.session.batch import pack_batch, unpack_batch
from protocol.session.catching_up import CATCHING_UP, OUT_OF_TOUCH_MS
from protocol.session.messages import Announce, Bye, Hello, Invite, Records, Want
from tests.node.end_to_end.nodes import eventually, nodes
from tests.node.hostile.attacker import Attacker, attackers
from tests.node.live import held, live, make_home, until
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import plant
from tests.node.store.samples import Person
from tests.patience import PATIENCE_S

SECRET = plant(random.Random(2))
ANA = Person("Ana")
ERASED = ANA.commons(SECRET.name, SECRET.text, geometry=SECRET.geometry, salt=SECRET.salt)
KEPT = ANA.commons("Vega")
ERASURE = ANA.erase(ERASED)
ALL = {record.id for record in (ANA.founding, ERASED, KEPT, ERASURE)}


async def away_since(path: Path, records: Sequence[VerifiedRecord], ago_ms: int | None) -> Home:
    """A home that was last in touch so long ago."""
    home = await make_home(path, records)
    async with await SqliteStore.open(home.store_path) as store:
        if ago_ms is not None:
            await store.set_meta("in-touch", str(time.time_ns() // 1_000_000 - ago_ms).encode())
    return home


async def next_of(peer: Attacker, kind: type) -> Any:
    while True:
        message = await peer.receive()
        if isinstance(message, kind):
            return message


async def asked(peer: Attacker, number: int, *wanted: VerifiedRecord) -> tuple[set[RecordId], set[RecordId]]:
    """Ask for records; return which came with their content, and which were denied."""
    await peer.send(Want(number, tuple(record.id for record in wanted)))
    answer: Records = await next_of(peer, Records)
    now_ms = time.time_ns() // 1_000_000
    came = [verify_record(envelope, now_ms) for envelope in unpack_batch(answer.batch)]
    return {record.id for record in came if not record.is_erased}, set(answer.not_held)


async def test_who_was_away_gives_what_it_held_once_it_has_heard_from_the_others(tmp_path: Path) -> None:
    home = await away_since(tmp_path / "back", [ANA.founding, ERASED, KEPT], OUT_OF_TOUCH_MS + 60_000)
    async with live(home) as back, attackers(back.listening[0]) as attack:
        silent, third = await attack.sealed(), await attack.sealed()
        greeted = await silent.greet()
        assert isinstance(greeted, Hello)
        assert CATCHING_UP in greeted.features
        await third.greet()
        async with asyncio.timeout(PATIENCE_S):
            # Of what can be erased nothing is given, of the rest everything.
            assert await asked(third, 1, ANA.founding, ERASED, KEPT) == (
                {ANA.founding.id},
                {ERASED.id, KEPT.id},
            )
            # What is written now was not erased while it was away.
            new = ANA.commons("Loma")
            await back.submit([new.envelope])
            assert new.id in (await next_of(third, Announce)).ids
            assert await asked(third, 2, new, KEPT) == ({new.id}, {KEPT.id})
            # The one it waited for brings the erasure, is read out, and goes.
            await silent.send(Announce((ERASURE.id,)))
            want: Want = await next_of(silent, Want)
            assert want.ids == (ERASURE.id,)
            await silent.send(Records(want.number, pack_batch([ERASURE.envelope]), ()))
            await silent.send(Bye())
            await next_of(third, Invite)
            assert await asked(third, 3, ERASED, KEPT) == ({KEPT.id}, set())
    # Nobody was heard out: it is as far behind as it was.
    assert await away_ms(home) > OUT_OF_TOUCH_MS


async def away_ms(home: Home) -> float:
    """How long a home has been out of touch."""
    async with await SqliteStore.open(home.store_path) as store:
        last_ms = await last_in_touch_ms(store)
    return math.inf if last_ms is None else time.time_ns() // 1_000_000 - last_ms


@pytest.mark.parametrize(("ago_ms", "catches_up"), [(OUT_OF_TOUCH_MS // 2, False), (None, True)])
async def test_a_short_break_is_none_and_a_node_that_never_was_in_touch_catches_up(
    tmp_path: Path, ago_ms: int | None, catches_up: bool
) -> None:
    home = await away_since(tmp_path / "back", [ANA.founding, KEPT], ago_ms)
    async with live(home) as back, attackers(back.listening[0]) as attack:
        first, second = await attack.sealed(), await attack.sealed()
        greeted = await first.greet()
        assert isinstance(greeted, Hello)
        assert (CATCHING_UP in greeted.features) is catches_up
        await second.greet()
        given = await asked(second, 1, KEPT)
        assert given == ((set(), {KEPT.id}) if catches_up else ({KEPT.id}, set()))


async def test_a_restored_backup_was_out_of_touch(tmp_path: Path) -> None:
    home = await away_since(tmp_path / "home", [ANA.founding, KEPT], 0)
    async with await SqliteStore.open(home.store_path) as store:
        await back_up(home, store, tmp_path / "backup.tar")
    (tmp_path / "restored").mkdir(mode=0o700)
    unpacked = await asyncio.create_subprocess_exec(
        "tar", "-xf", str(tmp_path / "backup.tar"), "-C", str(tmp_path / "restored")
    )
    assert await unpacked.wait() == 0
    assert await away_ms(home) < OUT_OF_TOUCH_MS
    assert await away_ms(Home.at(tmp_path / "restored")) == math.inf


async def test_three_that_come_back_together_wait_for_nobody_who_waits(tmp_path: Path) -> None:
    contents = [[ANA.founding, ERASED], [ANA.founding, KEPT, ERASURE], []]
    homes = [
        await away_since(tmp_path / str(number), records, 10 * OUT_OF_TOUCH_MS)
        for number, records in enumerate(contents)
    ]
    async with live(homes[0]) as one, live(homes[1]) as two, live(homes[2]) as three:
        came: list[VerifiedRecord] = []
        watch(three, came)
        await asyncio.gather(
            one.change_peer(two.listening[0], True),
            two.change_peer(three.listening[0], True),
            three.change_peer(one.listening[0], True),
        )

        async def same() -> bool:
            return [await held(node) for node in (one, two, three)] == [ALL] * 3

        await until(same, "all three hold the same")
        assert [record.is_erased for record in came if record.id == ERASED.id] == [True]
        await asyncio.gather(*(node.store.settled() for node in (one, two, three)))
    assert [await away_ms(home) < OUT_OF_TOUCH_MS for home in homes] == [True] * 3
    assert traces_kept(SECRET, tmp_path) == []


def watch(node: Node, came: list[VerifiedRecord]) -> None:
    """Note what peers bring a node, before it is stored."""
    add = node.store.add

    async def noted(records: Any) -> Any:
        given = list(records)
        came.extend(given)
        return await add(given)

    node.store.add = noted  # type: ignore[method-assign]


@pytest.mark.slow
async def test_as_processes(tmp_path: Path) -> None:
    """B erased while A was off; C never had it.  A comes back to both at once."""
    a = await away_since(tmp_path / "a", [ANA.founding, ERASED, KEPT], 10 * OUT_OF_TOUCH_MS)
    await away_since(tmp_path / "b", [ANA.founding, ERASED, ERASURE], 0)
    c = await away_since(tmp_path / "c", [], 0)
    async with nodes(tmp_path, "--listen", "127.0.0.1:0", "--no-lan") as start, live(c) as third:
        came: list[VerifiedRecord] = []
        watch(third, came)
        second = await start("b")
        first = await start("a", "--peer", await second.address(), "--peer", third.listening[0])

        async def same() -> bool:
            return await held(third) == await first.records() == await second.records() == ALL

        await eventually(same, first.said)
        assert [record.is_erased for record in came if record.id == ERASED.id] == [True]
        assert KEPT.id in {record.id for record in came}

        async def cleared() -> bool:
            return not traces_kept(SECRET, tmp_path / "a", tmp_path / "b")

        await eventually(cleared, lambda: str(traces_kept(SECRET, a.path)))
    assert traces_kept(SECRET, tmp_path) == []
