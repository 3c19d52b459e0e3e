"""Mappings: small TOML files that say how a file's columns fill the fields of records.

    name = "our-pastures"            # the name it is chosen by
    title = "What it is for"
    detect = ["nombre", "uso"]       # columns that show that a file is of this sort
    [source]                         # where the data come from, as in the records' `source`
    name = "Junta de pastos"
    licence = "CC-BY-4.0"
    [tables.resources]               # words of this file, before those of vocabulary.toml
    "uso mixto" = ["pasture", "forest"]
    [[doubts]]                       # what is noted of a row, where the condition holds
    column = "hectareas"
    blank = true
    say = "the source has no area"
    [[records]]                      # one or several records to a row
    kind = "commons"
    identifier = "{codigo}"          # the source's own id of the thing; importing again finds it by this
    grid = "0.01"                    # how coarse generalised places become, in degrees: 0.001, 0.01 or 0.1
    apart = true                     # the same identifier at another place is another thing
    label = "{nombre}"
    [records.fields]                 # mirrors the payload: bare values are constants, directives look up
    name.es = { column = "nombre" }
    resources = { column = "uso", split = ";", table = "resources", default = ["other"] }
    area.square_metres = { column = "hectareas", multiply = 10000 }
    geometry = { first = [{ feature = "geometry" }, { lon = "x", lat = "y" }] }
    territory = [{ level = "parish", name.es = { column = "parroquia" } }]
    stewards = [{ each = { one = { column = "socios", split = "," } }, name.es = { column = "one" } }]

Directives: `column`, `template`, `constant` (`say`), `first`, `join` (`with`), `feature`, `lon`+`lat`, `link`
(`kind`); with a column or template also `split`, `list`, `table` (`quiet`), `default`, `number`, `multiply`,
`date` ("ymd", "dmy", "mdy").  In a template `{column|fold}` is lower case without accents.
"""

import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import normalize

from node.authoring.restricted import GRIDS
from node.errors import ConfigError
from node.importing.event_mapping import EventMapping, read_events
from node.importing.filling import (
    Condition,
    Constant,
    FeatureGeometry,
    First,
    FromCell,
    Group,
    Join,
    LinkTo,
    Node,
    PointFrom,
    Several,
)
from node.importing.vocabulary import Vocabulary, folded, shipped_tables, vocabulary

# The kinds that describe things others may document; what is signed as a body is never imported.
KINDS_IMPORTED = ("commons", "pact", "place")

# A mapping is written by hand; a larger file is not one.
MAPPING_SIZE_MAX_BYTES = 262_144

_DIRECTIVES = {"column", "template", "constant", "first", "join", "feature", "lon", "lat", "link"}
_CELL_OPTIONS = {"split", "list", "table", "quiet", "default", "number", "multiply", "date"}


