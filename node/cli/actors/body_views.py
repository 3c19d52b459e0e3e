"""How a council or board is shown: who sits on it on a day, what is vacant, which rules it keeps."""

from collections import Counter
from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.cli.actors.people import actor_name
from node.cli.pacts.deciding_words import (
    body_words,
    composition_rule_words,
    counted_words,
    kept_words,
    seat_words,
    side_words,
)
from node.cli.personal_fields import personal_words
from node.cli.plain_form import to_plain
from node.cli.render import Column, cells, plain, say, short_id, show_fields, show_table, wrapped
from node.cli.things import (
    other_texts,
    show_versions,
    source_words,
    status_of,
    status_words,
    thing_json,
)
from node.cli.workplace import Workplace
from protocol.identifiers import ActorId, id_text
from protocol.kinds.body import Body, Seat
from protocol.kinds.text import preferred
from protocol.state.composition import Mandate, act_is_over, composition, ends_soon, mandate_on
from protocol.state.fold import ThingState


def content_of(thing: ThingState) -> Body | None:
    """Return what is said of a body in the version shown."""
    content = thing.versions.all[thing.display].content if thing.display is not None else None
    return content if isinstance(content, Body) else None


def body_json(thing: ThingState, day: str) -> dict[str, Any]:
    """Return a body as JSON: the thing, and how it is composed on a day."""
    body = content_of(thing)
    composed: dict[str, Any] = {"on": day, "content": None, "rules": [], "seats": []}
    if body is not None:
        composed["content"] = to_plain(body)
        composed["rules"] = [
            {"rule": one.rule, "kept": one.kept, "figures": list(one.figures), "why": one.why or None}
            for one in composition(body, day)
        ]
        composed["seats"] = [
            to_plain(seat)
            | {
                "mandate": mandate_on(seat, day).value,
                "ends_soon": ends_soon(seat, day),
                "act_over": act_is_over(seat, day),
            }
            for seat in body.seats
        ]
    return thing_json(thing) | composed


def body_line(thing: ThingState, day: str) -> tuple[str, str, str]:
    """Return seats held, seats vacant and how many rules are broken, for a line of a list."""
    body = content_of(thing)
    if body is None:
        return "", "", ""
    standing = [mandate_on(seat, day) for seat in body.seats]
    broken = sum(one.kept is False for one in composition(body, day))
    rules = ngettext("{count} broken", "{count} broken", broken).format(count=broken) if broken else ""
    if not broken and body.rules:
        unknown = any(one.kept is None for one in composition(body, day))
        rules = _("not all known") if unknown else _("all kept")
    return str(standing.count(Mandate.HELD)), str(standing.count(Mandate.VACANT)), rules


async def show_body(place: Workplace, thing: ThingState, day: str) -> None:
    """Show a body as it is composed on a day."""
    body, language = content_of(thing), place.operator.language
    if body is None:
        say(_("Body {id}").format(id=short_id(id_text(thing.subject))))
        show_fields([(_("Standing"), status_words(status_of(thing)))])
        return
    say(wrapped(plain(preferred(body.name, language))))
    by_standing: dict[Mandate, list[Seat]] = {standing: [] for standing in Mandate}
    for seat in body.seats:
        by_standing[mandate_on(seat, day)].append(seat)
    held, vacant = by_standing[Mandate.HELD], by_standing[Mandate.VACANT]
    said = ngettext("{count} seat held on {day}", "{count} seats held on {day}", len(held)).format(
        count=len(held), day=day
    )
    said += ngettext(", {count} vacant.", ", {count} vacant.", len(vacant)).format(count=len(vacant))
    say(wrapped(said))
    signs = "" if body.actor is None else await actor_name(place, ActorId(body.actor))
    show_fields(
        [
            (_("Id"), id_text(thing.subject)),
            (_("Other names"), other_texts(body.name, language)),
            (_("What it is"), body_words(body.type)),
            (_("Signs as"), signs),
            (_("Told by"), await _teller(place, thing)),
            (_("Text"), plain(preferred(body.text, language)) if body.text else ""),
            (_("Owners joined"), "" if body.share_percent is None else f"{body.share_percent} %"),
            (_("Source"), source_words(body.source, language)),
            (_("Why people are named"), personal_words(body, language)),
            (_("Licence"), body.licence),
        ]
    )
    _show_rules(body, day)
    await _show_seats(place, held, day)
    if vacant:
        counted = Counter(seat_line(seat) for seat in vacant)
        seats = ", ".join(f"{words} ×{count}" if count > 1 else words for words, count in counted.items())
        say()
        say(wrapped(_("Vacant: {seats}.").format(seats=seats)))
    await _show_others(place, _("To come:"), by_standing[Mandate.COMING])
    await _show_others(place, _("Past mandates:"), by_standing[Mandate.PAST])
    await show_versions(place, thing)


