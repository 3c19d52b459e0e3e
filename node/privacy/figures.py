"""What a node publishes of privacy: counts by year, of requests and of what is kept back or erased.

How many, never of whom.  Few requests are not told apart: where one person of a village asked, everybody
knows who; so a count from one to four is given as fewer than five.  What is held is public already, record
by record, and is counted exactly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from node.privacy.register import REQUESTS, Request
from node.store.interface import Store
from protocol.errors import ProtocolError
from protocol.kinds import read_content
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header

# The least count of requests that is published as it is: official statistics protect cells below 3 to 10.
PUBLISHED_FROM = 5

HELD = ("generalised", "sealed", "withheld", "erased")

_TIERS = frozenset({"generalised", "sealed", "withheld"})
_MARKED = b"\xabsensitivity"  # the field's name as it stands in a payload: quicker than reading every one
_NIL = 0xC0  # what an envelope without content ends with, and few others


@dataclass(slots=True)
class Holdings:
    """Counts of records held, by year of their own date: versions by how much of their place is told, and
    records of which the content was taken out."""

    by_year: dict[int, Counter[str]] = field(default_factory=dict)

    def count(self, envelope: bytes) -> None:
        """Count a record, where it is of those that are counted."""
        if envelope[-1] != _NIL and _MARKED not in envelope:
            return
        parts = split_envelope(envelope)
        header = decode_header(parts.header)
        if parts.payload is None:
            what = "erased"
        else:
            try:
                what = getattr(read_content(header.kind, parts.payload), "sensitivity", "public")
            except (ValueError, ProtocolError):
                return
            if what not in _TIERS:
                return
        year = datetime.fromtimestamp(header.time_ms / 1_000, UTC).year
        self.by_year.setdefault(year, Counter())[what] += 1


async def count_holdings(store: Store) -> Holdings:
    """Count what a store holds; it reads every record."""
    holdings = Holdings()
    async for _, envelope in store.all_records():
        holdings.count(envelope)
    return holdings


def published(
    holdings: Holdings,
    requests: Sequence[Request],
    blocked_since: Iterable[str] = (),
    *,
    exact: bool = False,
) -> dict[str, Any]:
    """Return the figures as they are published; `blocked_since` are the days (UTC) of this node's blocks.

    `exact`: small numbers as they are, for whoever runs the node.
    """
    blocked = Counter(int(day[:4]) for day in blocked_since)
    years = sorted({*holdings.by_year, *blocked}, reverse=True)
    return {
        "requests": [
            {"year": year, "request": what, **_told(asked, exact)}
            for (year, what), asked in sorted(
                _grouped(requests).items(), key=lambda one: (-one[0][0], REQUESTS.index(one[0][1]))
            )
        ],
        "held": [
            {
                "year": year,
                **{what: holdings.by_year.get(year, Counter())[what] for what in HELD},
                "blocked_here": blocked[year],
            }
            for year in years
        ],
        "published_from": PUBLISHED_FROM,
    }


def _grouped(requests: Sequence[Request]) -> Mapping[tuple[int, str], list[Request]]:
    grouped: dict[tuple[int, str], list[Request]] = {}
    for one in requests:
        grouped.setdefault((int(one.on[:4]), one.request), []).append(one)
    return grouped


def _told(asked: Sequence[Request], exact: bool) -> dict[str, int | None]:
    """Return how many asked and how many were refused; None for a count that would point at somebody.

    Neither is given where the other and the difference would tell it.
    """
    number, refused = len(asked), sum(one.outcome == "refused" for one in asked)
    if exact:
        return {"number": number, "refused": refused}
    if number < PUBLISHED_FROM:
        return {"number": None, "refused": None}
    shown = refused in (0, number) or min(refused, number - refused) >= PUBLISHED_FROM
    return {"number": number, "refused": refused if shown else None}
