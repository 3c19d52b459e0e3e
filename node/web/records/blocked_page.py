"""The page in place of what is blocked here: since when and why, and whose choice that is."""

from typing import Any

from node.trust.blocks import Block
from node.trust.veil import Notice
from node.web.exchange.asked import Asked
from node.web.frame.layout import facts, page
from node.web.frame.markup import Element, e
from node.web.frame.surroundings import Surroundings
from protocol.identifiers import id_text
from protocol.state.fold import ThingState


def notice(asked: Asked) -> Notice:
    """Return what stands in place of words that are not shown."""
    return Notice(asked.say.language, asked.say("blocked by this node"))


def blocked_page(here: Surroundings, thing: ThingState, block: Block) -> Element:
    """Return the page of a thing that is blocked."""
    say = here.say
    title = say("Not shown here")
    return page(
        here.asked,
        here.node_name,
        title,
        e("h1", title),
        e("p", say("Blocked by this node on {date}.", date=say.day(block.since)), class_="lead"),
        facts([(say("Its reason"), e("bdi", block.reason) if block.reason else None)]),
        e(
            "p",
            say(
                "That is the choice of those who run this node, and of nobody else: other nodes may show it. "
                "Signatures count here as everywhere; only what was written is not shown."
            ),
            class_="note",
        ),
        facts({say("Id of this"): e("code", id_text(thing.subject))}),
        e("p", e("a", say("What this node holds"), href=here.asked.link("/"))),
    )


def blocked_data(block: Block) -> dict[str, Any]:
    """Return a block as data."""
    return {"since": block.since, "reason": block.reason, "by": "this node"}
