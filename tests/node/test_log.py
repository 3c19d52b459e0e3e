"""The log: one line per event, whatever a peer wrote into it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.log import SHOWN_LENGTH_MAX, set_up_logging, shown


@pytest.fixture
def restored_loggers() -> Iterator[None]:
    """Leave the process's loggers as they were."""
    root, node = logging.getLogger(), logging.getLogger("node")
    before = (root.handlers[:], root.level, node.level)
    yield
    root.handlers[:], root.level = before[0], before[1]
    node.setLevel(before[2])


@given(st.text(), st.integers(1, 100))
def test_what_is_shown_is_short_and_printable(text: str, length_max: int) -> None:
    line = shown(text, length_max)
    assert line.isprintable()
    # the longest escape, \U0001f600, has ten characters
    assert len(line) <= 10 * length_max + 1


@given(st.text(max_size=SHOWN_LENGTH_MAX), st.text(max_size=SHOWN_LENGTH_MAX))
def test_two_texts_are_never_shown_alike(one: str, other: str) -> None:
    assert (shown(one) == shown(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Páramo de Ñuca · 日本", "Páramo de Ñuca · 日本"),
        ("a\nERROR node: forged", "a\\nERROR node: forged"),
        ("\x1b[2Jclear", "\\x1b[2Jclear"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\u2028", "\\u2028"),
        ("back\\nslash", "back\\\\nslash"),
        ("\ud800", "\\ud800"),
        (b"\x00\xff", "00ff"),
        (ValueError("x\ty"), "x\\ty"),
    ],
)
def test_what_peers_write_is_escaped(text: object, line: str) -> None:
    assert shown(text) == line


def test_long_text_is_cut_at_the_limit() -> None:
    assert shown("x" * SHOWN_LENGTH_MAX) == "x" * SHOWN_LENGTH_MAX
    assert shown("x" * (SHOWN_LENGTH_MAX + 1)) == "x" * SHOWN_LENGTH_MAX + "…"


@pytest.mark.usefixtures("restored_loggers")
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_event_is_one_line_even_with_a_traceback(form: str) -> None:
    stream = io.StringIO()
    set_up_logging("info", form, stream)
    logger = logging.getLogger("node.peers.test")
    logger.info("record %s from node %s: bad signature", "3f2a…", "9c01\nforged")
    logger.debug("not asked for")
    logging.getLogger("aiohttp.access").info("a library's small talk")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logger.exception("it broke")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert "forged" in lines[0]
    assert "Traceback" in lines[1]
    assert "ValueError" in lines[1]
    if form == "json":
        first = json.loads(lines[0])
        assert first.keys() == {"time", "level", "logger", "message"}
        assert (first["level"], first["logger"]) == ("info", "node.peers.test")
        assert first["message"] == "record 3f2a… from node 9c01\nforged: bad signature"
    else:
        assert " INFO node.peers.test: record 3f2a… from node 9c01 ⏎ forged: bad signature" in lines[0]


@pytest.mark.usefixtures("restored_loggers")
def test_setting_up_twice_does_not_double_the_lines() -> None:
    stream = io.StringIO()
    set_up_logging("info", "text", io.StringIO())
    set_up_logging("debug", "text", stream)
    logging.getLogger("node").debug("once")
    assert stream.getvalue().count("once") == 1


@pytest.mark.usefixtures("restored_loggers")
@given(st.text(max_size=50))
def test_any_message_is_one_line(text: str) -> None:
    for form in ("text", "json"):
        stream = io.StringIO()
        set_up_logging("info", form, stream)
        logging.getLogger("node").info("%s", text)
        line = stream.getvalue()
        assert line.endswith("\n")
        assert line[:-1].isprintable()
