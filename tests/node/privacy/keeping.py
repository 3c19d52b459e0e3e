"""What a node keeps: every file in its home, and whatever else it was told to write.

for name, data in everything_a_node_keeps(home):
    assert secret.traces(name, data) == []
"""

from collections.abc import Iterator
from pathlib import Path

from tests.node.privacy.planted import Planted


def everything_a_node_keeps(*places: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file in these folders, or that is one of these places, by its name.

    Not for the process that has a store in them open: SQLite's locks would go with the file that is closed
    here (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            yield f"{path} (its name)", str(path.relative_to(place.parent)).encode()
            if path.is_file():
                yield str(path), path.read_bytes()


def traces_kept(secret: Planted, *places: Path) -> list[str]:
    """Return where in the files of these places a secret stands, in whatever form."""
    return [trace for name, data in everything_a_node_keeps(*places) for trace in secret.traces(name, data)]


async def in_atlases(secret: Planted, *homes: Path) -> bool:
    """Whether what maps are made of holds a secret, in each of some homes."""
    return all("atlas.sqlite" in " ".join(traces_kept(secret, home)) for home in homes)