class BadMapping(ConfigError):
    """An operator's mapping that cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is noted of a row where all conditions hold."""

    conditions: tuple[Condition, ...]
    say: str


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """How one record is made of a row.  `once`: rows with the same identifier describe one thing.

    Of the templates for the identifier and the label, the first that a row can fill counts.  `grid` is that
    on which places become coarse where the fields say a `sensitivity`.  `apart`: rows with the same
    identifier and different places describe different things.
    """

    kind: str
    identifier: tuple[str, ...]
    label: tuple[str, ...]
    fields: Group
    when: tuple[Condition, ...]
    once: bool
    grid: str | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping: the sets of columns that show it fits, its source, its doubts, its records.

    `events`, where the rows are what happened to the things of a register (`event_mapping`).
    """

    name: str
    title: str
    detect: tuple[frozenset[str], ...]
    source: Group
    doubts: tuple[Doubt, ...]
    records: tuple[RecordMapping, ...]
    events: EventMapping | None = None


def shipped_mappings() -> list[Mapping]:
    """Return the mappings that come with the node, by name."""
    folder = files("node.importing").joinpath("mappings")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return sorted(
        (parse_mapping(entry.read_text(encoding="utf-8"), entry.name) for entry in found),
        key=lambda one: one.name,
    )


def choose_mapping(name_or_file: str | None, columns: frozenset[str]) -> Mapping:
    """Return the mapping named, or read from a file; where None, the one whose columns the input has.

    Raises `BadMapping`.
    """
    shipped = shipped_mappings()
    names = ", ".join(one.name for one in shipped)
    if name_or_file is None:
        best = _best(shipped, columns)
        if not best:  # files of events are read whatever the capitals of their headings
            lowered = frozenset(column.lower() for column in columns)
            best = _best([one for one in shipped if one.events is not None], lowered)
        if len(best) == 1:
            return best[0]
        why = "fit equally well" if best else "fits"
        which = " and ".join(one.name for one in best) or "no mapping"
        raise BadMapping(f"{which} {why}: choose one with --mapping (a file, or one of {names})")
    for one in shipped:
        if one.name == name_or_file:
            return one
    path = Path(name_or_file)
    if not path.is_file():
        raise BadMapping(f"{name_or_file!r} is neither a file nor one of the mappings {names}")
    if path.stat().st_size > MAPPING_SIZE_MAX_BYTES:
        raise BadMapping(f"{path} is larger than {MAPPING_SIZE_MAX_BYTES} bytes: it is no mapping")
    try:
        return parse_mapping(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path} cannot be read: {error}") from None


def _best(mappings: Sequence[Mapping], columns: frozenset[str]) -> list[Mapping]:
    """Return the mappings that know most of the columns."""
    fits = {one.name: max((len(s) for s in one.detect if s <= columns), default=0) for one in mappings}
    most = max(fits.values(), default=0)
    return [one for one in mappings if most and fits[one.name] == most]


def parse_mapping(text: str, where: str) -> Mapping:
    """Return the mapping written in `text`; `where` names it in errors.  Raises `BadMapping`."""
    try:
        document = tomllib.loads(normalize("NFC", text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadMapping(f"{where}: not TOML: {error}") from None
    return mapping_of(document, where)


def mapping_of(document: dict[str, Any], where: str) -> Mapping:
    """Return the mapping that a document says, as it is when parsed.  Raises `BadMapping`."""
    return _Parser(where, document).mapping()


class _Parser:
    """Checks a document and turns it into a mapping; every fault names the place in the file."""

    def __init__(self, where: str, document: dict[str, Any]) -> None:
        self._where, self._document = where, document
        self._tables = self._vocabularies(document.get("tables", {}))

    def mapping(self) -> Mapping:
        document = self._document
        self._only(
            document,
            {"name", "title", "detect", "source", "tables", "doubts", "records", "events"},
            "the mapping",
        )
        events = self._events()
        records = document.get("records") if events is None else []
        if events is None and (not isinstance(records, list) or not records):
            raise self._fault("records", "a mapping has at least one [[records]]")
        source = self._node(document.get("source", {}), "source")
        if not isinstance(source, Group) or "name" not in source.members:
            raise self._fault(
                "source",
                "a [source] has at least a name: nothing is imported without saying where it is from",
            )
        detect = document.get("detect", [])
        sets = [detect] if detect and all(isinstance(column, str) for column in detect) else detect
        if not isinstance(sets, list) or not all(isinstance(columns, list) and columns for columns in sets):
            raise self._fault("detect", "it is a list of columns, or a list of such lists")
        return Mapping(
            name=self._text(document, "name", "name"),
            title=self._text(document, "title", "title"),
            detect=tuple(frozenset(map(str, columns)) for columns in sets),
            source=source,
            doubts=tuple(
                self._doubt(one, f"doubts[{i}]") for i, one in enumerate(document.get("doubts", []))
            ),
            records=tuple(self._record(one, f"records[{i}]") for i, one in enumerate(records or [])),
            events=events,
        )

    def _events(self) -> EventMapping | None:
        try:
            return read_events(self._document["events"]) if "events" in self._document else None
        except ValueError as error:
            raise self._fault("events", str(error)) from None

    def _record(self, table: Any, path: str) -> RecordMapping:
        self._only(table, {"kind", "identifier", "label", "fields", "when", "once", "apart", "grid"}, path)
        kind = self._text(table, "kind", path)
        if kind not in KINDS_IMPORTED:
            raise self._fault(path, f"kind is one of {', '.join(KINDS_IMPORTED)}")
        fields = self._node(table.get("fields", {}), f"{path}.fields")
        if not isinstance(fields, Group) or fields.each:
            raise self._fault(path, "fields is a table")
        grid = table.get("grid")
        if grid is not None and grid not in GRIDS:
            raise self._fault(path, f"grid is one of {', '.join(GRIDS)}, in quotes: degrees")
        identifier = self._templates(table.get("identifier"), path)
        label = self._templates(table["label"], path) if "label" in table else identifier
        return RecordMapping(
            kind,
            identifier,
            label,
            fields,
            self._conditions(table.get("when", []), path),
            bool(table.get("once")),
            grid,
            bool(table.get("apart")),
        )

    def _templates(self, value: Any, path: str) -> tuple[str, ...]:
        templates = [value] if isinstance(value, str) else value
        if (
            not isinstance(templates, list)
            or not templates
            or not all(isinstance(one, str) for one in templates)
        ):
            raise self._fault(path, "identifier and label are templates such as '{id}', or a list of them")
        return tuple(templates)

    def _doubt(self, table: Any, path: str) -> Doubt:
        self._only(table, {"column", "blank", "is", "is_not", "matches", "say"}, path)
        return Doubt((self._condition(table, path),), self._text(table, "say", path))

    def _conditions(self, tables: Any, path: str) -> tuple[Condition, ...]:
        if not isinstance(tables, list):
            raise self._fault(path, "when is a list of conditions")
        return tuple(self._condition(one, f"{path}.when[{i}]") for i, one in enumerate(tables))

    def _condition(self, table: Any, path: str) -> Condition:
        self._only(table, {"column", "blank", "is", "is_not", "matches", "say"}, path)
        try:
            pattern = re.compile(table["matches"]) if "matches" in table else None
        except (re.error, TypeError) as error:
            raise self._fault(path, f"matches is not a pattern: {error}") from None
        words = {name: frozenset(map(folded, table[name])) for name in ("is", "is_not") if name in table}
        return Condition(
            self._text(table, "column", path),
            table.get("blank"),
            words.get("is"),
            words.get("is_not"),
            pattern,
        )

    def _node(self, value: Any, path: str) -> Node:
        """Return the node that a value of the fields stands for."""
        if isinstance(value, list):
            return Several(tuple(self._node(one, f"{path}[{i}]") for i, one in enumerate(value)))
        if not isinstance(value, dict):
            if isinstance(value, float):
                raise self._fault(path, "a record holds no fractions: write a whole number, or a text")
            return Constant(value if isinstance(value, str | int) else str(value))
        if value.keys() & _DIRECTIVES:
            return self._leaf(value, path)
        each = {name: self._each(node, f"{path}.each.{name}") for name, node in value.get("each", {}).items()}
        members = {
            name: self._node(member, f"{path}.{name}")
            for name, member in value.items()
            if name not in ("each", "when")
        }
        return Group(members, each, self._conditions(value.get("when", []), path))

    def _each(self, value: Any, path: str) -> Node:
        if not isinstance(value, dict) or "column" not in value:
            raise self._fault(path, "a list is stepped through by a column")
        return self._leaf({**value, "list": True}, path)

    def _leaf(self, table: dict[str, Any], path: str) -> Node:
        named = table.keys() & _DIRECTIVES
        match sorted(named):
            case ["column"] | ["template"]:
                return self._cell(table, path)
            case ["constant"]:
                self._only(table, {"constant", "say"}, path)
                return Constant(table["constant"], table.get("say"))
            case ["first"] if isinstance(table["first"], list):
                self._only(table, {"first"}, path)
                return First(
                    tuple(self._node(one, f"{path}.first[{i}]") for i, one in enumerate(table["first"]))
                )
            case ["join"] if isinstance(table["join"], list):
                self._only(table, {"join", "with"}, path)
                parts = tuple(self._node(one, f"{path}.join[{i}]") for i, one in enumerate(table["join"]))
                return Join(parts, str(table.get("with", " ")))
            case ["feature"] if table["feature"] == "geometry":
                return FeatureGeometry()
            case ["lat", "lon"]:
                return PointFrom(self._text(table, "lon", path), self._text(table, "lat", path))
            case ["link"]:
                self._only(table, {"link", "kind"}, path)
                return LinkTo(self._text(table, "kind", path), self._text(table, "link", path))
        raise self._fault(path, f"it is not clear what {' and '.join(sorted(named))} should do here")

    def _cell(self, table: dict[str, Any], path: str) -> FromCell:
        self._only(table, {"column", "template"} | _CELL_OPTIONS, path)
        known = table.get("table")
        if known is not None and known not in self._tables:
            raise self._fault(
                path, f"there is no table {known!r}: the tables are {', '.join(sorted(self._tables))}"
            )
        many = "split" in table or bool(table.get("list"))
        if many and "template" in table:
            raise self._fault(path, "a list is taken from a column, not from a template")
        if table.get("date") not in (None, "ymd", "dmy", "mdy"):
            raise self._fault(path, "date is ymd, dmy or mdy: the order in which the file writes it")
        multiply = table.get("multiply", 1)
        if type(multiply) is not int:
            raise self._fault(path, "multiply is a whole number")
        return FromCell(
            column=table.get("column"),
            template=table.get("template"),
            many=many,
            split=table.get("split"),
            table=None if known is None else self._tables[known],
            quiet=bool(table.get("quiet")),
            default=table.get("default"),
            number=bool(table.get("number")) or "multiply" in table,
            multiply=multiply,
            date=table.get("date"),
        )

    def _vocabularies(self, tables: Any) -> dict[str, Vocabulary]:
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise self._fault("tables", "each [tables.name] lists words of the file and what stands for them")
        shipped = shipped_tables()
        return {
            name: vocabulary(name, tables.get(name, {}), shipped.get(name, {}))
            for name in {*tables, *shipped}
        }

    def _only(self, table: Any, allowed: set[str], path: str) -> None:
        if not isinstance(table, dict):
            raise self._fault(path, "a table is expected here")
        unknown = sorted(table.keys() - allowed)
        if unknown:
            raise self._fault(
                path, f"{unknown[0]!r} is not known here; known are {', '.join(sorted(allowed))}"
            )

    def _text(self, table: Table[str, Any], name: str, path: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value:
            raise self._fault(path, f"{name} is missing")
        return value

    def _fault(self, path: str, why: str) -> BadMapping:
        return BadMapping(f"{self._where}, {path}: {why}")
