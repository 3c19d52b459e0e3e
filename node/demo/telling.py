"""Telling the demonstration on a terminal: steps, commands, what came of them, a table at the end."""

import os
import shlex
import shutil
import textwrap
from collections.abc import Sequence
from typing import TextIO

import click

from node.cli.render import cells, clipped, plain

# Narrower ones get the same, cut; wider ones are hard to read.
WIDTH_MIN = 60
WIDTH_MAX = 100

_ID_LENGTH = 10
_COLOURS = ("cyan", "yellow", "magenta")


class Teller:
    """Writes in one language, as wide as the terminal is, with colour where that helps."""

    def __init__(self, language: str, out: TextIO) -> None:
        self.language = language
        self._out = out
        columns = shutil.get_terminal_size((80, 24)).columns
        self.width = max(WIDTH_MIN, min(columns, WIDTH_MAX))
        self._colour = out.isatty() and not os.environ.get("NO_COLOR")
        self._steps = 0
        self._prompts: list[str] = []

    def __call__(self, es: str, en: str) -> str:
        """Return the text of the language that is told in."""
        return es if self.language == "es" else en

    def title(self, text: str) -> None:
        """Begin."""
        self._line(self._styled(text, bold=True))

    def say(self, text: str, indent: str = "") -> None:
        """Tell a paragraph."""
        for line in textwrap.wrap(text, self.width - len(indent), break_on_hyphens=False):
            self._line(indent + line)

    def step(self, text: str) -> None:
        """Begin a step."""
        self._steps += 1
        self._line()
        for at, line in enumerate(textwrap.wrap(text, self.width - 3)):
            self._line(self._styled(f"{self._steps}  {line}" if at == 0 else f"   {line}", bold=True))

    def command(self, prompt: str, words: Sequence[str]) -> None:
        """Show a command as it is typed, over several lines where it is long."""
        if prompt not in self._prompts:
            self._prompts.append(prompt)
        lines, room = [""], self.width - len(f"   {prompt} $ ")
        for word in ("minga", *_together(words)):
            if lines[-1] and cells(lines[-1]) + 1 + cells(word) > room - 2:
                lines.append("  ")
                room = self.width - 5
            lines[-1] += word if not lines[-1].strip() else f" {word}"
        colour = _COLOURS[self._prompts.index(prompt) % len(_COLOURS)]
        head = f"   {self._styled(prompt, fg=colour)} {self._styled('$', dim=True)} "
        for at, line in enumerate(lines):
            more = " \\" if at + 1 < len(lines) else ""
            self._line((head if at == 0 else "   ") + line + self._styled(more, dim=True))

    def result(self, text: str, good: bool = False) -> None:
        """Tell what came of it."""
        lines = textwrap.wrap(plain(text), self.width - 5, break_on_hyphens=False)
        for at, line in enumerate(lines):
            mark = self._styled("✓", fg="green") if good else "·"
            self._line(f"   {mark if at == 0 else ' '} {line}")

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show labels and what each has, in two columns."""
        first = min(max(cells(label) for label, _ in rows), self.width - 20)
        for label, value in rows:
            text = clipped(label, first)
            self._line(f"     {text}{' ' * (first - cells(text))}  {value}")

    def table(self, headings: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Show a column for each node."""
        columns = max(11, *(cells(text) + 2 for text in (*headings, *(c for _, row in rows for c in row))))
        columns = min(columns, (self.width - 24) // len(headings))
        first = max((cells(label) for label, _ in rows), default=0)
        first = min(first, self.width - 1 - columns * len(headings))
        self._line()
        self._line(self._styled(" " * (first + 1) + "".join(_right(h, columns) for h in headings), dim=True))
        for label, row in rows:
            text = clipped(label, first)
            self._line(f" {text}{' ' * (first - cells(text))}" + "".join(_right(c, columns) for c in row))

    def _styled(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._colour and text else text

    def _line(self, text: str = "") -> None:
        self._out.write(text.rstrip() + "\n")
        self._out.flush()


def _together(words: Sequence[str]) -> list[str]:
    """Return words as they are typed, each option with its value, so that no line ends between them."""
    typed: list[str] = []
    for word in words:
        if typed and typed[-1].startswith("--") and " " not in typed[-1] and not word.startswith("--"):
            typed[-1] += f" {_typed(word)}"
        else:
            typed.append(_typed(word))
    return typed


def _typed(word: str) -> str:
    """Return a word as a shell takes it; ids and keys, which nobody reads, by their beginning."""
    if word.startswith("did:key:"):
        key, equals, label = word.partition("=")
        return f"{key[: len('did:key:') + _ID_LENGTH]}…{equals}{shlex.quote(label) if label else ''}"
    return shlex.quote(word)


def _right(text: str, columns: int) -> str:
    cut = clipped(text, columns - 1)
    return " " * (columns - cells(cut)) + cut
