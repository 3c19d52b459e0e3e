"""How what is held of a person is shown and handed over, what is done about it, and the figures of it."""

from collections.abc import Iterable, Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.accounts.naming_people import Unpublished
from node.cli.actors.people import actor_name
from node.cli.plain_form import to_plain
from node.cli.render import (
    Column,
    day,
    note,
    plain,
    say,
    short_id,
    show_fields,
    show_table,
    wrapped,
)
from node.cli.workplace import Workplace
from node.privacy.holdings import Found, Holdings
from node.privacy.person import Person
from node.privacy.taking_out import Plan, Reason
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.keys import did_key
from protocol.kinds.text import preferred
from protocol.record.verification import VerifiedRecord

# Of a text that names somebody, so much is shown in a list; `--json` has all of it.
TEXT_SHOWN_CHARS = 300


async def holdings_json(
    place: Workplace, person: Person, holdings: Holdings, labels: Sequence[str], unpublished: Unpublished
) -> dict[str, Any]:
    """Return everything held of a person as JSON, whole contents included."""
    records = []
    for one in holdings.found:
        record = await place.store.record(one.id)
        content = None if record is None or record.is_erased else to_plain(record.content)
        records.append(
            {
                "id": id_text(one.id),
                "kind": one.kind,
                "about": id_text(one.subject),
                "author": id_text(one.author),
                "author_name": await actor_name(place, one.author),
                "time_ms": one.time_ms,
                "mentions": [{"how": m.how, "field": m.field, "text": m.text} for m in one.mentions],
                "content": content,
            }
        )
    return {
        "looked_for": {
            "names": list(person.names),
            "actors": sorted(map(id_text, person.actors)),
            "keys": sorted(map(did_key, person.keys)),
        },
        "records": records,
        "key_labels_here": list(labels),
        "accounts_here": list(unpublished.accounts),
        "unpublished_texts_here": unpublished.texts,
        "sealed_contents_not_looked_into": holdings.sealed,
    }


async def show_holdings(
    place: Workplace, person: Person, holdings: Holdings, labels: Sequence[str], unpublished: Unpublished
) -> None:
    """Show everything held of a person, in words that can be handed to them."""
    _show_looked_for(person)
    say(
        wrapped(
            ngettext(
                "This node holds {count} record that has to do with them.",
                "This node holds {count} records that have to do with them.",
                len(holdings.found),
            ).format(count=len(holdings.found))
        )
    )
    for one in holdings.found:
        say()
        say(f"{day(one.time_ms)} · {one.kind} · {id_text(one.id)}")
        rows = [(_("Of"), await _title(place, one)), (_("Written by"), await actor_name(place, one.author))]
        rows += [_mention(mention.how, mention.field, mention.text) for mention in one.mentions]
        if not one.has_content:
            rows.append((_("Content"), _("erased")))
        show_fields(rows)
    if labels:
        say()
        say(wrapped(_("Keys of this home carry their name: {labels}.").format(labels=", ".join(labels))))
    if unpublished.accounts:
        say()
        names = ", ".join(map(plain, unpublished.accounts))
        say(wrapped(_("They can write in the browser here, under the account {names}.").format(names=names)))
    if unpublished.texts:
        say()
        say(
            wrapped(
                ngettext(
                    "{count} draft or visitor's comment that is not published names them.",
                    "{count} drafts or visitors' comments that are not published name them.",
                    unpublished.texts,
                ).format(count=unpublished.texts)
            )
        )
    if holdings.sealed:
        say()
        say(
            wrapped(
                ngettext(
                    "It also carries {count} sealed content, which only those it is for can look into.",
                    "It also carries {count} sealed contents, which only those they are for can look into.",
                    holdings.sealed,
                ).format(count=holdings.sealed)
            )
        )
    say()
    say(wrapped(_("Other nodes may hold the same records; each answers for itself.")))


async def show_plan(place: Workplace, person: Person, plan: Plan, words: str) -> None:
    """Show what would be done about a person's name, what cannot be, and whom to ask for the rest."""
    _show_looked_for(person)
    rewritten = [one for found in plan.rewritten.values() for one in found]
    await _show_found(
        place,
        _("Written anew with {words}, and these versions erased:").format(words=plain(words)),
        rewritten,
    )
    await _show_found(place, _("Erased whole:"), plan.erased)
    for reason, why in _reasons().items():
        left = [one for one, because in plan.by_hand if because is reason]
        await _show_found(place, why, left)
    if plan.others:
        await _show_others(place, plan.others)
    say()


def _reasons() -> dict[Reason, str]:
    return {
        Reason.KEYS: _(
            "Not changed, for keys rest on it; a new name for an actor is given with `minga actor rotate`, "
            "and earlier ones stay readable:"
        ),
        Reason.AGREED: _(
            "Not changed, for others signed or voted on the strength of it; agree a new text with them, then "
            "erase the old one with `minga erase`:"
        ),
        Reason.NOT_BY_NAME: _(
            "Not changed, for it holds their key or their actor's id and not their name; they change that by "
            "their own keys:"
        ),
        Reason.SAID: _("Not changed, for what was said cannot be said anew; say it again, then erase it:"),
    }


