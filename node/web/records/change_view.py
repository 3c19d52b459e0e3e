"""A change between two versions as people read it: before beside after, what was taken out and put in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import outline_of_two
from node.web.frame.surroundings import Surroundings, cut, foreign
from node.web.records.content_fields import Field
from node.web.records.field_view import ITEMS_SHOWN_MAX, field_name, field_node, plain_value
from node.web.records.versions import Written
from node.web.records.word_changes import Change, Stretch
from node.web.words.languages import language_name
from protocol.kinds.area import area_of
from protocol.kinds.geometry import Geometry

# Some two screens of a phone for each side of a field; the versions themselves are one link away.
STRETCH_SHOWN_MAX_CHARS = 2_000

# Of all texts on one page, in any number of languages: past it they are cut short.
PAGE_SHOWN_MAX_CHARS = 50_000
STRETCH_SHOWN_MIN_CHARS = 80

Marked = list[Stretch]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that is not the same in both: its value in each, None where it is lacking, and the words of its
    texts by language."""

    path: tuple[str, ...]
    before: Any
    after: Any
    words: Mapping[str, Marked]


class ChangeView:
    """The changes on one page, as long as there is room for their texts."""

    def __init__(self, here: Surroundings) -> None:
        self.here = here
        self._left = PAGE_SHOWN_MAX_CHARS

    def section(self, one: Changed, older: Written, newer: Written) -> Element:
        """Return one change."""
        before, after = (getattr(version.content, "geometry", None) for version in (older, newer))
        if one.path == ("geometry",) and before is not None and after is not None:
            body: Node = self._places(one, before, after)
        elif one.words:
            body = [self._texts(tag, marked, len(one.words) > 1) for tag, marked in one.words.items()]
        elif isinstance(one.before, list) and isinstance(one.after, list):
            body = self._lists(one.path[-1], one.before, one.after)
        else:
            body = self._sides(self._whole(one, one.before, "del"), self._whole(one, one.after, "ins"))
        return e("section", e("h2", field_name(self.here, one.path)), body, class_="change")

    def _whole(self, one: Changed, value: Any, mark: str) -> Node:
        if value is None:
            return None
        if isinstance(value, list | dict):
            return e("div", self._mark(mark, field_node(self.here, Field(one.path, value)), "div"))
        return e("p", self._mark(mark, plain_value(self.here, one.path[-1], value)))

    def _texts(self, tag: str, marked: Marked, named: bool) -> Node:
        """Return a text as it was and as it is, each with its own marks."""
        label = e("h3", e("bdi", language_name(tag), lang=tag)) if named else None
        return [
            label,
            self._sides(
                self._side(tag, [s for s in marked if s.change is not Change.ADDED]),
                self._side(tag, [s for s in marked if s.change is not Change.REMOVED]),
            ),
        ]

    def _side(self, tag: str, stretches: Marked) -> Node:
        if not stretches:
            return None
        shown: list[Node] = []
        left = max(min(STRETCH_SHOWN_MAX_CHARS, self._left), STRETCH_SHOWN_MIN_CHARS)
        for one in stretches:
            text = cut(one.text, left)
            left -= len(text)
            self._left -= len(text)
            match one.change:
                case Change.KEPT:
                    shown.append(_lines(text))
                case Change.REMOVED:
                    shown += [self._mark("del", _lines(text.rstrip())), _blank_after(text)]
                case Change.ADDED:
                    shown += [self._mark("ins", _lines(text.rstrip())), _blank_after(text)]
            if left <= 1:
                break
        return foreign("p", shown, tag)

    def _mark(self, mark: str, content: Node, part: str = "span") -> Element:
        """Return what was taken out or put in: struck or underlined for the eye, said to those who listen."""
        begin, end = (
            (self.here.say("taken out:"), self.here.say("end of what was taken out"))
            if mark == "del"
            else (self.here.say("put in:"), self.here.say("end of what was put in"))
        )
        return e(
            mark,
            # With a direction of their own, these do not decide that of the text around them.
            e("span", f" {begin} ", class_="heard", dir="auto"),
            content if part == "span" else e(part, content),
            e("span", f" {end} ", class_="heard", dir="auto"),
        )

    def _lists(self, name: str, before: list[Any], after: list[Any]) -> Node:
        """Return which entries of a list are gone and which are new; those that stayed are counted."""
        say = self.here.say
        old, new = ([plain_value(self.here, name, one) for one in side] for side in (before, after))
        gone, come = (
            list((Counter(old) - Counter(new)).elements()),
            list((Counter(new) - Counter(old)).elements()),
        )
        stayed = len(new) - len(come)
        said = (
            say("The same entries, in another order.")
            if not gone and not come
            else say.count("{n} entry is the same.", "{n} entries are the same.", stayed)
        )
        return [
            self._sides(self._entries("del", gone), self._entries("ins", come)) if gone or come else None,
            e("p", said, class_="quiet small"),
        ]

    def _entries(self, mark: str, entries: list[str]) -> Node:
        shown = [e("li", self._mark(mark, e("bdi", one))) for one in entries[:ITEMS_SHOWN_MAX]]
        more = len(entries) - len(shown)
        rest = (
            e("p", self.here.say.count("and {n} other", "and {n} others", more), class_="quiet")
            if more
            else None
        )
        return [e("ul", shown), rest] if shown else None

    def _places(self, one: Changed, before: Geometry, after: Geometry) -> Node:
        """Return two places in one drawing, with what kind of place each is, and its area."""
        say = self.here.say
        drawn = outline_of_two(
            before, after, say("The place before, dashed, and after, with a whole line"), say
        )
        figure = None
        if drawn is not None:
            caption = say("Dashed line: before. Whole line: after.")
            figure = e("figure", drawn, e("figcaption", caption), class_="i-other two")
        return [figure, self._sides(self._ground(one.before, before), self._ground(one.after, after))]

    def _ground(self, published: Any, geometry: Geometry) -> Node:
        area, words = area_of(geometry), plain_value(self.here, "geometry", published)
        return e("p", words, [" · ", self.here.say.hectares(area)] if area else None)

    def _sides(self, before: Node, after: Node) -> Element:
        say, nothing = self.here.say, e("p", self.here.say("nothing"), class_="quiet")
        return e(
            "div",
            e("div", e("p", say("Before"), class_="side"), before or nothing),
            e("div", e("p", say("After"), class_="side"), after or nothing),
            class_="beside",
        )


def _blank_after(text: str) -> Node:
    """Return the blanks at the end of a stretch: a line under them is read as a letter."""
    return _lines(text[len(text.rstrip()) :])


def _lines(text: str) -> Node:
    lines = text.split("\n")
    return [[e("br"), line] if at else line for at, line in enumerate(lines)]
