"""What an operator signs to publish a visitor's comment: the visitor's words as they are, and from whom they
come."""

from typing import Any

from node.authoring.procedure import write_act
from node.authoring.signer import Signer
from node.web.exchange.problem import not_held
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import title_words
from node.web.words.speech import N_, Speech, day_of
from node.web.writing.acting import acting, name_field
from node.web.writing.fields import Faults
from node.web.writing.filled import Filled
from node.web.writing.said import texts_in_all
from node.web.writing.sheet import About, Intent
from node.web.writing.visit import Visit
from protocol.identifiers import SubjectId, id_text, parse_id
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

# In both languages at once: the record is read far from here.
_FROM = {"en": "a visitor to the pages of {node}", "es": "una persona que visitó las páginas de {node}"}
_PURPOSE = {"en": "So that it is seen who says so", "es": "Para que se vea quién lo dice"}


class VisitorSheet:
    """Publishes a comment of a visitor as an observation, by whoever looks after the node."""

    name = "visitor"
    newest = False
    plain = ("as",)
    worded: tuple[str, ...] = ()

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""
        return say("Publish a visitor’s comment")

    def called(self, filled: Filled) -> str:
        """Return what its draft is called."""
        return next((" ".join(text.split())[:80] for text in filled.texts("text").values()), "")

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Raise `Problem`: it begins in the queue, with what a visitor wrote."""
        raise not_held()

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""
        thing = await self._thing(visit, about)
        link = e(
            "a",
            e("bdi", title_words(visit.here, thing)),
            href=visit.asked.link(f"/thing/{id_text(thing.subject)}"),
        )
        return [
            e("p", visit.say.rich(N_("About {thing}."), thing=link)),
            e("blockquote", texts_in_all(visit.here, filled.texts("text"))),
            await name_field(visit, filled, faults),
        ]

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Problem`, `ConfigError`, `ProtocolError`."""
        actor, _ = await acting(visit, filled)
        thing = await self._thing(visit, about)
        name, node = filled.text("called"), visit.here.node_name
        received = filled.text("received")
        day = day_of(int(received)) if received.isascii() and received.isdigit() else visit.here.today
        source = {tag: text.format(node=node) for tag, text in _FROM.items()}
        payload: dict[str, Any] = {"text": filled.texts("text"), "source": {"name": source, "retrieved": day}}
        if name:
            payload["source"]["name"] = {tag: f"{name}, {text}" for tag, text in source.items()}
            payload["personal_data"] = {"purpose": _PURPOSE, "basis": "consent", "on": day}

        async def publishes(signer: Signer) -> list[VerifiedRecord]:
            return await write_act(signer, actor, thing, "observation", payload)

        note = visit.say(
            "The words are a visitor’s, and yours is the signature: you answer for publishing them."
        )
        return Intent(actor, thing, publishes, (note,))

    async def _thing(self, visit: Visit, about: About) -> ThingState:
        thing = await visit.desk.store.thing(SubjectId(parse_id(about.get("thing", ""))))
        if thing is None or thing.display is None:
            raise not_held()
        return thing
