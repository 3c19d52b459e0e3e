"""The form of a commons: a new one, the next version of one, or a community's own word on one that others
told of."""

from collections.abc import Mapping
from typing import Any

from node.authoring.namesakes import our_namesakes
from node.authoring.signer import Signer
from node.authoring.telling import tell
from node.authoring.things import next_version, speak_for
from node.errors import ConfigError
from node.web.frame.layout import icon
from node.web.frame.markup import Node, e
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import BASIS_WORDS, LEVEL_WORDS, RESOURCE_WORDS, word
from node.web.writing.acting import acting, actors_for, likely_actor, name_field
from node.web.writing.commons_fields import (
    commons_changes,
    filled_commons,
)
from node.web.writing.fields import Faults, choice, line, passage, ticks
from node.web.writing.filled import Filled
from node.web.writing.naming_answers import party_answer, readers_answer, suggestions
from node.web.writing.origin_answers import licence_question, source_questions
from node.web.writing.personal_answers import PERSONAL_PLAIN, PERSONAL_WORDED, personal_questions
from node.web.writing.place_answers import PLAIN as PLACE_PLAIN
from node.web.writing.place_answers import place_from, place_questions, wish_from
from node.web.writing.place_map import place_map
from node.web.writing.rows import name_rows, rows_shown, table
from node.web.writing.sheet import About, Intent, Unfit, fault_of
from node.web.writing.versions import before_of
from node.web.writing.visit import Visit
from protocol.identifiers import id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

_SPEAKS, _BESIDE = "speaks", "beside"


