"""What others have said of a thing since a form about it was opened: shown, and joined with what was filled
in."""

from typing import Any

from aiohttp import web

from node.accounts.drafts import Draft
from node.authoring.things import payload_of
from node.web.exchange.problem import not_held
from node.web.frame.markup import Node, e
from node.web.words.speech import N_
from node.web.writing.fields import button, form
from node.web.writing.filled import Filled
from node.web.writing.said import FIELD_WORDS, said_fields
from node.web.writing.sheet import About, Sheet
from node.web.writing.visit import Visit
from protocol.identifiers import RecordId, SubjectId, id_text, parse_id
from protocol.state.fold import ThingState


async def changed_by_others(visit: Visit, sheet: Sheet, draft: Draft) -> web.Response | None:
    """Return a page on the version that somebody wrote after a form was opened; None where nobody did."""
    base, shown = await _versions(visit, sheet, draft.about)
    if base is None or shown is None or base == shown:
        return None
    say, here = visit.say, visit.here
    record, before = await here.store.record(shown), await here.store.record(base)
    if record is None or record.is_erased or record.header.actor is None:
        return None
    await here.meet([record.header.actor])
    now, then = payload_of(record), {} if before is None or before.is_erased else payload_of(before)
    changed = {
        name: value
        for name, value in now.items()
        if name not in ("salt", "proof") and value != then.get(name)
    }
    mine = await _both_changed(visit, sheet, draft)
    overlapping: Node = None
    if mine:
        names = [say(FIELD_WORDS[name]) if name in FIELD_WORDS else name for name in mine]
        overlapping = e(
            "p",
            say(
                "You have changed this too, and yours would take its place: {fields}.",
                fields=", ".join(names),
            ),
        )
    path = f"/write/{draft.form}/{draft.id}"
    return visit.page(
        say("Somebody has written a newer version meanwhile"),
        e(
            "p",
            say.rich(
                N_("{who} signed it on {date}, after you had opened the form. Nothing of yours is lost."),
                who=here.actor(record.header.actor),
                date=say.moment(record.header.time_ms),
            ),
            class_="lead",
        ),
        e(
            "section",
            e("h2", say("What that version changed")),
            said_fields(here, record.header.kind, changed),
        ),
        overlapping,
        form(
            visit.asked.link(f"{path}/newer"),
            visit.proof,
            e("p", button(say("Go on with mine, on top of it")), class_="asks"),
        ),
        e("p", e("a", say("See what is there now"), href=visit.asked.link(f"/thing/{draft.about['thing']}"))),
        status=409,
    )


async def keeps_mine(visit: Visit, sheet: Sheet, draft: Draft) -> tuple[About, Filled]:
    """Return what a draft is about from now on, and its answers: mine where I changed them, else the newer
    ones."""
    _, shown = await _versions(visit, sheet, draft.about)
    if shown is None:
        return draft.about, Filled(draft.fields)
    _, old = await sheet.begin(visit, draft.about)
    about = {**draft.about, "base": id_text(shown)}
    _, new = await sheet.begin(visit, about)
    mine = Filled(draft.fields)
    joined = dict(mine.fields)
    for name in {*old.fields, *new.fields, *mine.fields}:
        if name != "tag" and mine.fields.get(name) == old.fields.get(name):
            joined[name] = new.fields.get(name, ())
    return about, Filled({name: values for name, values in joined.items() if any(values)})


async def _both_changed(visit: Visit, sheet: Sheet, draft: Draft) -> list[str]:
    """Return the fields that both the newer version and the form have changed."""
    _, shown = await _versions(visit, sheet, draft.about)
    assert shown is not None
    _, old = await sheet.begin(visit, draft.about)
    _, new = await sheet.begin(visit, {**draft.about, "base": id_text(shown)})
    mine = draft.fields
    both = [
        name.partition("@")[0]
        for name in sorted({*old.fields, *new.fields})
        if name not in ("tag", "as")
        and new.fields.get(name) != old.fields.get(name)
        and tuple(mine.get(name, ())) not in (old.fields.get(name, ()), new.fields.get(name, ()))
    ]
    return list(dict.fromkeys(both))


async def _versions(visit: Visit, sheet: Sheet, about: About) -> tuple[RecordId | None, RecordId | None]:
    """Return the version that a form was opened on, and the one that is shown now."""
    if "base" not in about or "thing" not in about:
        return None, None
    thing = await visit.here.store.thing(SubjectId(parse_id(about["thing"])))
    return parse_id(about["base"]), None if thing is None else _present(thing, sheet.newest)


def _present(thing: ThingState, newest: bool) -> RecordId | None:
    """Return the version of a thing that is shown, or the newest that may yet be."""
    if newest:
        return next((head for head in thing.heads if head in thing.versions.all), None)
    return thing.display


async def before_of(
    visit: Visit, about: About, kind: str, *, newest: bool = False
) -> tuple[ThingState, dict[str, Any], str]:
    """Return the thing that a form changes, what the version says that it was opened on, and that version's
    id.

    Raises `Problem` where nothing of that kind is shown here.
    """
    thing = await visit.desk.store.thing(SubjectId(parse_id(about["thing"])))
    if thing is None or thing.kind != kind or thing.display is None:
        raise not_held()
    base = parse_id(about["base"]) if "base" in about else _present(thing, newest)
    if base is None:
        raise not_held()
    record = await visit.desk.store.record(base)
    if record is None or record.is_erased or record.subject != thing.subject or record.header.kind != kind:
        raise not_held()
    before = {name: value for name, value in payload_of(record).items() if name != "salt"}
    return thing, before, id_text(base)
