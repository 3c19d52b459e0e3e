"""What a version tells everybody of its place, and what is sealed beside it for some.

The same for whoever types a command and whoever fills in a form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.authoring.restricted import place_changes
from node.authoring.sealing import Reader, actors_of, commit, keys_of, seals_of, sign_seal, unseal
from node.authoring.signer import CannotSign, Signer
from node.authoring.things import payload_of
from node.errors import ConfigError
from protocol.identifiers import ActorId
from protocol.kinds.privacy import COARSE
from protocol.record.verification import VerifiedRecord
from protocol.sealing import NotAsPublished
from protocol.state.fold import ThingState


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants a place to be told: on which grid, and what is sealed beside it, for whom."""

    grid: str | None = None
    readers: Sequence[ActorId] = ()
    secret: Mapping[str, Any] = field(default_factory=dict)
    seals: bool = False  # something is to be sealed, whatever the version says of it


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a version will say to everybody, and what is sealed beside it, for whom; None where nothing is."""

    changes: dict[str, Any]
    plaintext: bytes | None = None
    readers: Sequence[Reader] = ()

    async def with_seal(
        self, signer: Signer, actor: ActorId, records: list[VerifiedRecord]
    ) -> list[VerifiedRecord]:
        """Return the records of a version, and its seal with them where there is one."""
        if self.plaintext is None:
            return records
        return records + await sign_seal(signer, actor, records[0], self.plaintext, self.readers)


async def tell(
    signer: Signer,
    actor: ActorId,
    kind: str,
    changes: dict[str, Any],
    wish: Wish,
    thing: ThingState | None = None,
) -> Told:
    """Return what of `changes` to a thing (all fields, for a new one) is said, and what is sealed.

    Raises `ConfigError`, `NotAsPublished`, or the `ProtocolError` of a field.
    """
    before = await _payload_shown(signer, thing)
    tier = changes.get("sensitivity") or before.get("sensitivity", "public")
    tier = "sealed" if wish.seals else tier
    grid = wish.grid
    if grid is not None and tier not in COARSE:
        raise ConfigError("--grid goes with --sensitivity generalised or sealed")
    if tier != "sealed":
        return Told(place_changes(before, changes, grid))
    changes = changes | {"sensitivity": "sealed"}
    secret = await _secret(signer, before, changes, wish, thing)
    if not secret:
        if before.get("sealed") is None:
            raise ConfigError(
                "say what is to be sealed: its place, with --point or --geometry, or --sealed FILE"
            )
        if wish.readers:
            raise ConfigError("what is sealed does not change: to seal it for others, use `minga seal renew`")
        return Told(place_changes(before, changes, grid))
    named = list(wish.readers)
    if not named and thing is not None and before.get("sealed") is not None:
        named = await _readers_before(signer, thing)
    readers = await keys_of(signer.store, [actor, *named])
    # A commitment is needed for what is checked; the real one follows from what is sealed.
    draft = place_changes(before, changes | {"sealed": {"commitment": bytes(32)}}, grid)
    whole = {name: value for name, value in {**before, **draft}.items() if value is not None}
    sealed, plaintext = commit(kind, whole, secret)
    return Told(draft | {"sealed": sealed}, plaintext, readers)


async def _payload_shown(signer: Signer, thing: ThingState | None) -> dict[str, Any]:
    shown = None if thing is None or thing.display is None else await signer.store.record(thing.display)
    return {} if shown is None else payload_of(shown)


async def _secret(
    signer: Signer,
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    wish: Wish,
    thing: ThingState | None,
) -> dict[str, Any]:
    """Return what is to be sealed: what was, as far as it can be read here, and what is given now."""
    secret = dict(wish.secret)
    open_before = before.get("sensitivity", "public") == "public"
    for source in (before if open_before else {}, changes):
        if source.get("geometry") is not None and "geometry" not in secret:
            secret |= {
                name: source[name] for name in ("geometry", "uncertainty_m") if source.get(name) is not None
            }
    if secret and thing is not None and before.get("sealed") is not None:
        try:
            secret = {**(await unseal(signer, thing)).opened.content, **secret}
        except (CannotSign, NotAsPublished):
            if not wish.readers:
                raise ConfigError(
                    "what was sealed before cannot be read here, so it cannot be kept: say for whom all of "
                    "it is sealed anew, with --seal-for"
                ) from None
    return secret


async def _readers_before(signer: Signer, thing: ThingState) -> list[ActorId]:
    assert thing.display is not None
    shown = await signer.store.record(thing.display)
    return [] if shown is None else actors_of(seals_of(thing, shown)[:1])
