"""Catalogues of translations: gettext's text files (`.po`), read as they are.

A language is added by adding a file, node/locale/<language>/LC_MESSAGES/web.po; nothing is compiled.
Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).resolve().parents[2] / "locale"
FILE_NAME = "web.po"

# The language that messages are written in; it needs no catalogue.
WRITTEN_IN = "en"

# A quoted string of a `.po` file is one of JSON, as long as it escapes nothing but what JSON does: read in a
# tenth of the time that Python's own strings take, while whoever opened the first page waits.
_read_string = msgspec.json.Decoder(str).decode

_LINE = re.compile(r'(msgid|msgid_plural|msgstr(?:\[[0-9]\])?)? *(".*")')


def _english(number: int) -> int:
    return int(number != 1)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one language: each with its forms, and which form a number takes."""

    forms: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int] = _english

    def find(self, message: str) -> str:
        """Return a message in this language; as it was written where it has none."""
        found = self.forms.get(message)
        return found[0] if found else message

    def find_for(self, one: str, many: str, number: int) -> str:
        """Return the form of a message that goes with a number."""
        found = self.forms.get(one)
        if not found:
            return many if _english(number) else one
        return found[min(self.form_of(number), len(found) - 1)]


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Return every catalogue there is, by language."""
    found = {WRITTEN_IN: Catalogue({})}
    for path in sorted(FOLDER.glob(f"*/LC_MESSAGES/{FILE_NAME}")):
        found[path.parents[1].name] = read_catalogue(path)
    return found


def read_catalogue(path: Path) -> Catalogue:
    """Return the messages of a `.po` file that have been translated."""
    forms: dict[str, tuple[str, ...]] = {}
    header = ""
    for entry in _entries(path):
        message = entry.get("msgid", "")
        texts = tuple(text for name, text in sorted(entry.items()) if name.startswith("msgstr"))
        if message == "":
            header = "".join(texts)
        elif texts and all(texts):
            forms[message] = texts
    plural = re.search(r"plural=([^;\n]+);", header)
    return Catalogue(forms, gettext.c2py(plural[1]) if plural else _english)


def _entries(path: Path) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    field = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            if entry:
                yield entry
                entry = {}
            continue
        if match[1] == "msgid" and entry:
            yield entry
            entry = {}
        field = match[1] or field
        entry[field] = entry.get(field, "") + _read_string(match[2])
    if entry:
        yield entry
