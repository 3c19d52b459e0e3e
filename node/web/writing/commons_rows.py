"""Which commons a pact or an alert is about, as forms ask it: by name, one on each line."""

from typing import Any

from node.web.frame.markup import Node
from node.web.words.speech import Speech
from node.web.writing.fields import Faults
from node.web.writing.filled import Filled
from node.web.writing.naming_answers import commons_answer, shown_name
from node.web.writing.rows import name_rows, rows_shown, table
from node.web.writing.sheet import About
from node.web.writing.visit import Visit
from protocol.identifiers import SubjectId, parse_id


async def commons_meant(
    visit: Visit, typed: str, about: About, filled: Filled, before: dict[str, Any]
) -> dict[str, Any]:
    """Return which commons a name means, the one whose page led to the form before any other of that name.

    Raises `ConfigError`.
    """
    if "commons" in about:
        subject = SubjectId(parse_id(about["commons"]))
        thing = await visit.desk.store.thing(subject)
        # The one whose page led here is meant, whatever others are called so.
        if thing is not None and thing.title and shown_name(visit.say, thing.title) == typed:
            return {"subject": bytes(subject), "name": dict(thing.title)}
    return await commons_answer(visit, typed, filled, before.get("commons", ()))


def commons_table(say: Speech, filled: Filled, faults: Faults) -> Node:
    """Return the question which commons a record is about."""
    label = say("Commons that it is about")
    written = [one for one in filled.all("about") if one]
    rows = name_rows(
        "about", label, written, rows_shown(filled, "about", len(written), 1), "names-of-commons"
    )
    hint = say("By the names that they have here; another name is kept as a name alone.")
    return table("about", label, rows, say, faults, hint=hint)
