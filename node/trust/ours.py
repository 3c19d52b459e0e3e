"""Who "we" are: the actors for which a key of this home signs, and those that the settings name."""

import os
from collections.abc import Iterable
from typing import NamedTuple

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


class KeysOfHome:
    """The keys of a home as they are now, read again only where a file of theirs has changed."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._files: object = None
        self._keys: tuple[PublicKey, ...] = ()

    def __call__(self) -> tuple[PublicKey, ...]:
        """Return them."""
        files = self._look()
        if files is None or files != self._files:
            # Looked at before they are read: what changes meanwhile is seen the next time.
            self._keys, self._files = keys_of_home(self._keyring), files
        return self._keys

    def _look(self) -> object:
        """Return what changes with any file, its permissions included; None where it cannot be told."""
        try:
            folder = self._keyring.path.stat()
            with os.scandir(self._keyring.path) as entries:
                found = [(entry.name, entry.stat(follow_symlinks=True)) for entry in entries]
        except OSError:
            return None
        files = sorted((name, file.st_ino, file.st_ctime_ns, file.st_size) for name, file in found)
        return folder.st_ino, folder.st_ctime_ns, files


class Ours(NamedTuple):
    """Our actors by id, and whether more list a key of ours, which has not signed for them yet."""

    actors: tuple[ActorId, ...]
    awaited: bool


async def our_actors(
    store: Store, keys: Iterable[PublicKey], named: Iterable[ActorId] = ()
) -> tuple[ActorId, ...]:
    """Return our actors, by id: those `named`, and those that list one of `keys` and that it has signed for.

    To be listed is not enough: whoever founds an actor may list any key in it, ours too.
    """
    return (await find_ours(store, keys, named)).actors


async def find_ours(store: Store, keys: Iterable[PublicKey], named: Iterable[ActorId] = ()) -> Ours:
    """Return our actors (see `our_actors`), and whether a record of any kind could make it more of them."""
    ours = set(named)
    awaited = False
    for key in keys:
        for actor in await store.actors_listing(key):
            if actor in ours or len(ours) >= OWN_ACTORS_MAX:
                continue
            state = await store.actor(actor)
            if state is not None and state.founded and await _has_signed(store, state, key):
                ours.add(actor)
            else:
                awaited = True
    return Ours(tuple(sorted(ours)), awaited)


async def _has_signed(store: Store, state: ActorState, key: PublicKey) -> bool:
    if any(key in signers for signers in state.signers.values()):
        return True
    return bool(await store.signed_by(state.actor, key))
