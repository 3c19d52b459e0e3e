"""Archives: what is in them is read, never put anywhere by its name; what was made to do harm is refused."""

import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from node.importing import sources
from node.importing.readers import open_input
from node.importing.rows import Unreadable
from node.importing.sources import MEMBERS_MAX, RATIO_FROM_BYTES, FileSource, MemberSource, on_disk, seekable
from tests.node.importing.drawing import archive, archived, gpx, kml, placemark, waypoint

POINT = {"type": "Point", "coordinates": [1, 2]}


def feature(name: str) -> str:
    return json.dumps({"type": "Feature", "properties": {"nombre": name}, "geometry": POINT})


def names(path: Path) -> list[str]:
    return [row.properties.get("nombre") or row.properties["name"] for row in open_input(path).rows()]


def refusal(path: Path) -> str:
    with pytest.raises(Unreadable) as caught:
        list(open_input(path).rows())
    text = str(caught.value)
    assert text.isprintable(), text
    assert len(text) < 350
    return text


def test_the_one_thing_in_an_archive_that_can_be_read_is_read(tmp_path: Path) -> None:
    members = {
        "fotos/1.jpg": b"\xff\xd8",
        "CoMapeo_2025.geojson": feature("Uno"),
        "__MACOSX/._CoMapeo_2025.geojson": b"x",
    }
    assert names(archive(tmp_path / "c.zip", members)) == ["Uno"]
    assert names(archive(tmp_path / "g.zip", {"a/b/c.GPX": gpx(waypoint("Dos"))})) == ["Dos"]
    assert names(archive(tmp_path / "t.zip", {"t.csv": "nombre;recurso\nTres;agua\n"})) == ["Tres"]


def test_of_several_none_is_guessed(tmp_path: Path) -> None:
    said = refusal(archive(tmp_path / "s.zip", {"a.geojson": feature("a"), "b.geojson": feature("b")}))
    assert "a.geojson, b.geojson" in said
    assert "none of the formats" in refusal(archive(tmp_path / "n.zip", {"a.docx": b"x"}))
    assert "none of the formats" in refusal(archive(tmp_path / "e.zip", {}))


@pytest.mark.parametrize(
    "name", ["../../out.geojson", "/etc/out.geojson", "..\\out.geojson", "C:\\out.geojson", "a/../../b.csv"]
)
def test_an_archive_that_wants_to_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "deep" / "deeper"
    inside.mkdir(parents=True)
    path = archive(inside / "t.zip", {"sound.geojson": feature("a")})
    with zipfile.ZipFile(path, "a") as file:
        info = zipfile.ZipInfo("x")
        info.filename = name
        file.writestr(info, feature("b"))
    before = sorted(tmp_path.rglob("*"))
    assert "outside of it" in refusal(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_unpacks_to_far_more_than_it_is_ends_early(tmp_path: Path) -> None:
    zeros = b"[" + b" " * (4 * RATIO_FROM_BYTES) + b"]"
    path = archive(tmp_path / "bomb.zip", {"bomb.geojson": zeros})
    assert path.stat().st_size < 100_000
    assert "was made to fill a disk" in refusal(path)
    with pytest.raises(Unreadable, match="fill a disk"), seekable(MemberSource(path, "bomb.geojson")):
        pass
    # A little that packs as well is no harm.
    small = archive(
        tmp_path / "small.zip", {"s.geojson": b" " * (RATIO_FROM_BYTES - 1_000) + feature("a").encode()}
    )
    assert names(small) == ["a"]


def test_what_unpacks_past_the_limit_ends_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = feature("a").encode()
    path = archive(tmp_path / "l.zip", {"l.geojson": text})
    monkeypatch.setattr(sources, "FILE_SIZE_MAX_BYTES", len(text))
    assert names(path) == ["a"]
    monkeypatch.setattr(sources, "FILE_SIZE_MAX_BYTES", len(text) - 1)
    assert f"more than {len(text) - 1} bytes" in refusal(path)


def test_sizes_that_an_archive_claims_are_not_believed(tmp_path: Path) -> None:
    data = bytearray(archived({"b.geojson": b" " * (4 * RATIO_FROM_BYTES)}))
    central = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, central + 24, 10)  # its size when unpacked, as the directory says
    path = tmp_path / "liar.zip"
    path.write_bytes(data)
    refusal(path)


def test_as_many_files_as_allowed_and_one_more(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {f"f/{n}.jpg": b"" for n in range(MEMBERS_MAX - 1)}
    members["a.geojson"] = feature("a")
    assert names(archive(tmp_path / "many.zip", members)) == ["a"]
    members["one.jpg"] = b""
    assert f"more than {MEMBERS_MAX} files" in refusal(archive(tmp_path / "more.zip", members))


def test_a_directory_that_is_too_long_is_not_taken_in(tmp_path: Path) -> None:
    long = {f"{'n' * 60_000}{n}.jpg": b"" for n in range(80)}
    assert "holds more than" in refusal(archive(tmp_path / "d.zip", long))


def test_broken_and_locked_archives_say_so(tmp_path: Path) -> None:
    whole = archived({"a.geojson": feature("a" * 5_000)})
    for number, data in enumerate([whole[:-30], whole[:200], whole[:60] + b"\0\0\0\0" + whole[64:]]):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        refusal(path)
    locked = bytearray(whole)
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    assert "password" in refusal(tmp_path / "locked.zip")


def test_what_is_in_an_archive_can_lie_on_the_disk_for_a_while_and_is_gone_after(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"k.kml": kml(placemark("x"))})
    with on_disk(MemberSource(path, "k.kml")) as there:
        assert there.read_text().startswith("<?xml")
    assert not there.exists()
    with on_disk(FileSource(path)) as there:
        assert there == path
    with seekable(MemberSource(path, "k.kml")) as file:
        assert isinstance(file.read(5), bytes)
        assert file.seek(0, io.SEEK_SET) == 0


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("m.csv", kml(placemark("a")), "KML"),
        ("m.geojson", gpx(waypoint("a")), "GPX"),
        ("m.kml", feature("a"), "GeoJSON"),
        ("m.gpx", kml(placemark("a")), "KML"),
    ],
)
def test_a_file_with_another_name_is_read_as_what_it_is(
    tmp_path: Path, name: str, data: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(data)
    assert names(path) == ["a"]
    assert told in open_input(path).notes[0]


def test_a_file_without_a_telling_name_says_itself_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mapa"
    path.write_text(kml(placemark("a")))
    assert names(path) == ["a"]
    path.write_text("nombre,recurso\na,agua\n")
    assert "--format" in refusal(path)
    assert [row.properties["nombre"] for row in open_input(path, file_format="csv").rows()] == ["a"]
