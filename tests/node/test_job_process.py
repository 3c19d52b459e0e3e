"""A process of the node's own: it answers, and whatever becomes of it, the node hears of it and goes on."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.job_pipe import framed
from node.job_process import JobFailed, JobProcess
from node.sync.verifying_process import decode_answer, encode_job
from protocol.record.verification import VerifiedRecord
from tests.bench.records import signed
from tests.node.live import until

MODULE = "node.sync.verifying_process"
NOW_MS = 4_000_000_000_000
TOP = Path(__file__).resolve().parents[2]
ENVELOPES = [record.envelope for record in signed(3)][-3:]
JOB = encode_job(ENVELOPES, None, NOW_MS)


@pytest.fixture
async def process() -> AsyncIterator[JobProcess]:
    made = JobProcess(MODULE)
    yield made
    await made.end()


def children() -> set[int]:
    text = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii")
    return {int(word) for word in text.split()}


def right(answer: bytes) -> bool:
    verdicts = decode_answer(answer)
    return [v.envelope for v in verdicts if isinstance(v, VerifiedRecord)] == ENVELOPES


async def test_jobs_are_answered_in_turn(process: JobProcess) -> None:
    answers = await asyncio.gather(*(process.answer(JOB) for _ in range(20)))
    assert all(map(right, answers))
    assert process.waiting == 0


async def test_a_job_larger_than_the_pipe_is_answered(process: JobProcess) -> None:
    many = ENVELOPES * 2_000
    assert len(decode_answer(await process.answer(encode_job(many, None, NOW_MS)))) == len(many)


async def test_a_killed_process_fails_the_job_and_the_next_has_another(process: JobProcess) -> None:
    before = children()
    assert right(await process.answer(JOB))
    [worker] = children() - before
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(JobFailed):
        await process.answer(JOB)
    assert right(await process.answer(JOB))
    assert children() - before != {worker}


async def test_a_process_that_does_not_answer_is_ended(
    process: JobProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    assert right(await process.answer(JOB))
    [worker] = children() - before
    os.kill(worker, signal.SIGSTOP)
    monkeypatch.setattr("node.job_process.ANSWER_MAX_S", 0.1)
    with pytest.raises(JobFailed):
        await process.answer(JOB)
    assert worker not in children()


async def test_a_job_that_nobody_waits_for_any_more_does_not_answer_the_next(process: JobProcess) -> None:
    assert right(await process.answer(JOB))
    given_up = asyncio.create_task(process.answer(encode_job(ENVELOPES * 500, None, NOW_MS)))
    in_line = asyncio.create_task(process.answer(JOB))
    await until(lambda: process.waiting == 2, "both are under way")
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert right(await in_line)
    assert right(await process.answer(JOB))


async def test_giving_up_in_the_queue_leaves_the_job_before_it_alone(process: JobProcess) -> None:
    working = asyncio.create_task(process.answer(encode_job(ENVELOPES * 500, None, NOW_MS)))
    given_up = asyncio.create_task(process.answer(JOB))
    await until(lambda: process.waiting == 2, "both are under way")
    given_up.cancel()
    assert len(decode_answer(await working)) == 3 * 500


async def test_files_where_the_operator_stands_are_not_taken_for_the_program(
    process: JobProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("msgspec.py", "node.py", "protocol.py"):
        (tmp_path / name).write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert right(await process.answer(JOB))


async def test_a_module_that_is_not_there_fails_the_job() -> None:
    with pytest.raises(JobFailed):
        await JobProcess("node.nowhere").answer(JOB)


async def test_an_idle_process_ends_and_a_working_one_does_not(process: JobProcess) -> None:
    before = children()
    working = asyncio.create_task(process.answer(encode_job(ENVELOPES * 500, None, NOW_MS)))
    await until(lambda: children() - before, "it has started")
    process.end_soon()
    assert len(decode_answer(await working)) == 3 * 500
    process.end_soon()
    await until(lambda: not children() - before, "it has ended")


def test_it_ends_with_the_node_and_complains_of_nothing() -> None:
    """Its input closes in the middle of a job, and nobody reads its answers any more."""
    for job in (b"", framed(JOB)[:7], framed(encode_job(ENVELOPES * 500, None, NOW_MS)) * 2):
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=TOP,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(job)
            process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""
        process.stderr.close()