async def _show_others(place: Workplace, others: Sequence[Found]) -> None:
    by_author: dict[ActorId, list[Found]] = {}
    for one in others:
        by_author.setdefault(one.author, []).append(one)
    say()
    say(wrapped(_("Others wrote this, and only they can change it; ask them:")))
    rows = []
    for author, found in by_author.items():
        state = await place.store.actor(author)
        content = None if state is None else state.current or state.contents.get(RecordId(author))
        website = "" if content is None or content.website is None else plain(content.website)
        shown = ", ".join(short_id(id_text(one.id)) for one in found[:3]) + ("…" if len(found) > 3 else "")
        rows.append((await actor_name(place, author), website, str(len(found)), shown))
    columns = [Column(_("Author"), flexible=True), Column(_("Website"), flexible=True)]
    show_table([*columns, Column(_("Records"), right=True), Column(_("Which"), flexible=True)], rows)
    say(
        wrapped(
            _(
                "Until they do, this node need not show it: `minga block add RECORD` keeps it from its "
                "pages. Other nodes decide for themselves."
            )
        )
    )


async def _show_found(place: Workplace, title: str, found: Sequence[Found]) -> None:
    if not found:
        return
    say()
    say(wrapped(title))
    rows = [
        (short_id(id_text(one.id)), one.kind, day(one.time_ms), await _title(place, one)) for one in found
    ]
    columns = [Column(_("Record")), Column(_("Kind")), Column(_("Day"))]
    show_table([*columns, Column(_("Of"), flexible=True)], rows)


async def plan_json(
    place: Workplace, plan: Plan, outcome: str, signed: Iterable[VerifiedRecord], done: bool
) -> dict[str, Any]:
    """Return what was done about a person's name as JSON."""
    return {
        "outcome": outcome,
        "in_effect": done,
        "signed": [id_text(record.id) for record in signed],
        "erased": [id_text(one.id) for one in plan.erased],
        "rewritten": [id_text(one.id) for found in plan.rewritten.values() for one in found],
        "by_hand": [{"record": id_text(one.id), "why": reason.value} for one, reason in plan.by_hand],
        "others": [
            {
                "record": id_text(one.id),
                "author": id_text(one.author),
                "author_name": await actor_name(place, one.author),
            }
            for one in plan.others
        ],
    }


def show_figures(told: dict[str, Any]) -> None:
    """Show the figures of a node."""
    fewer = _("fewer than {number}").format(number=told["published_from"])
    if told["requests"]:
        say(_("Requests of people about themselves"))
        words = {"access": _("to see it"), "rectify": _("to put it right"), "erase": _("to take it out")}
        rows = [
            (
                str(one["year"]),
                words[one["request"]],
                fewer if one["number"] is None else str(one["number"]),
                "–" if one["refused"] is None else str(one["refused"]),
            )
            for one in told["requests"]
        ]
        columns = [Column(_("Year")), Column(_("Asked"), flexible=True), Column(_("Requests"), right=True)]
        show_table([*columns, Column(_("Refused"), right=True)], rows)
        say()
    else:
        note(_("No request has been noted here."))
    if told["held"]:
        say(_("Records held here whose place is kept back, or whose content was erased"))
        names = ("generalised", "sealed", "withheld", "erased", "blocked_here")
        titles = (_("Roughly"), _("Sealed"), _("Withheld"), _("Erased"), _("Blocked here"))
        show_table(
            [Column(_("Year")), *(Column(title, right=True) for title in titles)],
            [(str(one["year"]), *(str(one[name]) for name in names)) for one in told["held"]],
        )
    else:
        note(_("Nothing held here is kept back or erased."))


def _show_looked_for(person: Person) -> None:
    show_fields(
        [
            (_("Looked for"), ", ".join(plain(name) for name in person.names)),
            (_("Actors"), ", ".join(short_id(id_text(actor)) for actor in sorted(person.actors))),
            (_("Keys"), ", ".join(did_key(key) for key in sorted(person.keys))),
        ]
    )


def _mention(how: str, field: str, text: str) -> tuple[str, str]:
    shown = plain(text)
    if len(shown) > TEXT_SHOWN_CHARS:
        shown = shown[:TEXT_SHOWN_CHARS] + "…"
    return {
        "author": (_("Because"), _("it is written in their name")),
        "key": (_("Because"), _("their key signed it") if not field else _("it holds their key")),
        "actor": (_("Because"), _("it names their actor, in the field {field}").format(field=plain(field))),
        "words": (plain(field), shown),
    }[how]


async def _title(place: Workplace, one: Found) -> str:
    thing = await place.store.thing(one.subject)
    if thing is None or not thing.title:
        return short_id(id_text(one.subject))
    return plain(preferred(dict(thing.title), place.operator.language))
