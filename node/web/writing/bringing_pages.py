"""What is shown of a file before it is signed: on a map, and in three lists; and how it is read."""

import re
from collections.abc import Iterable, Sequence

from node.accounts.uploads import How, Upload
from node.importing.drafts import Skipped
from node.importing.headings import NAME
from node.importing.preview import Candidate, Preview
from node.locale.sentences import sentence_in
from node.web.frame.markup import Node, e, showable
from node.web.frame.surroundings import clipped
from node.web.map.drawing import draw
from node.web.map.mark import Mark, box_of, lines_of, shape_of
from node.web.map.sheet import Sheet
from node.web.words.languages import LANGUAGE_NAMES
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import RESOURCE_WORDS, word
from node.web.writing.bringing_looks import Look
from node.web.writing.fields import button, choice, form, line, tick
from node.web.writing.origin_answers import LICENCES
from node.web.writing.sheet import sentence_case
from node.web.writing.visit import Visit
from protocol.geometry_units import UNITS_PER_DEGREE

WIDTH, HEIGHT, MARGIN = 672, 420, 44

# Of a file with more, the first: a drawing in which they can still be told apart.
MARKS_MAX = 2_000

# Rows of each list; what is beyond is counted.
LISTED_MAX = 100

# Columns without a use that are named; forms have hundreds.
UNREAD_NAMED_MAX = 12

# What a sentence says to those who type commands: ` (--crs)`.
_OPTION = re.compile(r" \(--[^)]*\)")

_SAME_CHARS = 5

FIELD_NAMES = {
    "name": N_("name"),
    "resource": N_("resource"),
    "description": N_("description"),
    "identifier": N_("identifier"),
    "longitude": N_("longitude"),
    "latitude": N_("latitude"),
    "hectares": N_("area"),
    "square_metres": N_("area"),
    "uncertainty_m": N_("uncertainty"),
    "rules": N_("rules"),
    "users": N_("users"),
    "legal": N_("legal standing"),
    "stewards": N_("stewards"),
    "sensitivity": N_("how much of the place is told"),
    "consent": N_("how publishing it was agreed"),
    "source": N_("source"),
    "licence": N_("licence"),
    "community": N_("community"),
    "parish": N_("parish"),
    "municipality": N_("municipality"),
    "canton": N_("canton"),
    "province": N_("province"),
    "nation": N_("nation"),
}


def told(say: Speech, text: str) -> str:
    """Return a sentence about a row in the reader's language, without the options of the command line."""
    said = showable(_OPTION.sub("", sentence_in(text, say.language)))
    # A name at its beginning, such as a file's, stays as it is written.
    return (
        said
        if said[:_SAME_CHARS] == text[:_SAME_CHARS] and "." in said.split(" ")[0]
        else sentence_case(said)
    )


def marks_of(visit: Visit, seen: Preview) -> list[Mark]:
    """Return what is drawn of a preview; what is doubtful is told apart by its outline."""
    marks: list[Mark] = []
    listed = {one.row for one in doubtful_of(seen)}
    for one in seen.candidates[:MARKS_MAX]:
        if one.place is None:
            continue
        marks.append(
            Mark(
                f"#row-{one.row}" if one.row in listed else "#new",
                one.label,
                one.resources[0] if one.resources else "place",
                "other",
                shape_of(one.place["type"]),
                lines_of(one.place),
                UNITS_PER_DEGREE,
                alert=one.row in seen.doubtful,
            )
        )
    return marks


def map_of(visit: Visit, seen: Preview, marks: Sequence[Mark]) -> Node:
    """Return the map of a preview, around what does not lie far from all the others."""
    say = visit.say
    far = [one for one in seen.candidates if one.row in seen.far and one.place is not None]
    far_boxes = {one.box for one in far}
    boxes = [box for mark in marks if (box := box_of(mark)) not in far_boxes]
    sheet = Sheet.around(boxes or far_boxes, WIDTH, HEIGHT, MARGIN)  # type: ignore[arg-type]
    if sheet is None:
        why = (
            say("Nothing that this file would bring has a place, so there is no map of it.")
            if seen.candidates
            else None
        )
        return e("p", why, class_="note") if why else None
    return e(
        "figure",
        draw(sheet, marks, say("Map of what this file would bring"), say),
        e(
            "figcaption",
            say("What this file would bring; doubtful rows have a brick outline."),
            " " + say.count("{n} lies far outside of this map.", "{n} lie far outside of this map.", len(far))
            if far
            else None,
        ),
        class_="sheet",
    )


