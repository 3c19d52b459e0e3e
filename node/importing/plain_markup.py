"""The text of a description that was written for a browser: tags go, line breaks and entities stay readable.

The standard library's parser takes quadratic time for text that is made to cost it (`<a<a<a…`); this goes
through once, and only has to tell words from tags: what comes out is text, and is escaped wherever it is
shown.
"""

import re
from html import unescape

# Elements around which a reader would see a new line.
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr"})
# What a browser would not show.
_UNSEEN = frozenset({"script", "style", "head", "title"})
# A tag ends at its bracket, or is broken off where the next begins; comments are told apart by their ends.
_TAG = re.compile(
    r"<!--|-->|<!\[CDATA\[|\]\]>|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,30})[^<>]*(?:>|$)|<[!?][^<>]*>"
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


def without_markup(text: str) -> str:
    """Return the text that a reader of `text` would see in a browser; what is no markup stays as it is."""
    if "<" not in text and not _ENTITY.search(text):
        return text
    parts: list[str] = []
    at, unseen, in_comment, found_any = 0, "", False, False
    for tag in _TAG.finditer(text):
        if not (unseen or in_comment):
            parts.append(unescape(text[at : tag.start()]))
        at, found_any = tag.end(), True
        name = (tag["name"] or "").lower()
        if in_comment or tag[0] in ("<!--", "-->"):
            in_comment = tag[0] != "-->" and (in_comment or tag[0] == "<!--")
        elif unseen:
            unseen = "" if tag["end"] and name == unseen else unseen
        elif name in _UNSEEN and not tag["end"]:
            unseen = name
        else:
            parts.append("\n" if name in _BREAKS else " " if name in ("td", "th") else "")
    if not (unseen or in_comment):
        parts.append(unescape(text[at:]))
    if not found_any:
        return unescape(text)
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)
