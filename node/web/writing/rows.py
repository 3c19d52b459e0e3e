"""Tables of a form, one row for each of several: names with more beside them, and a button for more rows."""

from collections.abc import Sequence

from node.web.frame.markup import Element, Node, e
from node.web.words.speech import Speech
from node.web.writing.fields import Faults, button
from node.web.writing.filled import Filled

# Rows that one press of the button adds, and as many as there can be.
ROWS_MORE = 3
ROWS_MAX = 240


def more_rows(filled: Filled, which: str) -> int:
    """Return how many rows more than are written were asked for."""
    text = filled.text(f"more-{which}")
    return min(int(text), ROWS_MAX) if text.isascii() and text.isdigit() else 0


def rows_shown(filled: Filled, which: str, written: int, at_first: int = 2) -> int:
    """Return how many rows of a table a form shows: those written, one to go on, and those asked for."""
    return max(written + 1, at_first) + more_rows(filled, which)


def name_rows(
    name: str,
    label: str,
    values: Sequence[str],
    count: int,
    list_id: str | None = None,
    columns: Sequence[Node] = (),
) -> Node:
    """Return rows of a line each, with more beside it where there are `columns`; who hears them is told
    which."""
    padded = [*values, *[""] * (count - len(values))]
    return [
        e(
            "div",
            e(
                "input",
                id=cell_id(name, at),
                name=name,
                value=value,
                list=list_id,
                aria_label=f"{label} {at + 1}",
                autocomplete="off",
            ),
            columns[at] if at < len(columns) else None,
            class_="row",
        )
        for at, value in enumerate(padded)
    ]


def cell_id(name: str, at: int) -> str:
    """Return the id of a cell; that of the first is the field's own, for what is wrong to lead to."""
    return f"f-{name}" if at == 0 else f"f-{name}-{at}"


def table(
    name: str,
    legend: str,
    rows: Node,
    say: Speech,
    faults: Faults,
    *,
    hint: Node = None,
    fault: str | None = None,
) -> Element:
    """Return a table with its legend, what is wrong with it, and the button for more rows."""
    wrong = fault or faults.get(name)
    return e(
        "fieldset",
        e("legend", legend),
        e("p", hint, class_="hint") if hint is not None else None,
        e("p", wrong, id=f"f-{name}-fault", class_="fault") if wrong else None,
        rows,
        e("p", button(say("More rows"), f"more:{name}", quiet=True), class_="more-rows"),
        class_=f"q{' bad' if wrong else ''}",
    )
