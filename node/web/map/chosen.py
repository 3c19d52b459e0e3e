"""What a reader chose to see of the map: where, of which resources, told by whom, as of when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from node.atlas.reading import Where
from node.web.exchange.asked import Asked
from node.web.exchange.problem import not_understood
from node.web.map.sheet import ZOOM_MAX, ZOOM_MIN
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.commons import RESOURCES

VOICES = ("own", "other")

# What may be marked on a commons, and the column that says so.
MARKS: Mapping[str, str] = {
    "contested": "contested = 1",
    "pact": "pacts_in_force > 0",
    "alert": "alerts_open > 0",
}

_VIEW = re.compile(
    r"([0-9]{1,2}(?:\.[0-9]{1,3})?)/(-?[0-9]{1,2}(?:\.[0-9]{1,6})?)/(-?[0-9]{1,3}(?:\.[0-9]{1,6})?)"
)
_BOX = re.compile(r"(?:-?[0-9]{1,3}(?:\.[0-9]{1,8})?,){3}-?[0-9]{1,3}(?:\.[0-9]{1,8})?")
_DAY = re.compile(r"[1-9][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")


class View(NamedTuple):
    """Where a reader looks, in degrees; `zoom` as maps in browsers count it."""

    zoom: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen; empty where nothing was, and then everything is shown."""

    resources: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    at: str | None = None
    view: View | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no commons is left out."""
        return not (self.resources or self.voices or self.marks or self.at)

    @property
    def at_ms(self) -> int | None:
        """The end of the day, month or year that was chosen, milliseconds since 1970 UTC."""
        return None if self.at is None else _end_ms(self.at)

    def where(self) -> Where | None:
        """Return the condition on features of the atlas; None where there is none."""
        parts: list[str] = []
        values: list[str] = []
        if self.resources:
            parts.append("(" + " OR ".join(["resources LIKE ?"] * len(self.resources)) + ")")
            # Of the words of `RESOURCES` one has `_`, for which LIKE takes any letter: none is another then.
            values += [f"% {resource} %" for resource in self.resources]
        if self.voices:
            parts.append("(" + " OR ".join(["voice = ?"] * len(self.voices)) + ")")
            values += self.voices
        parts += [MARKS[mark] for mark in self.marks]
        return Where(" AND ".join(parts), tuple(values)) if parts else None

    def query(self) -> dict[str, str]:
        """Return what was chosen as it stands in addresses."""
        query = {
            "resource": ",".join(self.resources),
            "voice": ",".join(self.voices),
            "mark": ",".join(self.marks),
            "at": self.at or "",
        }
        return {name: text for name, text in query.items() if text}


def chosen_of(asked: Asked) -> Chosen:
    """Return what a request chooses.  Raises `Problem` where it is not understood."""
    at = asked.text("at")
    if at is not None and (not _DAY.fullmatch(at) or _end_ms(at) is None):
        raise not_understood("at")
    return Chosen(
        _words(asked, "resource", RESOURCES),
        _words(asked, "voice", VOICES),
        _words(asked, "mark", tuple(MARKS)),
        at,
        _view(asked),
    )


def box_asked(asked: Asked) -> BoundingBox | None:
    """Return the box asked for, `west,south,east,north` in degrees (RFC 7946 §5).  Raises `Problem`."""
    text = asked.text("bbox")
    if text is None:
        return None
    if not _BOX.fullmatch(text):
        raise not_understood("bbox")
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise not_understood("bbox")
    return BoundingBox(*(round(degrees * UNITS_PER_DEGREE) for degrees in (west, south, east, north)))


def _words(asked: Asked, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    text = asked.text(name)
    if text is None:
        return ()
    words = set(text.split(","))
    if not words <= set(known):
        raise not_understood(name)
    return tuple(word for word in known if word in words)


def _view(asked: Asked) -> View | None:
    text = asked.text("map")
    if text is None:
        return None
    match = _VIEW.fullmatch(text)
    if match is None:
        raise not_understood("map")
    zoom, lat, lon = (float(part) for part in match.groups())
    if not (ZOOM_MIN <= zoom <= ZOOM_MAX and -90 <= lat <= 90 and -180 <= lon <= 180):
        raise not_understood("map")
    return View(zoom, lat, lon)


def _end_ms(text: str) -> int | None:
    """Return the last millisecond of a year, month or day; None where there is no such day."""
    year, month, day = (int(part) for part in [*text.split("-"), "0", "0"][:3])
    try:
        if day:
            after = datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
        elif month:
            after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        else:
            after = datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return int(after.timestamp() * 1_000) - 1
