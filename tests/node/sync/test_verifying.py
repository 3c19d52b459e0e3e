"""Verification whose signatures other processes check: the same verdicts, whatever becomes of those."""

import gc
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.job_process import JobProcess
from node.sync.verifying import APART_MIN_BYTES, APART_MIN_RECORDS, JOB_LENGTH_MAX_RECORDS, Verifier
from node.sync.verifying_process import answer_job, encode_job
from protocol.canonical import encode
from protocol.errors import BadSignature, Malformed, ProtocolError
from protocol.record.envelope import join_envelope, split_envelope
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import LENGTH_SIZE_BYTES, pack_batch
from tests.bench.records import signed
from tests.vectors.reading import bytes_of

MANY = 2 * JOB_LENGTH_MAX_RECORDS + 7


@pytest.fixture
async def verifier() -> AsyncIterator[Verifier]:
    made = Verifier(2)
    yield made
    await made.aclose()


def envelopes(count: int) -> list[bytes]:
    return [record.envelope for record in signed(count)][-count:]


def children() -> list[int]:
    """Return the processes that this one has started and that still run."""
    text = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def with_another_signature(envelope: bytes) -> bytes:
    parts = split_envelope(envelope)
    return join_envelope(parts.header, bytes(32) + parts.signature[32:], parts.payload)


def codes(verdicts: list[VerifiedRecord | ProtocolError]) -> list[type[ProtocolError] | None]:
    return [type(verdict) if isinstance(verdict, ProtocolError) else None for verdict in verdicts]


@pytest.mark.parametrize("count", [1, APART_MIN_RECORDS - 1, APART_MIN_RECORDS, MANY])
async def test_each_envelope_gets_its_own_verdict(verifier: Verifier, count: int) -> None:
    given = envelopes(count)
    expected: list[type[ProtocolError] | None] = [None] * count
    given[count // 2] = with_another_signature(given[count // 2])
    expected[count // 2] = BadSignature
    if count > 2:
        given[0], expected[0] = b"\x90", Malformed
    verdicts = await verifier.verify(given)
    assert codes(verdicts) == expected
    held = [verdict.envelope for verdict in verdicts if isinstance(verdict, VerifiedRecord)]
    assert held == [envelope for envelope, fault in zip(given, expected, strict=True) if fault is None]


async def test_nothing_but_faults_is_a_verdict_too(verifier: Verifier) -> None:
    assert codes(await verifier.verify([b"\x90"] * MANY)) == [Malformed] * MANY


async def test_a_worker_that_is_killed_costs_no_verdict(verifier: Verifier) -> None:
    given = envelopes(MANY)
    given[3] = with_another_signature(given[3])
    before = set(children())
    assert codes(await verifier.verify(given)).count(BadSignature) == 1
    workers = set(children()) - before
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    verdicts = await verifier.verify(given)
    assert codes(verdicts).count(None) == MANY - 1
    assert isinstance(verdicts[3], BadSignature)
    assert codes(await verifier.verify(given)).count(None) == MANY - 1


@pytest.mark.parametrize(
    "answer",
    [b"", b"\xc1", encode([None, []]), encode([None, [[0, "no-such-fault", "?"]] * MANY]), encode([[0], []])],
    ids=["nothing", "no msgpack", "no verdicts", "unknown faults", "another type"],
)
async def test_an_answer_that_makes_no_sense_costs_no_verdict(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """As of a program that was replaced while the node runs."""
    monkeypatch.setenv("MINGA_TEST_ANSWER", answer.hex())
    verifier._apart = [JobProcess("tests.node.sync.garbling_process")]
    given = envelopes(MANY)
    assert codes(await verifier.verify(given)) == [None] * MANY
    assert codes(await verifier.verify_batch(pack_batch(given[:APART_MIN_RECORDS]))) == (
        [None] * APART_MIN_RECORDS
    )


@pytest.mark.parametrize(("size_bytes", "apart"), [(APART_MIN_BYTES - 1, False), (APART_MIN_BYTES, True)])
async def test_few_but_large_records_do_not_keep_the_node_busy(
    verifier: Verifier, size_bytes: int, apart: bool
) -> None:
    before = set(children())
    batch = pack_batch([bytes(size_bytes - LENGTH_SIZE_BYTES)])
    assert batch.size_bytes == size_bytes
    assert codes(await verifier.verify_batch(batch)) == [Malformed]
    assert bool(set(children()) - before) == apart
    await verifier.aclose()
    again = Verifier(2)
    assert codes(await again.verify([bytes(size_bytes)])) == [Malformed]
    assert bool(set(children()) - before) == apart
    await again.aclose()


def test_what_is_refused_leaves_nothing_for_a_garbage_collection_that_does_not_come() -> None:
    """A worker has none, and a peer could fill its memory."""
    vectors = json.loads((Path(__file__).parents[2] / "vectors" / "records.json").read_text(encoding="utf-8"))
    refused = [bytes_of(vector["envelope"]) for vector in vectors["refused"]]
    answer_job(encode_job(refused, None, vectors["now_ms"]))
    gc.collect()
    gc.disable()
    try:
        answer_job(encode_job(refused, None, vectors["now_ms"]))
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_workers_end_with_the_verifier(verifier: Verifier) -> None:
    before = set(children())
    await verifier.verify(envelopes(MANY))
    assert set(children()) - before
    await verifier.aclose()
    assert not set(children()) - before
