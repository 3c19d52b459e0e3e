"""Bundle files on a real disk: atomic writing, untouched sources, imports that are cut off and go on."""

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.bundles import count_new, import_bundle, read_bundle, write_bundle
from protocol.bundle import Block, BundleHeader, Fault, Progress
from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId
from protocol.keys import SigningKey
from protocol.record.envelope import join_envelope, split_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord

NOW_MS = 1_767_225_600_000
HEADER = BundleHeader(NOW_MS, "minga")


@pytest.fixture(scope="module")
def records() -> list[VerifiedRecord]:
    """An actor and 600 commons with long descriptions: several blocks."""
    key = SigningKey(bytes(range(32)))
    actor = {"name": {"es": "Comuna"}, "type": "comuna", "keys": [{"key": key.public}], "threshold": 1}
    founding = sign_record(Author(key, None, None), "actor", actor, NOW_MS)
    author = Author(key, ActorId(founding.id), RecordId(founding.id))
    made = [founding]
    for number in range(600):
        payload = {
            "name": {"es": f"Páramo {number}"},
            "resources": ["paramo"],
            "licence": "CC-BY-4.0",
            "description": {"es": f"{number} " * 300},
        }
        made.append(sign_record(author, "commons", payload, NOW_MS + number))
    return made


@pytest.fixture
def bundle(tmp_path: Path, records: list[VerifiedRecord]) -> Path:
    path = tmp_path / "valley.minga"
    written = write_bundle(path, (record.envelope for record in records), HEADER)
    assert (written.records, written.size_bytes) == (len(records), path.stat().st_size)
    return path


class Shelf:
    """A store of records in memory: the same answers as the real one, nothing else."""

    def __init__(self) -> None:
        self.records: dict[RecordId, VerifiedRecord] = {}

    async def take(self, records: list[VerifiedRecord]) -> int:
        before = len(self.records)
        self.records |= {record.id: record for record in records}
        return len(self.records) - before


async def test_what_was_written_comes_in_verified(bundle: Path, records: list[VerifiedRecord]) -> None:
    shelf = Shelf()
    report = await import_bundle(bundle, NOW_MS, shelf.take)
    assert list(shelf.records.values()) == records
    assert (report.records, report.new, report.complete) == (601, 601, True)
    assert dict(report.kinds) == {"actor": 1, "commons": 600}
    assert report.header == HEADER
    again = await import_bundle(bundle, NOW_MS, shelf.take)
    assert (again.records, again.new) == (601, 0)


async def test_a_dry_run_counts_what_is_new(bundle: Path, records: list[VerifiedRecord]) -> None:
    known = {record.id for record in records[:100]}
    report = await import_bundle(bundle, NOW_MS, count_new(known.__contains__))
    assert (report.records, report.new) == (601, 501)


async def test_an_import_that_was_cut_off_goes_on_after_its_last_block(
    bundle: Path, records: list[VerifiedRecord]
) -> None:
    shelf, reached = Shelf(), []

    class PowerCut(Exception):
        pass

    async def fails_at_the_second_block(some: list[VerifiedRecord]) -> int:
        if reached:
            raise PowerCut
        return await shelf.take(some)

    with pytest.raises(PowerCut):
        await import_bundle(bundle, NOW_MS, fails_at_the_second_block, on_progress=reached.append)
    assert [progress.blocks for progress in reached] == [1]
    report = await import_bundle(bundle, NOW_MS, shelf.take, progress=reached[0])
    assert list(shelf.records.values()) == records
    assert report.complete
    assert report.records == len(records) - reached[0].records


async def test_records_that_do_not_verify_are_counted_and_left(
    tmp_path: Path, records: list[VerifiedRecord]
) -> None:
    envelope = split_envelope(records[1].envelope)
    forged = join_envelope(envelope.header, bytes(64), envelope.payload)
    path = tmp_path / "mixed.minga"
    write_bundle(path, [records[0].envelope, forged, b"noise"], HEADER)
    shelf = Shelf()
    report = await import_bundle(path, NOW_MS, shelf.take)
    assert list(shelf.records) == [records[0].id]
    assert dict(report.refused) == {"bad-signature": 1, "malformed": 1}


def test_damage_in_the_middle_costs_its_block_only(bundle: Path, records: list[VerifiedRecord]) -> None:
    blocks = [item for item in read_bundle(bundle) if isinstance(item, Block)]
    assert len(blocks) >= 3
    data = bytearray(bundle.read_bytes())
    data[blocks[0].progress.offset + 200] ^= 1
    bundle.write_bytes(data)
    shelf = Shelf()
    report = asyncio.run(import_bundle(bundle, NOW_MS, shelf.take))
    assert len(shelf.records) == len(records) - len(blocks[1].envelopes)
    assert [damage.fault for damage in report.damage] == [Fault.DAMAGED]
    assert not report.complete


def test_the_source_is_not_written_not_even_its_time_of_access(bundle: Path) -> None:
    bundle.chmod(0o400)
    bundle.parent.chmod(0o500)
    os.utime(bundle, ns=(1, 2))
    before = bundle.stat()
    try:
        asyncio.run(import_bundle(bundle, NOW_MS, Shelf().take))
        after = bundle.stat()
    finally:
        bundle.parent.chmod(0o700)
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_size) == (2, before.st_ctime_ns, before.st_size)
    if hasattr(os, "O_NOATIME"):
        assert after.st_atime_ns == 1


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
    bundle: Path, records: list[VerifiedRecord]
) -> None:
    before = bundle.read_bytes()

    def source() -> Iterator[bytes]:
        yield records[0].envelope
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_bundle(bundle, source(), HEADER)
    assert bundle.read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_a_killed_writer_leaves_the_old_file(bundle: Path) -> None:
    before = bundle.read_bytes()
    program = (
        "import os, sys, signal\nfrom pathlib import Path\nfrom node.bundles import write_bundle\n"
        "from protocol.bundle import BundleHeader\n"
        "def source():\n"
        "    for n in range(1000): yield os.urandom(2000)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_bundle(Path(sys.argv[1]), source(), BundleHeader(1))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(bundle)], cwd=Path(__file__).resolve().parents[2]
    )
    assert ended.returncode == -9
    assert bundle.read_bytes() == before


def test_a_missing_or_foreign_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.minga"):
        list(read_bundle(tmp_path / "nothing.minga"))
    with pytest.raises(FileNotFoundError):
        write_bundle(tmp_path / "no" / "folder.minga", [], HEADER)
    (tmp_path / "foreign.minga").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(Malformed, match="not a bundle"):
        list(read_bundle(tmp_path / "foreign.minga"))


def test_an_empty_bundle_is_a_bundle(tmp_path: Path) -> None:
    write_bundle(tmp_path / "empty.minga", [], HEADER)
    assert [type(item).__name__ for item in read_bundle(tmp_path / "empty.minga")] == [
        "BundleHeader",
        "Trailer",
    ]
    assert Progress().offset == 0
