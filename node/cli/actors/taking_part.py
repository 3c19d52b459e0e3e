"""What an actor takes part in: bodies that sign as it, its seats on others, votes with it on their roll."""

from dataclasses import dataclass
from gettext import gettext as _
from typing import Any

from node.authoring.signer import now_ms
from node.cli.actors.body_views import content_of, seat_line
from node.cli.pacts.deciding_words import vote_words
from node.cli.plain_form import to_plain
from node.cli.render import Column, note, plain, say, short_id, show_table, wrapped
from node.cli.things import row_json
from node.cli.workplace import Workplace
from node.store.interface import ThingRow
from protocol.identifiers import ActorId, id_text
from protocol.kinds.body import Seat
from protocol.kinds.text import preferred
from protocol.state.composition import Mandate, mandate_on
from protocol.state.course import day_of

# Of bodies and of votes each, the newest: more than anybody sits on; a body is folded for its seats, at a
# millisecond or so.  `minga body list --with` and `minga vote list --on` list all.
FOUND_MAX = 64

# Of each sort on a screen; `--json` has those that were found.
LISTED_MAX = 20


@dataclass(frozen=True, slots=True)
class TakingPart:
    """What an actor takes part in on a day; `seated` with its own seats on each body, past ones too."""

    day: str
    signing: list[ThingRow]
    seated: list[tuple[ThingRow, list[Seat]]]
    votes: list[ThingRow]


async def find_part(place: Workplace, actor: ActorId) -> TakingPart:
    """Return what an actor takes part in today; what is blocked here is left out."""
    store, moment_ms = place.shown, now_ms()
    signing = await store.things(kind="body", linked=actor, limit=FOUND_MAX, now_ms=moment_ms)
    seated = []
    for row in await store.naming("body", actor, FOUND_MAX, moment_ms):
        thing = await store.thing(row.subject)
        body = None if thing is None else content_of(thing)
        seats = [] if body is None else body.seats
        own = [seat for seat in seats if seat.holder is not None and seat.holder.actor == actor]
        if own:
            seated.append((row, own))
    votes = await store.naming("motion", actor, FOUND_MAX, moment_ms)
    return TakingPart(day_of(moment_ms), signing.rows, seated, votes)


def part_json(part: TakingPart) -> dict[str, Any]:
    """Return what an actor takes part in as JSON, each seat with where its mandate stands."""
    return {
        "signs_as": [row_json(row) for row in part.signing],
        "seats_on": [
            row_json(row)
            | {
                "seats": [
                    to_plain(seat) | {"mandate": mandate_on(seat, part.day).value} for seat in own_seats
                ]
            }
            for row, own_seats in part.seated
        ],
        "on_roll_of": [row_json(row) for row in part.votes],
    }


def show_part(place: Workplace, part: TakingPart) -> None:
    """Show what an actor takes part in; nothing where it does not."""
    language = place.operator.language
    bodies = [(row, _("signs as this actor")) for row in part.signing]
    bodies += [
        (row, f"{seat_line(seat)}, {_mandate_words(seat, part.day)}")
        for row, seats in part.seated
        for seat in seats
    ]
    if bodies:
        say()
        say(_("Councils and boards:"))
    shown = None
    for row, what in bodies[:LISTED_MAX]:
        if row.subject != shown:
            say(wrapped(f"{_short(row)}  {_title(row, language)}", " " * 12))
        shown = row.subject
        say(wrapped(" " * 12 + what, " " * 14))
    if part.votes:
        say()
        say(_("Votes with it on the roll:"))
        columns = [Column(_("Id")), Column(_("Question"), flexible=True), Column(_("Standing"))]
        show_table(
            columns,
            [(_short(row), _title(row, language), vote_words(row.status)) for row in part.votes[:LISTED_MAX]],
        )
    if len(bodies) > LISTED_MAX:
        note(_("There are more; `minga body list --with` lists them."))
    if len(part.votes) > LISTED_MAX:
        note(_("There are more; `minga vote list --on` lists them."))


def _mandate_words(seat: Seat, day: str) -> str:
    match mandate_on(seat, day):
        case Mandate.COMING:
            return _("from {day}").format(day=seat.since)
        case Mandate.PAST:
            return _("ended on {day}").format(day=seat.until)
        case _:
            return _("until {day}").format(day=seat.until) if seat.until else _("without an end")


def _short(row: ThingRow) -> str:
    return short_id(id_text(row.subject))


def _title(row: ThingRow, language: str) -> str:
    return plain(preferred(dict(row.title), language)) if row.title else "–"
