"""What a pact competes with: other open proposals for its commons, and the votes it is an option in."""

from gettext import gettext as _
from typing import Any

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.pacts.deciding_words import vote_words
from node.cli.render import Column, plain, say, short_id, show_table, wrapped
from node.cli.things import row_json, status_words
from node.cli.workplace import Workplace
from node.competing import Vote, competition
from node.store.interface import ThingRow
from protocol.identifiers import id_text
from protocol.kinds.text import preferred
from protocol.state.fold import ThingState


async def competition_json(place: Workplace, pact: ThingState) -> dict[str, Any]:
    """Return what a pact competes with as JSON."""
    found = await competition(place.shown, pact, now_ms())
    return {
        "competing": [
            row_json(rival.row) | {"votes": [id_text(vote.row.subject) for vote in rival.votes]}
            for rival in found.rivals
        ],
        "votes": [
            row_json(vote.row)
            | {"by": id_text(vote.by), "decided": None if vote.decided is None else dict(vote.decided)}
            for vote in found.votes
        ],
    }


async def show_competition(place: Workplace, pact: ThingState) -> None:
    """Show what a pact competes with; nothing where it does not."""
    found = await competition(place.shown, pact, now_ms())
    language = place.operator.language
    if found.rivals:
        say()
        say(_("Other open proposals for the same commons:"))
        columns = [Column(_("Id")), Column(_("Name"), flexible=True), Column(_("Standing"))]
        rows = [
            (_short(rival.row), _title(rival.row, language), status_words(rival.row.status))
            for rival in found.rivals
        ]
        show_table(columns, rows)
        if found.open and not found.votes:
            say(
                wrapped(
                    _(
                        "Proposals that cannot be joined are decided by those concerned "
                        "(Reg. art. 10.7): see `minga vote open`, with --proposals-for."
                    )
                )
            )
    if found.votes:
        say()
        say(_("Votes on it:"))
        for vote in found.votes:
            say(wrapped(await _vote_line(place, vote), " " * 12))


async def _vote_line(place: Workplace, vote: Vote) -> str:
    standing = vote_words(vote.row.status)
    if vote.decided is not None:
        chosen = plain(preferred(dict(vote.decided), place.operator.language))
        standing = _("decided: {option}").format(option=chosen)
    return _("{id}  {title}, put by {who}: {standing}").format(
        id=_short(vote.row),
        title=_title(vote.row, place.operator.language),
        who=await actor_name(place, vote.by),
        standing=standing,
    )


def _short(row: ThingRow) -> str:
    return short_id(id_text(row.subject))


def _title(row: ThingRow, language: str) -> str:
    return plain(preferred(dict(row.title), language)) if row.title else "–"
