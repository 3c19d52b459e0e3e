"""What the log says: one line per event, useful alone, and nothing a peer wrote can break or forge a line."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

# A name or an address fits; a payload does not.
SHOWN_LENGTH_MAX = 80

LogFormat = Literal["text", "json"]

_TRACE_JOINT = " ⏎ "


def shown(text: object, length_max: int = SHOWN_LENGTH_MAX) -> str:
    """Return text from outside as a log line or terminal may show it: short, on one line, nothing invisible.

    Line breaks, control characters, direction overrides and half surrogates become escapes, as does the
    backslash itself, so that what is shown stands for one text only.  Bytes are shown as hexadecimal.
    At most `length_max` characters of the text are shown; `…` says that there was more.
    """
    plain = text.hex() if isinstance(text, bytes | bytearray) else str(text)
    cut = plain[:length_max]
    escaped = "".join(_escaped(character) for character in cut)
    return escaped + "…" if len(plain) > length_max else escaped


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else ascii(character)[1:-1]


def set_up_logging(level: str = "info", form: str = "text", stream: TextIO | None = None) -> None:
    """Send the log to `stream` (standard error); `level` is that of our own loggers, libraries only warn."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, TextLines | JsonLines):  # our own, from an earlier call
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("node").setLevel(level.upper())


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    """Return `text` with its line breaks shown and whatever else cannot be printed escaped."""
    lines = (line.rstrip() for line in text.splitlines())
    return _TRACE_JOINT.join(
        "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) for line in lines if line
    )


class TextLines(logging.Formatter):
    """`2026-11-22T05:07:41.120Z INFO node.peers.dialer: connected to 9c01…`, a traceback on the same line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one event."""
        line = f"{_time(record)} {record.levelname} {record.name}: {_one_line(record.getMessage())}"
        if record.exc_info:
            line += _TRACE_JOINT + _one_line(self.formatException(record.exc_info))
        return line


class JsonLines(logging.Formatter):
    """One JSON object per line: `time`, `level`, `logger`, `message`, and `error` for a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one event."""
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields)
