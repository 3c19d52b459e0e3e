"""The files that pages need, read once: stylesheet, fonts, icons, scripts.  No other machine is ever
asked."""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path

from aiohttp import web

from node.web.exchange.answer import file_answer
from node.web.exchange.problem import not_here

FOLDER = Path(__file__).resolve().parents[1] / "static"

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}

# Asked again after a day, and then mostly answered with 304; the address of a stylesheet changes with it.
MAX_AGE_S = 24 * 60 * 60

_SYMBOL = re.compile(r'<symbol id="([a-z_]+)" viewBox="([^"]+)"><path((?: [a-z-]+="[^"]*")+)/></symbol>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


@cache
def files() -> Mapping[str, bytes]:
    """Return the bytes of every file by name."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in _TYPES}


@cache
def versioned(name: str) -> str:
    """Return the address of a file, which changes whenever the file does."""
    return f"/static/{name}?v={blake2b(files()[name], digest_size=6).hexdigest()}"


@cache
def symbols() -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return the icons by name: their view box and the attributes of their path."""
    text = files()["icons.svg"].decode("utf-8")
    return {name: (box, dict(_ATTRIBUTE.findall(path))) for name, box, path in _SYMBOL.findall(text)}


def static_answer(name: str) -> web.Response:
    """Return a file as a response.  Raises `Problem` where there is none of that name."""
    data = files().get(name)
    if data is None:
        raise not_here()
    return file_answer(data, _TYPES[Path(name).suffix], MAX_AGE_S)
