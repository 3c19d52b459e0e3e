"""A node whose atlas is drawn: what open data is read from."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient

from protocol.record.verification import VerifiedRecord
from tests.node.atlas.drawn import draw
from tests.node.store.samples import Person, point
from tests.node.web.readers import node_with

HOST = "nodo.example:7447"


@asynccontextmanager
async def drawn_node(
    path: Path, records: Iterable[VerifiedRecord], **how: Any
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a node that holds `records`, drawn once."""
    async with node_with(path, records, home=path, **how) as client:
        await draw(path)
        yield client


def laguna() -> list[VerifiedRecord]:
    """A community with three commons: one with a point, one with an area, one without a place."""
    ana = Person("Ana")
    ring = [-785_000_000, -2_000_000, -784_000_000, -2_000_000, -784_000_000, -1_000_000]
    area = {"type": "Polygon", "coordinates": [[*ring, *ring[:2]]]}
    return [
        ana.founding,
        ana.commons("Laguna de la Mica", "Agua para todos.", geometry=point(-78.5, -0.5)),
        ana.commons("=Páramo <b>de</b> مرعى", geometry=area, labels=[{"code": "TK A"}]),
        ana.commons("Semillas", licence="ODbL-1.0"),
    ]
