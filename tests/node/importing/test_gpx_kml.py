"""What receivers, telephones and drawing programs write: every sort of it comes out as a row, or as one
error.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.importing.cells import Cells, Unusable
from node.importing.gathering import NESTING_MAX, gathered
from node.importing.plain_markup import without_markup
from node.importing.readers import InputFile, open_input
from node.importing.rows import Row, Unreadable
from node.importing.xml_events import DEPTH_MAX, ELEMENTS_MAX, TAG_SIZE_MAX_BYTES
from tests.node.importing.drawing import archive, gpx, kml, placemark, track, waypoint

SQUARE = [(-78.9, -2.9), (-78.91, -2.9), (-78.91, -2.91), (-78.9, -2.91)]
OUTER = "-78.9,-2.9,2600 -78.91,-2.9,2600 -78.91,-2.91,2600 -78.9,-2.91,2600 -78.9,-2.9,2600"
HOLE = "-78.902,-2.902 -78.902,-2.904 -78.904,-2.904 -78.902,-2.902"
POLYGON = (
    f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{OUTER}</coordinates></LinearRing></outerBoundaryIs>"
    f"<innerBoundaryIs><LinearRing><coordinates>{HOLE}</coordinates></LinearRing></innerBoundaryIs></Polygon>"
)


def opened(tmp_path: Path, text: str | bytes, name: str = "f.gpx") -> InputFile:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_input(path)


def rows(tmp_path: Path, text: str | bytes, name: str = "f.gpx") -> list[Row]:
    return list(opened(tmp_path, text, name).rows())


def test_waypoints_routes_and_tracks_are_rows(tmp_path: Path) -> None:
    text = gpx(
        waypoint(
            "Vertiente", more="<ele>2500</ele><type>water</type><desc>Agua &lt;b&gt;limpia&lt;/b&gt;</desc>"
        )
        + '<rte><name>Sendero</name><rtept lat="-2.9" lon="-78.9"/><rtept lat="-2.91" lon="-78.9"/></rte>'
        + track("Bosque", SQUARE)
        + track("Dos", SQUARE, [(1, 2)], SQUARE[:2])
    )
    found = rows(tmp_path, text)
    assert [row.properties["gpx"] for row in found] == ["waypoint", "route", "track", "track"]
    assert found[0].properties["description"] == "Agua limpia"
    assert found[0].geometry == {"type": "Point", "coordinates": [Decimal("-78.9512"), Decimal("-2.9001")]}
    assert [row.geometry["type"] for row in found if row.geometry] == [
        "Point",
        "LineString",
        "LineString",
        "MultiLineString",
    ]
    assert found[3].notes == ("segments of a single position were left out",)
    assert "time" not in str(found[2].geometry)
    assert [row.line for row in found] == [3, 3, 3, 3]


def test_placemarks_say_what_the_file_says_of_them(tmp_path: Path) -> None:
    data = (
        '<ExtendedData><Data name="recurso"><value>bosque</value></Data><SchemaData>'
        '<SimpleData name="ha">12,5</SimpleData></SchemaData></ExtendedData>'
    )
    text = kml(
        "<name>Mapa</name><Folder><name>Bosques</name>"
        f"<Placemark><name>Pinos</name><description><![CDATA[<p>Uno</p><script>x()</script>dos &amp; tres]]>"
        f"</description>{data}{POLYGON}</Placemark></Folder><Folder><name>Agua</name>{placemark('Río')}</Folder>"
        "<NetworkLink><Link><href>http://127.0.0.1:1/x.kml</href></Link></NetworkLink><GroundOverlay/>"
    )
    file = opened(tmp_path, text, "m.kml")
    pinos, rio = file.rows()
    assert pinos.properties == {
        "recurso": "bosque",
        "ha": "12,5",
        "name": "Pinos",
        "description": "Uno\ndos & tres",
        "folder": "Mapa / Bosques",
        "time": "",
        "kml": "Polygon",
    }
    assert pinos.geometry is not None
    assert [len(ring) for ring in pinos.geometry["coordinates"]] == [5, 4]
    assert rio.properties["folder"] == "Mapa / Agua"
    assert len(file.notes) == 2  # what was not followed, and what was not drawn


def test_prefixes_blanks_at_commas_and_other_encodings_are_read(tmp_path: Path) -> None:
    prefixed = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><k:kml xmlns:k="http://earth.google.com/kml/2.1"><k:Placemark>'
        "<k:name>Páramo</k:name><k:LineString><k:coordinates> -78.9, -2.9, 0\n-78.8 , -2.8 </k:coordinates>"
        "</k:LineString></k:Placemark></k:kml>"
    )
    (row,) = rows(tmp_path, prefixed.encode("latin-1"), "p.kml")
    assert row.properties["name"] == "Páramo"
    assert row.geometry is not None
    assert len(row.geometry["coordinates"]) == 2
    wide = prefixed.replace("ISO-8859-1", "UTF-16").encode("utf-16")
    assert rows(tmp_path, wide, "w.kml")[0].properties["name"] == "Páramo"


def test_kmz_is_the_document_in_it_wherever_it_lies(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "m.kmz", {"files/icon.png": b"\x89PNG", "doc.kml": kml(placemark("Uno")), "z.kml": "<x/>"}
    )
    assert [row.properties["name"] for row in open_input(path).rows()] == ["Uno"]
    assert [row.properties["name"] for row in open_input(path).rows()] == ["Uno"]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("<Point><coordinates>-78.9</coordinates></Point>", "lacks its longitude or its latitude"),
        ("<Point><coordinates>a,b</coordinates></Point>", "'a' is no coordinate"),
        ("<Point><coordinates>NaN,2</coordinates></Point>", "is no coordinate"),
        ("<Point><coordinates>1e999999999,2</coordinates></Point>", "is no coordinate"),
        ("<Point><coordinates>1,2 3,4</coordinates></Point>", "does not have one position"),
        ("<Polygon/>", "no outer ring"),
        ("<Model/>", "model of a building"),
    ],
)
def test_a_placemark_that_is_wrong_by_itself_is_left_out_alone(tmp_path: Path, shape: str, says: str) -> None:
    wrong, sound = rows(tmp_path, kml(placemark("malo", shape) + placemark("bueno")), "f.kml")
    assert wrong.problem is not None
    assert says in wrong.problem
    assert sound.problem is None


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB + "<gpx><wpt lat='1' lon='2'><name>&i;</name></wpt></gpx>", "document type or entities"),
        ('<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>', "document type or entities"),
        (
            '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>',
            "document type or entities",
        ),
        (gpx(waypoint("a"))[:-20], "the file ends in the middle"),
        (gpx(waypoint("a &nothing; b")), "not XML"),
        (gpx("<wpt></rte>"), "not XML"),
        (gpx(""), "holds no waypoint"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "not GPX"),
        (gpx("<x>" * (DEPTH_MAX + 1)), f"nested deeper than {DEPTH_MAX}"),
        (
            gpx("<trk><trkseg>" + "<trkpt lat='1' lon='2'/>" * ELEMENTS_MAX),
            f"more than {ELEMENTS_MAX} elements",
        ),
        (gpx('<wpt lat="' + "1" * (TAG_SIZE_MAX_BYTES + 200_000)), "one tag has more than"),
        ('<?xml version="1.0" encoding="klingon"?><gpx/>', "klingon"),
    ],
)
def test_what_cannot_be_trusted_is_refused_whole_and_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Unreadable) as caught:
        rows(tmp_path, text)
    said = str(caught.value)
    assert says in said, said
    assert said.startswith("f.gpx")
    assert len(said) < 300


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_change_to_a_sound_file_ends_in_rows_or_one_error(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    name, sound = data.draw(
        st.sampled_from(
            [
                ("c.gpx", gpx(waypoint("é&amp;") + track("t", SQUARE))),
                ("c.kml", kml(f"<Folder><name>f</name>{placemark('é', POLYGON)}</Folder>")),
            ]
        )
    )
    raw = bytearray(sound.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(raw)
    try:
        found = list(open_input(path).rows())
    except Unreadable as error:
        assert str(error).isprintable()
        return
    assert all(isinstance(row, Row) for row in found)


def nest(times: int) -> dict[str, Any]:
    geometry: dict[str, Any] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(times):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    return geometry


def test_collections_of_one_sort_are_one_geometry() -> None:
    cells = Cells(Row(1, 1, {}))
    point, line = (
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
    )
    area = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    several = {"type": "MultiPolygon", "coordinates": [area["coordinates"]]}

    def gather(*members: Any) -> dict[str, Any]:
        return gathered({"type": "GeometryCollection", "geometries": list(members)}, cells)

    assert gather(line) == line
    assert gather(area, several) == {"type": "MultiPolygon", "coordinates": [area["coordinates"]] * 2}
    assert gather(point, nest(1)) == {"type": "MultiPoint", "coordinates": [[1, 2], [1, 2]]}
    assert not cells.doubts
    assert gather(point, area) == area
    assert cells.doubts == ["points beside its areas were left out, as labels of them"]
    for mixture in ([], [point, line], [line, area], [{"type": "Circle"}], [7], [point, None]):
        with pytest.raises(Unusable):
            gather(*mixture)
    assert gathered(nest(NESTING_MAX + 1), cells) == point
    with pytest.raises(Unusable, match="nested deeper"):
        gathered(nest(NESTING_MAX + 2), cells)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3 < 4 y 5 > 2", "3 < 4 y 5 > 2"),
        ("a&b", "a&b"),
        ("<table><tr><td>uno</td><td>dos</td></tr><tr><td>3</td></tr></table>", "uno dos\n3"),
        ("<img src=x onerror=alert(1)>foto", "foto"),
        ("<script>alert(1)</script>", ""),
        ("&lt;b&gt;", "<b>"),
        ("<style>p{}", ""),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(written: str, read: str) -> None:
    assert without_markup(written) == read


@pytest.mark.parametrize(
    "piece", ["<a", "<!--", "<script>", "</a ", "<a b='", "&#", "<![CDATA[", "<", "<style><!--"]
)
def test_markup_that_is_made_to_cost_much_costs_little(piece: str) -> None:
    """Each would take minutes with a parser that starts again at every bracket: the suite's time limit
    holds it.
    """
    assert len(without_markup(piece * 200_000)) <= len(piece) * 200_000
