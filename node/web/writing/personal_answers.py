"""Why a record names people, and by what right, as a form asks it (habeas data)."""

from typing import Any

from node.web.frame.markup import Node, e
from node.web.words.speech import Speech
from node.web.writing.fields import Faults, choice, line
from node.web.writing.filled import Filled, filled_texts
from node.web.writing.said import PERSONAL_BASIS_WORDS

PERSONAL_PLAIN = ("right", "right-on", "right-held")
PERSONAL_WORDED = ("purpose",)


def filled_personal(field: dict[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return the answers that a field `personal_data` comes from."""
    if not field:
        return {}
    answers = filled_texts("purpose", field.get("purpose"))
    answers["right"] = (field.get("basis", ""),)
    for name, part in (("right-on", "on"), ("right-held", "held_by")):
        if field.get(part):
            answers[name] = (field[part],)
    return answers


def personal_questions(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the questions."""
    return e(
        "fieldset",
        e("legend", say("If it names people")),
        e(
            "p",
            say(
                "A person’s name goes to everybody and cannot be taken back from all. Say why it is named, "
                "and by what right."
            ),
            class_="hint",
        ),
        line(
            "purpose",
            say("For what use"),
            filled.worded("purpose"),
            fault=faults.get("purpose"),
            autocomplete="off",
        ),
        choice(
            "right",
            say("By what right"),
            [("", say("It names nobody")), *((b, say(w)) for b, w in PERSONAL_BASIS_WORDS.items())],
            filled.text("right"),
            fault=faults.get("right"),
        ),
        line(
            "right-on",
            say("Since when"),
            filled.typed("right-on"),
            hint=say("A year, a month or a day: 2026, 2026-05 or 2026-05-31"),
            fault=faults.get("right-on"),
            width="w10",
            autocomplete="off",
        ),
        line(
            "right-held",
            say("Who keeps what they signed"),
            filled.typed("right-held"),
            fault=faults.get("right-held"),
            width="w20",
            autocomplete="off",
        ),
        class_="q",
    )


def personal_details(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the questions folded away, for forms that seldom name anybody."""
    return e(
        "details",
        e("summary", say("People who are named")),
        personal_questions(say, filled, faults),
        open=bool(faults.keys() & {*PERSONAL_PLAIN, *PERSONAL_WORDED}),
    )


def personal_from(say: Speech, filled: Filled, faults: dict[str, str]) -> dict[str, Any] | None:
    """Return the field `personal_data`; None where nobody is named.  What is wrong is added to `faults`."""
    purpose, basis = filled.texts("purpose"), filled.text("right")
    if not purpose and not basis:
        return None
    if not purpose:
        faults["purpose"] = say("Say for what use people are named")
    if basis not in PERSONAL_BASIS_WORDS:
        faults["right"] = say("Say by what right people are named")
    field: dict[str, Any] = {"purpose": purpose, "basis": basis}
    for name, part in (("right-on", "on"), ("right-held", "held_by")):
        if filled.text(name):
            field[part] = filled.text(name)
    return field
