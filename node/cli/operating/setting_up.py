"""`minga init`: a home for a node, its own key in it."""

import json
from gettext import gettext as _
from pathlib import Path

import click

from node.cli.operator import Operator, json_option, pass_operator
from node.cli.passphrases import Passphrases
from node.cli.render import note, say, show_fields, show_json, suggest
from node.durable_files import write_durably
from node.errors import ConfigError
from node.keys.keyring import Keyring
from node.settings.loading import load_settings
from protocol.keys import did_key

_NAME_LINE = '# name = ""'


@click.command("init")
@click.option("--name", metavar="TEXT", help="What this node is called, on its page and to its peers.")
@click.option("--key", "label", metavar="LABEL", help="Make a key for a person as well: 'Ana, laptop'.")
@click.option(
    "--passphrase/--no-passphrase",
    default=None,
    help="Lock that person's key with a passphrase, or leave it open.",
)
@json_option
@pass_operator
def init_command(operator: Operator, name: str | None, label: str | None, passphrase: bool | None) -> None:
    """Make a home for a node: its settings, and the key it is known by to other nodes.

    What is already there is kept.
    """
    home = operator.home
    fresh = not home.is_initialised
    home.create()
    if name is not None:
        _write_name(home.config_path, name, fresh)
    settings = load_settings(home.path)
    keyring = Keyring(home.keys_path)
    key = next((info.public for info in keyring.list() if info.kind == "node"), None)
    key = key or keyring.node_key(create=True).public
    person = None
    if label is not None:
        person = keyring.create(
            "actor", label, Passphrases(operator.passphrase_file).new(label, passphrase)
        ).info
    if operator.json:
        answer = {"home": str(home.path), "node": did_key(key), "name": settings.node_name, "new": fresh}
        show_json(answer | ({"key": person.did} if person else {}))
        return
    if not fresh:
        note(_("This home was made before; what was in it is unchanged."))
    say(_("A node's home is ready."))
    show_fields(
        [
            (_("Home"), str(home.path)),
            (_("Name"), settings.node_name),
            (_("Node"), did_key(key)),
            (_("Settings"), str(home.config_path)),
            (_("Key of {label}").format(label=label), person.did if person else ""),
        ]
    )
    suggest(operator, "run")


def _write_name(config: Path, name: str, fresh: bool) -> None:
    """Put the node's name into settings as `init` wrote them.  Raises `ConfigError` for any others."""
    text = config.read_text(encoding="utf-8")
    if not fresh or f"\n{_NAME_LINE}\n" not in text:
        raise ConfigError(f"this node has settings already: write its name into {config}, under [node]")
    line = f"name = {json.dumps(name, ensure_ascii=False)}"
    changed = text.replace("\n" + _NAME_LINE + "\n", "\n" + line + "\n", 1)
    write_durably(config, changed.encode("utf-8"))
