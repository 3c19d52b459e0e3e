"""What people read about the settings, written from the table: `config.example.toml` and docs/settings.md.

`python -m node.settings.documents` writes both into the current directory; a test compares them.
"""

import json
from itertools import groupby
from pathlib import Path

from node.settings.table import SETTINGS, Setting

EXAMPLE_PATH = Path("config.example.toml")
PAGE_PATH = Path("docs/settings.md")

_SECTION_TITLES = {
    "node": ("This node", "Este nodo"),
    "network": ("Network", "Red"),
    "lan": ("Local network", "Red local"),
    "peers": ("Peers", "Pares"),
    "sync": ("Synchronisation", "Sincronización"),
    "trust": ("Whom this node knows", "A quiénes conoce este nodo"),
    "quota": ("How much strangers may bring", "Cuánto pueden traer los desconocidos"),
    "web": ("Page", "Página"),
    "store": ("Store", "Almacén"),
    "log": ("Log", "Registro de sucesos"),
}

_EXAMPLE_HEAD = """\
# Ajustes de un nodo de Minga. Copie este archivo como config.toml en el directorio del nodo y quite la #
# de lo que cambie. Aquí están los valores por omisión. Vale lo último que se diga: este archivo, las
# variables MINGA_*, la línea de órdenes.
#
# Settings of a Minga node. Copy this file as config.toml into the node's home directory and remove the #
# from what you change. These are the defaults. What is said last counts: this file, MINGA_* variables,
# the command line.
"""

_PAGE_HEAD = """\
# Settings

A node runs without any setting. Each one below can stand in `config.toml` in the node's home directory, in an
environment variable, or on the command line of `minga run`; the last one counts, in that order. In an
environment variable a list is written with commas. An unknown name or a wrong value is refused with a
sentence that says what to write, and exit code 2.

[config.example.toml](../config.example.toml) is ready to be copied and holds all of them with their defaults.
"""


def toml_value(value: object) -> str:
    """Return a default as TOML writes it; JSON's texts, flags, numbers and lists are TOML's as well."""
    return json.dumps(value, ensure_ascii=False)


def example_text() -> str:
    """Return `config.example.toml`."""
    parts = [_EXAMPLE_HEAD]
    for section, rows in groupby(SETTINGS, key=lambda setting: setting.section):
        parts.append(f"\n[{section}]\n")
        for setting in rows:
            parts.append(f"# {setting.help('es')}\n# {setting.help('en')}\n")
            parts.append(f"# {setting.name} = {toml_value(setting.row.default)}\n\n")
        parts[-1] = parts[-1].removesuffix("\n")
    return "".join(parts)


def page_text() -> str:
    """Return docs/settings.md."""
    parts = [_PAGE_HEAD]
    for section, rows in groupby(SETTINGS, key=lambda setting: setting.section):
        english, spanish = _SECTION_TITLES[section]
        parts.append(f"\n## {english} · {spanish}: `[{section}]`\n\n")
        parts.append("| setting | default | what it does · qué hace |\n|---|---|---|\n")
        parts.extend(_page_row(setting) for setting in rows)
    return "".join(parts)


def _page_row(setting: Setting) -> str:
    ways = f"`{setting.name}`<br>`{setting.variable}`<br>`{setting.option}`"
    says = f"{setting.help('en')}<br>{setting.help('es')}<br>Takes {setting.row.kind.expects}."
    return f"| {ways} | `{toml_value(setting.row.default)}` | {says} |\n"


def write_documents(top: Path) -> None:
    """Write both documents under `top`, the project's top level."""
    (top / EXAMPLE_PATH).write_text(example_text(), encoding="utf-8")
    (top / PAGE_PATH).write_text(page_text(), encoding="utf-8")


if __name__ == "__main__":
    write_documents(Path())
