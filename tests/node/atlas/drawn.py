"""Drawing the atlas of a home in the test's own process, as the drawing process does."""

import sqlite3
from pathlib import Path
from typing import Any

from node.atlas.drawing_process import Drawer
from node.atlas.file import atlas_path
from node.atlas.jobs import STEP_LENGTH_MAX, Follow, Followed, decode_answer, encode
from tests.node.store.samples import NOW_MS

TOKEN = "one store"

# More than any history here needs.
STEPS_MAX = 2_000

# Versions grow and say nothing more; how far the store was followed is not what was drawn from it.
_TABLES = (
    *("feature", "drawing", "feature_place", "thing", "naming", "documenting", "lacking", "blocked"),
    *("waiting", "waiting_author", "outline_place", "generalised", "comparing", "kin"),
)


async def draw(home: Path, now_ms: int = NOW_MS, token: str = TOKEN) -> Followed:
    """Follow the store of a home to its end."""
    drawer = Drawer()
    try:
        return await follow(drawer, home, now_ms, token)
    finally:
        await drawer.close()


async def follow(
    drawer: Drawer, home: Path, now_ms: int = NOW_MS, token: str = TOKEN, length: int = STEP_LENGTH_MAX
) -> Followed:
    """The same with a drawer that stays."""
    for _ in range(STEPS_MAX):
        answer = decode_answer(await drawer.answer(encode(Follow(str(home), token, now_ms, length))))
        assert isinstance(answer, Followed), answer
        if not answer.more:
            return answer
    raise AssertionError(f"there is still something to do after {STEPS_MAX} steps")


def contents(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is in the file but how it came there."""
    db = sqlite3.connect(atlas_path(home))
    try:
        found = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in _TABLES}
        # Which other claims the same ground depends on what came first; that one does, does not.
        return found | {"witness": sorted(db.execute("SELECT seq FROM witness"))}
    finally:
        db.close()
