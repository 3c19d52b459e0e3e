"""Coordinate reference systems: which one a file's positions are in, and their turning into degrees of WGS
84.

What is within a few metres of WGS 84 is taken as it is.  Anything else is turned by PROJ (pyproj, of the
extra `gis`); without it, or where PROJ knows no way between the two datums, the file is refused: nothing is
ever put in the wrong place.  PROJ asks nobody: it uses what came with it.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from node.importing.cells import Cells, Unusable
from node.importing.rows import Unreadable

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

WGS84 = 4326

# Datums that move with a continent and lie within a few metres of WGS 84, by their EPSG codes.
_AS_GOOD_AS_WGS84 = frozenset(
    {
        *(4326, 4979, 4258, 4269, 4674, 4170, 4171, 4283, 7844, 6318, 4617, 6706, 5381, 4686),
        *(5340, 4190, 6365, 4483, 5324, 4661, 4659, 4612, 6668, 5365, 5371, 5393, 4694),
    }
)
# The same by the names that .prj files of ESRI and old GeoJSON give them.
_NAMES_AS_GOOD = re.compile(
    r"(?:GCS_)?(?:WGS[ _]?(?:19)?84|SIRGAS(?:[ _]?(?:2000|1995))?|ETRS[ _]?(?:19)?89|NAD[ _]?(?:19)?83|"
    r"North_American_1983|European_Terrestrial_Ref_Frame_1989|MAGNA|POSGAR(?:_?\d+)?|RDN2008|"
    r"RGF[ _]?(?:19)?93(?: v1)?|CRS[ _]?84)",
    re.IGNORECASE,
)
_EPSG = re.compile(r"(?:^|EPSG[:/]{0,2}[0-9.]*[:/])(\d{4,6})$", re.IGNORECASE)
_UTM = re.compile(
    r"(?:WGS ?84 ?/? ?)?(?:UTM)? ?(?:zone|zona|huso)? ?(\d{1,2}) ?(N|S|norte|sur|north|south)", re.IGNORECASE
)
_OUTER_NAME = re.compile(
    r'^\s*(PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|COMPD_CS|LOCAL_CS)\s*[\[(]\s*"([^"]{1,200})"'
)
_OUTER_CODE = re.compile(r'(?:AUTHORITY|ID)\s*[\[(]\s*"EPSG"\s*,\s*"?(\d{4,6})"?\s*[\])]\s*[\])]\s*$')

# A definition is a kilobyte; what is longer is none.
DEFINITION_LENGTH_MAX_CHARS = 16_384

# Around where a system is used, so that a border is no edge.
_MARGIN_DEGREES = 1.0


@dataclass(frozen=True, slots=True)
class System:
    """A reference system as a file names it: its EPSG code where known, its definition where given."""

    name: str
    code: int | None = None
    definition: str | None = None

    @property
    def is_wgs84(self) -> bool:
        """Whether its positions can be taken as degrees of WGS 84."""
        if self.code is not None:
            return self.code in _AS_GOOD_AS_WGS84
        if self.definition is None:
            return _NAMES_AS_GOOD.fullmatch(self.name) is not None
        outer = _OUTER_NAME.match(self.definition)
        return (
            outer is not None
            and outer[1].startswith("GEOG")
            and _NAMES_AS_GOOD.fullmatch(outer[2]) is not None
        )


def system_named(text: str) -> System:
    """Return the system that a name stands for: EPSG:32717, 32717, an OGC name, UTM 17 south."""
    text = text.strip()[:200]
    if re.search(r"(?:^|:)CRS84$", text, re.IGNORECASE):
        return System(text, WGS84)
    code = _EPSG.search(text)
    if code is not None:
        return System(f"EPSG:{int(code[1])}", int(code[1]))
    utm = _UTM.fullmatch(text)
    if utm is not None and 1 <= int(utm[1]) <= 60:
        return System(text, (32_600 if utm[2].lower().startswith("n") else 32_700) + int(utm[1]))
    return System(text)


def system_defined(definition: str) -> System:
    """Return the system that well-known text (of a .prj file or a GeoPackage) defines."""
    definition = definition[:DEFINITION_LENGTH_MAX_CHARS].strip()
    outer, code = _OUTER_NAME.match(definition), _OUTER_CODE.search(definition)
    name = outer[2] if outer else " ".join(definition.split())[:80]
    return System(name, int(code[1]) if code else None, definition)


def turning_from(system: System, where: str, notes: list[str]) -> "Turning | None":
    """Return what turns a system's positions into degrees, None where they are such; `notes` says what is
    done.

    Raises `Unreadable` where it cannot be done with certainty, saying what to do.
    """
    if system.is_wgs84:
        if system.code not in (None, WGS84):
            notes.append(
                f"its coordinates are in {system.name}, a few metres from WGS 84, and are taken as such"
            )
        return None
    refusal = f"{where}: its coordinates are in {system.name!r:.80}, not in degrees of WGS 84"
    try:
        import pyproj
        from pyproj.exceptions import ProjError
        from pyproj.transformer import TransformerGroup
    except ImportError:
        raise Unreadable(
            f"{refusal}: install what turns them (pip install 'minga[gis]'), or convert it first, "
            "for example with ogr2ogr -t_srs EPSG:4326"
        ) from None
    pyproj.network.set_network_enabled(active=False)  # type: ignore[attr-defined]
    try:
        crs = pyproj.CRS.from_user_input(_asked(system))
        ways = TransformerGroup(crs, WGS84, always_xy=True, allow_ballpark=False).transformers
        # Of several ways PROJ takes for each position the one made for that place.
        chosen = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True, allow_ballpark=False)
        off_m = round(max(way.accuracy for way in ways))
    except (ProjError, ValueError):
        raise Unreadable(
            f"{refusal}, and no exact way between the two is known here: convert it first, "
            "for example with ogr2ogr -t_srs EPSG:4326"
        ) from None
    if off_m > 0:
        notes.append(
            f"its coordinates were turned from {crs.name} into degrees of WGS 84, exact to about {off_m} m"
        )
    else:
        notes.append(f"its coordinates were turned from {crs.name} into degrees of WGS 84")
    return Turning(crs, chosen)


def _asked(system: System) -> Any:
    return f"EPSG:{system.code}" if system.code is not None else system.definition or system.name


@dataclass(slots=True)
class Turning:
    """Turns positions of one system into degrees of WGS 84."""

    crs: "CRS"
    transformer: "Transformer"
    _bounds: tuple[float, float, float, float] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        area = self.crs.area_of_use
        self._bounds = None if area is None else area.bounds

    def position(self, x: Decimal, y: Decimal, cells: Cells) -> tuple[Decimal, Decimal]:
        """Return the longitude and latitude of one position.  Raises `Unusable`."""
        lon, lat = self._turned([[x, y]], cells)[0]
        return lon, lat

    def geometry(self, geojson: dict[str, Any], cells: Cells) -> dict[str, Any]:
        """Return a GeoJSON geometry with its positions turned.  Raises `Unusable`."""
        return {**geojson, "coordinates": self._nested(geojson.get("coordinates"), cells)}

    def _nested(self, coordinates: Any, cells: Cells) -> Any:
        if not isinstance(coordinates, list) or not coordinates:
            return coordinates
        if _is_position(coordinates):
            return list(self._turned([coordinates], cells)[0])
        if all(isinstance(one, list) and _is_position(one) for one in coordinates):
            return [list(pair) for pair in self._turned(coordinates, cells)]
        return [self._nested(one, cells) for one in coordinates]

    def _turned(self, positions: list[list[Any]], cells: Cells) -> list[tuple[Decimal, Decimal]]:
        xs, ys = [float(one[0]) for one in positions], [float(one[1]) for one in positions]
        lons, lats = self.transformer.transform(xs, ys)
        pairs = list(zip(lons, lats, strict=True))
        # What PROJ cannot turn comes out as infinite.
        if not all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in pairs):
            raise Unusable(
                f"its position lies outside of what {self.crs.name} covers: is that the right system?"
            )
        if self._bounds is not None and not all(self._is_used(lon, lat) for lon, lat in pairs):
            cells.doubt(
                f"it lies outside of where {self.crs.name} is used: is it another zone or hemisphere?"
            )
        return [(Decimal(f"{lon:.9f}"), Decimal(f"{lat:.9f}")) for lon, lat in pairs]

    def _is_used(self, lon: float, lat: float) -> bool:
        assert self._bounds is not None
        west, south, east, north = self._bounds
        in_height = south - _MARGIN_DEGREES <= lat <= north + _MARGIN_DEGREES
        if west > east:
            return in_height and (lon >= west - _MARGIN_DEGREES or lon <= east + _MARGIN_DEGREES)
        return in_height and west - _MARGIN_DEGREES <= lon <= east + _MARGIN_DEGREES


def _is_position(value: list[Any]) -> bool:
    return len(value) >= 2 and all(type(part) in (int, Decimal, float) for part in value[:2])
