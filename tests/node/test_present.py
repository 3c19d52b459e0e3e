"""What is the present of a thing, by a clock that may be ahead or behind."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.present import present_prospect, present_status
from protocol.limits import CLOCK_SKEW_MAX_MS
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS
from protocol.state.prospect import MOMENTS_AHEAD_MAX
from tests.protocol.people import T0
from tests.protocol.state.every_kind import EveryKind
from tests.protocol.state.histories import World
from tests.protocol.state.test_any_history import PROCEDURE, at_once

VOTING = ("motion", "motion", "ballot", "ballot", "ballot", "minutes", "cosign", "erasure", "actor")

rolls = st.builds(Random, st.integers(0, 2**32 - 1))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 40))
def test_the_prospect_tells_the_status_at_every_reading_of_the_clock(rng: Random, moves: int) -> None:
    the_prospect_agrees(rng, World(rng, actors=3).play(moves, PROCEDURE).records)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 40))
def test_the_prospect_of_a_vote_does_so_too(rng: Random, moves: int) -> None:
    world = EveryKind(rng)
    for _ in range(moves):
        world.sign_one(rng.choice(VOTING))
    the_prospect_agrees(rng, world.records)


def the_prospect_agrees(rng: Random, records: list[VerifiedRecord]) -> None:
    for thing in at_once(records).values():
        ahead = present_prospect(thing)
        if not ahead:
            now_ms = T0 + rng.randint(-30, 30) * DAY_MS
            assert present_status(thing, now_ms) == thing.status
            continue
        newest_ms = max(one.record.header.time_ms for one in thing.judged.values())
        assert newest_ms - CLOCK_SKEW_MAX_MS < ahead[0].since_ms <= newest_ms
        clocks = [stretch.since_ms + step for stretch in ahead for step in (-1, 0, 1)]
        clocks += [newest_ms + step for step in (-1, 0, 1)]
        for now_ms in (*clocks, *(newest_ms + rng.randint(-3 * DAY_MS, 30 * DAY_MS) for _ in range(8))):
            told = [stretch.status for stretch in ahead if stretch.since_ms <= now_ms]
            if told and told[-1] is not None:
                assert told[-1] == present_status(thing, now_ms)
            elif told:
                assert len(thing.judged) > MOMENTS_AHEAD_MAX
