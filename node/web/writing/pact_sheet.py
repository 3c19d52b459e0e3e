"""The form of a pact: a proposal in the order of the regulation's letters, and its next version."""

from typing import Any

from node.authoring.signer import Signer
from node.authoring.things import next_version
from node.errors import ConfigError
from node.web.frame.markup import Node, e
from node.web.words.speech import Speech
from node.web.words.vocabulary import CLAUSE_WORDS, INTENSITY_WORDS, SIDE_WORDS
from node.web.writing.acting import acting, actors_for, likely_actor, name_field
from node.web.writing.commons_rows import commons_meant, commons_table
from node.web.writing.day_answers import day_from, day_line
from node.web.writing.fields import Faults, choice, line, passage
from node.web.writing.filled import Filled, filled_texts
from node.web.writing.naming_answers import party_answer, shown_name, suggestions
from node.web.writing.origin_answers import licence_question, within
from node.web.writing.personal_answers import (
    PERSONAL_PLAIN,
    PERSONAL_WORDED,
    filled_personal,
    personal_details,
    personal_from,
)
from node.web.writing.rows import cell_id, name_rows, rows_shown, table
from node.web.writing.sheet import About, Intent, Unfit, fault_of
from node.web.writing.versions import before_of
from node.web.writing.visit import Visit
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.kinds.pact import CLAUSE_LETTERS, longer_than_nine_years
from protocol.record.verification import VerifiedRecord

# Who signs for the State; everybody else is on the side of the community at first, and may be put on the
# other.
_ADMINISTRATIONS = frozenset({"municipality", "ministry", "agency"})


