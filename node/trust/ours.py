"""Who "we" are: the actors for which a key of this home signs, and those that the settings name."""

from collections.abc import Iterable

from node.errors import ConfigError
from node.keys.keyring import Keyring
from node.store.interface import Store
from protocol.identifiers import ActorId
from protocol.keys import PublicKey
from protocol.state.authority import ActorState

# Actors of which one home may hold keys: a secretary signs for a few, and a stranger can list any key in any
# number of actors.
OWN_ACTORS_MAX = 256


def keys_of_home(keyring: Keyring) -> tuple[PublicKey, ...]:
    """Return the keys of a home that sign for actors; none where its folder cannot be read, which `minga
    doctor` says."""
    try:
        return tuple(info.public for info in keyring.list() if info.kind == "actor")
    except ConfigError:
        return ()


async def our_actors(
    store: Store, keys: Iterable[PublicKey], named: Iterable[ActorId] = ()
) -> tuple[ActorId, ...]:
    """Return our actors, by id: those `named`, and those that list one of `keys` and that it has signed for.

    To be listed is not enough: whoever founds an actor may list any key in it, ours too.
    """
    ours = set(named)
    for key in keys:
        for actor in await store.actors_listing(key):
            if actor in ours or len(ours) >= OWN_ACTORS_MAX:
                continue
            state = await store.actor(actor)
            if state is not None and state.founded and await _has_signed(store, state, key):
                ours.add(actor)
    return tuple(sorted(ours))


async def _has_signed(store: Store, state: ActorState, key: PublicKey) -> bool:
    if any(key in signers for signers in state.signers.values()):
        return True
    return bool(await store.signed_by(state.actor, key))
