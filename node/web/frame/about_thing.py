"""What pages that tell something more of one thing share: finding it, and the way back to its own page."""

from node.web.exchange.problem import not_held
from node.web.frame.markup import Element, e
from node.web.frame.surroundings import Surroundings, title_words
from protocol.errors import Malformed
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.state.fold import ThingState


async def thing_at(here: Surroundings, text: str) -> ThingState:
    """Return the thing that an address names.  Raises `Problem` where it is not held, or blocked here."""
    try:
        thing = await here.store.thing(SubjectId(parse_id(text)))
    except Malformed:
        raise not_held() from None
    if thing is None or here.blocks.of_thing(thing) is not None:
        raise not_held()
    return thing


def path_of(thing: ThingState) -> str:
    """Return the address of the page of a thing."""
    return f"/thing/{id_text(thing.subject)}"


def header_of(here: Surroundings, thing: ThingState, title: str) -> Element:
    """Return a heading under the name of a thing, which leads back to it."""
    back = e("a", title_words(here, thing), href=here.asked.link(path_of(thing)), dir="auto")
    return e("header", e("p", back), e("h1", title))
