"""Bans: they come at once or by degrees, grow, end, and cost a bounded amount of memory."""

import pytest

from node.peers.bans import (
    BAN_FORGET_MS,
    BAN_STEPS_MS,
    BANS_MAX,
    DOUBT_HALF_LIFE_MS,
    DOUBTS_MAX,
    Bans,
    node_target,
    source_target,
)
from protocol.channel.identity import NodeId
from protocol.errors import Severity

NOW = 1_760_000_000_000
WHO = node_target(NodeId(b"\x01" * 32))


def test_a_ban_ends_and_the_next_is_longer_up_to_a_day() -> None:
    bans, now = Bans(), NOW
    for step in [*BAN_STEPS_MS, BAN_STEPS_MS[-1]]:
        assert bans.note(WHO, Severity.HOSTILE, now)
        assert bans.is_banned(WHO, now + step - 1)
        assert not bans.is_banned(WHO, now + step)
        now += step
    assert bans.ban(WHO, now + BAN_FORGET_MS) == now + BAN_FORGET_MS + BAN_STEPS_MS[-1]


def test_a_clean_week_makes_the_next_ban_a_first_one() -> None:
    bans = Bans()
    end = bans.ban(WHO, NOW)
    later = end + BAN_FORGET_MS + 1
    assert bans.ban(WHO, later) == later + BAN_STEPS_MS[0]


def test_harmless_faults_never_ban_and_doubtful_ones_do_when_they_are_many_and_close() -> None:
    bans = Bans()
    assert not any(bans.note(WHO, Severity.HARMLESS, NOW) for _ in range(1_000))
    close = [bans.note(WHO, Severity.DOUBTFUL, NOW + second * 1_000) for second in range(DOUBTS_MAX)]
    assert close == [False] * (DOUBTS_MAX - 1) + [True]
    other = "ip:10.0.0.1"
    apart = [bans.note(other, Severity.DOUBTFUL, NOW + hour * DOUBT_HALF_LIFE_MS) for hour in range(100)]
    assert not any(apart)


def test_one_target_does_not_touch_another_and_a_ban_can_be_lifted() -> None:
    bans = Bans()
    bans.ban(WHO, NOW)
    assert not bans.is_banned("ip:10.0.0.1", NOW)
    assert not bans.is_banned(None, NOW)
    assert bans.present(NOW) == {WHO: NOW + BAN_STEPS_MS[0]}
    bans.lift(WHO)
    assert not bans.is_banned(WHO, NOW)


def test_a_clock_that_is_set_back_does_not_make_a_ban_longer() -> None:
    bans = Bans()
    bans.ban(WHO, NOW)
    assert not bans.is_banned(WHO, NOW - 10 * BAN_STEPS_MS[-1])


def test_memory_is_bounded_and_doubts_do_not_push_out_bans() -> None:
    bans = Bans()
    bans.ban(WHO, NOW)
    for number in range(2 * BANS_MAX):
        bans.note(f"node:{number}", Severity.DOUBTFUL, NOW + number)
    assert bans.is_banned(WHO, NOW + 2 * BANS_MAX)
    assert len(bans.to_rows()) == BANS_MAX
    for number in range(BANS_MAX):
        bans.ban(f"node:{number}", NOW + number + 1)
    assert len(bans.to_rows()) == BANS_MAX


def test_what_is_kept_comes_back() -> None:
    bans = Bans()
    bans.ban(WHO, NOW)
    bans.note("ip:10.0.0.1", Severity.DOUBTFUL, NOW)
    rows = bans.to_rows()
    assert Bans.from_rows({**rows, "other": b"?"}).to_rows() == rows
    assert Bans.from_rows(rows).is_banned(WHO, NOW)


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1"])
def test_loopback_is_never_banned(ip: str) -> None:
    assert source_target(ip) is None


def test_addresses_of_one_host_are_one_target() -> None:
    assert source_target("2606:4700::1") == source_target("2606:4700::2") != source_target("2606:4701::1")
    assert source_target("::ffff:9.9.9.9") == source_target("9.9.9.9")
