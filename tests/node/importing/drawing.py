"""Small files as people bring them, written here from nothing."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

GPX_HEAD = (
    '<?xml version="1.0"?>\n<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">\n'
)
KML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'


def gpx(body: str) -> str:
    """Return a GPX document around `body`."""
    return f"{GPX_HEAD}{body}\n</gpx>"


def waypoint(name: str, lon: object = -78.9512, lat: object = -2.9001, more: str = "") -> str:
    """Return a waypoint."""
    return f'<wpt lat="{lat}" lon="{lon}"><name>{name}</name>{more}</wpt>'


def track(name: str, *segments: list[tuple[float, float]]) -> str:
    """Return a track of segments of longitudes and latitudes."""
    drawn = ""
    for segment in segments:
        points = [f'<trkpt lat="{y}" lon="{x}"><ele>2600</ele></trkpt>' for x, y in segment]
        drawn += f"<trkseg>{''.join(points)}</trkseg>"
    return f"<trk><name>{name}</name>{drawn}</trk>"


def kml(body: str) -> str:
    """Return a KML document around `body`."""
    return f"{KML_HEAD}{body}\n</Document></kml>"


def placemark(name: str, shape: str = "<Point><coordinates>-78.95,-2.9</coordinates></Point>") -> str:
    """Return a placemark with a shape."""
    return f"<Placemark><name>{name}</name>{shape}</Placemark>"


def archive(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """Write an archive of members by their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def archived(members: Mapping[str, bytes | str]) -> bytes:
    """Return the bytes of an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()
