"""Translation of a file's words into ours, forgiving about case, accents, blanks and punctuation.

`vocabulary.toml` holds the tables that every mapping may use; a mapping's own table of the same name wins.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import category, normalize

_NOT_WORD = re.compile(r"[^\w]+")


def folded(text: str) -> str:
    """Return `text` for comparison: lower case, no accents, one blank between words, no punctuation."""
    bare = "".join(mark for mark in normalize("NFKD", text.casefold()) if category(mark) != "Mn")
    return " ".join(_NOT_WORD.sub(" ", bare).split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One table: folded phrases of the file, each with the value or values that stand for it here."""

    name: str
    phrases: Mapping[str, Any]

    def look_up(self, text: str) -> tuple[Any, bool]:
        """Return what stands for `text`, or None, and whether it was the whole phrase.

        Where the phrase is unknown, the longest known phrase that it contains as whole words stands for it.
        """
        wanted = folded(text)
        if wanted in self.phrases:
            return self.phrases[wanted], True
        within = [phrase for phrase in self.phrases if phrase and f" {phrase} " in f" {wanted} "]
        return (self.phrases[max(within, key=len)], False) if within else (None, False)


def vocabulary(name: str, *tables: Mapping[str, Any]) -> Vocabulary:
    """Return a vocabulary from tables of phrases; an earlier table wins."""
    phrases: dict[str, Any] = {}
    for table in reversed(tables):
        phrases |= {folded(phrase): value for phrase, value in table.items()}
    return Vocabulary(name, phrases)


@cache
def shipped_tables() -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of `vocabulary.toml`."""
    text = files("node.importing").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
