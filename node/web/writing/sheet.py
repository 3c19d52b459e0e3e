"""What a form is: what it asks, how its answers become a record, and what is wrong with them."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from node.authoring.signer import Signer
from node.locale.sentences import sentence_in
from node.web.frame.markup import Node
from node.web.words.speech import Speech
from node.web.writing.fields import Faults
from node.web.writing.filled import Filled
from node.web.writing.visit import Visit
from protocol.identifiers import ActorId
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

About = Mapping[str, str]
"""What a form is about: ids by their role.

`thing`: a commons, a pact, an alert that is changed or spoken of; `record`: one record that is answered;
`commons`: what a new pact or alert is about; `base`: the version that was shown when the form was opened.
"""

ROLES_OF_ABOUT = ("thing", "record", "commons", "base")

Sign = Callable[[Signer], Awaitable[list[VerifiedRecord]]]
"""Signs what a form amounts to, with a signer that has keys, or with one that rehearses."""


class Unfit(Exception):
    """Answers that cannot be signed: what is wrong, in the reader's language, by the name of the field."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody is about to sign: in whose name, about which thing (None for a new one), and how.

    `notes` are what they should know of it before they do.
    """

    actor: ActorId
    thing: ThingState | None
    sign: Sign
    notes: tuple[Node, ...] = ()
    attached: Node = None  # what it is about, to be read with it


class Sheet(Protocol):
    """A form."""

    @property
    def name(self) -> str:
        """What it is called in addresses."""

    @property
    def newest(self) -> bool:
        """Whether it is about the newest version of a thing, and not the one that is shown."""

    @property
    def plain(self) -> tuple[str, ...]:
        """The questions that have one answer, whatever the language."""

    @property
    def worded(self) -> tuple[str, ...]:
        """The questions answered in one language or several."""

    def title(self, say: Speech, about: About) -> str:
        """Return what stands above it."""

    async def begin(self, visit: Visit, about: About) -> tuple[About, Filled]:
        """Return what it is about and what stands in it at first.  Raises `Problem`."""

    async def questions(self, visit: Visit, about: About, filled: Filled, faults: Faults) -> Node:
        """Return its questions, with what was answered."""

    async def intent(self, visit: Visit, about: About, filled: Filled) -> Intent:
        """Return what would be signed.  Raises `Unfit`, `Problem`, `ConfigError`, `ProtocolError`."""

    def called(self, filled: Filled) -> str:
        """Return what its draft is called in a list."""


def fault_of(fault: Exception, say: Speech, fields: Mapping[str, str]) -> Faults:
    """Return what an error of authoring or of the protocol says, at the field it is about.

    `fields` are those of a form by the name that errors have for them.
    """
    text = str(fault)
    said = sentence_in(text, say.language)
    words = re.findall(r"[a-z_]+", text)
    for word in words[:_WORDS_LOOKED_AT]:
        if word in fields:
            return {fields[word]: sentence_case(said)}
    return {"": sentence_case(said)}


# "the field rules, es tells where it is", "a text in the field rules, es is longer than": the field comes
# early.
_WORDS_LOOKED_AT = 6


def sentence_case(text: str) -> str:
    """Return a sentence of an error as it stands on a page."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
