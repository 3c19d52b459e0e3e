"""The columns of a register of pacts, found again in the version of a pact that was made of them.

The inverse of mappings/palermo-patti.toml: what a register said is the ground on which events change a field.
"""

from collections.abc import Mapping
from typing import Any

from protocol.state.course import NO_WORD

REGISTER = "palermo-patti"

_PROPOSER = "Proponente: "
# In the order in which the mapping appends them to the note.
_LABELS = (
    ("document", "Documento: "),
    ("neighbourhood", "Quartiere: "),
    ("local_unit", "Unità di primo livello: "),
    ("district", "Circoscrizione: "),
    ("lat", "Latitudine: "),
    ("lon", "Longitudine: "),
)

REGISTER_COLUMNS = (
    *("title", "status", "scope", "proposer_type", "proposer_name", "address", "note"),
    *(name for name, _ in _LABELS),
)


def columns_of(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that a reported pact's payload was filled from; what it does not say is left out.

    A title made of the number alone, a proposer named by its sort alone, are no columns.
    """
    reported = payload["reported"]
    identifier = reported["source"].get("identifier", "")
    columns = _columns_of_note(_text(reported.get("note")))
    columns["status"] = "" if reported["status"] == NO_WORD else reported["status"]
    title = _text(payload.get("title"))
    columns["title"] = "" if title == f"Patto di collaborazione {identifier}" else title
    columns["scope"] = _text(payload.get("clauses", {}).get("objectives"))
    sides = [p for p in payload.get("parties", ()) if p.get("side") == "community"]
    name = _text(sides[0].get("name")) if sides else ""
    if name.casefold() != columns.get("proposer_type", "").casefold():
        columns["proposer_name"] = name
    places = payload.get("commons", ())
    columns["address"] = _text(places[0].get("name")) if places else ""
    return {column: text for column, text in columns.items() if text}


def _columns_of_note(note: str) -> dict[str, str]:
    columns = {}
    lines = note.split("\n") if note else []
    if lines and lines[0].startswith(_PROPOSER):
        columns["proposer_type"] = lines.pop(0).removeprefix(_PROPOSER).removesuffix(".")
    for name, label in reversed(_LABELS):
        if lines and lines[-1].startswith(label):
            columns[name] = lines.pop().removeprefix(label).removesuffix(".")
    columns["note"] = "\n".join(lines)
    return columns


def _text(value: Any) -> str:
    if not isinstance(value, Mapping) or not value:
        return ""
    return str(value.get("it") or value[min(value)])
