"""The form of an alert: a commons is being enclosed, encroached upon or harmed; and what came of it."""

from typing import Any

from node.authoring.signer import Signer
from node.authoring.telling import tell
from node.authoring.things import next_version, require_author
from node.errors import ConfigError
from node.web.frame.markup import Node, e
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS, ALERT_WORDS
from node.web.words.speech import Speech
from node.web.writing.acting import acting, actors_for, likely_actor, name_field
from node.web.writing.commons_rows import commons_meant, commons_table
from node.web.writing.commons_sheet import readers_table
from node.web.writing.day_answers import partial_day_from
from node.web.writing.fields import Faults, choice, line, passage, ticks
from node.web.writing.filled import Filled, filled_texts
from node.web.writing.naming_answers import readers_answer, shown_name, suggestions
from node.web.writing.origin_answers import (
    SOURCE_PLAIN,
    filled_source,
    licence_question,
    source_from,
    source_questions,
)
from node.web.writing.personal_answers import (
    PERSONAL_PLAIN,
    PERSONAL_WORDED,
    filled_personal,
    personal_from,
    personal_questions,
)
from node.web.writing.place_answers import PLAIN as PLACE_PLAIN
from node.web.writing.place_answers import filled_place, place_from, place_questions, wish_from
from node.web.writing.place_map import place_map
from node.web.writing.rows import cell_id, name_rows, rows_shown, table
from node.web.writing.sheet import About, Intent, Unfit, fault_of
from node.web.writing.versions import before_of
from node.web.writing.visit import Visit
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.record.verification import VerifiedRecord

_STATES = ("open", "resolved", "withdrawn")