def counts_of(visit: Visit, seen: Preview) -> Node:
    """Return in a sentence or two what would come of a file."""
    say, summary = visit.say, seen.summary
    new, changed = summary.new.total(), summary.changed.total()
    parts: list[str] = [say.count("{n} row would be new.", "{n} rows would be new.", new)]
    if changed:
        parts.append(
            say.count("{n} has changed since it was brought in.", "{n} have changed since.", changed)
        )
    if summary.unchanged:
        parts.append(
            say.count("{n} is here already as it is.", "{n} are here already as they are.", summary.unchanged)
        )
    if seen.doubtful:
        parts.append(say.count("{n} is doubtful.", "{n} are doubtful.", len(seen.doubtful)))
    if seen.skipped:
        parts.append(say.count("{n} is left out.", "{n} are left out.", len(seen.skipped)))
    return e("p", " ".join(parts), class_="lead")


def reading_of(visit: Visit, look: Look) -> Node:
    """Return how a file was read: what fills what, what nothing reads, what was noted of all of it."""
    say, begun, seen = visit.say, look.begun, look.seen
    rows: list[Node] = []
    if begun.mapping == NAME:
        for name, columns in begun.taken.items():
            label = say(FIELD_NAMES[name]) if name in FIELD_NAMES else name
            rows += [e("dt", sentence_case(label).rstrip(".")), e("dd", _columns(columns))]
    else:
        rows += [e("dt", say("Read by the mapping")), e("dd", begun.mapping)]
    if begun.unread:
        rows += [e("dt", say("Without a use here")), e("dd", _columns(begun.unread))]
    if seen.personal:
        rows += [e("dt", say("Looks like data about people")), e("dd", _columns(seen.personal))]
    notes = [e("li", told(say, note)) for note in (*seen.file_notes, *_of_all(seen))]
    return e(
        "section",
        e("h2", say("How it was read")),
        e("dl", rows, class_="facts"),
        e("ul", notes) if notes else None,
    )


def _of_all(seen: Preview) -> list[str]:
    """Return what is noted of every row alike, which is said once."""
    if len(seen.candidates) < 2:
        return []
    first, *others = seen.candidates
    return [note for note in first.notes if all(note in one.notes for one in others)]


def _columns(columns: Iterable[str]) -> Node:
    named = [showable(clipped(column, 60)) for column in columns]
    shown: list[Node] = []
    for name in named[:UNREAD_NAMED_MAX]:
        shown += [", " if shown else None, e("bdi", name)]
    return [shown, ", …" if len(named) > UNREAD_NAMED_MAX else None]


def otherwise_form(visit: Visit, upload: Upload, columns: Sequence[str], opened: bool) -> Node:
    """Return the questions of how a file is read, with what was said of it."""
    say, how = visit.say, upload.how
    resources = [
        ("", say("What the file says")),
        *((slug, say(name)) for slug, name in RESOURCE_WORDS.items()),
    ]
    licences = [("", say("What the file says")), *((one, one) for one in LICENCES)]
    languages = list(LANGUAGE_NAMES.items())
    if how.language not in LANGUAGE_NAMES:
        languages.append((how.language, how.language))
    named = [("", say("What is called like a name")), *((one, showable(clipped(one, 60))) for one in columns)]
    return e(
        "details",
        e("summary", say("Read it otherwise")),
        form(
            visit.asked.link(f"/bring-in/{upload.id}"),
            visit.proof,
            choice("name", say("The column with the names"), named, how.name) if columns else None,
            choice("resources", say("What all of it is"), resources, how.resources),
            line(
                "source", say("Where the data are from"), how.source, hint=say("Such as: Water board of Loma")
            ),
            choice(
                "licence",
                say("Licence, under which others may use it"),
                licences,
                how.licence,
                hint=say("Where nothing is said, CC BY-SA 4.0 is taken."),
            ),
            choice("language", say("The language of its texts"), languages, how.language),
            tick(
                "areas",
                say("Make areas of lines whose ends meet"),
                how.areas,
                hint=say("Where somebody walked around a place with a receiver."),
            ),
            line(
                "crs",
                say("Coordinate system, where the file does not say it"),
                how.crs,
                hint=say("Such as EPSG:32717, for UTM zone 17 south."),
                width="w20",
            ),
            line("layer", say("Layer or sheet, where there are several"), how.layer, width="w20"),
            e("p", button(say("Read it again"), "read", quiet=True)),
        ),
        open=opened,
    )


