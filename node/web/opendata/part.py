"""Which part of a collection is asked for: the parameters of the features of the OGC API, without paging."""

from aiohttp import web

from node.atlas.collections import COLLECTIONS
from node.opendata.packing_jobs import Wanted
from node.web.exchange.problem import Problem
from node.web.ogc.filters.operands import joined
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.filters.places import meets_sql
from node.web.ogc.parameters import items_asked
from node.web.ogc.reader import Reader
from node.web.words.speech import N_

# A file has no pages, and is in the form that its name says.
_NOT_OF_FILES = ("limit", "offset", "after", "f")

# What every address of the node takes.
_OF_PAGES = ("lang", "format")


def part_asked(request: web.Request, name: str) -> Wanted:
    """Return which features of a collection a request is for: all, where it says nothing.

    `bbox`, `datetime`, `filter` and properties by their names, as in OGC 17-069r4 §7.15 and OGC 21-065r2.
    Raises `Problem`.
    """
    for parameter in request.query:
        if parameter in _NOT_OF_FILES:
            raise Problem(
                400,
                "unknown-parameter",
                N_("That was not understood"),
                N_("“{name}” is no parameter of files: each holds all that is asked for."),
                {"name": parameter},
            )
    query = {key: text for key, text in request.query.items() if key not in _OF_PAGES}
    asked = items_asked(Reader(request, "auto", False, query), COLLECTIONS[name])
    if asked.shapes:
        raise not_understood(
            N_("For files, places are compared with boxes and points alone: S_INTERSECTS takes one of these.")
        )
    wheres = [] if asked.where is None else [asked.where]
    if asked.exact and asked.box is not None:
        wheres.append(meets_sql(asked.box))
    where = joined(" AND ", wheres) if wheres else None
    box = asked.box
    return Wanted(
        name,
        bbox=None if box is None else (box.west, box.south, box.east, box.north),
        when=asked.when,
        where_sql=None if where is None else where.sql,
        where_values=() if where is None else where.values,
    )
