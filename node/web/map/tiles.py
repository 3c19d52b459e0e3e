"""Vector tiles of what is held, and what they are: `/tiles/{z}/{x}/{y}.mvt`, `/tiles.json` (TileJSON 3.0).

Layers and attributes are told in `node.atlas.tile_drawing`, filters in `node.atlas.tile_filters`:

    /tiles/8/75/127.mvt?resource=water,forest&status=own&voice=own&contested=1&pact=1&alert=1&at=2025-06-01
"""

import gzip
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import ETag, web

from node.atlas.reading import Atlas
from node.atlas.tile_filters import BadFilter, filters_asked
from node.atlas.tiles import TooManyTiles
from node.atlas.world import ZOOM_MAX
from node.web.exchange.answer import HEADERS, data_answer, opened
from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem, not_here, too_busy
from node.web.words.speech import N_
from protocol.kinds.commons import RESOURCES

MVT = "application/vnd.mapbox-vector-tile"

_OF_COMMONS = {
    "id": "the 52 letters of its id",
    "name": "what it is called, in the language its record gives first",
    "resource": "what is held in common; the first where there are several",
    "status": "how its record stands",
    "voice": "own: told by its stewards; other: by somebody else",
    "contested": "1 where it is disputed",
    "uncertainty_m": "how far off it may be, in metres",
    "since": "when it was first told of, in milliseconds since 1970 UTC",
    "pact": "1 where a pact about it is in force",
    "alert": "1 where an alert about it is open",
}
_KIND = {"kind": "label: its outline is drawn too; place: it is not; cluster: of several"}
_OF_CLUSTERS = {
    "count": "of a cluster: how many there are",
    **{f"n_{resource}": f"of a cluster: how many of {resource}" for resource in RESOURCES},
}
_OF_ALERTS = {
    "id": "the 52 letters of its id",
    "name": "its title",
    "type": "what is happening",
    "state": "open or resolved",
    "since": "when it was first told of, in milliseconds since 1970 UTC",
    "contested": "1 where it is disputed",
}


class Drawn(Protocol):
    """What the tiles ask of a node."""

    @property
    def atlas(self) -> Atlas | None:
        """What is drawn of what it holds."""

    @property
    def name(self) -> str:
        """What it is called."""


Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


def tile_routes(view: Drawn) -> dict[str, Handler]:
    """Return the addresses of tiles."""

    async def tile(request: web.Request, asked: Asked) -> web.Response:
        return await tile_answer(_there(view), request, asked)

    async def about(_: web.Request, asked: Asked) -> web.Response:
        _there(view)
        return data_answer(tilejson(view.name, asked))

    return {"/tiles/{z}/{x}/{y}.mvt": tile, "/tiles.json": about}


async def tile_answer(atlas: Atlas, request: web.Request, asked: Asked) -> web.Response:
    """Answer with a tile; an empty one has no bytes.  Raises `Problem`, `StoreError`."""
    zoom, x, y = (_whole(request.match_info[name]) for name in ("z", "x", "y"))
    if zoom > ZOOM_MAX or x >> zoom or y >> zoom:
        raise not_here()
    try:
        filters = filters_asked(asked.query)
    except BadFilter as fault:
        raise Problem(
            400,
            "not-understood",
            N_("That was not understood"),
            N_("This node does not understand the value given for “{name}”."),
            {"name": fault.name},
        ) from None
    try:
        found = await atlas.tile(zoom, x, y, filters)
    except TooManyTiles:
        raise too_busy() from None
    data = found.data
    response = web.Response(content_type=MVT, headers=HEADERS)
    if data and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
    elif data:
        data = gzip.decompress(data)
    response.body = data
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    response.etag = ETag(f"{found.version:x}", is_weak=True)
    return opened(response)


def tilejson(name: str, asked: Asked) -> dict[str, Any]:
    """Return what there is to know of the tiles (https://github.com/mapbox/tilejson-spec, 3.0.0)."""
    return {
        "tilejson": "3.0.0",
        "name": name,
        "description": "Commons and alerts that this node holds.",
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{asked.origin}/tiles/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": 0,
        "maxzoom": ZOOM_MAX,
        "bounds": [-180, -85.0511, 180, 85.0511],
        "vector_layers": [
            {"id": "commons", "description": "Outlines of commons", "fields": _OF_COMMONS},
            {
                "id": "commons_points",
                "description": "A point for each commons, or one for several that are near",
                "fields": _OF_COMMONS | _KIND | _OF_CLUSTERS,
            },
            {
                "id": "alerts",
                "description": "Outlines and points of alerts",
                "fields": _OF_ALERTS | _KIND | {"count": _OF_CLUSTERS["count"]},
            },
        ],
    }


def _there(view: Drawn) -> Atlas:
    if view.atlas is None:
        raise not_here()
    return view.atlas


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(1 << ZOOM_MAX))):
        raise not_here()
    return int(text)
