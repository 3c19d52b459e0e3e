"""HTML as a tree.  Text is escaped where it is written out, so nothing that a record says can become markup.

What comes out is well-formed XML as well, so that a strict parser can check it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

Node = Union["Element", "DataBlock", str, None, Sequence["Node"]]
"""An element, a block of data, a text, nothing, or several of them in a row."""

# Elements that HTML never closes (https://html.spec.whatwg.org/#void-elements), of those used here.
_VOID = frozenset({"br", "input", "link", "meta"})

# What a text may hold and a page should not show: controls, the half of a pair, what turns the direction of
# the text around it (UAX #9: embeddings, overrides, isolates; each name stands in an isolate of its own
# already), invisible tags, and what is no character at all.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_REPLACEMENT = "\ufffd"

_TO_ESCAPE = re.compile("[&<>\"']")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element, its attributes in the order they were given, and what stands in it."""

    name: str
    attributes: Mapping[str, str]
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class DataBlock:
    """Data for programs that read pages, which no browser runs: a `script` of a type that is no script's
    (https://html.spec.whatwg.org/#data-block).  `json` is JSON in ASCII."""

    media_type: str
    json: str


def e(name: str, /, *children: Node, **attributes: str | int | bool | None) -> Element:
    """Return an element.

    Attributes are named as in Python: `class_`, `aria_label`; those that are None or False are left out, and
    True writes one out under its own name.
    """
    written = {
        key.rstrip("_").replace("_", "-"): key.rstrip("_") if value is True else str(value)
        for key, value in attributes.items()
        if value is not None and value is not False
    }
    return Element(name, written, children)


def showable(text: str) -> str:
    """Return a text with every character that cannot or should not be shown replaced by U+FFFD."""
    return _UNSHOWABLE.sub(_REPLACEMENT, text)


def escaped(text: str) -> str:
    """Return a text as it may stand anywhere in a page, attributes included."""
    # Most texts need nothing, and a list has a thousand.
    if text.isascii() and text.isprintable() and not _TO_ESCAPE.search(text):
        return text
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], showable(text))


def render(root: Element) -> str:
    """Return a whole document."""
    parts = ["<!doctype html>\n"]
    _write(root, parts)
    return "".join(parts)


def _write(node: Node, parts: list[str]) -> None:
    if node is None:
        return
    if isinstance(node, str):
        parts.append(escaped(node))
    elif isinstance(node, DataBlock):
        # Nothing in a `script` is unescaped, so nothing may end it, in HTML or in XML.
        text = node.json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        parts.append(f'<script type="{escaped(node.media_type)}">{text}</script>')
    elif isinstance(node, Element):
        parts.append(f"<{node.name}")
        for key, value in node.attributes.items():
            parts.append(f' {key}="{escaped(value)}"')
        if node.name in _VOID:
            parts.append("/>")
            return
        parts.append(">")
        for child in node.children:
            _write(child, parts)
        parts.append(f"</{node.name}>")
    else:
        for child in node:
            _write(child, parts)
