"""The process that measures: bounded, apart from the node; whatever becomes of it, no claim is left out."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from node.claims import measurer
from node.claims.measurer import FAILURES_MAX, JOB_LENGTH_MAX_PLACES, Measurer, Outline
from node.claims.measuring_process import answer_job
from node.claims.meeting import Relation, decode_answer, encode_job
from node.job_process import JobProcess
from protocol.kinds.geometry import from_geojson
from tests.node.claims.outlines import box
from tests.node.store.samples import Person
from tests.node.test_job_process import children
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]
ANA = Person("Ana")


def outline(west: float, **more: Any) -> Outline:
    record = ANA.commons(f"Monte {west}", geometry=from_geojson(box(west, 0, west + 1, 1)), **more)
    return record.id, record.envelope


ONE, OVER, APART = outline(0), outline(0.5), outline(5)


@pytest.fixture
async def made() -> AsyncIterator[Measurer]:
    measuring = Measurer()
    yield measuring
    await measuring.aclose()


def relations(meetings: list[Any]) -> list[Relation | None]:
    return [None if meeting is None else meeting.relation for meeting in meetings]


async def test_others_are_measured_in_their_order_and_remembered_from_both_sides(made: Measurer) -> None:
    before = children()
    assert relations(await made.measure(ONE, [APART, OVER])) == [None, Relation.OVERLAPS]
    (process,) = children() - before
    os.kill(process, signal.SIGKILL)  # what is remembered needs no process
    assert relations(await made.measure(OVER, [ONE])) == [Relation.OVERLAPS]
    assert relations(await made.measure(APART, [ONE])) == [None]


async def test_more_than_one_job_holds_are_measured(made: Measurer) -> None:
    others = [outline(n / 1_000) for n in range(1, JOB_LENGTH_MAX_PLACES + 2)]
    assert relations(await made.measure(ONE, others)) == [
        Relation.OVERLAPS if n > 50 else Relation.SAME for n in range(1, len(others) + 1)
    ]


async def test_a_process_without_its_library_says_so_of_every_place_and_is_not_tried_for_ever(
    made: Measurer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "_process", JobProcess("node.claims.no_such_module"))
    started = 0
    plain = JobProcess.answer

    async def counted(process: JobProcess, job: bytes) -> bytes:
        nonlocal started
        started += 1
        return await plain(process, job)

    monkeypatch.setattr(JobProcess, "answer", counted)
    others = [outline(n / 100) for n in range(1, 20)]
    assert relations(await made.measure(ONE, others)) == [Relation.UNMEASURED] * len(others)
    assert started == 1 + FAILURES_MAX
    monkeypatch.setattr(made, "_process", JobProcess("node.claims.measuring_process"))
    assert Relation.UNMEASURED not in relations(await made.measure(ONE, others))  # it is asked again


async def test_no_more_is_remembered_than_the_limit(made: Measurer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurer, "MEETINGS_REMEMBERED_MAX", 4)
    await made.measure(ONE, [OVER, APART])
    assert len(made._known) == 4
    await made.measure(ONE, [outline(0.25)])
    assert len(made._known) == 4


def test_a_place_without_outline_or_content_meets_nothing() -> None:
    nowhere = ANA.commons("Sin lugar")
    answer = answer_job(encode_job(ONE[1], [nowhere.envelope, OVER[1]]))
    assert relations(decode_answer(answer)) == [None, Relation.OVERLAPS]
    assert decode_answer(answer_job(encode_job(nowhere.envelope, [ONE[1]]))) == [None]


def test_the_process_takes_no_more_memory_than_it_may() -> None:
    """Asked for more in a fresh process, after the bound is set: refused there, and nobody else notices."""
    program = (
        "from node.claims import measuring_process as m\n"
        "from node.job_pipe import bound_memory\n"
        "bound_memory(m.MEMORY_MAX_BYTES)\n"
        "bytearray(m.MEMORY_MAX_BYTES // 2)\n"
        "try:\n bytearray(m.MEMORY_MAX_BYTES + 1)\n"
        "except MemoryError:\n print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=TOP, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.stdout.strip() == "refused", done.stderr


def test_the_node_and_its_commands_never_load_the_library() -> None:
    program = (
        "import importlib, pkgutil, sys, node.cli, node.web\n"
        "for package in (node.cli, node.web):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        # What makes the basemap is run by whoever renews it, and never by a node.
        "        if '.vendoring' not in module.name:\n"
        "            importlib.import_module(module.name)\n"
        "import node.daemon, node.claims.finding\n"
        "print(sorted({'numpy', 'shapely'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=TOP, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.stdout.strip() == "[]", done.stderr
