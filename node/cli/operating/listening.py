"""How it is shown to whom a node listens, and what it has set aside."""

from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.cli.actors.people import actor_name
from node.cli.render import Column, in_figures, note, say, show_table, size
from node.cli.workplace import Workplace
from node.node_status import aside_status
from node.trust.aside import FILE_NAME, Aside
from node.trust.blocks import Blocks
from protocol.identifiers import ActorId, parse_id

# Whose quotas the operator can do something about.
_OF_ONE_ACTOR = ("actor_full", "actor_today")


async def stored_listening(place: Workplace) -> dict[str, Any]:
    """Return the policy and what is set aside, as the files say, where no node runs."""
    blocks = Blocks.of_home(place.home.path)
    told: dict[str, Any] = {"policy": place.settings.trust_policy, "blocked": blocks.counts()}
    path = place.home.path / FILE_NAME
    if place.node is not None or not path.exists():
        return told
    aside = await Aside.open(path)
    try:
        return told | await aside_status(aside)
    finally:
        await aside.close()


def policy_words(policy: str) -> str:
    """Return whom a node listens to, in words."""
    return {
        "open": _("what anybody signs"),
        "followed": _("what actors near ours sign, and what concerns it"),
        "invited": _("what the actors sign that the settings name, and what concerns it"),
    }.get(policy, policy)


def reason_words(reason: str) -> str:
    """Return why records were set aside, in words."""
    return {
        "policy": _("its author is not near"),
        "blocked": _("blocked here"),
        "actor_full": _("more than one stranger may have here"),
        "actor_today": _("more than one stranger may bring in a day"),
        "peer_today": _("more than one peer may bring in a day"),
        "thing_full": _("more than strangers may say about one thing"),
    }.get(reason, reason)


def blocked_counts(blocked: dict[str, int]) -> str:
    """Return how much is blocked here, in words; nothing where nothing is."""
    actors, records, nodes = blocked["actors"], blocked["records"], blocked["nodes"]
    parts = [
        ngettext("{count} actor", "{count} actors", actors).format(count=actors) if actors else "",
        ngettext("{count} record", "{count} records", records).format(count=records) if records else "",
        ngettext("{count} node", "{count} nodes", nodes).format(count=nodes) if nodes else "",
    ]
    return ", ".join(part for part in parts if part)


def listening_fields(trust: dict[str, Any]) -> list[tuple[str, str]]:
    """Return whom a node listens to, as labels and values."""
    records, size_bytes = _set_aside(trust)
    return [
        (_("Takes in"), policy_words(trust["policy"])),
        (
            _("Set aside"),
            in_figures(records) + " " + _("records") + f" ({size(size_bytes)})" if records else "",
        ),
        (_("Blocked"), blocked_counts(trust["blocked"])),
    ]


async def show_set_aside(place: Workplace, trust: dict[str, Any]) -> None:
    """Show of whom how much was set aside and why, with the remedy where there is one."""
    aside = trust.get("set_aside") or {}
    if aside:
        say()
        columns = [
            Column(_("Set aside of"), flexible=True),
            Column(_("Records"), right=True),
            Column(_("Size"), right=True),
            Column(_("Why"), flexible=True),
        ]
        show_table(
            columns,
            [
                (
                    await actor_name(place, ActorId(parse_id(one["actor"]))),
                    in_figures(one["records"]),
                    size(one["bytes"]),
                    reason_words(one["why"]),
                )
                for one in trust["set_aside_most"]
            ],
        )
    if any(aside.get(reason) for reason in _OF_ONE_ACTOR) or aside.get("thing_full"):
        note(_("Whom you endorse has no quota (minga endorse); or raise quota.* in config.toml."))
    if trust.get("set_aside_full"):
        note(_("No more can be remembered of what is set aside, so it is fetched again now and then."))
    for node in trust.get("peers_over_quota") or ():
        note(
            _("{node} has brought as much today as a peer may.").format(
                node=node.removeprefix("did:key:")[:16]
            )
        )


def _set_aside(trust: dict[str, Any]) -> tuple[int, int]:
    heaps = (trust.get("set_aside") or {}).values()
    return sum(heap["records"] for heap in heaps), sum(heap["bytes"] for heap in heaps)
