"""How it is shown who vouches for an actor, and how far it is from us."""

from dataclasses import dataclass
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.plain_form import to_plain
from node.cli.render import Column, day, plain, say, short_id, show_table, wrapped
from node.cli.workplace import Workplace
from node.trust.circle import Neighbourhood, vouched_for, vouchers_of
from node.trust.ours import keys_of_home
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.kinds.endorsement import Endorsement
from protocol.kinds.text import preferred
from protocol.state.trust import Circle, Counting, Voucher

# Endorsements listed before a word that there are more; `--json` has all of them.
LISTED_MAX = 20


@dataclass(frozen=True, slots=True)
class VouchingView:
    """Who vouches for an actor, whom it vouches for, and how far it is from us."""

    actor: ActorId
    ours: tuple[ActorId, ...]
    circle: Circle
    vouchers: tuple[Voucher, ...]
    given: list[tuple[ActorId, Voucher]]


async def view_vouching(place: Workplace, actor: ActorId) -> VouchingView:
    """Return what is shown of the trust in an actor."""
    now = now_ms()
    near = Neighbourhood(place.store, lambda: keys_of_home(place.keyring), place.settings.trust_ours)
    return VouchingView(
        actor,
        tuple(await near.ours(now)),
        await near.circle(now),
        await vouchers_of(place.shown, actor, now),
        await vouched_for(place.shown, actor, now, LISTED_MAX),
    )


def vouching_json(view: VouchingView) -> dict[str, Any]:
    """Return the trust in an actor as JSON."""
    chain = view.circle.chain(view.actor)
    return {
        "counted_from": [id_text(one) for one in view.ours],
        "distance": view.circle.distance(view.actor),
        "chain": None if chain is None else [id_text(edge.record) for edge in chain],
        "vouched_for_by": [_voucher_json(one.said.author, one, view) for one in view.vouchers],
        "vouches_for": [_voucher_json(other, one, view) for other, one in view.given],
    }


def _voucher_json(actor: ActorId, one: Voucher, view: VouchingView) -> dict[str, Any]:
    return {
        "actor": id_text(actor),
        "distance": view.circle.distance(actor),
        "counts": one.counts,
        "why_not": None if one.counts else one.counting.value,
        "record": id_text(one.said.record),
        "since": day(one.said.moment_ms),
        "content": to_plain(one.said.content),
    }


async def show_vouching(place: Workplace, view: VouchingView) -> None:
    """Show how far an actor is from us, who vouches for it, and whom it vouches for."""
    say(wrapped(await distance_sentence(place, view)))
    if view.vouchers:
        say()
        await _show(place, view, _("Vouched for by"), [(one.said.author, one) for one in view.vouchers])
    if view.given:
        say()
        await _show(place, view, _("Vouches for"), view.given)


async def distance_sentence(place: Workplace, view: VouchingView) -> str:
    """Return how far an actor is from us, in a sentence."""
    if not view.ours:
        return _(
            "How far it is from us cannot be said: no key of this home signs for an actor, and the setting"
            " trust.ours names none."
        )
    chain = view.circle.chain(view.actor)
    if chain is None:
        if any(one.counts for one in view.vouchers):
            return _("Nobody whom we know vouches for it, directly or through others.")
        return _("Nobody vouches for it.")
    if not chain:
        return _("It is one of ours.")
    steps = [chain[0].by, *(edge.of for edge in chain)]
    way = " → ".join([await actor_name(place, step) for step in steps])
    return ngettext(
        "It is {count} endorsement away from us: {way}.",
        "It is {count} endorsements away from us: {way}.",
        len(chain),
    ).format(count=len(chain), way=way)


async def vouchers_sentence(place: Workplace, view: VouchingView) -> str:
    """Return who vouches for an actor, the nearest first, in a few words."""
    counting = {one.said.author for one in view.vouchers if one.counts}
    far = len(view.circle.distances())
    nearest = sorted(counting, key=lambda one: (view.circle.distance(one) or 0, one))
    nearest.sort(key=lambda one: far if (away := view.circle.distance(one)) is None else away)
    names = [f"{await actor_name(place, one)} ({_away(view, one)})" for one in nearest[:LISTED_MAX]]
    more = len(nearest) - len(names)
    if more > 0:
        names.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    return "\n".join(names)


async def _show(
    place: Workplace, view: VouchingView, heading: str, listed: list[tuple[ActorId, Voucher]]
) -> None:
    columns = [
        Column(heading, flexible=True),
        Column(_("From us")),
        Column(_("Since")),
        Column(_("Speaks for"), flexible=True),
        Column(_("Counts"), flexible=True),
    ]
    ordered = sorted(listed, key=lambda pair: not pair[1].counts)
    rows = []
    for actor, one in ordered[:LISTED_MAX]:
        content = one.said.content
        rows.append(
            (
                await actor_name(place, actor),
                _away(view, actor),
                day(one.said.moment_ms),
                places_words(content, place.operator.language),
                counting_words(one),
            )
        )
    show_table(columns, rows)
    more = len(ordered) - len(rows)
    if more > 0:
        say(ngettext("And {count} more.", "And {count} more.", more).format(count=more))


def _away(view: VouchingView, actor: ActorId) -> str:
    distance = view.circle.distance(actor)
    if distance is None:
        return _("not known to us")
    if distance == 0:
        return _("ours")
    return ngettext("{count} step", "{count} steps", distance).format(count=distance)


def places_words(content: Endorsement, language: str) -> str:
    """Return the places that an endorsement says somebody speaks for."""
    names = []
    for place in content.speaks_for:
        if place.name is not None:
            names.append(plain(preferred(place.name, language)))
        elif place.subject is not None:
            names.append(short_id(id_text(RecordId(place.subject))))
    return ", ".join(names)


def counting_words(one: Voucher) -> str:
    """Return until when an endorsement counts, or why it does not."""
    until = one.said.content.until
    match one.counting:
        case Counting.COUNTS:
            return _("yes") if until is None else _("until {day}").format(day=until)
        case Counting.LAPSED:
            return _("lapsed after {day}").format(day=until)
        case Counting.REPLACED:
            return _("replaced by a later one")
        case Counting.WITHDRAWN:
            return _("taken back")
        case Counting.ITSELF:
            return _("no: it is its own")
