"""What a tile is to show, as it is asked for: in one form, whatever the order in which somebody says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# More words than any vocabulary here has; and of 48 letters at most, as in records.
WORDS_MAX = 16
WORD_LENGTH_MAX_CHARS = 48
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")

_WORDS = ("resource", "status", "voice")
_FLAGS = ("contested", "pact", "alert")
NAMES = (*_WORDS, *_FLAGS, "at")


class BadFilter(ValueError):
    """What is asked for cannot be; `name` is the filter."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class TileFilters:
    """Only commons of these resources, statuses and voices, where any are given; only contested ones, or only
    those with a pact in force or an open alert; and what was there at a moment (ms).  Of alerts only the
    moment is asked.
    """

    resource: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    voice: tuple[str, ...] = ()
    contested: bool = False
    pact: bool = False
    alert: bool = False
    at_ms: int | None = None

    @property
    def key(self) -> str:
        """The same for all that ask for the same."""
        parts = [f"{name}={','.join(getattr(self, name))}" for name in _WORDS if getattr(self, name)]
        parts += [name for name in _FLAGS if getattr(self, name)]
        return "&".join([*parts, *([] if self.at_ms is None else [f"at={self.at_ms}"])])

    def condition(self) -> tuple[str, list[Any]]:
        """Return SQL on `feature f` for commons, and its values."""
        parts: list[str] = []
        bound: list[Any] = []
        if self.resource:
            # The first is a column of its own; most have no other.
            marks = ", ".join("?" * len(self.resource))
            parts.append(f"(f.resource IN ({marks}){' OR f.resources LIKE ?' * len(self.resource)})")
            bound += [*self.resource, *(f"% {word.replace('_', '!_')} %" for word in self.resource)]
            parts[-1] = parts[-1].replace("LIKE ?", "LIKE ? ESCAPE '!'")
        for column, words in (("status", self.status), ("voice", self.voice)):
            if words:
                parts.append(f"f.{column} IN ({', '.join('?' * len(words))})")
                bound += words
        if self.contested:
            parts.append("f.contested")
        if self.pact:
            parts.append("f.pacts_in_force > 0")
        if self.alert:
            parts.append("f.alerts_open > 0")
        moment, values = self.moment()
        return " AND ".join([*parts, moment]), bound + values

    def moment(self) -> tuple[str, list[Any]]:
        """Return SQL on `feature f` for anything, and its values."""
        if self.at_ms is None:
            return "true", []
        return "f.since <= ? AND (f.until IS NULL OR f.until >= ?)", [self.at_ms, self.at_ms]


NO_FILTERS = TileFilters()


def tile_name(zoom: int, x: int, y: int, filters: TileFilters) -> str:
    """Return the name under which a tile is kept."""
    return f"{zoom}/{x}/{y}?{filters.key}"


def filters_asked(asked: Mapping[str, str]) -> TileFilters:
    """Return the filters of an address's query, by name; names that are no filter's are passed over.

    Raises `BadFilter`.
    """
    return TileFilters(
        resource=_words("resource", asked),
        status=_words("status", asked),
        voice=_words("voice", asked),
        contested=_flag("contested", asked),
        pact=_flag("pact", asked),
        alert=_flag("alert", asked),
        at_ms=_moment(asked.get("at", "")),
    )


def _words(name: str, asked: Mapping[str, str]) -> tuple[str, ...]:
    words = sorted({word for word in asked.get(name, "").split(",", WORDS_MAX + 1) if word})
    if len(words) > WORDS_MAX or any(
        len(word) > WORD_LENGTH_MAX_CHARS or not set(word) <= _LETTERS for word in words
    ):
        raise BadFilter(name)
    return tuple(words)


def _flag(name: str, asked: Mapping[str, str]) -> bool:
    text = asked.get(name, "")
    if text not in ("", "0", "1"):
        raise BadFilter(name)
    return text == "1"


def _moment(text: str) -> int | None:
    """Return the end of a day (`2025-06-01`), or a moment with its zone (RFC 3339); None for nothing."""
    if not text:
        return None
    try:
        if len(text) == len("2025-06-01"):
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            return int(day.timestamp() * 1_000) + 24 * 3_600 * 1_000 - 1
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or len(text) > len("2025-06-01T00:00:00.000000+00:00"):
            raise BadFilter("at")
        return int(at.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise BadFilter("at") from None
