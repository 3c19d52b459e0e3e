"""Of a photo or scan that is named as evidence a record holds the fingerprint: nothing in or on the file."""

import hashlib
import os
import struct
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal
from tests.node.privacy.keeping import everything_a_node_keeps

CAMERA = b"Kamera Xq7Zt 3000"
ARTIST = b"Rosa Qxvbnmzkptrw"
TAKEN = b"2031:07:19 03:13:07"


def photo() -> bytes:
    """A JPEG whose EXIF block says where it was taken, with what, when and by whom (EXIF 2.32, §4.6)."""

    def rationals(*numbers: tuple[int, int]) -> bytes:
        return b"".join(struct.pack("<II", *number) for number in numbers)

    latitude, longitude = (
        rationals((13, 1), (47, 1), (98_761, 1_000)),
        rationals((78, 1), (30, 1), (44_321, 1_000)),
    )
    texts = [(0x010F, CAMERA), (0x013B, ARTIST), (0x0132, TAKEN)]
    entries, data, at = [], b"", 8 + 2 + 12 * (len(texts) + 1) + 4
    for tag, text in texts:
        entries.append(struct.pack("<HHII", tag, 2, len(text) + 1, at + len(data)))
        data += text + b"\0"
    gps_at = at + len(data)
    entries.append(struct.pack("<HHII", 0x8825, 4, 1, gps_at))
    gps = struct.pack("<H", 2)
    gps += struct.pack("<HHII", 2, 5, 3, gps_at + 2 + 24 + 4) + struct.pack("<HHII", 4, 5, 3, gps_at + 54)
    gps += struct.pack("<I", 0) + latitude + longitude
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + b"".join(entries)
    exif = b"Exif\0\0" + tiff + struct.pack("<I", 0) + data + gps
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xd9"


@pytest.mark.parametrize("command", ["observe", "report"])
def test_only_the_fingerprint_of_a_photo_is_in_a_record(tmp_path: Path, command: str) -> None:
    home = Terminal(tmp_path / "home")
    home.settled_down("Ana")
    home.does("actor", "new", "--name", "Comuna@es", "--type", "comuna")
    home.does("actor", "new", "--name", "Municipio@es", "--type", "municipality")
    home.does(
        "pact",
        "propose",
        "--title",
        "Cuidado@es",
        "--party",
        "Comuna",
        "--party",
        "Municipio",
        "--as",
        "Comuna",
    )
    folder = tmp_path / "outside" / "Vertiente secreta de Xvqz"
    folder.mkdir(parents=True)
    file = folder / "IMG-0.2345678S-78.5123456W.jpg"
    file.write_bytes(photo())
    os.utime(file, ns=(1_942_197_187_123_456_789, 1_942_197_187_123_456_789))
    said = home.asks(
        *(
            "pact",
            command,
            "Cuidado",
            "--as",
            "Comuna",
            "--paper",
            "Una foto",
            "--paper-copy",
            str(file),
            "--yes",
        ),
        *(("--text", "Está limpio") if command == "observe" else ("--results", "Está limpio")),
    )
    shown = home.asks("record", "show", said["record"])["content"]
    assert shown["evidence"] == [{"title": "Una foto", "sha256": shown["evidence"][0]["sha256"]}]
    held = [data for name, data in everything_a_node_keeps(home.home) if not name.endswith("(its name)")]
    assert any(hashlib.sha256(photo()).digest() in data for data in held)
    for secret in (CAMERA, ARTIST, TAKEN, b"IMG-0", b"Xvqz", b"2031", photo()[40:80], b"1942197187"):
        assert [data for data in held if secret in data] == []
