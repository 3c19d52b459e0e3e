"""What is wrong with a content that somebody wrote, in words that say what to do.

The types of contents find most mistakes, and name the place as a program would: ``Expected `str` of length
<= 500 - at `$.name[...]` ``.
"""

import re
from collections.abc import Callable, Sequence
from gettext import gettext as _

from node.cli.sentences import sentence
from protocol.errors import ProtocolError

_TOO_LONG = re.compile(r"Expected `str` of length <= (\d+) - at `(.+)`")
_TOO_MANY = re.compile(r"Expected `(?:array|object|bytes)` of length <= (\d+) - at `(.+)`")
_EMPTY = re.compile(r"Expected `(?:str|array|object)` of length >= (\d+) - at `(.+)`")
_TOO_LARGE = re.compile(r"Expected `int` <= (-?\d+) - at `(.+)`")
_TOO_SMALL = re.compile(r"Expected `int` >= (-?\d+) - at `(.+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`(?: - at `(.+)`)?")


# How the types begin what they say; such a sentence has a fault's code beside it, for whoever looks it up.
_OF_THE_TYPES = ("Expected ", "Invalid ", "Object ")


def plainly(fault: ProtocolError) -> str:
    """Return what a fault of a content says, in plain words as far as there are any."""
    text = str(fault)
    for pattern, say in _SAID:
        found = pattern.fullmatch(text)
        if found is not None:
            return say(found.groups())
    return f"{text} ({fault.code})" if text.startswith(_OF_THE_TYPES) else sentence(text)


def place(path: str) -> str:
    """Return a place in a content as people would name it: `parties 2, name` for `$.parties[1].name[...]`."""
    parts: list[str] = []
    for name, at in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if at:
            parts[-1:] = [f"{parts[-1] if parts else ''} {int(at) + 1}".strip()]
        else:
            parts.append(name)
    return ", ".join(parts)


Parts = Sequence[str]

_SAID: list[tuple[re.Pattern[str], Callable[[Parts], str]]] = [
    (
        _TOO_LONG,
        lambda p: _("a text in the field {field} is longer than {most} characters").format(
            field=place(p[1]), most=p[0]
        ),
    ),
    (
        _TOO_MANY,
        lambda p: _("the field {field} has more than {most} entries").format(field=place(p[1]), most=p[0]),
    ),
    (
        _EMPTY,
        lambda p: _("{field} is empty, or has too few: {least} at least").format(
            field=place(p[1]), least=p[0]
        ),
    ),
    (_TOO_LARGE, lambda p: _("{field} is too large: {most} at most").format(field=place(p[1]), most=p[0])),
    (_TOO_SMALL, lambda p: _("{field} is too small: {least} at least").format(field=place(p[1]), least=p[0])),
    (
        _MISSING,
        lambda p: _("{field} is missing").format(field=", ".join(filter(None, (place(p[1] or ""), p[0])))),
    ),
]