class AlertSheet:
    """Raises an alert, also about a commons (`commons`), changes one or closes it (`thing`)."""

    name = "alert"
    newest = False
    plain = (
        *("as", "type", "about", "since", "evidence", "evidence-url", "state", "licence"),
        *(*PLACE_PLAIN, *SOURCE_PLAIN, *PERSONAL_PLAIN),
    )
    worded = ("title", "text", "outcome", *PERSONAL_WORDED)

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Change an alert, or close it") if "thing" in about else say("Raise an alert")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return next(iter(filled.texts("title").values()), "")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        if "thing" in about:
            thing, before, base = await before_of(visit, about, "alert")
            assert thing.display is not None
            actor = await likely_actor(visit, frozenset({thing.versions.all[thing.display].author}))
            known = {"thing": id_text(thing.subject), "base": base}
            return known, Filled({"as": (actor,), **_filled(visit.say, before)})
        actors = await actors_for(visit)
        answers: dict[str, tuple[str, ...]] = {"as": (id_text(actors[0][0]),), "place": ("none",)}
        if "commons" in about:
            commons = await visit.here.store.thing(SubjectId(parse_id(about["commons"])))
            if commons is not None and commons.title:
                answers["about"] = (shown_name(visit.say, commons.title),)
        return {name: about[name] for name in ("commons",) if name in about}, Filled(answers)

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        thing, before = None, dict[str, Any]()
        if "thing" in about:
            thing, before, _ = await before_of(visit, about, "alert")
        return [
            e(
                "p",
                say(
                    "Everybody sees it. Of a place or people that it would put in danger, leave out what "
                    "could harm them."
                ),
                class_="note",
            ),
            await name_field(visit, filled, faults),
            line(
                "title",
                say("What happens, in a few words"),
                filled.worded("title"),
                fault=faults.get("title"),
            ),
            choice(
                "type",
                say("What it is"),
                [(slug, say(words)) for slug, words in ALERT_WORDS.items()],
                filled.text("type") or "other",
                fault=faults.get("type"),
            ),
            passage(
                "text",
                say("What happens, in some sentences"),
                filled.worded("text"),
                fault=faults.get("text"),
                rows=6,
            ),
            commons_table(say, filled, faults),
            await suggestions(visit, "commons", "names-of-commons"),
            line(
                "since",
                say("Since when"),
                filled.typed("since"),
                hint=say("A year, a month or a day: 2026, 2026-05 or 2026-05-31"),
                fault=faults.get("since"),
                width="w10",
                autocomplete="off",
            ),
            _evidence(say, filled, faults),
            _closing(say, filled, faults) if before else None,
            place_questions(
                say,
                filled,
                faults,
                before,
                await readers_table(visit, filled, faults),
                await place_map(visit, thing),
            ),
            await suggestions(visit, "actor", "names-of-actors"),
            e("h2", say("Publishing it")),
            licence_question(say, filled, faults),
            e(
                "details",
                e("summary", say("A source, people who are named")),
                source_questions(say, filled, faults),
                personal_questions(say, filled, faults),
                open=bool(faults.keys() & {"source", "source-url", "purpose", "right", "right-on"}),
            ),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        say = visit.say
        actor, _ = await acting(visit, filled)
        thing, before = None, dict[str, Any]()
        if "thing" in about:
            thing, before, _ = await before_of(visit, about, "alert")
            require_author(thing, actor)
        readers, fault = await readers_answer(visit, filled)
        faults = {"reader": fault} if fault else {}
        commons: list[dict[str, Any]] = []
        for typed in (one for one in filled.all("about") if one):
            try:
                commons.append(await commons_meant(visit, typed, about, filled, before))
            except ConfigError as error:
                faults["about"] = next(iter(fault_of(error, say, {}).values()))
        place: dict[str, Any] = {}
        try:
            place = place_from(say, filled, before)
        except Unfit as unfit:
            faults |= unfit.faults
        changes = _changes(say, filled, before, commons, place, faults)
        wish = wish_from(filled, readers)
        if thing is None:

            async def raises(signer: Signer) -> list[VerifiedRecord]:
                told = await tell(signer, actor, "alert", changes, wish)
                public = {name: value for name, value in told.changes.items() if value is not None}
                return await told.with_seal(signer, actor, await signer.sign(actor, "alert", public))

            return Intent(actor, None, raises)
        changed = thing
        if not changes:
            raise Unfit({"": say("Nothing is changed yet.")})

        async def changes_it(signer: Signer) -> list[VerifiedRecord]:
            told = await tell(signer, actor, "alert", changes, wish, changed)
            return await told.with_seal(
                signer, actor, await next_version(signer, actor, changed, told.changes)
            )

        return Intent(actor, thing, changes_it)


def _filled(say: Speech, payload: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    answers: dict[str, tuple[str, ...]] = {}
    for name in ("title", "text", "outcome"):
        answers |= filled_texts(name, payload.get(name))
    answers |= filled_place(payload) | filled_source(say, payload.get("source"))
    answers |= filled_personal(payload.get("personal_data"))
    answers |= {name: (payload.get(name, ""),) for name in ("type", "since", "licence")}
    answers["state"] = (payload.get("state", "open"),)
    answers["about"] = tuple(
        shown_name(say, one["name"]) for one in payload.get("commons", ()) if one.get("name")
    )
    shown = payload.get("evidence", ())
    answers["evidence"] = tuple(_evidence_title(say, one) for one in shown)
    answers["evidence-url"] = tuple(one.get("url", "") for one in shown)
    return {name: values for name, values in answers.items() if any(values)}


def _evidence_title(say: Speech, one: dict[str, Any]) -> str:
    title = one["title"]
    return " ".join(title.split()) if isinstance(title, str) else shown_name(say, title)


def _changes(
    say: Speech,
    filled: Filled,
    before: dict[str, Any],
    commons: list[dict[str, Any]],
    place: dict[str, Any],
    faults: dict[str, str],
) -> dict[str, Any]:
    """Return the fields that differ from those before (all of them, for a new alert).  Raises `Unfit`."""
    nameless = [one for one in before.get("commons", ()) if not one.get("name")]
    fields: dict[str, Any] = {
        "title": filled.texts("title"),
        "type": filled.text("type") or before.get("type") or "other",
        "text": filled.texts("text"),
        "commons": [*commons, *nameless],
        "since": partial_day_from(say, filled, "since", faults),
        "evidence": _shown(say, filled, before, faults),
        "source": source_from(say, filled, before, faults),
        "licence": filled.text("licence") or before.get("licence") or "CC-BY-4.0",
        "personal_data": personal_from(say, filled, faults),
        **place,
    }
    if before:
        state = filled.text("state")
        fields["state"] = state if state in _STATES else "open"
        fields["outcome"] = filled.texts("outcome")
    if not fields["title"]:
        faults["title"] = say("Say what happens")
    if not fields["commons"] and fields.get("geometry") is None and not before and "place" not in faults:
        faults["about"] = say("Say which commons it is about, or where it happens")
    if faults:
        raise Unfit(faults)
    answered = {name: value for name, value in fields.items() if value}
    if not before:
        return answered
    standing = {"sensitivity": "public", "state": "open"}
    return {
        name: answered.get(name)
        for name in fields
        if answered.get(name) != (before.get(name) or standing.get(name))
    }


def _shown(
    say: Speech, filled: Filled, before: dict[str, Any], faults: dict[str, str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for title, url in filled.rows("evidence", "evidence-url"):
        if url and not url.lower().startswith(("https://", "http://")):
            faults["evidence-url"] = say("Write the whole address of the page, with https://")
        same = (
            one
            for one in before.get("evidence", ())
            if _evidence_title(say, one) == title and one.get("url", "") == url
        )
        found.append(dict(next(same, {"title": title, **({"url": url} if url else {})})))
    return found


def _evidence(say: Speech, filled: Filled, faults: Faults) -> Node:
    label = say("What shows it")
    written = filled.rows("evidence", "evidence-url")
    count = rows_shown(filled, "evidence", len(written), 1)
    columns = [
        e(
            "input",
            id=cell_id("evidence-url", at),
            name="evidence-url",
            type="url",
            value=written[at][1] if at < len(written) else "",
            placeholder="https://",
            aria_label=f"{say('Where it can be seen')} {at + 1}",
            autocomplete="off",
        )
        for at in range(count)
    ]
    rows = name_rows("evidence", label, [title for title, _ in written], count, None, columns)
    hint = say("A paper or a picture, and the address where it can be seen if there is one.")
    return table("evidence", label, rows, say, faults, hint=hint, fault=faults.get("evidence-url"))


def _closing(say: Speech, filled: Filled, faults: Faults) -> Node:
    options: list[tuple[str, Node, Node]] = [
        ("open", say(ALERT_STATE_WORDS["open"]), None),
        ("resolved", say(ALERT_STATE_WORDS["resolved"]), say("It is over.")),
        ("withdrawn", say(ALERT_STATE_WORDS["withdrawn"]), say("It was a mistake.")),
    ]
    return [
        ticks("state", say("Where it stands"), options, [filled.text("state") or "open"], kind="radio"),
        passage(
            "outcome", say("What came of it"), filled.worded("outcome"), fault=faults.get("outcome"), rows=3
        ),
    ]