class PactSheet:
    """Proposes a pact, also for a commons (`commons`), or the next version of one (`thing`)."""

    name = "pact"
    newest = False
    plain = ("as", "party", "side", "about", "intensity", "start", "end", "licence", *PERSONAL_PLAIN)
    worded = ("title", "reasons", *CLAUSE_LETTERS, *PERSONAL_WORDED)

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Propose another version of a pact") if "thing" in about else say("Propose a pact")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return next(iter(filled.texts("title").values()), "")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        if "thing" in about:
            thing, before, base = await before_of(visit, about, "pact")
            actor = await likely_actor(visit, frozenset(thing.linked))
            known = {"thing": id_text(thing.subject), "base": base}
            return known, Filled({"as": (actor,), **_filled(visit.say, before)})
        actors = await actors_for(visit)
        state = await visit.desk.store.actor(actors[0][0])
        kind = state.current.type if state is not None and state.current is not None else ""
        side = "administration" if kind in _ADMINISTRATIONS else "community"
        answers: dict[str, tuple[str, ...]] = {
            "as": (id_text(actors[0][0]),),
            "party": (actors[0][1],),
            "side": (side,),
        }
        if "commons" in about:
            thing_about = await visit.here.store.thing(SubjectId(parse_id(about["commons"])))
            if thing_about is not None and thing_about.title:
                answers["about"] = (shown_name(visit.say, thing_about.title),)
        return {name: about[name] for name in ("commons",) if name in about}, Filled(answers)

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        return [
            await name_field(visit, filled, faults),
            e(
                "p",
                say("Proposing is not signing: each party, yours too, signs the text once it stands."),
                class_="quiet",
            ),
            line("title", say("Title"), filled.worded("title"), fault=faults.get("title")),
            e("h2", say("Who, and about what")),
            _parties(say, filled, faults),
            await suggestions(visit, "actor", "names-of-actors"),
            commons_table(say, filled, faults),
            await suggestions(visit, "commons", "names-of-commons"),
            choice(
                "intensity",
                say("Kind of care"),
                [("", say("Not said")), *((slug, say(words)) for slug, words in INTENSITY_WORDS.items())],
                filled.text("intensity"),
                fault=faults.get("intensity"),
            ),
            day_line("start", say("The first day"), filled, faults),
            day_line(
                "end",
                say("The last day"),
                filled,
                faults,
                say("More than nine years need reasons (art. 17.3)."),
            ),
            passage(
                "reasons",
                say("Why longer than nine years"),
                filled.worded("reasons"),
                fault=faults.get("reasons"),
                rows=2,
            ),
            e("h2", say("Text of the pact")),
            e(
                "p",
                say(
                    "In the order of the letters of the regulation (art. 5.2). Leave out what you do not "
                    "need."
                ),
                class_="quiet",
            ),
            [
                passage(
                    name,
                    [e("span", f"{letter}) ", class_="letter"), say(CLAUSE_WORDS[name])],
                    filled.worded(name),
                    fault=faults.get(name),
                    rows=4,
                )
                for name, letter in CLAUSE_LETTERS.items()
            ],
            licence_question(say, filled, faults),
            personal_details(say, filled, faults),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        say = visit.say
        actor, state = await acting(visit, filled)
        thing, before = None, dict[str, Any]()
        if "thing" in about:
            thing, before, _ = await before_of(visit, about, "pact")
        faults: dict[str, str] = {}
        parties: list[dict[str, Any]] = []
        for typed, side in filled.rows("party", "side"):
            try:
                party = await party_answer(visit, typed, filled, actor, state, before.get("parties", ()))
            except ConfigError as error:
                faults["party"] = next(iter(fault_of(error, say, {}).values()))
                continue
            parties.append(party | ({"side": side} if side in SIDE_WORDS else {}))
        commons: list[dict[str, Any]] = []
        for typed in (one for one in filled.all("about") if one):
            try:
                commons.append(await commons_meant(visit, typed, about, filled, before))
            except ConfigError as error:
                faults["about"] = next(iter(fault_of(error, say, {}).values()))
        changes = _changes(say, filled, before, parties, commons, faults)
        if thing is None:

            async def proposes(signer: Signer) -> list[VerifiedRecord]:
                return await signer.sign(actor, "pact", changes)

            return Intent(actor, None, proposes)
        amended = thing
        if not changes:
            raise Unfit({"": say("Nothing is changed yet.")})

        async def amends(signer: Signer) -> list[VerifiedRecord]:
            return await next_version(signer, actor, amended, changes)

        note = say("Whoever has signed an earlier version has not signed this one: each party signs anew.")
        return Intent(actor, thing, amends, (note,))


def _filled(say: Speech, payload: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    answers = filled_texts("title", payload.get("title"))
    for name, texts in (payload.get("clauses") or {}).items():
        answers |= filled_texts(name, texts)
    term = payload.get("term") or {}
    answers |= filled_texts("reasons", term.get("reasons")) | filled_personal(payload.get("personal_data"))
    answers["party"] = tuple(shown_name(say, one["name"]) for one in payload.get("parties", ()))
    answers["side"] = tuple(one.get("side", "") for one in payload.get("parties", ()))
    named = [one for one in payload.get("commons", ()) if one.get("name")]
    answers["about"] = tuple(shown_name(say, one["name"]) for one in named)
    answers |= {name: (term.get(name, ""),) for name in ("start", "end")}
    answers |= {name: (payload.get(name, ""),) for name in ("intensity", "licence")}
    return {name: values for name, values in answers.items() if any(values)}


def _changes(
    say: Speech,
    filled: Filled,
    before: dict[str, Any],
    parties: list[dict[str, Any]],
    commons: list[dict[str, Any]],
    faults: dict[str, str],
) -> dict[str, Any]:
    """Return the fields that differ from those before (all of them, for a new pact).  Raises `Unfit`."""
    start, end = day_from(say, filled, "start", faults), day_from(say, filled, "end", faults)
    reasons = filled.texts("reasons")
    if start and end and end < start:
        faults["end"] = say("The last day cannot come before the first")
    elif start and end and longer_than_nine_years(start, end) and not reasons:
        faults["reasons"] = say("Say why it holds for more than nine years (art. 17.3)")
    clauses = {name: texts for name in CLAUSE_LETTERS if (texts := filled.texts(name))}
    # A commons that the version before names by its id alone has no name to be shown by.
    nameless = [one for one in before.get("commons", ()) if not one.get("name")]
    fields: dict[str, Any] = {
        "title": filled.texts("title"),
        "parties": parties,
        "commons": [*commons, *nameless],
        "clauses": {
            **{n: t for n, t in (before.get("clauses") or {}).items() if n not in CLAUSE_LETTERS},
            **clauses,
        },
        "intensity": filled.text("intensity") if filled.text("intensity") in INTENSITY_WORDS else None,
        "term": within(None, start=start, end=end, reasons=reasons),
        "licence": filled.text("licence") or before.get("licence") or "CC-BY-4.0",
        "personal_data": personal_from(say, filled, faults),
    }
    if fields["term"]:
        fields["term"] = {name: value for name, value in fields["term"].items() if value}
    if not fields["title"]:
        faults["title"] = say("Write its title")
    if len(parties) < 2 and "party" not in faults:
        faults["party"] = say("A pact has at least two parties: name each on a line of its own")
    if faults:
        raise Unfit(faults)
    answered = {name: value for name, value in fields.items() if value}
    if not before:
        return answered
    return {name: answered.get(name) for name in fields if answered.get(name) != (before.get(name) or None)}


def _parties(say: Speech, filled: Filled, faults: Faults) -> Node:
    label = say("Parties")
    written = filled.rows("party", "side")
    count = rows_shown(filled, "party", len(written), 3)
    sides = [side for _, side in written]
    options = [
        ("community", say(SIDE_WORDS["community"])),
        ("administration", say(SIDE_WORDS["administration"])),
    ]
    options += [("", say("neither"))]

    def side_of(at: int) -> str:
        if at < len(sides):
            return sides[at]
        # Who comes second is most often on the other side.
        return "administration" if sides[:1] == ["community"] else "community"

    columns = [
        e(
            "select",
            [e("option", text, value=slug, selected=slug == side_of(at)) for slug, text in options],
            name="side",
            id=cell_id("side", at),
            aria_label=f"{say('Side')} {at + 1}",
        )
        for at in range(count)
    ]
    rows = name_rows("party", label, [name for name, _ in written], count, "names-of-actors", columns)
    hint = say(
        "One on each line, with its side: an actor known here by its name, or the name of somebody who has "
        "no keys yet."
    )
    return table("party", label, rows, say, faults, hint=hint)
