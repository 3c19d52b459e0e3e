"""What changed between two texts, word by word: pure, and bounded in what it costs for any two texts.

`difflib` (Ratcliff and Obershelp, 1988) compares sentences first, then the words of those that changed.
Its cost can grow with the product of both lengths, and worse; the products are bounded here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# 300 words against 300: a long clause of which every sentence changed.
WORDS_PRODUCT_MAX = 90_000

# 300 sentences against 300: more than any text that people sign.
SENTENCES_PRODUCT_MAX = 90_000

# Of all pairs on one page: some 20 ms of one core, 0.1 s where texts were written to be a burden.
COST_OF_A_PAGE_MAX = 360_000

_SENTENCES = re.compile(r"[^\n.!?;:]*[\n.!?;:]*\s*")
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


class Change(StrEnum):
    """What became of a stretch of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text, and what became of it."""

    change: Change
    text: str


class Budget:
    """What comparing may still cost on one page."""

    def __init__(self, cost: int = COST_OF_A_PAGE_MAX) -> None:
        self._left = cost

    def allows(self, before: Sequence[str], after: Sequence[str], product_max: int) -> bool:
        """Whether two sequences may be compared; takes what that costs."""
        cost = len(before) * len(after)
        if cost > product_max or cost > self._left:
            return False
        self._left -= cost
        return True


def changes(before: str, after: str, budget: Budget) -> list[Stretch]:
    """Return the stretches of both texts in their order: the removed ones make up, with the kept, `before`;
    the added ones, with the kept, `after`.

    Texts too long to be compared within the budget come as one removed and one added.
    """
    if before == after:
        return [Stretch(Change.KEPT, before)] if before else []
    old, new = (list(filter(None, _SENTENCES.findall(text))) for text in (before, after))
    if not budget.allows(old, new, SENTENCES_PRODUCT_MAX):
        return _joined([Stretch(Change.REMOVED, before), Stretch(Change.ADDED, after)])
    return _joined(_sentences(old, new, budget))


def _sentences(old: list[str], new: list[str], budget: Budget) -> Iterator[Stretch]:
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        removed, added = "".join(old[i1:i2]), "".join(new[j1:j2])
        if what == "equal":
            yield Stretch(Change.KEPT, removed)
        else:
            yield from _words(removed, added, budget)


def _words(removed: str, added: str, budget: Budget) -> Iterator[Stretch]:
    old, new = _WORDS.findall(removed), _WORDS.findall(added)
    if not old or not new or not budget.allows(old, new, WORDS_PRODUCT_MAX):
        yield Stretch(Change.REMOVED, removed)
        yield Stretch(Change.ADDED, added)
        return
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Stretch(Change.KEPT, "".join(old[i1:i2]))
        else:
            yield Stretch(Change.REMOVED, "".join(old[i1:i2]))
            yield Stretch(Change.ADDED, "".join(new[j1:j2]))


def _joined(stretches: Sequence[Stretch] | Iterator[Stretch]) -> list[Stretch]:
    """Return the stretches without empty ones, neighbours of one kind as one.

    A blank between two changes is part of them: marks that end at every word are hard to read and to hear.
    """
    found: list[Stretch] = []
    for one in stretches:
        if not one.text:
            continue
        if found and found[-1].change is one.change:
            found[-1] = Stretch(one.change, found[-1].text + one.text)
        else:
            found.append(one)
    return found
