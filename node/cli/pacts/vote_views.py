"""How a vote is shown: how it stands, the options, who has voted, what does not count and why."""

from collections.abc import Mapping
from gettext import gettext as _
from gettext import ngettext
from typing import Any

from node.authoring.signer import now_ms
from node.cli.actors.people import actor_name
from node.cli.pacts.deciding_words import rule_words, vote_words, why_not_words
from node.cli.pacts.pact_course import paper_words
from node.cli.personal_fields import personal_words
from node.cli.plain_form import to_plain
from node.cli.render import Column, day, plain, say, short_id, show_fields, show_table, width, wrapped
from node.cli.things import other_texts, show_versions, source_words, thing_json
from node.cli.workplace import Workplace
from node.present import chosen_on, is_blank, motion_of, present_tally, status_of_vote
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.kinds.deciding import Minutes, Motion, Option, Voter
from protocol.kinds.text import preferred
from protocol.state.fold import ThingState
from protocol.state.tally import Cast, Tally, tally

# Columns of the longest bar.
BAR_COLUMNS = 20


def vote_json(thing: ThingState, at_ms: int | None = None) -> dict[str, Any]:
    """Return a motion as JSON: the thing, and how the vote stands, at present or at a moment."""
    found = _tally(thing, at_ms)
    motion = motion_of(thing, found)
    return thing_json(thing) | {
        "status": _status(thing, found, at_ms),
        "motion": None if found.motion is None else id_text(found.motion),
        "content": None if motion is None else to_plain(motion),
        "decided": found.option,
        "votes": list(found.votes),
        "blank": found.blank,
        "not_voted": [id_text(voter) for voter in found.not_voted],
        "ballots": [
            {
                "record": id_text(cast.record),
                "voter": id_text(cast.voter),
                "option": cast.option,
                "time": cast.time_ms,
                "counts": not cast.why_not,
                "why_not": cast.why_not or None,
            }
            for cast in found.ballots
        ],
        "minutes": [
            {"record": id_text(record), "content": to_plain(content)}
            for record, content in _minutes(thing, found)
        ],
    }


async def show_vote(place: Workplace, thing: ThingState, at_ms: int | None = None) -> None:
    """Show a vote, at present or as it stood at a moment."""
    language, found = place.operator.language, _tally(thing, at_ms)
    motion = motion_of(thing, found)
    shown = motion or (thing.versions.all[thing.display].content if thing.display is not None else None)
    if not isinstance(shown, Motion):
        say(_("Vote {id}").format(id=short_id(id_text(thing.subject))))
        show_fields([(_("Standing"), vote_words(_status(thing, found, at_ms)))])
        return
    assert thing.display is not None
    say(wrapped(plain(preferred(shown.title, language))))
    say(wrapped(standing_sentence(found, shown, _status(thing, found, at_ms), language)))
    show_fields(
        [
            (_("Id"), id_text(thing.subject)),
            (_("Other names"), other_texts(shown.title, language)),
            (_("Put to the vote by"), await actor_name(place, thing.versions.all[thing.display].author)),
            (_("Text"), plain(preferred(shown.text, language)) if shown.text else ""),
            (_("Opens"), shown.opens or ""),
            (_("Closes"), shown.closes),
            (_("Decided by"), rule_words(shown.rule)),
            (_("Must vote"), "" if shown.quorum is None else str(shown.quorum)),
            (_("Source"), source_words(shown.source, language)),
            (_("Why people are named"), personal_words(shown, language)),
            (_("Licence"), shown.licence),
        ]
    )
    say()
    await _show_options(place, shown, found)
    say()
    await _show_roll(place, shown, found)
    await _show_uncounted(place, thing, found)
    await _show_minutes(place, thing, found, shown)
    await show_versions(place, thing)


def standing_sentence(found: Tally, motion: Motion, status: str, language: str) -> str:
    """Return in a sentence how a vote stands and what came of it."""
    voted, roll = sum(found.votes) + found.blank, len(motion.roll)
    turnout = ngettext(
        "{voted} of {count} on the roll has voted.", "{voted} of {count} on the roll have voted.", roll
    ).format(voted=voted, count=roll)
    match status:
        case "open":
            return _("Open until {day}.").format(day=motion.closes) + " " + turnout
        case "not_open_yet":
            return _("It opens on {day}, and closes on {last}.").format(day=motion.opens, last=motion.closes)
        case "decided" if found.option is not None:
            option = plain(preferred(motion.options[found.option].name, language))
            return _("Decided: {option}.").format(option=option) + " " + turnout
        case "no_quorum":
            return _("Nothing is decided: {quorum} had to vote.").format(quorum=motion.quorum) + " " + turnout
        case "undecided":
            said = _("Nothing is decided: no option has what the rule asks.")
            return said + " " + turnout
        case "contested":
            return _(
                "There are two texts of this motion, and neither follows the other: no ballot counts until "
                "whoever put it to the vote joins them."
            )
    return _("Not in effect: {status}.").format(status=vote_words(status))


