"""What a node says: every page and every answer of the command line, to be looked through for secrets.

    for name, data in everything_a_node_says(node, ids):
        assert secret.traces(name, data) == []

`everything_a_node_says_and_keeps` adds its files, and what is written for others when they ask: bundles,
exports, a backup.
"""

import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.node.cli.wording import commands
from tests.node.end_to_end.forking import run_minga
from tests.node.end_to_end.nodes import NodeHome
from tests.node.privacy.keeping import everything_a_node_keeps
from tests.node.privacy.planted import Planted
from tests.patience import PATIENCE_S

# Front, lists, each thing, its proof and its data, in both languages.
PAGES_MAX = 250

# Around 78° west and 1½° south, where secrets are planted.
TILES = tuple(
    f"/tiles/{zoom}/{(1 << zoom) * 102 // 360}/{(1 << zoom) * 5_042 // 10_000}.mvt" for zoom in range(13)
)

# Whatever can be taken away of everything at once.
OPEN_DATA = (
    *(
        f"/download/{collection}.{ending}"
        for collection in ("commons", "pacts", "territories", "alerts")
        for ending in ("geojson", "csv", "gpkg", "csv-metadata.json")
    ),
    *("/open-data", "/catalog.jsonld", "/feed.atom?limit=100", "/tiles.json"),
    *TILES,
)

# Of commands that read, some say all they know, others what they are asked about.
_ALONE = {"list", "status", "doctor", "overlaps"}
_ABOUT = {"show", "timeline", "verify", "history"}

# Whoever reads in another language, or wants data, is told the same in other words.
_MANNERS = (("--json",), ("--lang", "es"))


def pages_of(
    address: str, ids: Iterable[str] = (), pages_max: int = PAGES_MAX
) -> Iterator[tuple[str, bytes]]:
    """Yield every page that can be reached from a node's front page or is about one of `ids`, and the data
    that each links to; refusals too."""
    waiting = ["/", "/?lang=es", "/?lang=en", "/index.json", "/nowhere", *OPEN_DATA]
    for one in ids:
        waiting += [
            f"/thing/{one}",
            f"/thing/{one}?format=json",
            f"/record/{one}",
            f"/record/{one}?format=json",
        ]
        waiting += [f"/check/{one}", f"/thing/{one}/versions", f"/thing/{one}/compare"]
    seen: set[str] = set()
    while waiting and len(seen) < pages_max:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE_S) as answer:
                data = answer.read()
        except urllib.error.HTTPError as refusal:
            data = refusal.read()
        yield path, data
        found = re.findall(rb'(?:href|src)="(/[^"#]*)', data)
        waiting += [one.decode().replace("&amp;", "&") for one in found]


def answers_of(home: NodeHome, ids: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield what every command that only reads says of a home, and of each of `ids`, trouble included."""
    about = list(ids)
    for path, _ in commands():
        words = path[1:]
        if words and words[-1] in _ALONE:
            typed = [[*words]]
        elif words and words[-1] in _ABOUT:
            typed = [[*words, one] for one in about]
        else:
            continue
        for line in typed:
            for manner in _MANNERS:
                yield said_by(home, [*manner, *line])
    for one in about:
        yield said_by(home, ["record", "show", "--bytes", one])


def said_by(home: NodeHome, words: Sequence[str]) -> tuple[str, bytes]:
    """Run a command, whatever comes of it; return its name and all it said."""
    done = run_minga(["--home", str(home.path), *words])
    return f"minga {' '.join(words)}", (done.stdout + done.stderr).encode()


def copies_of(home: NodeHome, folder: Path, ids: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Have a home write what it writes for others into `folder`; yield the files, and what was said."""
    folder.mkdir(exist_ok=True)
    yield said_by(home, ["export", str(folder / "all.minga")])
    yield said_by(home, ["backup", str(folder / "backup.tar")])
    yield said_by(home, ["import", "--dry-run", str(folder / "all.minga")])
    for file, collection in (("map.csv", "commons"), ("map.gpkg", "pacts"), ("map.geojson", "alerts")):
        yield said_by(home, ["map", "export", str(folder / file), "--collection", collection])
    for number, one in enumerate(ids):
        yield said_by(home, ["export", "--about", one, str(folder / f"{number}.minga")])
        yield said_by(home, ["record", "export", one, "--out", str(folder / f"record-{number}.json")])
        yield said_by(home, ["pact", "export", one, "--out", str(folder / f"pact-{number}.json")])
    yield from everything_a_node_keeps(folder)


def everything_a_node_says(
    home: NodeHome, ids: Iterable[str] = (), address: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield every answer and, where it runs and listens at `address`, every page of a node."""
    about = list(ids)
    yield from answers_of(home, about)
    if address is not None:
        yield from pages_of(address, about)


def everything_a_node_says_and_keeps(
    home: NodeHome, folder: Path, ids: Iterable[str] = (), address: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield all of it: answers, pages, what is written into `folder` for others, the files of the home, and
    its log beside it."""
    about = list(ids)
    yield from everything_a_node_says(home, about, address)
    yield from copies_of(home, folder, about)
    yield from everything_a_node_keeps(home.path, *home.path.parent.glob(f"{home.path.name}.log"))


def traces_among(secret: Planted, things: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return where among these a secret stands, in whatever form."""
    return [trace for name, data in things for trace in secret.traces(name, data)]
