"""The process that compares places with others: jobs on standard input, answers on standard output.

Apart from the node's own process, which would else hold a geometry library for good.  It reads the atlas,
writes nothing, and ends when its input does.
"""

import gc
import os
import sqlite3
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from node.atlas.answers import FeaturePage
from node.atlas.asking import Question, prepare
from node.atlas.file import ATLAS_VERSION, FileMark, atlas_path, mark_of, version_of
from node.atlas.paging import page_of
from node.atlas.shapes import Broken, Found, decode_job, encode
from node.claims.shapes import TooIntricate, require_simple
from node.job_pipe import bound_memory, serve

# Two outlines of the greatest size take 250 MB where they cross as often as is worked out.
MEMORY_MAX_BYTES = 768 * 1_024 * 1_024

# Of the work of peers and readers, this is done after.
NICENESS = 5

# Places of one filter, prepared to be compared with many.
_KEPT_PLACES = 32

# The place of the filter first, for it is the one that is prepared.
_RELATIONS = {
    "S_CONTAINS": shapely.within,
    "S_CROSSES": shapely.crosses,
    "S_EQUALS": shapely.equals,
    "S_INTERSECTS": shapely.intersects,
    "S_OVERLAPS": shapely.overlaps,
    "S_TOUCHES": shapely.touches,
    "S_WITHIN": shapely.contains,
}


class Comparer:
    """Keeps the file open from one job to the next."""

    def __init__(self) -> None:
        self._db: sqlite3.Connection | None = None
        self._mark: FileMark | None = None

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a job."""
        job = decode_job(body)
        try:
            db = self._open(atlas_path(Path(job.home)))
            if db is None:
                return encode(Found(FeaturePage([], None)))
            asked = partial(page_of, wanted=job.wanted, limit=job.limit, after=job.after, offset=job.offset)
            return encode(Found(Question(asked)(db)))
        except sqlite3.Error as error:
            too_long = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT
            return encode(Broken(too_long, str(error)))

    def _open(self, path: Path) -> sqlite3.Connection | None:
        mark = mark_of(path)
        if mark != self._mark or self._db is None:
            if self._db is not None:
                self._db.close()
            self._db, self._mark = None, mark
            if mark is not None:
                db = sqlite3.connect(path, isolation_level=None)
                db.execute("PRAGMA query_only = ON")
                if version_of(db) == ATLAS_VERSION:
                    prepare(db)
                    db.create_function("relates", 3, relates, deterministic=True)
                    self._db = db
                else:
                    db.close()
        return self._db


def relates(function: str, wkb: bytes | None, wkb_hex: str) -> bool | None:
    """Whether a place lies to another as a function of CQL2 says; None where that is too much to work out."""
    if wkb is None:
        return None
    other, positions = _prepared(wkb_hex)
    place = shapely.from_wkb(wkb)
    try:
        if not shapely.is_valid(place):
            place = _mended(place)
        require_simple(positions + int(shapely.get_num_coordinates(place)), place, other)
        return bool(_RELATIONS[function](other, place))
    except (TooIntricate, shapely.errors.GEOSException):
        return None


@lru_cache(_KEPT_PLACES)
def _prepared(wkb_hex: str) -> tuple[BaseGeometry, int]:
    place = shapely.from_wkb(wkb_hex)
    if not shapely.is_valid(place):
        place = _mended(place)
    shapely.prepare(place)
    return place, int(shapely.get_num_coordinates(place))


def _mended(place: BaseGeometry) -> BaseGeometry:
    """Return a place whose rings cross themselves as what they enclose.  Raises `TooIntricate`."""
    require_simple(2 * int(shapely.get_num_coordinates(place)), place, place)
    return shapely.make_valid(place, method="structure", keep_collapsed=False)


def main() -> None:
    """Answer jobs until there are no more."""
    with suppress(OSError):
        os.nice(NICENESS)
        bound_memory(MEMORY_MAX_BYTES)
    gc.set_threshold(100_000, 20, 100)
    serve(Comparer().answer)


if __name__ == "__main__":
    main()
