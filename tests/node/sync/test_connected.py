"""When records need not be compressed: only for a link that has shown itself fast, and while it is."""

from types import SimpleNamespace
from typing import Any

import pytest

from node.sync.connected import (
    BULK_ANSWERS_MIN,
    BULK_BACKLOG_MAX_BYTES,
    BULK_PAUSE_MAX_S,
    BULK_SIZE_MIN_BYTES,
    Peer,
)
from protocol.session.batch import pack_batch, unpack_batch

LARGE = BULK_SIZE_MIN_BYTES


class Clock:
    """The loop's clock, moved by hand."""

    now_s = 1_000.0

    def time(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("node.sync.connected.asyncio.get_running_loop", lambda: clock)
    return clock


def peer() -> Any:
    secure: Any = SimpleNamespace(backlog_bytes=0, closed=False)
    return Peer(1, secure, "ws://peer", 0)


def proven_fast(clock: Clock) -> Any:
    one = peer()
    for _ in range(BULK_ANSWERS_MIN + 1):
        clock.now_s += 0.01
        taken = one.takes_stored(LARGE)
    assert taken
    return one


def test_the_first_answers_are_compressed(clock: Clock) -> None:
    one = peer()
    taken = []
    for _ in range(BULK_ANSWERS_MIN + 1):
        taken.append(one.takes_stored(LARGE))
        clock.now_s += 0.01
    # The first of all says nothing yet of how fast the link is.
    assert taken == [False] * BULK_ANSWERS_MIN + [True]


def test_small_answers_are_compressed_and_prove_nothing(clock: Clock) -> None:
    one = peer()
    assert not any(one.takes_stored(LARGE - 1) for _ in range(100))
    assert not one.takes_stored(LARGE)
    assert not proven_fast(clock).takes_stored(LARGE - 1)


def test_a_link_that_falls_behind_has_to_prove_itself_anew(clock: Clock) -> None:
    one = proven_fast(clock)
    one.secure.backlog_bytes = BULK_BACKLOG_MAX_BYTES
    assert one.takes_stored(LARGE)
    one.secure.backlog_bytes += 1
    assert not one.takes_stored(LARGE)
    one.secure.backlog_bytes = 0
    assert not one.takes_stored(LARGE)


def test_answers_far_apart_prove_nothing(clock: Clock) -> None:
    one = proven_fast(clock)
    clock.now_s += BULK_PAUSE_MAX_S + 0.01
    assert not one.takes_stored(LARGE)


def test_a_stored_batch_unpacks_like_any() -> None:
    envelopes = [bytes([n]) * 1_000 for n in range(1, 200)]
    stored, packed = pack_batch(envelopes, compress=False), pack_batch(envelopes)
    assert len(packed.deflated) < stored.size_bytes < len(stored.deflated)
    assert unpack_batch(stored) == unpack_batch(packed) == envelopes
