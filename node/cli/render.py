"""Words, fields and tables on a terminal of 80 columns or more, and clean JSON.

Answers go to standard output; everything else (progress, notes, what to do next) to standard error.
"""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import gettext as _
from typing import Any

import click

from node.cli.operator import Operator

# What every terminal has; wider ones are used up to where lines get hard to read.
WIDTH_DEFAULT = 80
WIDTH_MAX = 120

# The space does not break: a figure stays on its line.
_SPANISH_MARKS = str.maketrans({",": "\u00a0", ".": ","})

# A third of a terminal of 80 columns, and room for the longest label that there is.
LABEL_MAX_CELLS = 28

# 50 bits: enough to tell a nation's records apart, short enough to type.
SHORT_ID_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, whether it may be shortened, whether its content stands to the right."""

    heading: str
    flexible: bool = False
    right: bool = False


def width() -> int:
    """Return how many columns to write in."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return WIDTH_DEFAULT
    return max(40, min(shutil.get_terminal_size((WIDTH_DEFAULT, 24)).columns, WIDTH_MAX))


def in_figures(number: float, decimals: int = 0) -> str:
    """Return a number as the spoken language writes it: 1,234.5, in Spanish 1 234,5."""
    written = f"{number:,.{decimals}f}"
    if os.environ.get("LANGUAGE") == "es":
        return written.translate(_SPANISH_MARKS)
    return written


def cells(text: str) -> int:
    """Return how many columns a text takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def clipped(text: str, columns: int) -> str:
    """Return a text cut to so many columns, `…` at its end where something is missing."""
    if cells(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += cells(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def plain(text: object) -> str:
    """Return text from records on one line, with nothing invisible in it that could mislead a terminal."""
    return visible(" ".join(str(text).split()))


def visible(text: str) -> str:
    """Return a text with what a terminal does not show, but may obey, written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def say(text: str = "") -> None:
    """Write a line of the answer."""
    click.echo(text)


def note(text: str) -> None:
    """Write a line beside the answer."""
    click.echo(wrapped("\n".join(map(visible, text.splitlines()))), err=True)


def suggest(operator: Operator, command: str) -> None:
    """Say which command is the obvious next one."""
    line = _("Next: {command}").format(command=f"{operator.program} {command}")
    click.echo(click.style(line, dim=True) if coloured(sys.stderr) else line, err=True)


def coloured(stream: Any) -> bool:
    """Whether colour helps: on a terminal, and not where NO_COLOR asks for none (no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def accent(text: str, colour: str) -> str:
    """Return text in a colour where the answer goes to a terminal."""
    return click.style(text, fg=colour) if coloured(sys.stdout) else text


def wrapped(text: str, indent: str = "") -> str:
    """Return a paragraph cut into lines, those after the first indented; its own line breaks stay."""
    return "\n".join(line for part in text.splitlines() or [""] for line in lines_of(part, width(), indent))


def lines_of(text: str, columns: int, indent: str = "") -> list[str]:
    """Return a text in lines of so many columns, cut at blanks; what has none (an id, a path) stays whole.

    Scripts without blanks, whose characters are two columns wide, are cut anywhere.
    """
    words = text.lstrip(" ")
    lines, line = [], " " * (len(text) - len(words))
    for word in words.split(" "):
        joined = f"{line} {word}" if line.strip() else line + word
        if cells(joined) > columns and line.strip():
            lines.append(line.rstrip())
            line, joined = indent, indent + word
        while cells(joined) > columns and cells(word) > len(word):
            cut = next(at for at in range(len(joined), 0, -1) if cells(joined[:at]) <= columns)
            lines.append(joined[:cut])
            joined = indent + joined[cut:]
        line = joined
    return [*lines, line.rstrip()]


def show_json(value: Any) -> None:
    """Write an answer as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_fields(rows: Iterable[tuple[str, str]]) -> None:
    """Write labels and values in two columns; a value too long for a line goes on under itself.

    Values may have lines, and nothing else that a terminal would obey, whoever wrote them.
    """
    listed = [(label, value) for label, value in rows if value]
    margin = min(max((cells(label) for label, _ in listed), default=0), LABEL_MAX_CELLS) + 2
    for label, value in listed:
        parts = [visible(part) for part in value.splitlines()]
        whole = max(cells(word) for part in parts for word in part.split(" "))
        if margin + whole > width() >= whole + 2:
            say(label)
            lines = [line for part in parts for line in lines_of("  " + part, width(), "  ")]
            say("\n".join(lines))
            continue
        lines = [line for part in parts for line in lines_of(part, width() - margin)]
        for at, line in enumerate(lines):
            head = label if at == 0 else ""
            # A label longer than the margin pushes its value on, and never touches it.
            say(f"{head}{' ' * max(margin - cells(head), 2)}{line}".rstrip())


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Write rows in columns no wider together than the terminal."""
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(cells(c.heading), *(cells(row[i]) for row in shown), 1) for i, c in enumerate(columns)]
    spare = width() - sum(widths) - 2 * (len(columns) - 1)
    flexible = [i for i, column in enumerate(columns) if column.flexible] or [len(columns) - 1]
    while spare < 0:
        widest = max(flexible, key=lambda i: widths[i])
        if widths[widest] <= 6:
            break
        widths[widest] -= 1
        spare += 1
    heading = [_cell(c.heading, w, c.right) for c, w in zip(columns, widths, strict=True)]
    say(accent("  ".join(heading).rstrip(), "bright_black"))
    for row in shown:
        line = [_cell(t, w, c.right) for t, w, c in zip(row, widths, columns, strict=True)]
        say("  ".join(line).rstrip())


def _cell(text: str, columns: int, right: bool) -> str:
    cut = clipped(text, columns)
    blank = " " * (columns - cells(cut))
    return blank + cut if right else cut + blank


def short_id(text: str) -> str:
    """Return the beginning of an id's text, as lists show it and commands take it."""
    return text[:SHORT_ID_LENGTH]


def moment(time_ms: int) -> str:
    """Return a moment as people read it, in UTC."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def day(time_ms: int) -> str:
    """Return the day of a moment (UTC), ISO 8601."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).date().isoformat()


def size(size_bytes: int) -> str:
    """Return a size with the unit that fits."""
    amount = float(size_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1_000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1_000
    return f"{amount:.1f} TB"
