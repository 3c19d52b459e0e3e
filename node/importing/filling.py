"""How a payload is filled from a row: a tree that mirrors the payload, with directives as its leaves.

A group is dropped where none of its directives found anything (a territory level without a name, a party
whose cell is blank); constants alone keep a group only where it has no directive at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN
from typing import Any, assert_never

from node.importing.cells import Cells, Unusable, clean, day, number
from node.importing.places import geometry_of_feature, geometry_of_point
from node.importing.vocabulary import Vocabulary, folded


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every record; `say` is noted where it is used."""

    value: Any
    say: str | None = None


@dataclass(frozen=True, slots=True)
class FromCell:
    """A column or a template, and what is made of its text: a list, other words, a number, a date."""

    column: str | None = None
    template: str | None = None
    many: bool = False
    split: str | None = None
    table: Vocabulary | None = None
    quiet: bool = False
    default: Any = None
    number: bool = False
    multiply: int = 1
    date: str | None = None


@dataclass(frozen=True, slots=True)
class First:
    """The first of several that finds something."""

    choices: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Several texts in one; those that are blank are left out."""

    parts: tuple["Node", ...]
    separator: str


@dataclass(frozen=True, slots=True)
class FeatureGeometry:
    """The geometry of a GeoJSON feature."""


@dataclass(frozen=True, slots=True)
class PointFrom:
    """A point from a column of longitudes and one of latitudes."""

    lon: str
    lat: str


@dataclass(frozen=True, slots=True)
class LinkTo:
    """The id of another thing of the same source, known once that thing is recorded."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a cell: blank or not, one of some words, none of them, or a pattern found in it."""

    column: str
    blank: bool | None = None
    one_of: frozenset[str] | None = None
    none_of: frozenset[str] | None = None
    pattern: Any = None

    def holds(self, cells: Cells) -> bool:
        """Say whether the row meets it."""
        text = cells.text(self.column)
        word = folded(text)
        return (
            (self.blank is None or self.blank == (text == ""))
            and (self.one_of is None or word in self.one_of)
            and (self.none_of is None or word not in self.none_of)
            and (self.pattern is None or self.pattern.search(text) is not None)
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A map of the payload; a name may hold `{column}`, such as a language.  `each` repeats it in a list."""

    members: Mapping[str, "Node"]
    each: Mapping[str, "Node"] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of the payload, entry by entry."""

    entries: tuple["Node", ...]


Node = Constant | FromCell | First | Join | FeatureGeometry | PointFrom | LinkTo | Group | Several


def evaluate(node: Node, cells: Cells, path: tuple[str | int, ...] = ()) -> Any:
    """Return what `node` finds in a row, None where nothing.  Raises `Unusable`."""
    match node:
        case Constant(value, say):
            if say is not None:
                cells.note(say)
            return value
        case FromCell():
            return _from_cell(node, cells)
        case First(choices):
            return _first(choices, cells, path)
        case Join(parts, separator):
            texts = [evaluate(part, cells, path) for part in parts]
            return separator.join(text for text in texts if text) or None
        case FeatureGeometry():
            return geometry_of_feature(cells.row.geometry, cells)
        case PointFrom(lon, lat):
            return geometry_of_point(cells.raw(lon), cells.raw(lat), cells)
        case LinkTo(kind, key):
            target = cells.fill(key)
            if target:
                cells.links.append((path, kind, target))
            return None
        case Group():
            return _group(node, cells, path)
        case Several(entries):
            return _several(entries, cells, path)
        case _:
            assert_never(node)


def _group(group: Group, cells: Cells, path: tuple[str | int, ...]) -> dict[str, Any] | None:
    if not all(condition.holds(cells) for condition in group.when):
        return None
    links_before = len(cells.links)
    filled, found = _members(group, cells, path)
    if not found and not _is_constant(group):
        del cells.links[links_before:]
        return None
    return filled


def evaluate_members(group: Group, cells: Cells) -> dict[str, Any]:
    """Return what the members of an outermost group find; it is never dropped.  Raises `Unusable`."""
    return _members(group, cells, ())[0]


def _members(group: Group, cells: Cells, path: tuple[str | int, ...]) -> tuple[dict[str, Any], bool]:
    """Return what the members find, and whether a directive among them found anything."""
    filled: dict[str, Any] = {}
    found = False
    for name, member in group.members.items():
        key = cells.fill(name) if "{" in name else name
        value = evaluate(member, cells, (*path, key)) if key else None
        if value is not None:
            filled[key] = value
            found |= not _is_constant(member)
    return filled, found


def _several(entries: tuple[Node, ...], cells: Cells, path: tuple[str | int, ...]) -> list[Any] | None:
    values: list[Any] = []
    for entry in entries:
        for view in _views(entry, cells):
            value = evaluate(entry, view, (*path, len(values)))
            if value is not None and value not in values:
                values.append(value)
    return values or None


def _views(entry: Node, cells: Cells) -> list[Cells]:
    """Return the row once, or once for each item of the lists that the entry steps through side by side."""
    if not isinstance(entry, Group) or not entry.each:
        return [cells]
    columns = {name: evaluate(node, cells) or [] for name, node in entry.each.items()}
    lengths = {len(items) for items in columns.values()}
    if len(lengths) > 1:
        names = " and ".join(columns)
        cells.doubt(f"the lists {names} differ in length: what has no counterpart is left without it")
    return [
        cells.under({name: items[index] if index < len(items) else None for name, items in columns.items()})
        for index in range(max(lengths))
    ]


def _is_constant(node: Node) -> bool:
    match node:
        case Constant():
            return True
        case Group(members, each, when):
            return not each and not when and all(map(_is_constant, members.values()))
        case Several(entries):
            return all(map(_is_constant, entries))
        case _:
            return False


def _first(choices: tuple[Node, ...], cells: Cells, path: tuple[str | int, ...]) -> Any:
    failed: Unusable | None = None
    for choice in choices:
        try:
            value = evaluate(choice, cells, path)
        except Unusable as error:
            cells.note(str(error))
            failed = error
            continue
        if value is not None:
            return value
    if failed is not None:
        raise failed
    return None


def _from_cell(leaf: FromCell, cells: Cells) -> Any:
    if leaf.many:
        column = leaf.column or ""
        items = cells.items(column, leaf.split)
        if leaf.table is not None:
            items = _translated_list(leaf, leaf.table, items, cells)
        return items or leaf.default
    text = cells.fill(leaf.template) if leaf.template is not None else cells.text(leaf.column or "")
    if not text:
        return leaf.default
    if leaf.table is not None:
        return _translated(leaf, leaf.table, text, cells)
    if leaf.number:
        found = number(text, cells)
        return None if found is None else int((found * leaf.multiply).to_integral_value(ROUND_HALF_EVEN))
    if leaf.date is not None:
        return day(text, leaf.date)
    return text


def _translated_list(leaf: FromCell, table: Vocabulary, items: list[str], cells: Cells) -> list[Any]:
    values: list[Any] = []
    for item in items:
        found = _translated(leaf, table, item, cells)
        for value in found if isinstance(found, list) else [found]:
            if value is not None and value not in values:
                values.append(value)
    return values


def _translated(leaf: FromCell, table: Vocabulary, text: str, cells: Cells) -> Any:
    value, whole = table.look_up(text)
    if value is None and leaf.quiet:
        return leaf.default
    if value is None:
        kept = f"taken as {_spoken(leaf.default)}" if leaf.default is not None else "left out"
        cells.doubt(f"{clean(text)!r:.80} is not among the words known for {table.name}: {kept}")
        return leaf.default
    if not whole:
        cells.note(f"{clean(text)!r:.80} is taken as {_spoken(value)}")
    return value


def _spoken(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
