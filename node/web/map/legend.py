"""The key to the map, which is its filter too: what is ticked is shown; nothing ticked shows everything."""

from node.web.frame.layout import icon
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.map.chosen import Chosen
from node.web.map.drawing import hatching, softening
from node.web.words.speech import N_
from node.web.words.vocabulary import RESOURCE_WORDS, word
from protocol.kinds.commons import RESOURCES

# A small notched disc with a tick, as the map has it (static/map/marks.js).
_SEAL = (
    "M14 2l1.6 1.5 2.2-.4.7 2.1 2.1.7-.4 2.2L21.7 9.6l-1.5 1.6.4 2.2-2.1.7-.7 2.1-2.2-.4L14 17.3"
    "l-1.6-1.5-2.2.4-.7-2.1-2.1-.7.4-2.2L6.3 9.6l1.5-1.5-.4-2.2 2.1-.7.7-2.1 2.2.4z"
    "M11 9.6l2.2 2.2 3.9-4.3-.9-.8-3 3.3-1.3-1.3z"
)

_VOICES = {"own": N_("Told by those who care for it"), "other": N_("Documented by others")}
ROUGH = N_("Soft edge: the place is known only roughly.")
_MARKS = {
    "contested": N_("Contested, or claims that overlap"),
    "pact": N_("A pact is in force"),
    "alert": N_("An alert is open"),
}


def legend(here: Surroundings, chosen: Chosen, first_month: str, this_month: str) -> Element:
    """Return the key; `first_month`, `this_month` as `YYYY-MM`: from when to when something is known."""
    say = here.say
    return e(
        "details",
        e("summary", _lines(), e("span", say("Key and filters"), class_="opener")),
        e(
            "form",
            e(
                "p",
                say("Tick what you want to see; with nothing ticked, you see everything."),
                class_="quiet small",
            ),
            _group(
                say("What is held in common"),
                [
                    _tick(
                        "resource",
                        slug,
                        slug in chosen.resources,
                        icon(slug),
                        word(say, RESOURCE_WORDS, slug),
                    )
                    for slug in RESOURCES
                ],
                "resources",
            ),
            _group(
                say("Who speaks"),
                [
                    _tick("voice", voice, voice in chosen.voices, swatch(voice), say(text))
                    for voice, text in _VOICES.items()
                ],
            ),
            _group(
                say("What is said of it"),
                [
                    _tick("mark", mark, mark in chosen.marks, swatch(mark), say(text))
                    for mark, text in _MARKS.items()
                ],
            ),
            e("p", swatch("rough"), " ", say(ROUGH), class_="row"),
            _when(here, chosen, first_month, this_month),
            [
                e("input", type="hidden", name=name, value=value)
                for name, value in (
                    ("lang", say.language if here.asked.language_chosen else None),
                    ("map", here.asked.query.get("map")),
                )
                if value
            ],
            e(
                "p",
                e("button", say("Show"), type="submit"),
                e("a", say("Show everything"), href=here.asked.link("/"), class_="everything"),
                class_="buttons",
            ),
            action="/",
            method="get",
            id="choices",
        ),
        id="key",
        class_="key",
    )


def signs(here: Surroundings) -> Element:
    """Return what lines, patterns and marks mean, for paper and wherever the key cannot be opened."""
    words = {**_VOICES, "contested": _MARKS["contested"], "rough": ROUGH, "pact": _MARKS["pact"]}
    words["alert"] = _MARKS["alert"]
    told = [
        e("span", swatch(kind, "sign"), " ", here.say(text), class_="row") for kind, text in words.items()
    ]
    return e("span", told, class_="signs")


def _lines() -> Element:
    """Return a picture of lines with a knob on each: what is looked for can be set."""
    path = e("path", d="M2 5h9M15 5h3M2 10h3M9 10h9M2 15h8M14 15h4M13 3v4M7 8v4M12 13v4")
    return e("svg", path, viewBox="0 0 20 20", width=20, height=20, aria_hidden="true")


def swatch(kind: str, place: str = "swatch") -> Element:
    """Return what a line, a pattern or a mark looks like on the map; `place` keeps ids apart."""
    drawn: Node
    match kind:
        case "pact":
            drawn = e("path", d=_SEAL, class_="seal", fill_rule="evenodd")
        case "rough":
            drawn = [
                e("defs", softening(f"softened-{place}")),
                e("circle", cx=14, cy=9, r=8, fill=f"url(#softened-{place})"),
            ]
        case "contested":
            pattern = e("defs", hatching(f"hatched-{place}"))
            drawn = [
                pattern,
                e(
                    "rect",
                    x=2,
                    y=2,
                    width=24,
                    height=14,
                    class_="area contested",
                    fill=f"url(#hatched-{place})",
                ),
            ]
        case "alert":
            drawn = e("rect", x=2, y=2, width=24, height=14, class_="area own alert")
        case _:
            drawn = e("rect", x=2, y=2, width=24, height=14, class_=f"area {kind}")
    return e("svg", drawn, class_="swatch", viewBox="0 0 28 18", width=28, height=18, aria_hidden="true")


def _group(title: str, ticks: list[Node], class_: str | None = None) -> Element:
    return e("fieldset", e("legend", title), e("div", ticks, class_=class_))


def _tick(name: str, value: str, ticked: bool, picture: Node, text: str) -> Node:
    box = e("input", type="checkbox", name=name, value=value, checked=True if ticked else None)
    return e("label", box, picture, e("span", text), class_="row")


def _when(here: Surroundings, chosen: Chosen, first_month: str, this_month: str) -> Element:
    """Return the choice of a month; a script puts a slider beside it."""
    say = here.say
    return e(
        "fieldset",
        e("legend", say("As of when")),
        e(
            "p",
            say("What was known by the end of a month. Empty: today."),
            id="at-told",
            class_="quiet small",
        ),
        e(
            "input",
            type="month",
            id="at",
            name="at",
            value=(chosen.at or "")[: len("2026-11")],
            min=first_month,
            max=this_month,
            aria_label=say("As of when"),
            aria_describedby="at-told",
        ),
        class_="when",
    )