class CommonsSheet:
    """Begins a commons (nothing it is about) or says something new of one (`thing`)."""

    name = "commons"
    newest = False
    plain = (
        "as",
        "voice",
        "resources",
        *PLACE_PLAIN,
        "level",
        "level-name",
        "area-ha",
        "area-local",
        "steward",
        "basis",
        "basis-on",
        "labels",
        "licence",
        "source",
        "source-url",
        *PERSONAL_PLAIN,
    )
    worded = ("name", "description", "users", "rules", "legal", *PERSONAL_WORDED)

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Change what is said of a commons") if "thing" in about else say("Describe a commons")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return next(iter(filled.texts("name").values()), "")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        if "thing" not in about:
            actors = await actors_for(visit)
            answers: dict[str, tuple[str, ...]] = {"as": (id_text(actors[0][0]),), "place": ("point",)}
            if len(actors) == 1:
                answers["steward"] = (actors[0][1],)
            return {}, Filled(answers)
        thing, before, base = await before_of(visit, about, "commons")
        actor = await likely_actor(visit, frozenset(thing.linked))
        answers = filled_commons(visit.say, before)
        voice = _SPEAKS if not thing.linked else _BESIDE
        return {"thing": id_text(thing.subject), "base": base}, Filled(
            {"as": (actor,), "voice": (voice,), **answers}
        )

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        thing, before = None, dict[str, Any]()
        if "thing" in about:
            thing, before, _ = await before_of(visit, about, "commons")
        return [
            await name_field(visit, filled, faults),
            await _voice(visit, thing, filled),
            e("h2", say("What it is")),
            line(
                "name",
                say("Name"),
                filled.worded("name"),
                hint=say("As those who live there call it."),
                fault=faults.get("name"),
            ),
            ticks(
                "resources",
                say("What is held in common"),
                [(slug, [icon(slug), " ", say(words)], None) for slug, words in RESOURCE_WORDS.items()],
                filled.all("resources"),
                fault=faults.get("resources"),
                class_="many",
            ),
            passage(
                "description",
                say("What it is, in some sentences"),
                filled.worded("description"),
                fault=faults.get("description"),
            ),
            place_questions(
                say,
                filled,
                faults,
                before,
                await readers_table(visit, filled, faults),
                await place_map(visit, thing),
            ),
            _territory(say, filled, faults),
            _area(say, filled, faults),
            e("h2", say("Who cares for it")),
            await _stewards(visit, filled, faults),
            passage("users", say("Who uses it"), filled.worded("users"), fault=faults.get("users"), rows=2),
            passage(
                "rules",
                say("The rules of its use"),
                filled.worded("rules"),
                fault=faults.get("rules"),
                rows=6,
            ),
            passage(
                "legal", say("Its legal standing"), filled.worded("legal"), fault=faults.get("legal"), rows=3
            ),
            e("h2", say("Publishing it")),
            choice(
                "basis",
                say("How it was agreed to publish this"),
                [("", say("Not said")), *((b, say(w)) for b, w in BASIS_WORDS.items())],
                filled.text("basis"),
                fault=faults.get("basis"),
            ),
            line(
                "basis-on",
                say("When that was agreed"),
                filled.typed("basis-on"),
                hint=say("A year, a month or a day: 2026, 2026-05 or 2026-05-31"),
                fault=faults.get("basis-on"),
                width="w10",
                autocomplete="off",
            ),
            licence_question(say, filled, faults),
            e(
                "details",
                e("summary", say("A source, labels, people who are named")),
                source_questions(say, filled, faults),
                line(
                    "labels",
                    say("Local Contexts labels that the community sets"),
                    filled.typed("labels"),
                    hint=say("Their codes, with commas between: TK A, BC P"),
                    fault=faults.get("labels"),
                    width="w20",
                    autocomplete="off",
                ),
                personal_questions(say, filled, faults),
                open=bool(faults.keys() & {"source", "source-url", "labels", "purpose", "right", "right-on"}),
            ),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        actor, state = await acting(visit, filled)
        thing, before = None, dict[str, Any]()
        if "thing" in about:
            thing, before, _ = await before_of(visit, about, "commons")
        readers, fault = await readers_answer(visit, filled)
        faults = {"reader": fault} if fault else {}
        stewards: list[dict[str, Any]] = []
        for typed in filled.all("steward"):
            if typed:
                try:
                    stewards.append(
                        await party_answer(visit, typed, filled, actor, state, before.get("stewards", ()))
                    )
                except ConfigError as error:
                    faults |= {"steward": next(iter(fault_of(error, visit.say, {}).values()))}
        if thing is None and not any(filled.all("steward")) and not filled.text("source"):
            assert state.current is not None
            stewards = [{"name": dict(state.current.name), "actor": bytes(actor)}]
        place: dict[str, Any] = {}
        try:
            place = place_from(visit.say, filled, before)
        except Unfit as unfit:
            faults |= unfit.faults
        changes = commons_changes(visit.say, filled, before, stewards, place, faults)
        wish = wish_from(filled, readers)
        if thing is None:

            async def begins(signer: Signer) -> list[VerifiedRecord]:
                told = await tell(signer, actor, "commons", changes, wish)
                public = {name: value for name, value in told.changes.items() if value is not None}
                return await told.with_seal(signer, actor, await signer.sign(actor, "commons", public))

            return Intent(actor, None, begins, await _namesakes(visit, changes))
        changed = thing
        speaks = actor not in thing.linked and filled.text("voice") == _SPEAKS

        async def changes_it(signer: Signer) -> list[VerifiedRecord]:
            told = await tell(signer, actor, "commons", changes, wish, changed)
            follow = speak_for if speaks else next_version
            return await told.with_seal(signer, actor, await follow(signer, actor, changed, told.changes))

        if not changes and not speaks:
            raise Unfit({"": visit.say("Nothing is changed yet.")})
        return Intent(actor, thing, changes_it)


async def _namesakes(visit: Visit, changes: Mapping[str, Any]) -> tuple[Node, ...]:
    """Return a note where a commons of ours is called the same already."""
    ours = [actor for actor, _ in await actors_for(visit)]
    found = await our_namesakes(visit.desk.store, ours, "commons", changes.get("name") or {})
    if not found:
        return ()
    await visit.here.learn_titles(found)
    named = [visit.here.thing(subject, name) for subject, name in list(found.items())[:3]]
    return (
        visit.say.rich(
            N_(
                "There is one of yours already that is called so: {things}. Two may have one name; to "
                "change that one, open its page."
            ),
            things=visit.say.joined(named),
        ),
    )


async def _voice(visit: Visit, thing: ThingState | None, filled: Filled) -> Node:
    """Return the question how somebody speaks of a commons that they are not named as caring for."""
    if thing is None:
        return None
    own = [actor for actor, _ in await actors_for(visit)]
    if all(actor in thing.linked for actor in own):
        return None
    say = visit.say
    options: list[tuple[str, Node, Node]] = [
        (
            _SPEAKS,
            say("We care for it, and speak for ourselves"),
            say("You are named among those who care for it."),
        ),
        (
            _BESIDE,
            say("We tell of it beside what others say"),
            say("Nothing that others said is overwritten."),
        ),
    ]
    return ticks(
        "voice",
        say("How you speak of it"),
        options,
        [filled.text("voice") or _BESIDE],
        kind="radio",
        hint=say("For those whom it does not name yet as caring for it."),
    )


async def readers_table(visit: Visit, filled: Filled, faults: Faults) -> Node:
    """Return the question for whom a place is sealed."""
    say, label = visit.say, visit.say("Who may read the precise place, besides you")
    written = [one for one in filled.all("reader") if one]
    rows = name_rows(
        "reader", label, written, rows_shown(filled, "reader", len(written), 1), "names-of-actors"
    )
    hint = say("Names of actors whose keys are known here.")
    return table("reader", label, rows, say, faults, hint=hint)


async def _stewards(visit: Visit, filled: Filled, faults: Faults) -> Node:
    say, label = visit.say, visit.say("Their names")
    written = [one for one in filled.all("steward") if one]
    rows = name_rows(
        "steward", label, written, rows_shown(filled, "steward", len(written)), "names-of-actors"
    )
    hint = say(
        "One on each line: an actor known here by its name, or the name of somebody who has no keys yet. "
        "Left empty for a new commons, it is in whose name you sign."
    )
    return [
        table("steward", label, rows, say, faults, hint=hint),
        await suggestions(visit, "actor", "names-of-actors"),
    ]


def _territory(say: Speech, filled: Filled, faults: Faults) -> Node:
    label = say("Territory")
    written = filled.rows("level-name", "level")
    count = rows_shown(filled, "level-name", len(written))
    levels = [level for _, level in written] + ["parish", "canton", "province", "nation"]
    columns = [
        e(
            "select",
            [
                e(
                    "option",
                    word(say, LEVEL_WORDS, slug),
                    value=slug,
                    selected=slug == levels[min(at, len(levels) - 1)],
                )
                for slug in LEVEL_WORDS
            ],
            name="level",
            id=f"f-level-{at}",
            aria_label=f"{say('Level')} {at + 1}",
        )
        for at in range(count)
    ]
    rows = name_rows(
        "level-name", label, [name for name, _ in written], count, "names-of-territories", columns
    )
    hint = say("Where it belongs, the smallest first: the parish Zumbahua, the canton Pujilí.")
    return [
        table("level-name", label, rows, say, faults, hint=hint),
        e("datalist", id="names-of-territories"),
    ]


def _area(say: Speech, filled: Filled, faults: Faults) -> Node:
    return [
        line(
            "area-ha",
            say("Its area in hectares"),
            filled.typed("area-ha"),
            fault=faults.get("area-ha"),
            width="w10",
            inputmode="decimal",
            autocomplete="off",
        ),
        line(
            "area-local",
            say("Its area as people there say it"),
            filled.typed("area-local"),
            hint=say("Such as: 40 cuadras"),
            fault=faults.get("area-local"),
            width="w20",
            autocomplete="off",
        ),
    ]
