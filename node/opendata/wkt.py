"""Geometries as well-known text (OGC Simple Features, 06-103r4 §7), from their GeoJSON to the last digit."""

import msgspec

_TAKEN_APART = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_LIST = msgspec.json.Decoder(list[msgspec.Raw]).decode
_TEXT = msgspec.json.Decoder(str).decode

# How deep positions are nested.
_DEPTHS = {
    "Point": 0,
    "LineString": 1,
    "MultiPoint": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}


def wkt_of(geometry: bytes | msgspec.Raw) -> str:
    """Return the WKT of a GeoJSON geometry as the atlas writes it: without blanks, of two numbers each."""
    parts = _TAKEN_APART(geometry)
    kind = _TEXT(parts["type"])
    if kind == "GeometryCollection":
        inner = ", ".join(wkt_of(part) for part in _LIST(parts["geometries"]))
        return f"GEOMETRYCOLLECTION ({inner})" if inner else "GEOMETRYCOLLECTION EMPTY"
    numbers = _positions(bytes(parts["coordinates"]).decode("ascii"), _DEPTHS[kind])
    if kind == "MultiPoint":
        numbers = f"({numbers.replace(', ', '), (')})"
    return f"{kind.upper()} {numbers}"


def _positions(text: str, depth: int) -> str:
    """Return nested positions, brackets turned into parentheses, without a walk over each number."""
    if depth == 0:
        return f"({text[1:-1].replace(',', ' ')})"
    # Between two lists that are nested n deep stand n closing and n opening brackets; n is least between
    # positions, whose own brackets are dropped.
    inner = text[depth + 1 : -(depth + 1)]
    for level in range(depth, 1, -1):
        close, open_ = "]" * level, "[" * level
        inner = inner.replace(f"{close},{open_}", f"{')' * (level - 1)}\n{'(' * (level - 1)}")
    inner = inner.replace("],[", "\n").replace(",", " ").replace("\n", ", ")
    return f"{'(' * depth}{inner}{')' * depth}"
