"""The form by which a party signs a pact, or declines it with its reasons."""

from typing import Any

from node.authoring.signer import Signer
from node.authoring.things import answer_pact, payload_of
from node.web.exchange.problem import Problem, not_held
from node.web.frame.markup import Node, e
from node.web.words.speech import N_, Speech
from node.web.writing.acting import acting, actors_for, likely_actor, name_field
from node.web.writing.day_answers import OFFICE_PLAIN, office_from, office_questions
from node.web.writing.fields import Faults, passage, ticks
from node.web.writing.filled import Filled
from node.web.writing.said import DECISION_WORDS, said_fields
from node.web.writing.sheet import About, Intent, Unfit
from node.web.writing.versions import before_of
from node.web.writing.visit import Visit
from protocol.identifiers import id_text, parse_id
from protocol.record.verification import VerifiedRecord


class AnswerSheet:
    """Answers the version of a pact (`thing`) that was shown when the form was opened (`base`)."""

    name = "answer"
    newest = True
    plain = ("as", "decision", *OFFICE_PLAIN)
    worded = ("reasons",)

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Sign a pact, or decline it")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return filled.text("called")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        if "thing" not in about:
            raise not_held()
        thing, _, base = await before_of(visit, about, "pact", newest=True)
        if not any(actor in thing.linked for actor, _ in await actors_for(visit)):
            raise Problem(
                409,
                "no-party",
                N_("You sign for none of its parties"),
                N_(
                    "A pact is signed by those whom it names with their keys. To say what you think of it, "
                    "comment on it."
                ),
            )
        actor = await likely_actor(visit, frozenset(thing.linked))
        called = visit.here.plain_name(thing.title) if thing.title else ""
        return {"thing": id_text(thing.subject), "base": base}, Filled({"as": (actor,), "called": (called,)})

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        thing, before, _ = await before_of(visit, about, "pact", newest=True)
        name = e("b", e("bdi", visit.here.plain_name(thing.title)))
        link = e("a", name, href=visit.asked.link(f"/thing/{id_text(thing.subject)}"))
        options: list[tuple[str, Node, Node]] = [
            (
                "consent",
                say(DECISION_WORDS["consent"]),
                say("It is in force once every party has signed this text."),
            ),
            ("decline", say(DECISION_WORDS["decline"]), say("With the reasons, for everybody to read.")),
        ]
        return [
            e("p", say.rich(N_("About {pact}."), pact=link)),
            await name_field(visit, filled, faults),
            ticks(
                "decision",
                say("Decision"),
                options,
                [filled.text("decision")],
                kind="radio",
                fault=faults.get("decision"),
            ),
            passage(
                "reasons",
                say("Reasons"),
                filled.worded("reasons"),
                hint=say("Needed to decline it."),
                fault=faults.get("reasons"),
            ),
            office_questions(say, filled, faults),
            e(
                "details",
                e("summary", say("The text that you sign")),
                said_fields(visit.here, "pact", before),
            ),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        say = visit.say
        actor, _ = await acting(visit, filled)
        thing, _, base = await before_of(visit, about, "pact", newest=True)
        decision, reasons = filled.text("decision"), filled.texts("reasons")
        faults: dict[str, str] = {}
        if decision not in DECISION_WORDS:
            faults["decision"] = say("Say whether you sign it or decline it")
        if decision == "decline" and not reasons:
            faults["reasons"] = say("Say why, for everybody to read")
        if actor not in thing.linked:
            faults["as"] = say("It is none of the pact’s parties, so its answer would count for nothing")
        office = office_from(say, filled, faults)
        if faults:
            raise Unfit(faults)
        details: dict[str, Any] = {"reasons": reasons} if reasons else {}
        if office:
            details["authorised_by"] = office
        version = parse_id(base)

        async def answers(signer: Signer) -> list[VerifiedRecord]:
            return await answer_pact(signer, actor, thing, decision, details, version)

        record = await visit.desk.store.record(version)
        text: Node = None
        if record is not None and not record.is_erased:
            text = [
                e("h2", say("The text that it is about")),
                e("p", say.rich(N_("Version {id}."), id=visit.here.record(version)), class_="quiet small"),
                said_fields(visit.here, "pact", _unsalted(payload_of(record))),
            ]
        return Intent(actor, thing, answers, attached=text)


def _unsalted(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "salt"}
