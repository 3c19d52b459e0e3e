"""Properties of several words, in filters: which of a list are among them (OGC 21-065r2, array functions)."""

from collections.abc import Callable

from node.atlas.collections import Property
from node.atlas.reading import Where
from node.web.ogc.filters.operands import column_sql, joined
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.filters.tree import Name, Several, Term, Value
from node.web.words.speech import N_

# What each becomes when its two sides change places.
LIST_FUNCTIONS = {
    "A_CONTAINS": "A_CONTAINEDBY",
    "A_CONTAINEDBY": "A_CONTAINS",
    "A_EQUALS": "A_EQUALS",
    "A_OVERLAPS": "A_OVERLAPS",
}


def list_sql(function: str, one: Term, other: Term, property_of: Callable[[str], Property]) -> Where:
    """Return the condition that a function of `LIST_FUNCTIONS` states.  Raises `Problem`."""
    if isinstance(other, Name) and not isinstance(one, Name):
        one, other, function = other, one, LIST_FUNCTIONS[function]
    if not isinstance(one, Name) or property_of(one.name).type != "array":
        raise not_understood(N_("{function} takes a property that holds several words."), function=function)
    words = _words(function, other)
    column = column_sql(property_of(one.name))
    # In the column a blank stands before and after each.
    every = [Where(f"instr({column}, ?) > 0", (f" {word} ",)) for word in words]
    others = column
    for _ in words:
        others = f"replace({others}, ?, ' ')"
    no_other = Where(f"trim({others}) = ''", tuple(f" {word} " for word in words))
    match function:
        case "A_CONTAINS":
            return joined(" AND ", every)
        case "A_OVERLAPS":
            return joined(" OR ", every)
        case "A_CONTAINEDBY":
            return no_other
    return joined(" AND ", [*every, no_other])


def _words(function: str, term: Term) -> list[str]:
    items = term.items if isinstance(term, Several) else (term,)
    words = [item.value for item in items if isinstance(item, Value) and isinstance(item.value, str)]
    if len(words) < len(items) or not all(word and not word.isspace() and " " not in word for word in words):
        raise not_understood(
            N_("{function} takes words in single quotes, such as ('water', 'forest')."), function=function
        )
    return words
