"""Files of the map: its scripts, its library, the lines of the earth.

All have one version in their address, so that a browser keeps them for good, and a script finds the others
beside it, whatever release of a node they are of.
"""

import asyncio
import gzip
import threading
from functools import cache
from hashlib import blake2b
from pathlib import Path

from aiohttp import hdrs, web

from node.web.exchange.answer import MAP_POLICY, file_answer
from node.web.exchange.problem import not_here

_STATIC = Path(__file__).resolve().parents[1] / "static"
FOLDERS = (_STATIC / "map", _STATIC / "vendor")

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".txt": "text/plain",
}

# What an address with this version stands for never changes; one of another release is asked for again.
FOR_GOOD_S = 365 * 24 * 60 * 60
OTHER_RELEASE_S = 60

_packing = threading.Lock()


@cache
def paths() -> dict[str, Path]:
    """Return where every file is, by name."""
    return {
        path.name: path for folder in FOLDERS for path in sorted(folder.iterdir()) if path.suffix in _TYPES
    }


@cache
def version() -> str:
    """Return what changes whenever any of the files does."""
    digest = blake2b(digest_size=6)
    for name, path in sorted(paths().items()):
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def address(name: str) -> str:
    """Return the address of a file."""
    return f"/static/map/{version()}/{name}"


def _packed(name: str) -> bytes:
    """Return a file compressed, for a thread: a dozen browsers at once do not pack one file a dozen times."""
    with _packing:
        return _packed_once(name)


@cache
def _packed_once(name: str) -> bytes:
    """Return a file compressed as tightly as can be, for the library has a megabyte."""
    return gzip.compress(paths()[name].read_bytes(), 9, mtime=0)


async def map_file_answer(request: web.Request) -> web.Response:
    """Answer `/static/map/{version}/{name}`.  Raises `Problem` where there is no file of that name."""
    name = request.match_info["name"]
    if name not in paths():
        raise not_here()
    kept_s = FOR_GOOD_S if request.match_info["version"] == version() else OTHER_RELEASE_S
    kind = _TYPES[Path(name).suffix]
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        packed = await asyncio.to_thread(_packed, name)
        response = file_answer(packed, kind, kept_s, encoding="gzip")
    else:
        response = file_answer(await asyncio.to_thread(paths()[name].read_bytes), kind, kept_s)
    # What a script may ask for in a process of its own is said by the answer that brought it.
    response.headers["Content-Security-Policy"] = MAP_POLICY
    return response
