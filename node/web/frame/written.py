"""Pages that are written as texts: the little Markdown that they use, as a tree of elements.

Headings, paragraphs, blocks of code; within a line code, strong and emphasised words, and links.  Ours only:
nothing that a record says is read as Markdown.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from node.web.frame.layout import page
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings

TEXTS = Path(__file__).resolve().parents[1] / "texts"

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)")


def written_page(here: Surroundings, name: str) -> Element:
    """Return a written page in the reader's language, in English where it is not written in that."""
    title, body = _read(name, here.say.language)
    return page(here.asked, here.node_name, title, e("article", e("h1", title), body, class_="written"))


@cache
def _read(name: str, language: str) -> tuple[str, Node]:
    """Return a text's title and what comes after it."""
    path = TEXTS / f"{name}.{language}.md"
    text = (path if path.is_file() else TEXTS / f"{name}.en.md").read_text(encoding="utf-8")
    heading, _, rest = text.partition("\n")
    return heading.removeprefix("# "), list(_blocks(rest))


def _blocks(text: str) -> Iterator[Node]:
    lines = iter(text.splitlines())
    paragraph: list[str] = []
    for line in lines:
        if line.startswith(("```", "## ")) or not line.strip():
            yield from _paragraph(paragraph)
            paragraph = []
        if line.startswith("```"):
            yield e("pre", e("code", "\n".join(_until_fence(lines))))
        elif line.startswith("## "):
            yield e("h2", line.removeprefix("## "))
        elif line.strip():
            paragraph.append(line)
    yield from _paragraph(paragraph)


def _until_fence(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("```"):
            return
        yield line


def _paragraph(lines: list[str]) -> Iterator[Node]:
    if lines:
        yield e("p", list(_inline(" ".join(lines))))


def _inline(text: str) -> Iterator[Node]:
    at = 0
    for found in _INLINE.finditer(text):
        yield text[at : found.start()]
        code, strong, emphasised, name, address = found.groups()
        if code is not None:
            yield e("code", code)
        elif strong is not None:
            yield e("strong", strong)
        elif emphasised is not None:
            yield e("em", emphasised)
        elif address.startswith("https://"):
            yield e("a", name, href=address, rel="noopener noreferrer external")
        else:
            yield name  # a page of the documents, which a node does not serve
        at = found.end()
    yield text[at:]
