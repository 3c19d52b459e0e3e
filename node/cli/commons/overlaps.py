"""`minga commons overlaps`: claims to one place, beside one commons or among all, with all sides."""

from gettext import gettext as _

import click

from node.claims.finding import Claim, ClaimFinder, OtherClaim
from node.claims.telling import (
    beside_data,
    claim_data,
    row_data,
    without_blocked_name,
    without_blocked_names,
)
from node.cli.actors.people import actor_name
from node.cli.contest.contest_views import (
    claim_finder,
    meeting_words,
    show_beside,
    thing_name,
)
from node.cli.naming import find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import progress_bar
from node.cli.render import note, say, short_id, show_json, suggest, wrapped
from node.cli.things import LISTED_MAX
from node.cli.workplace import Workplace, run_in
from node.store.interface import ThingRow
from protocol.identifiers import ActorId, id_text

# Of all pairs: more than anybody reads, and some 5 MB as JSON.
PAIRS_MAX = 10_000

Pair = tuple[ThingRow, ActorId | None, OtherClaim]


@click.command("overlaps")
@click.argument("commons", required=False)
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def overlaps_command(operator: Operator, commons: str | None, show_all: bool) -> None:
    """Find claims that overlap on the ground, and those by others with the same name near by.

    Beside one COMMONS, or every pair held here. Nothing is merged: each is shown with who says so.
    """

    async def work(place: Workplace) -> None:
        async with claim_finder(place) as finder:
            if commons is not None:
                await _beside_one(place, finder, commons)
            else:
                await _all_pairs(place, finder, show_all=show_all)

    run_in(work, operator)


async def _beside_one(place: Workplace, finder: ClaimFinder, commons: str) -> None:
    thing = await find_thing(place, commons, "commons")
    claims = await finder.beside(Claim(thing.subject, thing.display, thing.title, thing.bbox))
    found = without_blocked_names(claims, place.blocks, place.blocked_name)
    if place.operator.json:
        show_json({"id": id_text(thing.subject), "title": dict(thing.title), **beside_data(found)})
        return
    if found.claims:
        await show_beside(place, found)
        suggest(place.operator, f"commons show {short_id(id_text(found.claims[0].row.subject))}")
    elif found.not_all:
        say(wrapped(_("None was found, but there are so many around it that not all were compared.")))
    else:
        note(_("No other claim held here meets it or has its name."))


async def _all_pairs(place: Workplace, finder: ClaimFinder, *, show_all: bool) -> None:
    counts = await place.store.counts()
    total = counts.things_by_kind.get("commons", 0)
    pairs: list[Pair] = []
    partly: list[ThingRow] = []
    limit = PAIRS_MAX if show_all or place.operator.json else LISTED_MAX
    full = False
    with progress_bar(_("Comparing")) as tell:
        done = 0
        async for row, found in finder.pairs():
            done += 1
            tell(done, total)
            if found.not_all or found.untold:
                partly.append(row)
            told = without_blocked_names(found, place.blocks, place.blocked_name)
            mine = without_blocked_name(row, found.author, place.blocks, place.blocked_name)
            pairs += ((mine, told.author, claim) for claim in told.claims)
            if len(pairs) > limit:
                full = True
                break
    pairs = pairs[:limit]
    if place.operator.json:
        show_json(
            {
                "pairs": [
                    {
                        "one": {**row_data(row), "author": author and id_text(author)},
                        "other": claim_data(claim),
                    }
                    for row, author, claim in pairs
                ],
                "more": full,
                "not_all": [id_text(row.subject) for row in partly],
            }
        )
        return
    for row, author, claim in pairs:
        for one, speaker in ((row, author), (claim.row, claim.author)):
            who = "–" if speaker is None else await actor_name(place, speaker)
            say(wrapped(_("{what} – says {who}").format(what=thing_name(place, one), who=who), "  "))
        say(wrapped(f"  {meeting_words(claim)}", "  "))
    if not pairs:
        note(_("No two claims held here meet on the ground, or have one name."))
    if full:
        note(_("There are more; --all lists them."))
    if partly:
        named = ", ".join(short_id(id_text(row.subject)) for row in partly[:LISTED_MAX])
        say(wrapped(_("So many claims are around these that not all were compared: {ids}").format(ids=named)))
