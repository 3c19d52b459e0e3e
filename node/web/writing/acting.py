"""In whose name somebody may sign here: the actors whose keys lie in this home, as far as the account may use
them."""

from node.keys.keyring import Keyring
from node.store.interface import Store
from node.trust.ours import keys_of_home, our_actors
from node.web.frame.surroundings import Surroundings
from node.web.writing.desk import Desk
from protocol.identifiers import ActorId


async def own_actors(store: Store, keyring: Keyring) -> list[ActorId]:
    """Return the actors for which a key of a home has signed, and may sign again."""
    found = []
    for actor in await our_actors(store, keys_of_home(keyring)):
        state = await store.actor(actor)
        if state is not None and state.head is not None:
            found.append(actor)
    return found


async def own_actors_of(here: Surroundings, desk: Desk) -> list[tuple[ActorId, str]]:
    """Return the actors of a home with their names, by name."""
    named = []
    for actor in await own_actors(here.store, desk.keyring):
        state = await here.store.actor(actor)
        if state is not None and state.current is not None:
            named.append((actor, here.plain_name(state.current.name)))
    return sorted(named, key=lambda one: (one[1].casefold(), one[0]))
