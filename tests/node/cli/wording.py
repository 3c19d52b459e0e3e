"""Every sentence that the command line can say, collected from where it is written."""

import ast
import gettext
import re
import tomllib
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from node.cli.language import put_help_into_words, speak
from node.cli.records.checking import STEPS
from node.cli.root import minga
from node.settings.table import SETTINGS

TOP = Path(__file__).resolve().parents[3]
CLI = sorted((TOP / "node" / "cli").rglob("*.py"))

# Where faults that end a command are raised with a sentence of their own.
RAISING = sorted(
    path
    for folder in ("node", "protocol/kinds")
    for path in (TOP / folder).rglob("*.py")
    if "web" not in path.parts and path != TOP / "protocol" / "kinds" / "__init__.py"
)
FAULTS = {
    "BadAddress",
    "BadMapping",
    "CannotSign",
    "CannotSeal",
    "NotAsPublished",
    "TellsPlace",
    "ConfigError",
    "DamagedKey",
    "HomeInUse",
    "HomeMissing",
    "Malformed",
    "OverLimit",
    "PaperMistake",
    "Refused",
    "SearchTooLong",
    "StoreError",
    "StoreFull",
    "SeveralMeant",
    "StoreTooNew",
    "UnfitWords",
    "UnknownKey",
    "Unreachable",
    "Unreadable",
    "UnsafePermissions",
    "Unusable",
    "WrongPassphrase",
    "NotGeoJson",
    "Finding",
    "Trouble",
    "_warn",
}
# Sentences about rows, which go on their way to whoever imports them.
IMPORTING = TOP / "node" / "importing"
SAID_OF_ROWS = {"remark", "note", "doubt", "append", "fail"}


def said(path: Path) -> Iterator[str]:
    """Yield the texts of a module's `_()` and `ngettext()`; of the latter both."""
    for call in _calls(path):
        name = _name(call.func)
        if name == "_" and isinstance(call.args[0], ast.Constant):
            yield call.args[0].value
        elif name == "ngettext":
            yield call.args[0].value  # type: ignore[attr-defined]
            yield call.args[1].value  # type: ignore[attr-defined]


def faults(path: Path) -> Iterator[str]:
    """Yield the templates of the faults raised in a module: what is put in becomes `{}`."""
    for call in _calls(path):
        of_rows = _name(call.func) in SAID_OF_ROWS and IMPORTING in path.parents
        if _name(call.func) in FAULTS or of_rows or (_name(call.func) == "fail" and path in CLI):
            for argument in call.args[2:] if _name(call.func) == "Finding" else call.args[:1]:
                yield from _templates(argument)


def helps() -> Iterator[str]:
    """Yield the help of every command and option, as written."""
    speak("en")
    put_help_into_words(minga)  # whatever language was spoken last
    for _, command in commands():
        yield cleandoc(command.help or "")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield parameter.help or ""


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with its path of names, the root first."""
    waiting: list[tuple[tuple[str, ...], click.Command]] = [(("minga",), minga)]
    while waiting:
        path, command = waiting.pop(0)
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                waiting.append(((*path, name), found))


def click_says() -> Iterator[str]:
    """Yield the texts of click itself that an operator can meet."""
    folder = Path(click.__file__).parent
    for name in (
        "core",
        "decorators",
        "exceptions",
        "formatting",
        "termui",
        "types",
        "parser",
        "_termui_impl",
    ):
        yield from said(folder / f"{name}.py")


def mappings_say() -> Iterator[str]:
    """Yield what the mappings that come with a node say of rows."""
    for path in sorted((IMPORTING / "mappings").glob("*.toml")):
        yield from _said_in(tomllib.loads(path.read_text(encoding="utf-8")))


def _said_in(document: object) -> Iterator[str]:
    match document:
        case dict():
            if isinstance(document.get("say"), str):
                yield document["say"]
            for value in document.values():
                yield from _said_in(value)
        case list():
            for value in document:
                yield from _said_in(value)


def subjects() -> Iterator[str]:
    """Yield what the checks of `minga doctor` are called, and the steps of verification."""
    yield from STEPS
    for call in _calls(TOP / "node" / "examining.py"):
        if _name(call.func) == "Finding":
            yield call.args[1].value  # type: ignore[attr-defined]


def everything() -> set[str]:
    """Return every text to be translated."""
    collected: set[str] = set()
    for path in CLI:
        collected |= set(said(path))
    for path in RAISING:
        collected |= set(faults(path))
    collected |= set(mappings_say())
    collected |= set(helps()) | set(click_says()) | set(subjects())
    collected -= {setting.help("en") for setting in SETTINGS}  # translated in their own table
    return {text for text in collected if any(c.isalpha() for c in re.sub(r"{[^}]*}", "", text))}


def spanish() -> gettext.NullTranslations:
    """Return the Spanish catalogue as it is installed."""
    return gettext.translation("minga", str(TOP / "node" / "locale"), ["es"])


def _calls(path: Path) -> Iterator[ast.Call]:
    for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(part, ast.Call):
            yield part


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _templates(argument: ast.expr) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _templates(one)
            yield from _templates(other)
        case _:
            return
