"""Why a record names people, and by what right, as its page says it."""

from typing import Any

from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.kinds.privacy import PersonalData

_BASIS_WORDS = {
    "consent": N_("with their consent"),
    "public_office": N_("as holders of a public office"),
    "public_source": N_("as a public source names them"),
    "law": N_("as a law asks"),
}


def personal_row(here: Surroundings, content: Any) -> tuple[str, Node]:
    """Return a row of facts: for what use people are named; no value where the content does not say."""
    say = here.say
    said = getattr(content, "personal_data", None)
    if not isinstance(said, PersonalData):
        return say("Why people are named"), None
    basis = say(_BASIS_WORDS[said.basis])
    right: list[Node] = [basis]
    if said.on:
        right += [", ", say.day(said.on)]
    if said.held_by:
        right += [" · ", say("kept by {who}", who=said.held_by)]
    return say("Why people are named"), [here.text(said.purpose), e("p", right, class_="quiet")]
