"""Days, years and months as forms ask them, and the act by which an office signs."""

import re
from typing import Any

from node.web.frame.markup import Node, e
from node.web.words.speech import Speech
from node.web.writing.fields import Faults, line
from node.web.writing.filled import Filled
from protocol.errors import Malformed
from protocol.kinds.text import PARTIAL_DATE, require_calendar_date

OFFICE_PLAIN = ("act", "act-on", "office", "mandate-end")

_OFFICE_PARTS = (("act", "act"), ("act-on", "on"), ("office", "office"), ("mandate-end", "mandate_end"))


def day_line(name: str, label: Node, filled: Filled, faults: Faults, hint: Node = None) -> Node:
    """Return the question for a day; browsers that know days show a calendar."""
    return line(name, label, filled.typed(name), hint=hint, fault=faults.get(name), kind="date", width="w10")


def day_from(say: Speech, filled: Filled, name: str, faults: dict[str, str]) -> str | None:
    """Return a day of the calendar, None where none was given.  What is wrong is added to `faults`."""
    text = filled.text(name)
    if not text:
        return None
    try:
        require_calendar_date(text)
    except Malformed:
        faults[name] = say("Write a day as year, month and day: 2026-05-31")
        return None
    return text


def partial_day_from(say: Speech, filled: Filled, name: str, faults: dict[str, str]) -> str | None:
    """Return a year, a month or a day; None where none was given.  What is wrong is added to `faults`."""
    text = filled.text(name)
    if text and not re.match(PARTIAL_DATE, text):
        faults[name] = say("Write a year, a month or a day: 2026, 2026-05 or 2026-05-31")
        return None
    return text or None


def office_questions(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the questions for the act by which an office signs."""
    return e(
        "details",
        e("summary", say("Signed by an office")),
        line(
            "act",
            say("The act that authorises it"),
            filled.typed("act"),
            hint=say("Such as: Resolución 12-2026"),
            fault=faults.get("act"),
            width="w20",
            autocomplete="off",
        ),
        day_line("act-on", say("The day of that act"), filled, faults),
        line(
            "office",
            say("The office"),
            filled.typed("office"),
            fault=faults.get("office"),
            autocomplete="off",
        ),
        day_line("mandate-end", say("When its mandate ends"), filled, faults),
        open=bool(faults.keys() & set(OFFICE_PLAIN)) or bool(filled.text("act")),
    )


def office_from(say: Speech, filled: Filled, faults: dict[str, str]) -> dict[str, Any] | None:
    """Return the field `authorised_by`; None where no office signs.  What is wrong is added to `faults`."""
    days = {name: day_from(say, filled, name, faults) for name in ("act-on", "mandate-end")}
    field = {part: days.get(name) or filled.text(name) for name, part in _OFFICE_PARTS}
    field = {name: text for name, text in field.items() if text}
    if field and "act" not in field:
        faults["act"] = say("Say which act it is")
    return field or None


def filled_office(field: dict[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return the answers that a field `authorised_by` comes from."""
    return {name: (field[part],) for name, part in _OFFICE_PARTS if field and field.get(part)}
