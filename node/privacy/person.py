"""Who is meant by a request, and finding them in a record: by name, by actor, by key.

A name is found whatever its accents, capitals and blanks, as whole words: `Ana Perez` finds `ANA  PÉREZ`, and
not `Susana Pérez`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unicodedata import normalize

from node.authoring.restricted import texts_of
from protocol.canonical import decode
from protocol.identifiers import ActorId
from protocol.keys import PublicKey
from protocol.limits import PAYLOAD_SIZE_MAX_BYTES
from protocol.record.envelope import split_envelope
from protocol.record.header import Header, decode_header

# One letter or two begin half of all words.
NAME_LENGTH_MIN_CHARS = 3

_MARKS = r"[\u0300-\u036f]*"  # accents, as they follow their letter in Unicode's decomposed form
_END = r"(?![\w\u0300-\u036f])"


@dataclass(frozen=True, slots=True)
class Mention:
    """How a record has to do with somebody: `how` is `author`, `key`, `actor` or `words`.

    Of `words`, the field and the text they stand in; of `actor` and `key` in a content, the field.
    """

    how: str
    field: str = ""
    text: str = ""


@dataclass(frozen=True)
class Person:
    """Whom a request is about: the actors that are theirs, the keys, the names.

    `besides`: a longer name in which theirs does not count, such as the one that is right.
    """

    actors: frozenset[ActorId] = frozenset()
    keys: frozenset[PublicKey] = frozenset()
    names: tuple[str, ...] = ()
    besides: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Return what finds their names, as the group `name`; where that is empty, it is something else."""
        if not self.names:
            return None
        longer = rf"{_written((self.besides,))}|" if self.besides else ""
        return re.compile(rf"(?<!\w)(?:{longer}(?P<name>{_written(self.names)})){_END}", re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> re.Pattern[str] | None:
        """Return what finds their names wherever letters follow each other."""
        return re.compile(_written(self.names), re.IGNORECASE) if self.names else None

    def may_be_in(self, envelope: bytes) -> bool:
        """Whether a record may have to do with them: for nearly all, this tells quickly that it has not."""
        if any(bytes(one) in envelope for one in (*self.actors, *self.keys)):
            return True
        if self._anywhere is None:
            return False
        # What is no text between texts is left out; no text is torn by that.
        text = envelope.decode("utf-8", "ignore")
        return self._anywhere.search(text if text.isascii() else normalize("NFD", text)) is not None

    def mentions(self, envelope: bytes) -> list[Mention]:
        """Return how a record has to do with them; empty where it has nothing."""
        if not self.may_be_in(envelope):
            return []
        parts = split_envelope(envelope)
        header = decode_header(parts.header)
        found = list(self._in_header(header))
        if parts.payload is not None:
            payload = decode(parts.payload, PAYLOAD_SIZE_MAX_BYTES)
            found += self._in_content(payload)
        return found

    def is_named_in(self, text: str) -> bool:
        """Whether a text holds one of their names."""
        if self._pattern is None:
            return False
        return any(match["name"] for match in self._pattern.finditer(normalize("NFD", text)))

    def renamed(self, payload: Mapping[str, Any], words: str) -> dict[str, Any]:
        """Return a payload with `words` in the place of each of their names."""
        renamed: dict[str, Any] = self._renamed(dict(payload), words)
        return renamed

    def _renamed(self, value: Any, words: str) -> Any:
        match value:
            case str() if self._pattern is not None and self.is_named_in(value):
                return normalize(
                    "NFC",
                    self._pattern.sub(
                        lambda match: words if match["name"] else match[0], normalize("NFD", value)
                    ),
                )
            case dict():
                return {name: self._renamed(part, words) for name, part in value.items()}
            case list():
                return [self._renamed(part, words) for part in value]
            case _:
                return value

    def _in_header(self, header: Header) -> Iterator[Mention]:
        if header.actor in self.actors:
            yield Mention("author")
        if header.signer in self.keys:
            yield Mention("key")

    def _in_content(self, payload: Any) -> Iterator[Mention]:
        for field, identifier in _identifiers(payload):
            if identifier in self.actors:
                yield Mention("actor", field)
            elif identifier in self.keys:
                yield Mention("key", field)
        if self._pattern is not None:
            for field, text in texts_of(payload):
                if self.is_named_in(text):
                    yield Mention("words", field, text)


def _is_mark(letter: str) -> bool:
    return "\u0300" <= letter <= "\u036f"


def _written(names: Iterable[str]) -> str:
    """Return what finds any of some names in a decomposed text."""
    forms = []
    for name in names:
        words = [
            "".join(re.escape(letter) + _MARKS for letter in normalize("NFD", word) if not _is_mark(letter))
            for word in name.split()
        ]
        forms.append(r"\s+".join(words))
    return "|".join(sorted(forms, key=len, reverse=True))


def _identifiers(value: Any, path: str = "") -> Iterator[tuple[str, bytes]]:
    match value:
        case bytes():
            yield path, value
        case dict():
            for name, part in value.items():
                yield from _identifiers(part, f"{path}, {name}" if path else str(name))
        case list():
            for number, part in enumerate(value, 1):
                yield from _identifiers(part, f"{path} {number}")
