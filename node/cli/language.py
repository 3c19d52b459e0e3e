"""Which language the command line speaks, and putting help into it.

Catalogues are gettext's (node/locale); click takes its own words from the same one.
"""

import gettext
import os
import tomllib
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from weakref import WeakKeyDictionary

import click

LANGUAGES = ("en", "es")
DOMAIN = "minga"
CATALOGUES = Path(__file__).resolve().parents[1] / "locale"

# As help was written, in English; what click shows is put in its place for each run.
_written: WeakKeyDictionary[click.Command | click.Option, str] = WeakKeyDictionary()


def chosen_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of this run: `--lang`, else the setting, else the terminal's, else English.

    A wrong value is passed over here: it is refused where it is read.
    """
    home = _value_after("--home", arguments) or environment.get("MINGA_HOME") or "~/.minga"
    spoken = (
        _value_after("--lang", arguments),
        environment.get("MINGA_NODE_LANGUAGE"),
        _from_settings(Path(home)),
    )
    for tag in spoken:
        if tag and _known(tag):
            return _known(tag)
    terminal = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return _known(terminal) or "en"


def speak(language: str) -> None:
    """Have every message of this process, click's too, come out in `language`."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)


def put_help_into_words(command: click.Command) -> None:
    """Put the help of a command, its options and its subcommands that are loaded into the spoken language."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    described: list[click.Command | click.Option] = [command, *options]
    for spoken in described:
        written = _written.setdefault(spoken, cleandoc(spoken.help or ""))
        if written:
            spoken.help = _in_words(written)
    command._help_option = None  # click keeps the words it was first shown in
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            put_help_into_words(sub)


def _in_words(written: str) -> str:
    """Return a help text in the spoken language; those of settings stand in the table of settings."""
    translated = gettext.gettext(written)
    language = os.environ.get("LANGUAGE", "en")
    if translated == written and language != "en":
        from node.settings.table import SETTINGS

        for setting in SETTINGS:
            if written == setting.help("en"):
                return setting.help(language)
    return translated


def _known(tag: str) -> str:
    """Return the language of a tag or locale name (`es_EC.UTF-8`) if there is a catalogue, else nothing."""
    language = tag.replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else ""


def _value_after(option: str, arguments: Sequence[str]) -> str | None:
    for at, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
        if argument == option and at + 1 < len(arguments):
            return arguments[at + 1]
    return None


def _from_settings(home: Path) -> str | None:
    try:
        with (home.expanduser() / "config.toml").open("rb") as file:
            language = tomllib.load(file).get("node", {}).get("language")
    except (OSError, ValueError, AttributeError, RuntimeError):
        return None
    return language if isinstance(language, str) else None
