"""docs/cli.md, written from the help of every command.

`python -m node.cli.document` writes it into the current directory; a test compares them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from node.cli.language import put_help_into_words, speak
from node.cli.root import minga

PAGE_PATH = Path("docs/cli.md")
WIDTH = 80

_HEAD = """\
# The command line

`minga [--home DIR] [--json] [--lang es|en] COMMAND`. The home is the node's directory: `--home`, otherwise
the variable `MINGA_HOME`, otherwise `~/.minga`. An actor, a commons, a pact or a place is meant by its id,
by the beginning of it (four characters or more), or by its exact name; a record by its id or the beginning of
it. `--as` says in which actor's name to sign; it can be left out where this home holds the keys of only one.

`--json`, before or after the command, gives the answer as JSON on standard output. Progress, notes and what
to do next go to standard error. Colour is used on a terminal only, and never where `NO_COLOR` is set. The
language is that of `--lang`, otherwise of the setting `node.language`, otherwise the terminal's.

| exit code | what it says |
|---|---|
| 0 | done |
| 1 | what was asked for is not here, or a check found trouble |
| 2 | the command, a setting, a key or a file has to be put right; the sentence says how |
| 3 | the disk or the network failed; nothing was lost |
| 130 | interrupted with Ctrl-C |

Passphrases are asked for without being shown, or taken from the first line of a file that only you can read
(`--passphrase-file`, `MINGA_PASSPHRASE_FILE`); they are never part of a command, and never leave the process
that signs.

The guides tell it as a story: [English](guide.en.md), [español](guia.es.md). Every setting of `minga run`
is in [settings.md](settings.md).
"""


def page_text() -> str:
    """Return docs/cli.md."""
    before = {name: os.environ.get(name) for name in ("LANGUAGE", "COLUMNS")}
    try:
        speak("en")
        return _HEAD + "".join(_section(path, command, context) for path, command, context in _commands())
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield every command with its name, groups before what is in them."""
    put_help_into_words(minga)
    root = click.Context(minga, info_name="minga", terminal_width=WIDTH, **minga.context_settings)
    yield "minga", minga, root
    for name in minga.list_commands(root):
        command = minga.get_command(root, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=root, terminal_width=WIDTH)
        yield f"minga {name}", command, context
        if isinstance(command, click.Group):
            for sub_name in command.list_commands(context):
                sub = command.get_command(context, sub_name)
                assert sub is not None
                below = click.Context(sub, info_name=sub_name, parent=context, terminal_width=WIDTH)
                yield f"minga {name} {sub_name}", sub, below


def _section(path: str, command: click.Command, context: click.Context) -> str:
    level = "##" if path.count(" ") < 2 else "###"
    return f"\n{level} {path}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    PAGE_PATH.write_text(page_text(), encoding="utf-8")
