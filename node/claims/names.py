"""Whether two commons have one name: the same words, or nearly; accents, capitals and small words aside.

A name alone shows nothing, for every valley has its Sierra Alta: what is near, or in one territory, does.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

from protocol.kinds.commons import Territory

# Articles and prepositions of the languages around; words that only say what kind of thing it is stay.
SMALL_WORDS = frozenset(
    {
        *(
            "a",
            "al",
            "d",
            "da",
            "das",
            "de",
            "del",
            "do",
            "dos",
            "e",
            "el",
            "en",
            "l",
            "la",
            "las",
            "lo",
            "los",
        ),
        *("o", "os", "u", "y"),
        *("an", "and", "for", "in", "of", "on", "s", "the"),
        *("dei", "della", "delle", "dello", "di", "gli", "i", "il", "le"),
        *("dels", "des", "du", "els", "et", "les", "n"),
        *("der", "die", "um", "und", "van", "von"),
    }
)

# Of the pieces of three letters that two names have between them, so many are in both: one letter of twelve
# may differ, or an ending.
SIMILAR_MIN_SHARE = 0.75

# Names of a thing in so many languages, each of so many words, are compared: places have three or four.
NAMES_COMPARED_MAX = 8
WORDS_COMPARED_MAX = 16

# Levels small enough that one name in them is one place; a province has many.
NARROW_LEVELS = frozenset({"community", "neighbourhood", "parish", "municipality", "district", "canton"})


class NameMatch(IntEnum):
    """How alike names are."""

    DIFFERENT = 0
    SIMILAR = 1
    SAME = 2


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name that tell it from others, folded: without accents, capitals, small words."""
    bare = "".join(
        c
        for c in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.category(c).startswith("M")
    )
    words = "".join(c if unicodedata.category(c)[0] in "LN" else " " for c in bare).split()
    return tuple(word for word in words if word not in SMALL_WORDS)[:WORDS_COMPARED_MAX]


def compare_names(one: Mapping[str, str], other: Mapping[str, str]) -> NameMatch:
    """Return how alike two things are named, in whichever of their languages they are most so."""
    found = NameMatch.DIFFERENT
    for mine in _names(one):
        for theirs in _names(other):
            found = max(found, _compare(mine, theirs))
    return found


def same_territory(one: Sequence[Territory], other: Sequence[Territory]) -> bool:
    """Whether two things lie in one community, parish, municipality or canton, by its code or by its name."""
    return bool(_narrow(one) & _narrow(other))


def _names(title: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    ordered = [title[tag] for tag in sorted(title)][:NAMES_COMPARED_MAX]
    return [words for words in map(words_of, ordered) if words]


@lru_cache(maxsize=4_096)
def _pieces(words: tuple[str, ...]) -> frozenset[str]:
    """Return the pieces of three letters of some words, each word with a space before and after it."""
    text = f" {' '.join(words)} "
    return frozenset(text[at : at + 3] for at in range(len(text) - 2))


def _compare(mine: tuple[str, ...], theirs: tuple[str, ...]) -> NameMatch:
    if set(mine) == set(theirs):
        return NameMatch.SAME
    one, other = _pieces(mine), _pieces(theirs)
    alike = 2 * len(one & other) / (len(one) + len(other))
    return NameMatch.SIMILAR if alike >= SIMILAR_MIN_SHARE else NameMatch.DIFFERENT


def _narrow(levels: Sequence[Territory]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for entry in levels:
        if entry.level in NARROW_LEVELS:
            found |= {(entry.level, " ".join(words)) for words in map(words_of, entry.name.values()) if words}
            if entry.code is not None:
                found.add((entry.level, entry.code))
    return found
