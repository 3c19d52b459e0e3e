"""The fields of a pact that options give: parties, commons, clauses, term."""

from typing import Any

from node.cli.arguments import texts
from node.cli.commons.commons_fields import steward
from node.cli.naming import find_thing
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.kinds.pact import Clauses


async def pact_fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a pact that options gave."""
    language = place.operator.language
    payload: dict[str, Any] = {}
    if given["title"]:
        payload["title"] = texts(given["title"], language)
    if given["parties"]:
        payload["parties"] = [await _party(place, one) for one in given["parties"]]
    if given["commons"]:
        payload["commons"] = [await commons_of(place, one) for one in given["commons"]]
    if given["clauses"]:
        payload["clauses"] = read_clauses(given["clauses"], language)
    if given["intensity"]:
        payload["intensity"] = given["intensity"]
    if given["licence"]:
        payload["licence"] = given["licence"]
    term = {name: given[name] for name in ("start", "end") if given[name]}
    if given["reasons"]:
        term["reasons"] = texts(given["reasons"], language)
    if term:
        payload["term"] = term
    return payload


async def _party(place: Workplace, typed: str) -> dict[str, Any]:
    side, equals, name = typed.partition("=")
    if not equals:
        side, name = "", typed
    party = await steward(place, name)
    return party | ({"side": side} if side else {})


async def commons_of(place: Workplace, typed: str) -> dict[str, Any]:
    """Return a commons that a pact or a call is about."""
    thing = await find_thing(place, typed, "commons")
    return {"subject": thing.subject, **({"name": dict(thing.title)} if thing.title else {})}


def read_clauses(typed: tuple[str, ...], language: str) -> dict[str, dict[str, str]]:
    """Return clauses typed as `CLAUSE=TEXT[@LANG]`.  Raises `ConfigError`."""
    collected: dict[str, list[str]] = {}
    for one in typed:
        name, equals, text = one.partition("=")
        if not equals or name not in Clauses.__struct_fields__:
            raise ConfigError(
                f"{one[:40]!r}: a clause is CLAUSE=TEXT, one of {', '.join(Clauses.__struct_fields__)}"
            )
        collected.setdefault(name, []).append(text)
    return {name: texts(tuple(parts), language) for name, parts in collected.items()}
