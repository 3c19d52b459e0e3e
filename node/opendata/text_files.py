"""GeoJSON and CSV from the atlas, piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from node.atlas.reading import Atlas, FeatureRow
from node.opendata.about import About
from node.opendata.csv_table import csv_head, csv_rows
from node.opendata.formats import CSV, GEOJSON, Form
from node.opendata.geojson_text import END, geojson_head, geojson_rows
from node.opendata.packing_jobs import Wanted


async def text_of(form: Form, about: About, atlas: Atlas, wanted: Wanted) -> AsyncGenerator[bytes, None]:
    """Yield a file of a form that is no packed one.  Raises `StoreError`."""
    yield csv_head(about) if form is CSV else geojson_head(about)
    first = True
    async for rows in atlas.stream(
        wanted.collection, bbox=wanted.box, when=wanted.period, where=wanted.where
    ):
        # Beside the event loop: a step of a table takes some 15 ms.
        yield await asyncio.to_thread(_step_of, form, about, rows, first)
        first = False
    if form is GEOJSON:
        yield END


def _step_of(form: Form, about: About, rows: Iterable[FeatureRow], first: bool) -> bytes:
    return csv_rows(about, rows) if form is CSV else geojson_rows(about, rows, first)
