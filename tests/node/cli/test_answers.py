"""What commands answer: clean JSON, lines that fit a terminal, nothing that misleads it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.cli.plain_form import to_plain
from node.cli.records.records import _show_content
from node.cli.render import cells, clipped, lines_of, plain
from protocol.identifiers import id_text
from tests.node.cli.terminal import Terminal
from tests.node.cli.wording import commands
from tests.protocol.people import Person, key

READING = [
    ("status",),
    ("doctor", "--quick"),
    ("account", "list"),
    ("key", "list"),
    ("key", "show", "Ana, la secretaria del consejo, en su computadora portátil de la oficina"),
    ("actor", "list"),
    ("actor", "list", "--mine"),
    ("actor", "show", "Santa Clara"),
    ("commons", "list"),
    ("commons", "list", "--by", "Santa Clara"),
    ("commons", "list", "--of", "Santa Clara"),
    ("commons", "search", "paramo"),
    ("commons", "search", "nothing"),
    ("commons", "show", "Páramo"),
    ("seal", "show", "@sealed"),
    ("seal", "open", "@sealed"),
    ("commons", "overlaps"),
    ("commons", "overlaps", "Páramo"),
    ("alert", "list"),
    ("alert", "list", "--about", "Páramo"),
    ("alert", "show", "@alert"),
    ("privacy", "access", "Santa Clara", "--trial"),
    ("privacy", "figures"),
    ("call", "list"),
    ("call", "show", "@call"),
    ("pact", "list"),
    ("pact", "show", "@pact"),
    ("pact", "timeline", "@pact"),
    ("vote", "list"),
    ("vote", "show", "@vote"),
    ("body", "list"),
    ("body", "show", "@body"),
    ("place", "list"),
    ("place", "show", "Loma"),
    ("territory", "list"),
    ("territory", "list", "Loma"),
    ("territory", "show", "Loma"),
    ("territory", "show", "none"),
    ("record", "show", "@commons"),
    ("record", "show", "@actor"),
    ("record", "show", "@pact"),
    ("record", "verify", "@pact"),
    ("peer", "list"),
    ("block", "list"),
]


def filled(village: Terminal, arguments: tuple[str, ...]) -> list[str]:
    """Put the id of the first thing of a kind in the place of `@kind`, of the sealed one for `@sealed`."""
    sealed = village.asks("commons", "search", "ojo")[0]["id"] if "@sealed" in arguments else ""
    arguments = tuple(sealed if argument == "@sealed" else argument for argument in arguments)
    return [
        village.asks(argument[1:], "list")[0]["id"] if argument.startswith("@") else argument
        for argument in arguments
    ]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_reading_command_answers_with_json_alone(village: Terminal, arguments: tuple[str, ...]) -> None:
    typed = filled(village, arguments)
    before, after = village.run("--json", *typed), village.run(*typed, "--json")
    json.loads(before.stdout)
    assert json.loads(after.stdout).__class__ is json.loads(before.stdout).__class__
    assert before.exit_code == village.run(*typed).exit_code


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_line_fits_eighty_columns(village: Terminal, arguments: tuple[str, ...], language: str) -> None:
    result = replace(village, language=language).run(*filled(village, arguments))
    home = str(village.home)
    # A path or a command that somebody will copy is never cut.
    lines = [line for line in (result.stdout + result.stderr).splitlines() if home not in line]
    assert lines
    assert [line for line in lines if cells(line) > 80] == []
    assert "\x1b" not in result.stdout + result.stderr


def test_every_reading_command_is_held_here() -> None:
    held = {" ".join(one[:2]) if one[0] not in ("status", "doctor") else one[0] for one in READING}
    reading = {
        " ".join(path[1:])
        for path, _ in commands()
        if path[-1] in ("list", "show", "search", "verify", "status", "doctor", "timeline")
        or path[1:]
        in (("seal", "open"), ("commons", "overlaps"), ("privacy", "access"), ("privacy", "figures"))
    }
    assert reading == held


def test_names_cannot_mislead_a_terminal(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    other = Person("Ana\x1b[2Jmaría\u202egnp", [key("misleading")])
    ana.hears(other.records)
    there = id_text(other.id)
    for said in (ana.does("actor", "list"), ana.does("actor", "show", there)):
        assert "gnp" in said
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert ana.asks("actor", "show", there)["content"]["name"]["es"] == other.name


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("é" * 3, 3, "é" * 3),
    ],
)
def test_a_text_is_cut_by_the_columns_it_takes(text: str, columns: int, shown: str) -> None:
    assert clipped(text, columns) == shown
    assert cells(clipped(text, columns)) <= columns


def test_text_from_records_comes_out_on_one_line() -> None:
    assert plain("one\n two\t three\x07") == "one two three\\x07"


def test_what_is_set_in_stays_so() -> None:
    assert lines_of("    name: Loma de Aguas", 16, "      ") == ["    name: Loma", "      de Aguas"]
    assert lines_of("  ", 16) == [""]


def test_the_content_of_a_record_is_shown_by_what_it_is_part_of(village: Terminal) -> None:
    shown = village.run(*filled(village, ("record", "show", "@pact"))).stdout
    assert "parties 1:\n  name:\n    " in shown


@pytest.mark.parametrize(
    "content",
    [
        {"a": [{}, 1]},
        {"a": [[{}]]},
        {"a": None, "b": 1, "c": b"x", "": ""},
        {"coordinates": {"coordinates": 1}},
        {"a": {"type": 3, "coordinates": [1]}},
        {"a": {"type": "Nowhere", "coordinates": [1]}},
        {"a": {"type": "Point", "coordinates": [1]}},
        {"a": {"type": "Polygon", "coordinates": [[[1]], "x"]}},
    ],
)
def test_a_content_that_nobody_checked_is_shown_as_it_is(content: dict[str, Any]) -> None:
    """Of a kind that is not known here: anything may stand in it."""
    shown = to_plain(content)
    json.dumps(shown)
    _show_content(shown)