async def _show_options(place: Workplace, motion: Motion, found: Tally) -> None:
    most = max((*found.votes, found.blank, 1))
    counted = found.votes or (0,) * len(motion.options)
    rows = [
        (str(number), await option_words(place, option), str(votes), _bar(votes, most))
        for number, (option, votes) in enumerate(zip(motion.options, counted, strict=True), 1)
    ]
    rows.append(("–", _("blank"), str(found.blank), _bar(found.blank, most)))
    columns = [
        Column(_("No."), right=True),
        Column(_("Option"), flexible=True),
        Column(_("Votes"), right=True),
        Column(""),
    ]
    show_table(columns, rows)


def _bar(votes: int, most: int) -> str:
    columns = BAR_COLUMNS if width() >= 80 else BAR_COLUMNS // 2
    return "▇" * (votes * columns // most or bool(votes))


async def option_words(place: Workplace, option: Option) -> str:
    """Return what an option is called, and the beginning of the id of what it stands for."""
    name = plain(preferred(option.name, place.operator.language))
    return name if option.subject is None else f"{name} ({short_id(id_text(option.subject))})"


async def _show_roll(place: Workplace, motion: Motion, found: Tally) -> None:
    counted = {cast.voter: cast for cast in found.ballots if not cast.why_not}
    rows = []
    for voter in motion.roll:
        cast = counted.get(ActorId(voter.actor))
        voted, chosen, record = "–", "", ""
        if cast is not None:
            voted, record = day(cast.time_ms), short_id(id_text(cast.record))
            chosen = _("blank") if cast.option is None else str(cast.option + 1)
        rows.append((await _voter_name(place, voter), voted, chosen, record))
    columns = [Column(_("Voter"), flexible=True), Column(_("Voted")), Column(_("For")), Column(_("Ballot"))]
    show_table(columns, rows)


async def _voter_name(place: Workplace, voter: Voter) -> str:
    """Return what a voter is called: by its own record, else as the roll has it."""
    actor = ActorId(voter.actor)
    if voter.name is not None and await place.store.actor(actor) is None:
        return plain(preferred(voter.name, place.operator.language))
    return await actor_name(place, actor)


async def _show_uncounted(place: Workplace, thing: ThingState, found: Tally) -> None:
    casts = [cast for cast in found.ballots if cast.why_not]
    if not casts:
        return
    say()
    say(_("Ballots that do not count:"))
    for cast in casts:
        line = _("{day}  {who}, for {option}: {why} ({record})").format(
            day=day(cast.time_ms),
            who=await actor_name(place, cast.voter),
            option=_cast_words(thing, cast, place.operator.language),
            why=why_not_words(cast.why_not),
            record=short_id(id_text(cast.record)),
        )
        say(wrapped(line, " " * 12))


def _cast_words(thing: ThingState, cast: Cast, language: str) -> str:
    if is_blank(thing, cast):
        return _("blank")
    name: Mapping[str, str] | None = chosen_on(thing, cast)
    return "?" if name is None else f"“{plain(preferred(dict(name), language))}”"


async def _show_minutes(place: Workplace, thing: ThingState, found: Tally, motion: Motion) -> None:
    """Show what assemblies decided face to face: beside the ballots, and added to nothing."""
    language = place.operator.language
    for record, content in _minutes(thing, found):
        header = thing.judged[record].record.header
        assert header.actor is not None
        say()
        who = await actor_name(place, header.actor)
        when = content.on or day(header.time_ms)
        said = _("Minutes of {day}, by {who} ({record})").format(
            day=when, who=who, record=short_id(id_text(record))
        )
        say(wrapped(said, "  "))
        lines = []
        if content.decided is not None:
            lines.append(_("decided: {option}").format(option=_option(motion, content.decided, language)))
        lines += [
            f"{_option(motion, number, language)}: {votes}" for number, votes in enumerate(content.votes)
        ]
        if content.attended is not None:
            lines.append(_("attended: {count}").format(count=content.attended))
        if content.text:
            lines.append(plain(preferred(content.text, language)))
        lines += [paper_words(paper, language) for paper in content.evidence]
        for line in lines:
            say(wrapped(f"  {line}", "    "))


def _minutes(thing: ThingState, found: Tally) -> list[tuple[RecordId, Minutes]]:
    held = [(record, thing.judged[record].record.content) for record in found.minuted]
    return [(r, content) for r, content in held if isinstance(content, Minutes) and r not in thing.erased]


def _option(motion: Motion, number: int, language: str) -> str:
    if number >= len(motion.options):
        return _("option {number}").format(number=number + 1)
    return plain(preferred(motion.options[number].name, language))


def _tally(thing: ThingState, at_ms: int | None) -> Tally:
    return present_tally(thing, now_ms()) if at_ms is None else tally(thing, at_ms)


def _status(thing: ThingState, found: Tally, at_ms: int | None) -> str:
    return status_of_vote(thing, found, now_ms() if at_ms is None else at_ms)


def turnout(thing: ThingState) -> str:
    """Return how many of those on the roll have voted, for a line of a list."""
    found = present_tally(thing, now_ms())
    motion = motion_of(thing, found)
    return "" if motion is None else f"{sum(found.votes) + found.blank}/{len(motion.roll)}"
