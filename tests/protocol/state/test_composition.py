"""Councils and boards against the rules they have given themselves, on each day."""

from typing import Any

import pytest

from protocol.errors import Malformed
from protocol.identifiers import SubjectId
from protocol.kinds.body import Body
from protocol.state.composition import ENDING_SOON_DAYS, Mandate, composition, ends_soon, mandate_on
from protocol.state.course import DAY_MS, day_of, day_start_ms
from protocol.state.versions import Voice
from tests.protocol.people import Held, Person, key

US = Person("Consejo", [key("council")])


def seat(side: str = "civil", **more: Any) -> dict[str, Any]:
    fields = {"side": side, "holder": {"name": {"es": "Alguien"}}, **more}
    return {name: value for name, value in fields.items() if value is not None}


def body(rules: list[str], seats: list[dict[str, Any]], **more: Any) -> Body:
    payload = {"name": {"es": "Consejo"}, "type": "council", "licence": "CC-BY-4.0"}
    record = US.sign("body", payload | {"rules": rules, "seats": seats} | more)[0]
    content: Body = record.content
    return content


def kept(rule: str, seats: list[dict[str, Any]], day: str = "2026-06-01", **more: Any) -> bool | None:
    [finding] = composition(body([rule], seats, **more), day)
    assert finding.rule == rule
    return finding.kept


def test_parity_counts_who_sits_on_the_day() -> None:
    seats = [
        seat("state"),
        seat("civil"),
        seat("civil", since="2026-07-01"),
        seat("state", until="2026-05-31"),
    ]
    assert kept("parity", seats) is True
    assert kept("parity", seats, "2026-07-01") is False
    assert kept("parity", seats, "2026-05-31") is False
    assert kept("parity", []) is False
    assert kept("parity", [{"side": "state"}, seat("civil"), seat("state")]) is True


def test_chair_and_vice_chair_take_turns_of_two_years() -> None:
    first = seat("state", role="chair", since="2022-01-01", until="2023-12-31")
    second = seat("civil", role="chair", since="2024-01-01", until="2025-12-31")
    third = seat("state", role="chair", since="2026-01-01", until="2027-12-31")
    vice = seat("civil", role="vice_chair", since="2026-01-01")
    assert kept("alternating_chair", [first, second, third, vice]) is True
    assert kept("alternating_chair", [first, third, vice]) is False
    assert kept("alternating_chair", [second, third]) is False
    assert kept("alternating_chair", [second, third, vice | {"side": "state"}]) is False
    long = third | {"since": "2024-06-01", "until": "2026-06-01"}
    assert kept("alternating_chair", [long, vice]) is False
    assert kept("alternating_chair", [long | {"until": "2026-05-31"}, vice], "2026-05-31") is True


@pytest.mark.parametrize(("users", "others", "expected"), [(3, 2, True), (2, 2, False), (0, 1, False)])
def test_users_hold_the_majority(users: int, others: int, expected: bool) -> None:
    seats = [seat(category="user")] * users + [seat(category="worker")] * others
    assert kept("users_majority", seats) is expected


@pytest.mark.parametrize(("strangers", "members", "expected"), [(1, 4, True), (2, 7, False), (2, 8, True)])
def test_non_members_hold_a_fifth_at_most(strangers: int, members: int, expected: bool) -> None:
    seats = [seat(category="non_member")] * strangers + [seat(category="user")] * members
    assert kept("few_non_members", seats) is expected


@pytest.mark.parametrize(("share", "expected"), [(66, True), (65, False), (None, None)])
def test_owners_of_two_thirds(share: int | None, expected: bool | None) -> None:
    assert kept("owners_two_thirds", [], **({} if share is None else {"share_percent": share})) is expected


def test_a_rule_that_is_not_known_here_is_neither_kept_nor_broken() -> None:
    assert kept("elders_first", [seat()]) is None


def test_mandates_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(Malformed):
        body([], [seat(since="2026-02-01", until="2026-01-31")])
    with pytest.raises(Malformed):
        body([], [seat(since="2026-02-30")])


def test_what_a_body_says_of_itself_is_its_own_voice() -> None:
    payload = {"name": {"es": "Consejo"}, "type": "council", "licence": "CC-BY-4.0", "actor": US.id}
    record = US.sign("body", payload)[0]
    assert Held(US.records, [record]).thing(SubjectId(record.id)).voice == Voice.OWN


def one(**more: Any) -> Any:
    return body([], [seat(**more)]).seats[0]


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        ("2025-12-31", Mandate.COMING),
        ("2026-01-01", Mandate.HELD),
        ("2026-12-31", Mandate.HELD),
        ("2027-01-01", Mandate.PAST),
    ],
)
def test_a_mandate_is_held_from_its_first_day_to_its_last(day: str, standing: Mandate) -> None:
    term = {"since": "2026-01-01", "until": "2026-12-31"}
    assert mandate_on(one(**term), day) is standing
    vacant = Mandate.VACANT if standing is Mandate.HELD else standing
    assert mandate_on(one(holder=None, **term), day) is vacant
    assert mandate_on(one(), day) is Mandate.HELD


def test_a_mandate_ends_soon_for_so_many_days() -> None:
    term = {"since": "2026-01-01", "until": "2026-12-31"}

    def before(days: int) -> str:
        return day_of(day_start_ms(term["until"]) - days * DAY_MS)

    assert ends_soon(one(**term), before(ENDING_SOON_DAYS - 1))
    assert ends_soon(one(**term), before(0))
    assert not ends_soon(one(**term), before(ENDING_SOON_DAYS))
    assert not ends_soon(one(**term), before(-1))
    assert not ends_soon(one(), before(0))
    assert not ends_soon(one(holder=None, **term), before(0))


@pytest.mark.parametrize(
    ("seats", "why"),
    [
        ([seat("state", role="chair")], "not_one_each"),
        ([seat("state", role="chair")] * 2 + [seat("civil", role="vice_chair")], "not_one_each"),
        ([seat("state", role="chair"), seat("state", role="vice_chair")], "one_side"),
        (
            [seat("state", role="chair", since="2024-01-01"), seat("civil", role="vice_chair")],
            "too_long",
        ),
        (
            [
                seat("state", role="chair", since="2024-06-01", until="2025-05-31"),
                seat("state", role="chair", since="2025-06-01"),
                seat("civil", role="vice_chair"),
            ],
            "no_turns",
        ),
        ([seat("state", role="chair", since="2025-06-01"), seat("civil", role="vice_chair")], ""),
    ],
)
def test_it_is_said_how_the_chair_breaks_its_rule(seats: list[dict[str, Any]], why: str) -> None:
    [finding] = composition(body(["alternating_chair"], seats), "2026-06-01")
    assert (finding.kept, finding.why) == (not why, why)
