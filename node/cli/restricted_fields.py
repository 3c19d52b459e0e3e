"""How much of a place is told: the options that say so, and what they make of a record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from node.authoring.restricted import DEFAULT_GRID, GRIDS, place_changes
from node.authoring.sealing import Reader, actors_of, commit, keys_of, seals_of, sign_seal, unseal
from node.authoring.signer import CannotSign
from node.authoring.things import payload_of
from node.cli.naming import find_actor
from node.cli.plain_form import from_plain
from node.cli.typed_documents import read_document
from node.cli.workplace import Workplace
from node.errors import ConfigError
from protocol.identifiers import ActorId
from protocol.kinds.privacy import COARSE
from protocol.record.verification import VerifiedRecord
from protocol.sealing import NotAsPublished
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


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a version will say to everybody, and what is sealed beside it, for whom; None where nothing is."""

    changes: dict[str, Any]
    plaintext: bytes | None = None
    readers: Sequence[Reader] = ()

    async def with_seal(
        self, place: Workplace, actor: ActorId, records: list[VerifiedRecord]
    ) -> list[VerifiedRecord]:
        """Return the records of a version, and its seal with them where there is one."""
        if self.plaintext is None:
            return records
        return records + await sign_seal(place.signer, actor, records[0], self.plaintext, self.readers)


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
    before = await _payload_shown(place, thing)
    tier = changes.get("sensitivity") or before.get("sensitivity", "public")
    wants_seal = bool(given.get("seal_for")) or given.get("sealed_file") is not None
    if wants_seal and changes.get("sensitivity", "sealed") != "sealed":
        raise ConfigError("--seal-for and --sealed go with --sensitivity sealed")
    tier = "sealed" if wants_seal else tier
    grid = given.get("grid")
    if grid is not None and tier not in COARSE:
        raise ConfigError("--grid goes with --sensitivity generalised or sealed")
    if tier != "sealed":
        return Told(place_changes(before, changes, grid))
    changes = changes | {"sensitivity": "sealed"}
    secret = await _secret(place, kind, before, changes, given, thing)
    if not secret:
        if before.get("sealed") is None:
            raise ConfigError(
                "say what is to be sealed: its place, with --point or --geometry, or --sealed FILE"
            )
        if given.get("seal_for"):
            raise ConfigError("what is sealed does not change: to seal it for others, use `minga seal renew`")
        return Told(place_changes(before, changes, grid))
    named = [await find_actor(place, one) for one in given.get("seal_for") or ()]
    if not named and thing is not None and before.get("sealed") is not None:
        named = await _readers_before(place, thing)
    readers = await keys_of(place.store, [actor, *named])
    # A commitment is needed for what is checked; the real one follows from what is sealed.
    draft = place_changes(before, changes | {"sealed": {"commitment": bytes(32)}}, grid)
    whole = {name: value for name, value in {**before, **draft}.items() if value is not None}
    field, plaintext = commit(kind, whole, secret)
    return Told(draft | {"sealed": field}, plaintext, readers)


async def _payload_shown(place: Workplace, thing: ThingState | None) -> dict[str, Any]:
    shown = None if thing is None or thing.display is None else await place.store.record(thing.display)
    return {} if shown is None else payload_of(shown)


async def _secret(
    place: Workplace,
    kind: str,
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    given: Mapping[str, Any],
    thing: ThingState | None,
) -> dict[str, Any]:
    """Return what is to be sealed: what was, as far as it can be read here, and what is given now."""
    secret: dict[str, Any] = {}
    if given.get("sealed_file") is not None:
        secret = from_plain(read_document(given["sealed_file"]), kind, place.operator.language)
    open_before = before.get("sensitivity", "public") == "public"
    for source in (before if open_before else {}, changes):
        if source.get("geometry") is not None and "geometry" not in secret:
            secret |= {
                name: source[name] for name in ("geometry", "uncertainty_m") if source.get(name) is not None
            }
    if secret and thing is not None and before.get("sealed") is not None:
        try:
            secret = {**(await unseal(place.signer, thing)).opened.content, **secret}
        except (CannotSign, NotAsPublished):
            if not given.get("seal_for"):
                raise ConfigError(
                    "what was sealed before cannot be read here, so it cannot be kept: say for whom all of "
                    "it is sealed anew, with --seal-for"
                ) from None
    return secret


async def _readers_before(place: Workplace, thing: ThingState) -> list[ActorId]:
    assert thing.display is not None
    shown = await place.store.record(thing.display)
    return [] if shown is None else actors_of(seals_of(thing, shown)[:1])