async def _teller(place: Workplace, thing: ThingState) -> str:
    """Return who says all this: the body itself, or somebody else; and what it lacks to be in effect."""
    assert thing.display is not None
    who = await actor_name(place, thing.versions.all[thing.display].author)
    match thing.status:
        case "own":
            return _("itself, {who}").format(who=who)
        case "documented":
            return who
    return f"{who} ({status_words(thing.status)})"


def _show_rules(body: Body, day: str) -> None:
    findings = composition(body, day)
    if not findings:
        return
    say()
    say(_("Its rules:"))
    margin = max(cells(kept_words(finding)) for finding in findings) + 4
    for finding in findings:
        rule, counted = composition_rule_words(finding.rule), counted_words(finding)
        line = f"  {kept_words(finding)}".ljust(margin) + f"{rule} ({counted})"
        say(wrapped(line, " " * margin))


async def _show_seats(place: Workplace, held: Sequence[Seat], day: str) -> None:
    rows, remarks = [], []
    for seat in held:
        assert seat.holder is not None
        name = plain(preferred(seat.holder.name, place.operator.language))
        actor = "–" if seat.holder.actor is None else short_id(id_text(seat.holder.actor))
        rows.append((name, side_words(seat.side), _about(seat), seat.until or "–", actor))
        act = seat.authorised_by
        if act is not None:
            parts = ", ".join(plain(part) for part in (act.act, act.on, act.office) if part)
            remarks.append(_("{name} sits by {act}.").format(name=name, act=parts))
        if act_is_over(seat, day) and act is not None:
            remarks.append(
                _("That act gave {name} a mandate until {day}, which is past.").format(
                    name=name, day=act.mandate_end
                )
            )
        if ends_soon(seat, day):
            remarks.append(_("The mandate of {name} ends on {day}.").format(name=name, day=seat.until))
    if not rows:
        return
    say()
    columns = [
        Column(_("Holder"), flexible=True),
        Column(_("Side")),
        Column(_("Seat"), flexible=True),
        Column(_("Until")),
        Column(_("Actor")),
    ]
    show_table(columns, rows)
    for remark in remarks:
        say(wrapped(remark, "  "))


def _about(seat: Seat) -> str:
    return ", ".join(filter(None, (seat_words(seat.role), seat_words(seat.category))))


def seat_line(seat: Seat) -> str:
    """Return which seat it is: its side, then its role and category."""
    about = _about(seat)
    return f"{side_words(seat.side)} ({about})" if about else side_words(seat.side)


async def _show_others(place: Workplace, heading: str, seats: list[Seat]) -> None:
    if not seats:
        return
    say()
    say(heading)
    for seat in sorted(seats, key=lambda one: (one.since or "", one.until or "")):
        name = (
            _("nobody")
            if seat.holder is None
            else plain(preferred(seat.holder.name, place.operator.language))
        )
        term = f"{seat.since or '…'} – {seat.until or '…'}"
        say(wrapped(f"  {term}  {name}, {seat_line(seat)}", "    "))