def how_of(upload: Upload, answers: "dict[str, str]") -> How:
    """Return how a file is read, from the answers of its form."""
    return How(
        name=answers.get("name", "")[:200],
        resources=answers["resources"] if answers.get("resources") in RESOURCE_WORDS else "",
        source=answers.get("source", "").strip()[:200],
        licence=answers["licence"] if answers.get("licence") in LICENCES else "",
        language=answers["language"] if answers.get("language") in LANGUAGE_NAMES else upload.how.language,
        crs=answers.get("crs", "").strip()[:80],
        layer=answers.get("layer", "").strip()[:200],
        areas=answers.get("areas") == "yes",
    )


def doubtful_of(seen: Preview) -> list[Candidate]:
    """Return the doubtful rows that are shown one by one."""
    return [one for one in seen.candidates if one.doubts][:LISTED_MAX]


def doubtful_list(visit: Visit, seen: Preview, ticked: Sequence[str]) -> Node:
    """Return the doubtful rows, each with why, and a box to have it signed all the same."""
    say = visit.say
    shown = doubtful_of(seen)
    if not shown:
        return None
    rows = [
        e(
            "li",
            e(
                "div",
                e(
                    "input",
                    type="checkbox",
                    id=f"f-row-{one.row}",
                    name="row",
                    value=one.row,
                    checked=str(one.row) in ticked,
                ),
                e("label", _label(say, one), for_=f"f-row-{one.row}"),
                e("ul", [e("li", told(say, doubt)) for doubt in one.doubts], class_="hint"),
                class_="tick",
            ),
            id=f"row-{one.row}",
        )
        for one in shown
    ]
    rest = len(seen.doubtful) - len(shown)
    return e(
        "section",
        e("h2", say("Doubtful")),
        e("p", say("These are not signed unless you tick them."), class_="quiet"),
        e("ul", rows, class_="entries"),
        tick(
            "rest",
            say.count(
                "And {n} more doubtful row, which is not listed",
                "And {n} more doubtful rows, which are not listed",
                rest,
            ),
            "rest" in ticked,
        )
        if rest > 0
        else None,
    )


def sure_list(visit: Visit, seen: Preview) -> Node:
    """Return what would be signed as it is."""
    say = visit.say
    sure = [one for one in seen.candidates if not one.doubts]
    of_all = _of_all(seen)
    rows = [
        e(
            "li",
            _label(say, one),
            e(
                "ul",
                [e("li", told(say, note)) for note in one.notes if note not in of_all],
                class_="hint quiet small",
            )
            if any(note not in of_all for note in one.notes)
            else None,
        )
        for one in sure[:LISTED_MAX]
    ]
    rest = len(sure) - len(rows) + seen.more
    return e(
        "section",
        e("h2", say("What would be signed"), id="new"),
        e("ul", rows, class_="entries") if rows else e("p", say("Nothing that is beyond doubt.")),
        e("p", say.count("And {n} more.", "And {n} more.", rest), class_="quiet") if rest > 0 else None,
    )


def skipped_list(visit: Visit, skipped: Sequence[Skipped]) -> Node:
    """Return what is left out, and why."""
    say = visit.say
    if not skipped:
        return None
    rows = [
        e(
            "li",
            e("span", say("Row {n}", n=say.number(one.row)), class_="quiet"),
            " ",
            None if one.label.startswith(f"row {one.row}") else e("bdi", showable(clipped(one.label))),
            e("p", told(say, one.reason), class_="hint"),
        )
        for one in skipped[:LISTED_MAX]
    ]
    rest = len(skipped) - len(rows)
    return e(
        "section",
        e("h2", say("Left out")),
        e("ul", rows, class_="entries"),
        e("p", say.count("And {n} more.", "And {n} more.", rest), class_="quiet") if rest > 0 else None,
    )


def _label(say: Speech, one: Candidate) -> Node:
    words = ", ".join(word(say, RESOURCE_WORDS, slug) for slug in one.resources)
    return [
        e("span", say("Row {n}", n=say.number(one.row)), class_="quiet"),
        " ",
        e("b", e("bdi", showable(clipped(one.label)))),
        f" · {words}" if words else None,
        " · " + say("changed") if one.changes else None,
    ]
