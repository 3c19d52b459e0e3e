"""The options that describe a commons, and the fields they fill."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import normalize

import click

from node.authoring.limits_given import one_geometry
from node.authoring.naming import SeveralMeant, named_party
from node.cli.arguments import Point, texts
from node.cli.naming import find_actor
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import composed, from_plain
from node.cli.restricted_fields import restricted_options
from node.cli.typed_documents import read_document
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.identifiers import ActorId
from protocol.kinds.commons import RESOURCES, TERRITORY_LEVELS
from protocol.kinds.geometry import from_geojson

Command = TypeVar("Command", bound=Callable[..., Any])

BASES = ("assembly", "council", "stewards", "customary", "public_source", "unknown")

_OPTIONS = (
    click.option(
        "--name", "name", multiple=True, metavar="TEXT[@LANG]", help="Its name; once for each language."
    ),
    click.option(
        "--resource",
        "resources",
        multiple=True,
        type=click.Choice(RESOURCES),
        metavar="WORD",
        help=f"What is held in common; may be repeated: {', '.join(RESOURCES)}.",
    ),
    click.option(
        "--description", multiple=True, metavar="TEXT[@LANG]", help="What it is, in some sentences."
    ),
    click.option(
        "--point", type=Point(), metavar="LON,LAT", help="Where it lies, as a point in degrees: -78.5,-0.2."
    ),
    click.option(
        "--geometry",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
        help="Its limits, from a GeoJSON file with one geometry or feature, or - for standard input.",
    ),
    click.option(
        "--uncertainty-m",
        type=click.IntRange(0, 2_000_000),
        metavar="METRES",
        help="How far the place given may be off.",
    ),
    click.option("--area-ha", type=click.FloatRange(0, 1e9), metavar="HECTARES", help="Its area."),
    click.option("--area-local", metavar="TEXT", help="Its area as people there say it: '40 cuadras'."),
    click.option(
        "--territory",
        multiple=True,
        metavar="LEVEL=NAME[@LANG]",
        help="Where it belongs, smallest first: parish=Zumbahua.",
    ),
    click.option(
        "--steward",
        "stewards",
        multiple=True,
        metavar="ACTOR|NAME",
        help="Who takes care of it: an actor known here, or a name.",
    ),
    click.option("--users", multiple=True, metavar="TEXT[@LANG]", help="Who uses it."),
    click.option("--rules", multiple=True, metavar="TEXT[@LANG]", help="The rules of its use."),
    click.option("--legal", multiple=True, metavar="TEXT[@LANG]", help="Its legal standing."),
    click.option(
        "--published-by",
        "basis",
        type=click.Choice(BASES),
        help="How the community consented to publication.",
    ),
    click.option(
        "--published-on", "consented", metavar="DATE", help="When it consented: 2026, 2026-05 or 2026-05-31."
    ),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="CODE",
        help="A Local Contexts label the community sets: 'TK A'.",
    ),
    click.option(
        "--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0."
    ),
    click.option(
        "--source", metavar="TEXT", help="From where it is documented, when not by its own stewards."
    ),
    click.option("--source-url", metavar="URL", help="The page of the source."),
    click.option(
        "--file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Fields from a TOML or JSON file; other options replace them.",
    ),
)


def commons_options(command: Command) -> Command:
    """Decorate a command with the options that describe a commons."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return restricted_options(personal_options(command))


async def commons_fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the payload fields that were given.  Raises `ConfigError` or the geometry's `ProtocolError`."""
    language = place.operator.language
    payload: dict[str, Any] = {}
    if given.get("file") is not None:
        payload = from_plain(read_document(given["file"]), "commons", language)
    for name in ("name", "description", "users", "rules"):
        if given.get(name):
            payload[name] = texts(given[name], language)
    if given.get("legal"):
        payload["legal"] = {"text": texts(given["legal"], language)}
    for name in ("sensitivity", "licence", "uncertainty_m"):
        if given.get(name) is not None:
            payload[name] = composed(given[name])
    if given.get("resources"):
        payload["resources"] = list(dict.fromkeys(given["resources"]))
    if given.get("labels"):
        payload["labels"] = [{"code": code} for code in given["labels"]]
    payload |= _place_fields(given, language)
    if given.get("stewards"):
        payload["stewards"] = [await steward(place, one) for one in given["stewards"]]
    payload |= _origin_fields(given)
    payload |= personal_fields(place.operator, given)
    return payload


async def own_stewards(place: Workplace, actor: ActorId) -> list[dict[str, Any]]:
    """Return the actor itself as the steward of what it describes."""
    state = await place.signer.actor(actor)
    assert state.current is not None
    return [{"name": dict(state.current.name), "actor": actor}]


def _place_fields(given: dict[str, Any], language: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if given.get("point") is not None and given.get("geometry") is not None:
        raise ConfigError("a commons has one place: give --point or --geometry, not both")
    if given.get("point") is not None:
        fields["geometry"] = from_geojson(given["point"])
    if given.get("geometry") is not None:
        fields["geometry"] = geometry_of(given["geometry"])
    if given.get("area_ha") is not None or given.get("area_local"):
        area = {} if given.get("area_ha") is None else {"square_metres": round(given["area_ha"] * 10_000)}
        fields["area"] = area | ({"local": composed(given["area_local"])} if given.get("area_local") else {})
    if given.get("territory"):
        fields["territory"] = [_level(one, language) for one in given["territory"]]
    return fields


def geometry_of(file: Path) -> dict[str, Any]:
    """Return the one geometry of a GeoJSON file: bare, a feature's, or a collection's of one."""
    return one_geometry(read_document(file), str(file))


def _level(typed: str, language: str) -> dict[str, Any]:
    level, equals, name = typed.partition("=")
    if not equals or not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", level):
        raise ConfigError(
            f"{typed!r}: a territory is LEVEL=NAME, with a level such as {', '.join(TERRITORY_LEVELS)}"
        )
    return {"level": level, "name": texts((name,), language)}


async def steward(place: Workplace, typed: str) -> dict[str, Any]:
    """Return a steward: an actor known here by this name or id, else somebody only named.

    Raises `ConfigError` where several actors have the name, or no record is here with the id.
    """
    from node.cli.faults import NotHere

    actor: ActorId | None
    try:
        actor = await find_actor(place, typed)
    except SeveralMeant:
        # Anybody can found an actor of any name: who is only named could never sign.
        raise
    except (NotHere, ConfigError):
        actor = None
    name = texts((normalize("NFC", typed),), place.operator.language)
    return await named_party(place.store, typed, name, actor)


def _origin_fields(given: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if given.get("source"):
        fields["source"] = {"name": composed(given["source"])}
        if given.get("source_url"):
            fields["source"]["url"] = given["source_url"]
        fields["publication"] = {"basis": "public_source"}
    elif given.get("source_url"):
        raise ConfigError("--source-url belongs to a --source; name it too")
    if given.get("basis") is not None:
        fields["publication"] = {"basis": given["basis"]}
    if given.get("consented"):
        if "publication" not in fields:
            raise ConfigError("--published-on belongs to --published-by; say how the community consented")
        fields["publication"]["on"] = given["consented"]
    return fields
