"""What is remembered of records set aside, and how it is let go of."""

from pathlib import Path

import pytest

from node.trust.aside import KEYS_MAX, Aside, Heap, Left, Reason
from protocol.identifiers import ActorId, RecordId

ANA, BETO, RIVER = ActorId(b"a" * 32), ActorId(b"b" * 32), b"r" * 32


def left(number: int, author: ActorId = ANA, reason: Reason = Reason.POLICY, *keys: bytes) -> Left:
    identifier = RecordId(number.to_bytes(32))
    return Left(identifier, number, author, reason, 100 + number, [author, *keys])


def ids(*numbers: int) -> set[RecordId]:
    return {RecordId(number.to_bytes(32)) for number in numbers}


async def test_what_is_set_aside_is_known_after_a_restart_and_let_go_by_what_it_waits_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "aside.sqlite"
    aside = await Aside.open(path)
    assert await aside.among(ids(1)) == set()
    rows = [left(1), left(2, BETO, Reason.POLICY, RIVER), left(3, BETO), left(4, BETO, Reason.BLOCKED, RIVER)]
    assert await aside.add(rows) == 4
    assert await aside.add(rows) == 4, "what is known already takes no room"
    await aside.close()
    aside = await Aside.open(path)
    assert aside.records == 4
    assert await aside.among(ids(1, 4, 9)) == ids(1, 4)
    assert await aside.release([RIVER], [Reason.POLICY]) == 1
    assert await aside.release([ANA, b"nobody"], [Reason.POLICY, Reason.BLOCKED]) == 1
    assert await aside.heaps(9) == [
        Heap(BETO, Reason.POLICY, 1, 103),
        Heap(BETO, Reason.BLOCKED, 1, 104),
    ]
    assert await aside.totals() == {Reason.POLICY: (1, 103), Reason.BLOCKED: (1, 104)}
    await aside.forget(ids(3, 99))
    assert await aside.release_all([Reason.BLOCKED]) == 1
    assert aside.records == 0
    await aside.close()


async def test_it_takes_as_many_as_it_has_room_for(tmp_path: Path) -> None:
    aside = await Aside.open(tmp_path / "aside.sqlite", records_max=3)
    assert await aside.add([left(1), left(2)]) == 2
    assert not aside.is_full
    assert await aside.add([left(3), left(4), left(5)]) == 1
    assert aside.is_full
    assert await aside.add([left(6)]) == 0
    assert await aside.among(ids(3, 4)) == ids(3)
    await aside.forget(ids(1))
    assert await aside.add([left(6), left(7)]) == 1
    await aside.close()


async def test_of_each_author_the_oldest_are_let_go_first(tmp_path: Path) -> None:
    aside = await Aside.open(tmp_path / "aside.sqlite")
    today = Reason.ACTOR_TODAY
    await aside.add([left(n, ANA, today) for n in (5, 3, 4)] + [left(9, BETO, today), left(1, BETO)])
    assert await aside.release_some(today, 2) == 3
    assert await aside.among(ids(3, 4, 5, 9, 1)) == ids(5, 1)
    await aside.close()


async def test_what_names_very_much_is_found_by_some_of_it(tmp_path: Path) -> None:
    aside = await Aside.open(tmp_path / "aside.sqlite")
    many = [bytes([n]) * 32 for n in range(64)]
    await aside.add([left(1, ANA, Reason.POLICY, *many)])
    assert await aside.release(many[KEYS_MAX:], [Reason.POLICY]) == 0
    assert await aside.release(many[: KEYS_MAX - 1], [Reason.POLICY]) == 1
    await aside.close()


@pytest.mark.parametrize(
    "damage", [b"", b"not a database at all " * 100, b"SQLite format 3\x00" + b"\xff" * 5_000]
)
async def test_a_file_that_is_damaged_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "aside.sqlite"
    path.write_bytes(damage)
    aside = await Aside.open(path)
    assert await aside.add([left(1)]) == 1
    await aside.close()


async def test_whether_the_terms_are_those_of_last_time(tmp_path: Path) -> None:
    aside = await Aside.open(tmp_path / "aside.sqlite")
    assert not await aside.same_terms("open")
    assert await aside.same_terms("open")
    assert not await aside.same_terms("followed")
    await aside.close()
