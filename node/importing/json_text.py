"""A cursor over the text of a JSON file: structure outside, values cut out whole for the parser.

It holds one value at a time, so that a collection of a million features takes the memory of its largest one.
It decides by brackets and quotes alone where a value ends; whether it is JSON is the parser's question.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Never

from node.importing.rows import Unreadable

# Ten times a boundary of 40,000 positions (the most a record holds) written with blanks and full decimals.
VALUE_LENGTH_MAX_CHARS = 16 * 1_024 * 1_024

# GeoJSON nests 7 deep; properties may hold structures of their own.  Far from the parser's recursion limit.
NESTING_MAX = 64

CHUNK_SIZE_BYTES = 256 * 1_024

_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_NOT_BETWEEN = re.compile(r"[^ \t\r\n\x1e]")
_END_OF_BARE = re.compile(r"[ \t\r\n,:\[\]{}\x1e]")
_IN_STRING = re.compile(r'["\\]')
# A position, an array with nothing nested in it, is stepped over whole: they are most of a file.
_OUT_OF_STRING = re.compile(r'\[[^"\[\]{}]*\]|["\[\]{}]')


class JsonText:
    """The text of one file, read forwards once.  Every fault is an `Unreadable` naming file and line."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._buffer, self._at = "", 0
        self._ended = False
        self.line = 1
        self.line_of_value = 1
        self.had_mark = False
        self._broke_line = False
        self._fill()
        if self._buffer.startswith("\ufeff"):
            self.had_mark, self._at = True, 1

    def peek(self, between_values: bool = False) -> str:
        """Skip blanks (between values also record separators); return the next character, "" at the end."""
        self._broke_line = False
        while True:
            match = (_NOT_BETWEEN if between_values else _NOT_BLANK).search(self._buffer, self._at)
            end = match.start() if match else len(self._buffer)
            skipped = self._buffer.count("\n", self._at, end)
            self._broke_line |= skipped > 0 or "\x1e" in self._buffer[self._at : end]
            self.line += skipped
            self._at = end
            if match:
                return self._buffer[end]
            if not self._fill():
                return ""

    def at_end(self) -> bool:
        """Say whether nothing but blanks is left."""
        return self.peek(between_values=True) == ""

    def after_line_break(self) -> bool:
        """Say whether the last `peek` stepped over the end of a line or a record separator."""
        return self._broke_line

    def elements(self) -> Iterator[int]:
        """Step through an array: yields the line of each element, which the caller takes with `value`."""
        return self._parts("]")

    def members(self) -> Iterator[int]:
        """Step through an object: yields each name's line; the caller takes it, `colon`, and the value."""
        return self._parts("}")

    def colon(self) -> None:
        """Step over the colon between a name and its value."""
        if self.peek() != ":":
            self.fail("a colon is missing after a name")
        self._at += 1

    def value(self) -> str:
        """Take the text of the next value, by its brackets and quotes."""
        opening = self.peek()
        self.line_of_value = self.line
        if opening == "":
            self.fail("the file ends in the middle")
        if opening in "{[":
            end = self._end_of_nested()
        elif opening == '"':
            end = self._end_of_string(self._at + 1)
        else:
            end = self._end_of_bare()
            if end == self._at:
                self.fail(f"a value is missing before {opening!r}")
        text = self._buffer[self._at : end]
        self._at = end
        self.line += text.count("\n")
        return text

    def fail(self, why: str) -> Never:
        """Refuse the file at the present line."""
        raise Unreadable(f"{self._name}, line {self.line}: not JSON: {why}")

    def _parts(self, closing: str) -> Iterator[int]:
        self._at += 1
        if self.peek() == closing:
            self._at += 1
            return
        while True:
            if self.peek() == "":
                self.fail("the file ends in the middle")
            yield self.line
            found = self.peek()
            if found not in (",", closing):
                self.fail("a comma is missing" if found else "the file ends in the middle")
            self._at += 1
            if found == closing:
                return

    def _end_of_bare(self) -> int:
        at = self._at
        while True:
            match = _END_OF_BARE.search(self._buffer, at)
            if match:
                return match.start()
            at = len(self._buffer)
            shift = self._at
            if not self._fill():
                return len(self._buffer)
            at -= shift - self._at

    def _end_of_string(self, at: int) -> int:
        """Return the place after the quote that closes the string in which `at` lies."""
        while True:
            match = _IN_STRING.search(self._buffer, at)
            if match is None:
                at = self._more(len(self._buffer))
            elif match[0] == '"':
                return match.end()
            else:
                at = match.end() + 1
                if at > len(self._buffer):
                    at = self._more(at - 1) + 1

    def _end_of_nested(self) -> int:
        depth, at = 0, self._at
        while True:
            match = _OUT_OF_STRING.search(self._buffer, at)
            if match is None:
                at = self._more(len(self._buffer))
                continue
            at = match.end()
            if match[0] == '"':
                at = self._end_of_string(at)
            elif len(match[0]) > 1:
                if depth == 0:
                    return at
            elif match[0] in "{[":
                depth += 1
                if depth > NESTING_MAX:
                    self.fail(f"nested deeper than {NESTING_MAX}")
            else:
                depth -= 1
                if depth == 0:
                    return at

    def _more(self, at: int) -> int:
        """Read on in the middle of a value; return where `at` is now."""
        before = self._at
        if not self._fill():
            self.fail("the file ends in the middle")
        return at - (before - self._at)

    def _fill(self) -> bool:
        """Read another chunk behind what is kept; say whether there was any."""
        if self._ended:
            return False
        if len(self._buffer) - self._at > VALUE_LENGTH_MAX_CHARS:
            raise Unreadable(
                f"{self._name}, line {self.line}: one value has more than {VALUE_LENGTH_MAX_CHARS} characters"
            )
        data = self._file.read(CHUNK_SIZE_BYTES)
        self._ended = not data
        try:
            text = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError:
            where = f"{self._name}, after line {self.line}"
            raise Unreadable(f"{where}: not UTF-8, the one encoding of GeoJSON: save it as UTF-8") from None
        self._buffer, self._at = self._buffer[self._at :] + text, 0
        return not self._ended
