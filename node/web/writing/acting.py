"""In whose name somebody may sign here: the actors whose keys lie in this home, as far as the account may use
them."""

from node.keys.keyring import Keyring
from node.store.interface import Store
from node.trust.ours import keys_of_home, our_actors
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from node.web.writing.desk import Desk
from node.web.writing.fields import Faults, choice, hidden
from node.web.writing.filled import Filled
from node.web.writing.visit import Visit
from protocol.errors import Malformed
from protocol.identifiers import ActorId, id_text, parse_id
from protocol.state.authority import ActorState


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
    for actor in await own_actors(desk.store, desk.keyring):
        state = await here.store.actor(actor)
        if state is not None and state.current is not None:
            named.append((actor, here.plain_name(state.current.name)))
    return sorted(named, key=lambda one: (one[1].casefold(), one[0]))


async def actors_for(visit: Visit) -> list[tuple[ActorId, str]]:
    """Return the actors in whose name whoever visits may sign.  Raises `Problem` where there is none."""
    found = [one for one in await own_actors_of(visit.here, visit.desk) if visit.account.may_sign_for(one[0])]
    if not found:
        raise Problem(
            409,
            "nobody",
            N_("There is nobody in whose name you can sign"),
            N_(
                "No key in this node’s home signs for anybody in whose name you may write. Whoever runs the "
                "node "
                "founds an actor with minga actor new, or lets your account sign for one that is there."
            ),
        )
    return found


async def name_field(visit: Visit, filled: Filled, faults: Faults) -> Node:
    """Return the question in whose name a record is signed; where there is only one, its answer."""
    say = visit.say
    actors = await actors_for(visit)
    if len(actors) == 1:
        actor, name = actors[0]
        return [
            hidden("as", id_text(actor)),
            e("p", say.rich(N_("In the name of {who}."), who=e("b", e("bdi", name))), class_="quiet"),
        ]
    options = [(id_text(actor), name) for actor, name in actors]
    return choice("as", say("In whose name"), options, filled.text("as"), fault=faults.get("as"))


async def acting(visit: Visit, filled: Filled) -> tuple[ActorId, ActorState]:
    """Return the actor in whose name a form is to be signed: the one that was chosen, or the only one."""
    actors = [actor for actor, _ in await actors_for(visit)]
    chosen = actors[0]
    try:
        asked = ActorId(parse_id(filled.text("as")))
        chosen = asked if asked in actors else chosen
    except Malformed:
        pass
    state = await visit.desk.store.actor(chosen)
    assert state is not None
    return chosen, state


async def likely_actor(visit: Visit, likely: frozenset[ActorId]) -> str:
    """Return the id of the first actor that whoever visits may sign for, one of those that are likely if it
    can."""
    actors = [actor for actor, _ in await actors_for(visit)]
    return id_text(next((actor for actor in actors if actor in likely), actors[0]))
