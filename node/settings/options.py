"""Settings as options of a command: `@setting_options` adds them, `chosen_settings` gives what was typed."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from node.settings.table import SETTINGS, Setting

Command = TypeVar("Command", bound=Callable[..., Any])

_CHOSEN = "node.settings.chosen"


def setting_options(command: Command) -> Command:
    """Decorate a click command with one option per setting of the table, in the table's order.

    The command's function does not receive them: it passes `chosen_settings` to `load_settings`.
    """
    for setting in reversed(SETTINGS):
        command = _option(setting)(command)
    return command


def chosen_settings(context: click.Context) -> dict[str, object]:
    """Return what was typed on the command line: attribute of `Settings` to text, flag or tuple of texts."""
    chosen: dict[str, object] = context.meta.get(_CHOSEN, {})
    return dict(chosen)


def _option(setting: Setting) -> Callable[[Command], Command]:
    kind = setting.row.kind

    def keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
        if value is not None and value != ():
            context.meta.setdefault(_CHOSEN, {})[setting.attribute] = value

    return click.option(
        setting.option,
        setting.attribute,
        default=None,
        multiple=kind.is_list,
        type=bool if kind.is_flag else str,
        metavar=None if kind.is_flag else setting.name.rpartition("_")[2].upper(),
        expose_value=False,
        callback=keep,
        help=setting.help("en"),
    )
