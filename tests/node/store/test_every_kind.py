"""What a store derives from histories of every kind: the same in any order, by any road, as the fold says."""

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.kinds import KINDS
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.state.fold import ThingState
from tests.node.store.contents import store_in_parts
from tests.protocol.people import T0
from tests.protocol.state.every_kind import YEAR_MS, EveryKind
from tests.protocol.state.test_any_history import at_once

rolls = st.builds(Random, st.integers(0, 2**32 - 1))
LATER = T0 + 10 * YEAR_MS  # when every clock of these histories is in the past


def derived(parts: Sequence[Sequence[VerifiedRecord]], *, rebuild: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return store_in_parts(Path(folder) / "store", parts, rebuild=rebuild)


def in_parts(rng: Random, records: Sequence[VerifiedRecord]) -> list[list[VerifiedRecord]]:
    """The records in any order and any number of parts, and then all again in another.

    The second time fills what an erasure had emptied that a key struck out later had signed, and brings what
    was refused for want of content before the erasure was known.
    """
    parts = []
    for _ in range(2):
        mixed = rng.sample(list(records), len(records))
        cuts = sorted({0, len(mixed), *(rng.randrange(len(mixed)) for _ in range(rng.randint(0, 9)))})
        parts += [mixed[start:end] for start, end in pairwise(cuts)]
    return parts


def stripped(record: VerifiedRecord) -> VerifiedRecord:
    """The record without its content, as one relays it that has erased it."""
    return verify_record(erased_envelope(record.envelope), LATER)


def may_lose_content(record: VerifiedRecord) -> bool:
    kind = KINDS.get(record.header.kind)
    return kind is None or kind.erasable


def as_rows(things: dict[Any, ThingState]) -> dict[str, tuple[str, str | None, str, str]]:
    return {
        subject.hex(): (thing.kind, thing.display and thing.display.hex(), thing.status, thing.voice)
        for subject, thing in things.items()
    }


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 60))
def test_any_order_any_repetition_any_split_and_a_rebuild(rng: Random, moves: int) -> None:
    world = EveryKind(rng).live(moves)
    expected = derived([world.records, world.records])
    rows = {row[0]: (row[1], row[2], row[3], row[4]) for row in expected["things"]}
    assert rows == as_rows(at_once(world.records))
    assert expected["undone"] == []
    for rebuild in (False, True):
        assert derived(in_parts(rng, world.records), rebuild=rebuild) == expected


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 60))
def test_contents_that_come_late_or_not_at_all_from_some(rng: Random, moves: int) -> None:
    """Relays that have taken contents out pass on the rest; what is held decides, not when it came."""
    world = EveryKind(rng).live(moves)
    bare = [stripped(r) for r in rng.sample(world.records, len(world.records) // 3) if may_lose_content(r)]
    expected = derived([world.records, world.records])
    assert derived(in_parts(rng, [*world.records, *bare])) == expected
    lost = {r.id for r in bare}
    held = [*bare, *(r for r in world.records if r.id not in lost)]
    assert derived(in_parts(rng, held)) == derived([held, held])
