"""XML read element by element, in memory bounded by the largest element that is asked for.

Document types and entities are refused whole (defusedxml): nothing that is mapped needs them, and they are
what makes bombs of a few lines.  Nothing is ever fetched.  Names lose their prefix: `gx:Track` is `Track`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Never
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from node.importing.rows import Unreadable

# A track of 40,000 positions, the most a record holds, five times over.
ELEMENTS_MAX = 200_000

# As for one value of a JSON file: a boundary of 40,000 positions with blanks and full decimals, ten times.
TEXT_LENGTH_MAX_CHARS = 16 * 1_024 * 1_024

# Folders in folders and geometries in geometries go a handful deep.
DEPTH_MAX = 64

# A single tag of a file that people made is never so long; the parser would keep all of it.
TAG_SIZE_MAX_BYTES = 4 * 1_024 * 1_024

# A folder's name: what is longer is cut, for it only says where something lay.
LABEL_LENGTH_MAX_CHARS = 500

CHUNK_SIZE_BYTES = 64 * 1_024


@dataclass(slots=True)
class Element:
    """An element with its text and its children; `line` is the one on which it starts."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list["Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without that of its children."""
        return "".join(self.parts).strip()

    def child(self, name: str) -> "Element | None":
        """Return the first child with a name."""
        return next((one for one in self.children if one.name == name), None)

    def all(self, name: str) -> list["Element"]:
        """Return every child with a name."""
        return [one for one in self.children if one.name == name]

    def text_of(self, *names: str) -> str:
        """Return the text of the child that is reached by these names; "" where there is none."""
        here: Element | None = self
        for name in names:
            here = None if here is None else here.child(name)
        return "" if here is None else here.text


@dataclass(frozen=True, slots=True)
class Found:
    """An element that was asked for, and the names of the elements around it, the outermost first."""

    element: Element
    labels: tuple[str, ...]


def elements(
    file: BinaryIO,
    name: str,
    root: str,
    wanted: frozenset[str],
    childless: frozenset[str] = frozenset(),
) -> Iterator[Found]:
    """Yield every outermost element whose name is `wanted`, from a document whose root is `root`.

    Of those named `childless` only the attributes are kept.  Raises `Unreadable`, naming file and line.
    """
    handler = _Handler(name, root, wanted, childless)
    parser: Any = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    handler.setDocumentLocator(parser)
    silent_bytes = 0
    try:
        while chunk := file.read(CHUNK_SIZE_BYTES):
            before = handler.events
            parser.feed(chunk)
            yield from handler.taken()
            silent_bytes = 0 if handler.events != before else silent_bytes + len(chunk)
            if silent_bytes > TAG_SIZE_MAX_BYTES:
                handler.fail(f"one tag has more than {TAG_SIZE_MAX_BYTES} bytes")
        parser.close()
    except DefusedXmlException:
        raise Unreadable(
            f"{name}, line {handler.line}: it declares a document type or entities, which maps do not need "
            "and which can be a trap: take the declaration out"
        ) from None
    except SAXParseException as error:
        raise Unreadable(f"{name}, line {error.getLineNumber()}: not XML: {_plain(error)}") from None
    except (LookupError, UnicodeError, ValueError) as error:
        raise Unreadable(f"{name}: its encoding is not known: {error}; save it as UTF-8") from None
    yield from handler.taken()


class _Handler(ContentHandler):
    """Builds the elements that are wanted, and lets go of everything else."""

    def __init__(self, name: str, root: str, wanted: frozenset[str], childless: frozenset[str]) -> None:
        super().__init__()
        self.events = 0
        self._name, self._root, self._wanted, self._childless = name, root, wanted, childless
        self._found: list[Found] = []
        self._labels: list[str] = []
        self._building: list[Element] = []
        self._elements = self._chars = 0
        self._dropped = 0
        self._label: list[str] | None = None
        self._locator: Any = None

    @property
    def line(self) -> int:
        """The line that is being read."""
        return 1 if self._locator is None else self._locator.getLineNumber() or 1

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 (the name is xml.sax's)
        self._locator = locator

    def taken(self) -> list[Found]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found

    def fail(self, why: str) -> Never:
        """Refuse the file at the present line."""
        raise Unreadable(f"{self._name}, line {self.line}: {why}")

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self.events += 1
        name = name.rpartition(":")[2]
        depth = len(self._labels) + len(self._building) + self._dropped
        if depth == 0 and name != self._root:
            self.fail(f"XML, but not {self._root.upper()}: its first element is {name!r:.60}")
        if depth > DEPTH_MAX:
            self.fail(f"elements are nested deeper than {DEPTH_MAX}")
        if self._dropped or (self._building and self._building[-1].name in self._childless):
            self._dropped += 1
        elif self._building or (name in self._wanted and depth):
            self._build(name, dict(attrs))
        else:
            self._labels.append("")
            self._label = [] if name == "name" and depth else None

    def _build(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._chars += sum(map(len, attributes.values()))
        if self._elements > ELEMENTS_MAX:
            self.fail(f"one feature has more than {ELEMENTS_MAX} elements")
        element = Element(name, attributes, self.line)
        if self._building:
            self._building[-1].children.append(element)
        self._building.append(element)

    def characters(self, content: str) -> None:
        """Keep the text of what is being built."""
        self.events += 1
        if self._dropped:
            return
        if self._building:
            self._chars += len(content)
            if self._chars > TEXT_LENGTH_MAX_CHARS:
                self.fail(f"one feature has more than {TEXT_LENGTH_MAX_CHARS} characters")
            self._building[-1].parts.append(content)
        elif self._label is not None and sum(map(len, self._label)) < LABEL_LENGTH_MAX_CHARS:
            self._label.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.events += 1
        if self._dropped:
            self._dropped -= 1
        elif self._building:
            element = self._building.pop()
            if not self._building:
                self._found.append(Found(element, tuple(filter(None, self._labels))))
                self._elements = self._chars = 0
        else:
            self._labels.pop()
            if self._label is not None and self._labels:
                self._labels[-1] = " ".join("".join(self._label).split())[:LABEL_LENGTH_MAX_CHARS]
            self._label = None


def _plain(error: SAXParseException) -> str:
    text = str(error.getMessage())
    if "no element found" in text or "unclosed" in text:
        return "the file ends in the middle; copy it again"
    return text
