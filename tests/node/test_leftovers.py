"""The look behind an erasure finds what it looks for: wherever in a file, and within a bundle."""

import random
from pathlib import Path

import pytest

from node import leftovers
from node.bundles import write_bundle
from node.leftovers import MARKS_MAX, Mark, look_through, marks_of
from protocol.bundle import BundleHeader
from tests.node.store.samples import Person, bare

ANA = Person("Ana")
SPRING = ANA.commons(
    "Vertiente de las tres piedras", "Nace bajo la casa de Rosa Quishpecocha", salt=b"s" * 16
)


def test_salt_texts_and_words_are_looked_for() -> None:
    marks = marks_of([SPRING])
    assert Mark(b"s" * 16) == marks[0]
    assert Mark(b"Vertiente de las tres piedras") in marks
    assert Mark(b"quishpecocha", "quishpecocha") in marks
    assert marks_of([bare(SPRING)]) == []
    # What many say is no mark of anything.
    assert all(mark.data not in (b"CC-BY-4.0", b"paramo", b"Ana") for mark in marks)


def test_a_word_that_the_index_writes_otherwise_is_no_mark() -> None:
    """Another record may have it with its accents: it would be taken for a leftover."""
    [mark] = marks_of([ANA.commons("Comunicación", salt=b"s" * 16)])
    assert mark.data == b"s" * 16


def test_there_is_an_end_to_what_is_looked_for() -> None:
    dice = random.Random(1)
    many = [
        ANA.commons(dice.randbytes(20).hex(), dice.randbytes(20).hex(), salt=dice.randbytes(16))
        for _ in range(60)
    ]
    marks = marks_of(many)
    assert len(marks) == MARKS_MAX
    assert all(not mark.word and len(mark.data) == 16 for mark in marks)  # the surest first


@pytest.mark.parametrize("offset", range(20))
def test_a_mark_across_pieces_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int) -> None:
    monkeypatch.setattr(leftovers, "PIECE_SIZE_BYTES", 17)
    mark = Mark(b"0123456789")
    (tmp_path / "file").write_bytes(b"." * offset + mark.data + b"." * 30)
    (tmp_path / "other").write_bytes(b"." * offset + mark.data[:-1] + b"." * 30)
    looked = look_through(tmp_path, [mark, Mark(b"nothing of this")])
    assert looked.found == {tmp_path / "file": [mark]}
    assert (looked.files, looked.size_bytes) == (2, 2 * offset + 79)


def test_a_word_is_found_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("QUISHPECOCHA")
    word = Mark(b"quishpecocha", "quishpecocha")
    assert look_through(tmp_path, [word, Mark(b"quishpecocha")]).found == {tmp_path / "file": [word]}


def test_bundles_are_unpacked_damaged_ones_as_far_as_they_go(tmp_path: Path) -> None:
    crowd = [ANA.commons(f"Vega {n}", "palabra " * 200).envelope for n in range(400)]
    for name, envelopes in (("with", [*crowd, SPRING.envelope]), ("without", crowd)):
        write_bundle(tmp_path / name, envelopes, BundleHeader(0, None, None))
    damaged = bytearray((tmp_path / "with").read_bytes())
    damaged[100] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    looked = look_through(tmp_path, marks_of([SPRING]))
    assert set(looked.found) == {tmp_path / "with", tmp_path / "damaged"}
