"""Places in the cells of a table: what forms of the ODK family (KoboToolbox among them) and QGIS put there.

A geopoint is `latitude longitude altitude accuracy`, a geotrace or geoshape several of them with semicolons
between (docs.getodk.org, "Location widgets"); exports set a geopoint apart into `_QUESTION_latitude`,
`_QUESTION_longitude` and `_QUESTION_precision` as well.  A column of well-known text (OGC 06-103r4 §7) is
read, too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from node.importing.positions import coordinate, position
from node.importing.rows import remark
from node.importing.well_known_text import geometry_of_text

# Headings that only tables of forms have.
_FORM_HEADINGS = frozenset(
    {"_uuid", "_submission_time", "meta/instanceID", "instanceID", "SubmissionDate", "KEY"}
)
_SET_APART = re.compile(r"(?P<group>.*/)?_(?P<question>.+)_latitude")
_TEXT_HEADINGS = frozenset({"wkt", "wkt_geom", "geom", "geometry", "the_geom", "geometria"})

_NUMBER = r"-?\d{1,3}(?:\.\d{1,16})?(?:[eE]-?\d{1,2})?"
_FIX = re.compile(rf"\s*{_NUMBER}\s+{_NUMBER}(?:\s+-?\d[\d.eE-]{{0,24}}){{0,2}}\s*")

# Positions of one trace that a record holds, and a few more to say that they are too many.
_POSITIONS_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """What the cells of a row say of where it is; `accuracy_m` is how far off a GPS receiver said it was."""

    geometry: dict[str, Any] | None = None
    accuracy_m: int | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()


NOWHERE = Place()


class FormPlaces:
    """Finds the places in rows with certain headings."""

    def __init__(self, headings: Sequence[str]) -> None:
        matches = [match for heading in headings if (match := _SET_APART.fullmatch(heading))]
        known = set(headings)
        self._apart = [
            (prefix, question)
            for match in matches
            if f"{(prefix := match['group'] or '')}_{(question := match['question'])}_longitude" in known
        ]
        self._is_form = bool(self._apart) or bool(_FORM_HEADINGS & known)
        self._texts = [heading for heading in headings if heading.lower() in _TEXT_HEADINGS]
        self._traced = [heading for heading in headings if heading and not heading.startswith("_")]

    def of(self, row: Mapping[str, Any]) -> Place:
        """Return the place that a row tells; of several, the area before the line before the point."""
        for heading in self._texts:
            text = row.get(heading)
            if isinstance(text, str) and text.strip():
                return _of_text(text)
        if not self._is_form:
            return NOWHERE
        found: list[Place] = []
        for heading in self._traced:
            text = row.get(heading)
            if isinstance(text, str) and " " in text.strip() and _FIX.fullmatch(text.partition(";")[0]):
                found.append(_of_trace(text))
        found += self._set_apart(row) if not found else []
        if not found:
            return NOWHERE
        best = min(found, key=_rank)
        if len(found) == 1:
            return best
        more = remark("the row has several places; the most detailed of them is taken")
        return Place(best.geometry, best.accuracy_m, best.problem, (*best.notes, more))

    def _set_apart(self, row: Mapping[str, Any]) -> list[Place]:
        found = []
        for prefix, question in self._apart:
            values = [
                str("" if value is None else value).strip()
                for value in (
                    row.get(f"{prefix}_{question}_{part}") for part in ("latitude", "longitude", "precision")
                )
            ]
            if values[0] or values[1]:
                found.append(_point(values[1], values[0], values[2]))
        return found


def _rank(place: Place) -> int:
    kind = None if place.geometry is None else place.geometry["type"]
    return {"Polygon": 0, "LineString": 1, "Point": 2}.get(kind or "", 3)


def _of_text(text: str) -> Place:
    try:
        return Place(geometry_of_text(text))
    except ValueError as error:
        return Place(problem=str(error))


def _of_trace(text: str) -> Place:
    parts = [part for part in text.split(";") if part.strip()]
    if len(parts) > _POSITIONS_MAX:
        return Place(problem=remark(f"its trace has more than {_POSITIONS_MAX} positions"))
    if not all(map(_FIX.fullmatch, parts)):
        return Place(
            problem=remark(
                f"{text!r:.60} is no place as forms write it: latitude longitude altitude accuracy"
            )
        )
    fixes = [part.split() for part in parts]
    if len(fixes) == 1:
        fix = fixes[0]
        return _point(fix[1], fix[0], fix[3] if len(fix) > 3 else "")
    try:
        positions = [position(fix[1], fix[0]) for fix in fixes]
    except ValueError as error:
        return Place(problem=str(error))
    if len(positions) > 3 and positions[0] == positions[-1]:
        return Place({"type": "Polygon", "coordinates": [positions]})
    return Place({"type": "LineString", "coordinates": positions})


def _point(lon: str, lat: str, accuracy: str) -> Place:
    try:
        at = position(lon, lat)
    except ValueError as error:
        return Place(problem=str(error))
    return Place({"type": "Point", "coordinates": at}, _metres(accuracy))


def _metres(text: str) -> int | None:
    """Return an accuracy in whole metres, rounded up; None where none is given, or none of any use."""
    try:
        found = coordinate(text)
    except ValueError:
        return None
    return int(found.to_integral_value(ROUND_CEILING)) if Decimal(0) < found < Decimal(10_000) else None
