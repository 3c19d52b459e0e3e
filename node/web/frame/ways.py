"""What one can do about a thing on its page: for everybody the same, so that the page is; who may is asked
there."""

from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.identifiers import RecordId, id_text
from protocol.state.fold import ThingState

# By the kind of thing: what can be done, the form for it, and in which role the thing is named there.
_WAYS = {
    "commons": (
        (N_("Comment on it"), "comment", "thing"),
        (N_("Propose a pact for it"), "pact", "commons"),
        (N_("Raise an alert"), "alert", "commons"),
        (N_("Change what is said of it"), "commons", "thing"),
    ),
    "pact": (
        (N_("Comment on it"), "comment", "thing"),
        (N_("Sign it or decline it"), "answer", "thing"),
        (N_("Report on it"), "report", "thing"),
        (N_("Propose another version"), "pact", "thing"),
    ),
    "alert": (
        (N_("Answer it"), "reply", "record"),
        (N_("Comment on it"), "comment", "thing"),
        (N_("Change it or close it"), "alert", "thing"),
    ),
    "call": ((N_("Comment on it"), "comment", "thing"), (N_("Propose a pact"), "pact", "")),
}


def ways_section(here: Surroundings, thing: ThingState) -> Node:
    """Return the ways to take part, where people of this node write."""
    if not here.asked.writing or thing.display is None or thing.kind not in _WAYS:
        return None
    named = {"thing": thing.subject, "commons": thing.subject, "record": thing.display}
    links = []
    for words, sheet, role in _WAYS[thing.kind]:
        query = {role: id_text(RecordId(named[role]))} if role else {}
        path = here.asked.link(f"/write/{sheet}", **query)
        links.append(e("li", e("a", here.say(words), href=path, rel="nofollow")))
    if here.asked.commenting:
        path = here.asked.link("/comment", thing=id_text(thing.subject))
        text = here.say("Leave a comment without an account")
        links.insert(1, e("li", e("a", text, href=path, rel="nofollow")))
    return e(
        "section",
        e("h2", here.say("Take part")),
        e("ul", links, class_="ways-on"),
        class_="screen",
    )


def answer_link(here: Surroundings, record: RecordId) -> Node:
    """Return the way to answer something that was said, where people of this node write."""
    if not here.asked.writing:
        return None
    path = here.asked.link("/write/reply", record=id_text(record))
    return [" · ", e("a", here.say("Answer this"), href=path, rel="nofollow", class_="screen")]
