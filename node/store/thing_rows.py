"""Rows of the table of things as lists show them, and the status that they have at a moment."""

from collections.abc import Sequence
from typing import Any

import msgspec

from node.store.errors import StoreError
from node.store.interface import ThingRow
from protocol.geometry_units import BoundingBox
from protocol.identifiers import RecordId, SubjectId
from protocol.state.prospect import Stretch

# Of `thing t`, `record a`, its anchor, and `record d`, the one shown.
THING_COLUMNS = (
    "t.seq, coalesce(a.subject, a.id), t.kind, t.title, t.status, t.voice, t.heads, d.id,"
    " t.west, t.south, t.east, t.north, t.prospect"
)
THING_JOINS = " CROSS JOIN record a ON a.seq = t.seq LEFT JOIN record d ON d.seq = t.display"

# The same as `row_at`, in SQL, for a moment and two times a status: whether a thing may have it then.
MAY_HAVE_STATUS = (
    "coalesce(CASE WHEN t.prospect IS NULL THEN t.status ELSE"
    " (SELECT json_extract(s.value, '$[1]') FROM json_each(t.prospect) s"
    " WHERE json_extract(s.value, '$[0]') <= ? ORDER BY s.key DESC LIMIT 1) END, ?) = ?"
)

# Where the first page begins: before everything.
_LAST_MARK = (2**63 - 1, 2**63 - 1)

_read_prospect = msgspec.json.Decoder(list[Stretch]).decode
_read_title = msgspec.json.Decoder(dict[str, str]).decode


def row_at(columns: Sequence[Any], now_ms: int | None) -> tuple[ThingRow, bool]:
    """Return a thing from its `THING_COLUMNS`, and whether its status is that of the moment.

    Where it is not, only the fold can tell that one: of a clock far behind, or after many acts dated ahead.
    """
    seq, subject, kind, title, status, voice, heads, display, west, south, east, north, prospect = columns
    told = status if prospect is None or now_ms is None else _status_at(prospect, now_ms)
    row = ThingRow(
        seq=seq,
        subject=SubjectId(subject),
        kind=kind,
        title=_read_title(title),
        status=status if told is None else told,
        voice=voice,
        heads=heads,
        display=None if display is None else RecordId(display),
        bbox=None if west is None else BoundingBox(west, south, east, north),
    )
    return row, told is not None


def _status_at(prospect: str, now_ms: int) -> str | None:
    begun = [stretch.status for stretch in _read_prospect(prospect) if stretch.since_ms <= now_ms]
    return begun[-1] if begun else None


def page_mark(after: str) -> tuple[int, int]:
    """Return rank and number of the last thing of a page.  Raises `StoreError` for what no page gave."""
    if not after:
        return _LAST_MARK
    rank, _, seq = after.partition(".")
    if not (after.isascii() and rank.isdecimal() and seq.isdecimal() and len(rank) < 20 and len(seq) < 20):
        raise StoreError(f"{after!r:.60} is not where a page ends")
    return min(int(rank), _LAST_MARK[0]), min(int(seq), _LAST_MARK[1])
