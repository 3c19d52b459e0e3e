"""How places of the atlas lie to others: also such as cross themselves, and no longer than is worth it."""

from node.atlas.outline import wkb_of
from node.atlas.shapes_process import relates
from protocol.kinds.geometry import from_geojson
from tests.node.claims.outlines import comb


def test_what_is_too_much_to_work_out_is_not_known() -> None:
    upright = wkb_of(from_geojson(comb(2_000, upright=True)))
    across = wkb_of(from_geojson(comb(2_000, upright=False))).hex()
    assert relates("S_OVERLAPS", upright, across) is None
    small = wkb_of(from_geojson(comb(3, upright=False))).hex()
    assert relates("S_OVERLAPS", upright, small) is True
    assert relates("S_WITHIN", None, small) is None


def test_rings_that_cross_themselves_are_what_they_enclose() -> None:
    eight = wkb_of({"type": "Polygon", "coordinates": [[0, 0, 2, 2, 2, 0, 0, 2, 0, 0]]})
    for (x, y), inside in (((0, 1), True), ((1, 0), False), ((2, 1), True), ((1, 1), True)):
        spot = wkb_of({"type": "Point", "coordinates": [x, y]}).hex()
        assert relates("S_INTERSECTS", eight, spot) is inside
    around = wkb_of({"type": "Polygon", "coordinates": [[-1, -1, 3, -1, 3, 3, -1, 3, -1, -1]]}).hex()
    assert relates("S_WITHIN", eight, around) is True
