"""How much of a place is told: the options that say so, and what they make of a record."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from node.authoring.restricted import DEFAULT_GRID, GRIDS
from node.authoring.telling import Told, Wish, tell
from node.cli.naming import find_actor
from node.cli.plain_form import from_plain
from node.cli.typed_documents import read_document
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.identifiers import ActorId
from protocol.state.fold import ThingState

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--sensitivity",
        type=click.Choice(["public", "generalised", "sealed", "withheld"]),
        help="How much of its place is told: all, roughly, roughly or nothing with the rest for named actors "
        "only, or nothing.",
    ),
    click.option(
        "--grid",
        type=click.Choice(list(GRIDS)),
        metavar="DEGREES",
        help=f"How roughly: 0.001 (some 100 m), 0.01 (1 km) or 0.1 (10 km). Generalised without it: "
        f"{DEFAULT_GRID}; sealed without it: no place at all.",
    ),
    click.option(
        "--seal-for",
        multiple=True,
        metavar="ACTOR",
        help="Who can read the precise place besides the author, by their keys of today; may be repeated.",
    ),
    click.option(
        "--sealed",
        "sealed_file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
        help="More fields that only those can read, from a TOML or JSON file, or - for standard input.",
    ),
)


def restricted_options(command: Command) -> Command:
    """Decorate a command with the options that say how much of a place is told."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


async def told(
    place: Workplace,
    actor: ActorId,
    kind: str,
    changes: dict[str, Any],
    given: Mapping[str, Any],
    thing: ThingState | None = None,
) -> Told:
    """Return what of `changes` to a thing (all fields, for a new one) is said, and what is sealed.

    `given` are the options above.  Raises `ConfigError`, `NotAsPublished`, or the `ProtocolError` of a field.
    """
    secret: dict[str, Any] = {}
    if given.get("sealed_file") is not None:
        secret = from_plain(read_document(given["sealed_file"]), kind, place.operator.language)
    wants_seal = bool(given.get("seal_for")) or given.get("sealed_file") is not None
    if wants_seal and changes.get("sensitivity", "sealed") != "sealed":
        raise ConfigError("--seal-for and --sealed go with --sensitivity sealed")
    named = [await find_actor(place, one) for one in given.get("seal_for") or ()]
    wish = Wish(given.get("grid"), named, secret, wants_seal)
    return await tell(place.signer, actor, kind, changes, wish, thing)
