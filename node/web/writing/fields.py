"""Fields of forms: a label, a hint, what is wrong beside it, and what was typed still there.

The way of the GOV.UK design system: one column, the label above, no word that vanishes while one types,
errors in a list at the top that leads to each field.
"""

from collections.abc import Iterable, Mapping, Sequence

from node.web.frame.markup import Element, Node, e
from node.web.words.speech import Speech

Faults = Mapping[str, str]
"""What is wrong, in the reader's language, by the name of the field; under "" what belongs to none."""


def form(action: str, proof: str, *content: Node, files: bool = False, class_: str = "write") -> Element:
    """Return a form that carries the proof of whose it is."""
    return e(
        "form",
        e("input", type="hidden", name="proof", value=proof),
        *content,
        method="post",
        action=action,
        class_=class_,
        enctype="multipart/form-data" if files else None,
        novalidate=True,
    )


def line(
    name: str,
    label: Node,
    value: str = "",
    *,
    hint: Node = None,
    fault: str | None = None,
    kind: str = "text",
    width: str | None = None,
    **more: str | int | bool | None,
) -> Element:
    """Return a field of one line; `width` is that of a short answer: `w2`, `w5`, `w10`, `w20`."""
    control = e(
        "input",
        id=f"f-{name}",
        name=name,
        type=kind,
        value=value if kind not in ("password", "file") else None,
        class_=width,
        **_described(name, hint, fault),
        **more,
    )
    return _field(name, label, control, hint, fault)


def passage(
    name: str,
    label: Node,
    value: str = "",
    *,
    hint: Node = None,
    fault: str | None = None,
    rows: int = 4,
    **more: str | int | bool | None,
) -> Element:
    """Return a field of several lines."""
    # HTML drops the first line break of a text area.
    control = e(
        "textarea",
        "\n" + value,
        id=f"f-{name}",
        name=name,
        rows=rows,
        **_described(name, hint, fault),
        **more,
    )
    return _field(name, label, control, hint, fault)


def choice(
    name: str,
    label: Node,
    options: Iterable[tuple[str, str]],
    value: str = "",
    *,
    hint: Node = None,
    fault: str | None = None,
) -> Element:
    """Return a field that is one of several words."""
    control = e(
        "select",
        [e("option", text, value=word, selected=word == value) for word, text in options],
        id=f"f-{name}",
        name=name,
        **_described(name, hint, fault),
    )
    return _field(name, label, control, hint, fault)


def ticks(
    name: str,
    legend: Node,
    options: Sequence[tuple[str, Node, Node]],
    values: Sequence[str],
    *,
    kind: str = "checkbox",
    hint: Node = None,
    fault: str | None = None,
    class_: str = "",
) -> Element:
    """Return boxes to tick, or (`radio`) one of several; each option is a word, its label, and a hint to
    it."""
    rows = [
        e(
            "div",
            e(
                "input",
                type=kind,
                id=f"f-{name}" if at == 0 else f"f-{name}-{at}",
                name=name,
                value=word,
                checked=word in values,
                aria_describedby=f"f-{name}-{at}-hint" if more is not None else None,
            ),
            e("label", text, for_=f"f-{name}" if at == 0 else f"f-{name}-{at}"),
            None if more is None else e("p", more, id=f"f-{name}-{at}-hint", class_="hint"),
            class_="tick",
        )
        for at, (word, text, more) in enumerate(options)
    ]
    return e(
        "fieldset",
        e("legend", legend),
        _hint(name, hint),
        _fault(name, fault),
        e("div", rows, class_=f"ticks {class_}".strip()),
        class_=f"q{' bad' if fault else ''}",
        **_described(name, hint, fault),
    )


def tick(name: str, label: Node, checked: bool = False, *, hint: Node = None) -> Element:
    """Return one box to tick."""
    return e(
        "div",
        e(
            "input",
            type="checkbox",
            id=f"f-{name}",
            name=name,
            value="yes",
            checked=checked,
            **_described(name, hint, None),
        ),
        e("label", label, for_=f"f-{name}"),
        _hint(name, hint),
        class_="q tick",
    )


def hidden(name: str, value: str) -> Element:
    """Return a field that nobody sees."""
    return e("input", type="hidden", name=name, value=value)


def button(
    text: str, do: str | None = None, *, quiet: bool = False, **more: str | int | bool | None
) -> Element:
    """Return a button; `do` is what a form with several is asked to do."""
    return e(
        "button",
        text,
        type="submit",
        name="do" if do else None,
        value=do,
        class_="second" if quiet else None,
        **more,
    )


def error_list(say: Speech, faults: Faults, ids: Mapping[str, str] | None = None) -> Node:
    """Return what is wrong with a form, in a list that leads to each field; nothing where nothing is.

    `ids` are those of fields that have another than their name.
    """
    if not faults:
        return None
    found = ids or {}
    return e(
        "div",
        e("h2", say("Something has to be put right"), id="faults"),
        e(
            "ul",
            [
                e("li", e("a", text, href=f"#{found.get(name, f'f-{name}')}") if name else text)
                for name, text in faults.items()
            ],
        ),
        e("p", say("Nothing of what you typed was lost."), class_="quiet small"),
        class_="faults",
        role="alert",
        tabindex="-1",
        aria_labelledby="faults",
    )


def _field(name: str, label: Node, control: Element, hint: Node, fault: str | None) -> Element:
    return e(
        "div",
        e("label", label, for_=f"f-{name}"),
        _hint(name, hint),
        _fault(name, fault),
        control,
        class_=f"q{' bad' if fault else ''}",
    )


def _hint(name: str, hint: Node) -> Node:
    return None if hint is None else e("p", hint, id=f"f-{name}-hint", class_="hint")


def _fault(name: str, fault: str | None) -> Node:
    return e("p", fault, id=f"f-{name}-fault", class_="fault") if fault else None


def _described(name: str, hint: Node, fault: str | None) -> dict[str, str | int | bool | None]:
    ids = [f"f-{name}-hint"] if hint is not None else []
    ids += [f"f-{name}-fault"] if fault else []
    return {"aria_describedby": " ".join(ids) or None, "aria_invalid": "true" if fault else None}
