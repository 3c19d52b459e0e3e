"""Positions as texts of files write them: plain decimal degrees, nothing that is not finite."""

from decimal import Decimal, InvalidOperation

from node.importing.rows import remark

# Millions of metres, as projected systems have; what is larger is no coordinate of this globe.
DIGITS_BEFORE_POINT_MAX = 9


def coordinate(text: str) -> Decimal:
    """Return one number of a position.  Raises `ValueError`, saying why in plain words."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(remark(f"{text!r:.40} is no coordinate")) from None
    if not found.is_finite() or found.adjusted() > DIGITS_BEFORE_POINT_MAX:
        raise ValueError(remark(f"{text!r:.40} is no coordinate"))
    return found


def position(lon: str, lat: str) -> list[Decimal]:
    """Return a position, longitude first.  Raises `ValueError`."""
    if not lon.strip() or not lat.strip():
        raise ValueError(remark("a position lacks its longitude or its latitude"))
    return [coordinate(lon), coordinate(lat)]
