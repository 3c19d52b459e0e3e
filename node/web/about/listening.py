"""To whom the node of a page listens: a reader must know where a list is not all that its neighbours say."""

from collections.abc import Mapping
from typing import Any

from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings


def listening_data(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy of a node, and how many records it has set aside, as data."""
    trust = status.get("trust") or {}
    aside = trust.get("set_aside") or {}
    return {
        "takes_in": trust.get("policy", "open"),
        "set_aside": sum(one["records"] for one in aside.values()),
    }


def listening_note(here: Surroundings, node: Mapping[str, Any]) -> Node:
    """Return what a reader should know of a node that does not take in everything; nothing of any other."""
    say, policy, aside = here.say, node["takes_in"], node["set_aside"]
    whom = None
    if policy == "followed":
        whom = say(
            "From other nodes it takes in what actors near its own sign, and what concerns that: others may "
            "know more."
        )
    elif policy == "invited":
        whom = say(
            "From other nodes it takes in what actors whom it has invited sign, and what concerns that: "
            "others may know more."
        )
    left = None
    if aside:
        left = say.count("It has set {n} record aside.", "It has set {n} records aside.", aside)
    hidden = None
    if any(here.blocks.counts()[what] for what in ("actors", "records")):
        hidden = say("Those who run it have blocked some of what others wrote: it is not listed here.")
    said = [part for part in (whom, left, hidden) if part]
    return e("p", " ".join(said), class_="quiet") if said else None
