"""Where a record comes from and under which licence it goes out, as forms ask it."""

from collections.abc import Mapping
from typing import Any

from node.web.frame.markup import Node
from node.web.words.speech import Speech
from node.web.writing.fields import Faults, choice, line
from node.web.writing.filled import Filled
from node.web.writing.naming_answers import shown_name

LICENCES = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "CC-BY-NC-4.0", "ODbL-1.0")

SOURCE_PLAIN = ("source", "source-url")


def source_questions(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the questions about a source."""
    return [
        line(
            "source",
            say("From where it is documented, if not by those who care for it"),
            filled.typed("source"),
            fault=faults.get("source"),
            autocomplete="off",
        ),
        line(
            "source-url",
            say("The page of that source"),
            filled.typed("source-url"),
            fault=faults.get("source-url"),
            kind="url",
            autocomplete="off",
        ),
    ]


def licence_question(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the question about the licence."""
    chosen = filled.text("licence") or LICENCES[0]
    options = [(one, one) for one in dict.fromkeys([*LICENCES, chosen])]
    return choice(
        "licence", say("Licence, under which others may use it"), options, chosen, fault=faults.get("licence")
    )


def filled_source(say: Speech, source: Mapping[str, Any] | None) -> dict[str, tuple[str, ...]]:
    """Return the answers that a field `source` comes from."""
    if not source:
        return {}
    name = source.get("name", "")
    return {
        "source": (name if isinstance(name, str) else shown_name(say, name),),
        "source-url": (source.get("url", ""),),
    }


def source_from(
    say: Speech, filled: Filled, before: Mapping[str, Any], faults: dict[str, str]
) -> dict[str, Any] | None:
    """Return the field `source`; None where nothing is passed on.  What is wrong is added to `faults`."""
    name, url = filled.text("source"), filled.text("source-url")
    earlier = before.get("source") or {}
    if url and not name:
        faults["source"] = say("Say what source it is")
    if url and not url.lower().startswith(("https://", "http://")):
        faults["source-url"] = say("Write the whole address of the page, with https://")
    kept = earlier.get("name", "")
    shown = kept if isinstance(kept, str) else shown_name(say, kept)
    return cleaned(within(earlier, name=kept if name == shown and kept else name, url=url)) if name else None


def within(before: Mapping[str, Any] | None, **parts: Any) -> dict[str, Any] | None:
    """Return a field of several parts with some of them answered; None where nothing of it is left.

    Parts that the form does not ask about stay only beside one that is.
    """
    answered = {name: value for name, value in parts.items() if value}
    return {**(before or {}), **dict.fromkeys(parts), **answered} if answered else None


def cleaned(field: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a field without the parts that were taken out."""
    return None if field is None else {name: value for name, value in field.items() if value is not None}
