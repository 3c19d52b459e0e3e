"""Forms for what somebody has to say: a comment on anything, and an answer to a comment, a challenge or an
alert."""

from typing import Any

from node.authoring.procedure import write_act
from node.authoring.signer import Signer
from node.authoring.things import payload_of
from node.web.exchange.problem import not_held
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import title_words
from node.web.words.record_vocabulary import RECORD_WORDS
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import word
from node.web.writing.acting import acting, actors_for, name_field
from node.web.writing.day_answers import OFFICE_PLAIN, office_from, office_questions
from node.web.writing.fields import Faults, passage, ticks
from node.web.writing.filled import Filled
from node.web.writing.personal_answers import (
    PERSONAL_PLAIN,
    PERSONAL_WORDED,
    personal_details,
    personal_from,
)
from node.web.writing.said import REPLY_WORDS, STANCE_WORDS, said_fields
from node.web.writing.sheet import About, Intent, Unfit
from node.web.writing.visit import Visit
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState


class RemarkSheet:
    """A comment (`observation`) on a thing, or an answer (`reply`) to a record of one."""

    newest = False
    plain = ("as", "stance", *OFFICE_PLAIN, *PERSONAL_PLAIN)
    worded = ("text", *PERSONAL_WORDED)

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self._kind = kind
        self._answers = kind == "reply"

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Answer") if self._answers else say("Comment")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return next((" ".join(text.split())[:80] for text in filled.texts("text").values()), "")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""
        thing, record = await _spoken_of(visit, about)
        known = {"thing": id_text(thing.subject)}
        if record is not None:
            known["record"] = id_text(record.id)
        actors = await actors_for(visit)
        return known, Filled({"as": (id_text(actors[0][0]),)})

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        say = visit.say
        thing, record = await _spoken_of(visit, about)
        words = REPLY_WORDS if self._answers else STANCE_WORDS
        legend = say("What became of what was said") if self._answers else say("In what sense")
        options: list[tuple[str, Node, Node]] = [(slug, say(text), None) for slug, text in words.items()]
        options.append(("", say("Not said"), None))
        return [
            await _quoted(visit, thing, record),
            await name_field(visit, filled, faults),
            passage("text", say("What you say"), filled.worded("text"), fault=faults.get("text"), rows=6),
            ticks(
                "stance", legend, options, [filled.text("stance")], kind="radio", fault=faults.get("stance")
            ),
            office_questions(say, filled, faults),
            personal_details(say, filled, faults),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""
        say = visit.say
        actor, _ = await acting(visit, filled)
        thing, record = await _spoken_of(visit, about)
        faults: dict[str, str] = {}
        payload: dict[str, Any] = {"text": filled.texts("text")}
        if not payload["text"]:
            faults["text"] = say("Write what you have to say")
        words, field = (REPLY_WORDS, "outcome") if self._answers else (STANCE_WORDS, "stance")
        if filled.text("stance") in words:
            payload[field] = filled.text("stance")
        more = {
            "authorised_by": office_from(say, filled, faults),
            "personal_data": personal_from(say, filled, faults),
        }
        payload |= {name: value for name, value in more.items() if value}
        if faults:
            raise Unfit(faults)
        kind, named = self._kind, [] if record is None else [record.id]

        async def says(signer: Signer) -> list[VerifiedRecord]:
            return await write_act(signer, actor, thing, kind, payload, named)

        return Intent(actor, thing, says)


async def _spoken_of(visit: Visit, about: About) -> tuple[ThingState, VerifiedRecord | None]:
    """Return the thing, and the record of it, that somebody speaks of.  Raises `Problem`."""
    record = None
    if "record" in about:
        record = await visit.desk.store.record(parse_id(about["record"]))
        if record is None:
            raise not_held()
        subject = record.subject
    elif "thing" in about:
        subject = SubjectId(parse_id(about["thing"]))
    else:
        raise not_held()
    thing = await visit.desk.store.thing(subject)
    if thing is None or (thing.display is None and not thing.heads):
        raise not_held()
    return thing, record


async def _quoted(visit: Visit, thing: ThingState, record: VerifiedRecord | None) -> Node:
    """Return what somebody speaks of: the name of the thing, and what a record of it says."""
    say, here = visit.say, visit.here
    name = e("b", e("bdi", title_words(here, thing)))
    link = e("a", name, href=visit.asked.link(f"/thing/{id_text(thing.subject)}"))
    about = e("p", say.rich(N_("About {thing}."), thing=link))
    if record is None or record.is_erased or record.header.kind == thing.kind:
        return about
    seen = await here.store.record(record.id)
    if seen is None or record.header.actor is None:
        return about
    await here.meet([record.header.actor])
    said = {
        name: value for name, value in payload_of(record).items() if name in ("text", "stance", "outcome")
    }
    return [
        about,
        e(
            "div",
            e(
                "p",
                word(say, RECORD_WORDS, record.header.kind),
                " · ",
                here.actor(record.header.actor),
                " · ",
                say.moment(record.header.time_ms),
                class_="quiet small",
            ),
            said_fields(here, record.header.kind, said),
            class_="note",
        ),
    ]
