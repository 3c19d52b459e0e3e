"""What somebody has filled in: the answers of a form as they were typed, texts apart by their language.

Kept as a draft just so, with what is wrong in it: nothing is taken from anybody for being unfinished.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from unicodedata import normalize

from node.web.writing.posted import Posted
from protocol.kinds.text import LANGUAGE_TAG

# Where the language is kept in which texts are being written.
TAG = "tag"

_TAG = re.compile(LANGUAGE_TAG)


class Filled:
    """The answers of one form.  A text that is said in several languages is `name@es`, `name@qu`."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self.fields: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in (fields or {}).items()}

    @property
    def tag(self) -> str:
        """The language in which texts are being written (BCP 47)."""
        return self.text(TAG) or "und"

    def text(self, name: str) -> str:
        """Return an answer of one line, in Unicode's composed form and without blanks around it."""
        values = self.fields.get(name, ())
        return normalize("NFC", values[0]).strip() if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return all answers to a question that has several, blank ones too."""
        return tuple(normalize("NFC", value).strip() for value in self.fields.get(name, ()))

    def typed(self, name: str) -> str:
        """Return an answer just as it was typed, to be shown again."""
        values = self.fields.get(name, ())
        return values[0] if values else ""

    def worded(self, name: str) -> str:
        """Return, as it was typed, a text in the language that is being written."""
        return self.typed(f"{name}@{self.tag}")

    def texts(self, name: str) -> dict[str, str]:
        """Return a text by language, as records hold it."""
        found = {
            key.partition("@")[2]: self.text(key)
            for key in self.fields
            if key.startswith(f"{name}@") and self.text(key)
        }
        return dict(sorted(found.items()))

    def rows(self, *names: str) -> list[tuple[str, ...]]:
        """Return the rows of a table, each with an answer for every column; blank ones are left out."""
        columns = [self.all(name) for name in names]
        length = max(map(len, columns), default=0)
        padded = [column + ("",) * (length - len(column)) for column in columns]
        return [row for row in zip(*padded, strict=True) if row[0]]

    def having(self, **values: str | Iterable[str]) -> "Filled":
        """Return these answers with some others in their place."""
        changed = {
            name: (value,) if isinstance(value, str) else tuple(value) for name, value in values.items()
        }
        return Filled({**self.fields, **changed})

    def taking(self, posted: Posted, plain: Iterable[str], worded: Iterable[str]) -> "Filled":
        """Return these answers with what was posted in place of what was there: of a form, all that it asks.

        Texts by language are those of the language that the form was shown in.
        """
        taken = dict(self.fields)
        tag = posted.text(TAG)
        if _TAG.fullmatch(tag):
            taken[TAG] = (tag,)
        for name in plain:
            taken[name] = posted.texts(name)
        for name in worded:
            taken[f"{name}@{taken[TAG][0] if TAG in taken else 'und'}"] = (posted.text(name),)
        return Filled({name: values for name, values in taken.items() if any(values)})


def filled_texts(name: str, texts: Mapping[str, str] | None) -> dict[str, tuple[str, ...]]:
    """Return the answers that a text by language comes from."""
    return {f"{name}@{tag}": (text,) for tag, text in (texts or {}).items()}


def is_tag(text: str) -> bool:
    """Whether a text names a language (BCP 47)."""
    return _TAG.fullmatch(text) is not None
