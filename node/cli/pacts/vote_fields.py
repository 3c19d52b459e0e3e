"""The fields of a motion that options give: what can be chosen, who is on the roll, until when."""

from typing import Any

from node.authoring.signer import now_ms
from node.cli.arguments import is_whole_id, subject_and_name, texts
from node.cli.naming import find_actor, find_thing
from node.cli.plain_form import composed
from node.cli.render import plain
from node.cli.workplace import Workplace
from node.competing import open_proposals
from node.errors import ConfigError
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.body import Body
from protocol.kinds.text import preferred
from protocol.state.composition import holds
from protocol.state.course import DAY_MS, day_of

# What an option may stand for, in `pact=…`; any other text with such a mark in it is a text.
_STANDS_FOR = ("pact", "call", "commons")


async def vote_fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a motion that options gave.  Raises `ConfigError`, `NotHere`."""
    language = place.operator.language
    fields: dict[str, Any] = {name: texts(given[name], language) for name in ("title", "text") if given[name]}
    fields |= {name: given[name] for name in ("opens", "closes", "rule", "quorum", "licence") if given[name]}
    if given["days"]:
        if given["closes"]:
            raise ConfigError("a vote closes once: give --closes or --days, not both")
        fields["closes"] = day_of(now_ms() + given["days"] * DAY_MS)
    options = await _proposals(place, given["commons"]) if given["commons"] else []
    options += [await _option(place, one) for one in given["options"]]
    if options:
        fields["options"] = options
    roll = [await _voter(place, one) for one in given["voters"]]
    if given["body"]:
        roll += await _sitting(place, given["body"])
    if roll:
        fields["roll"] = roll
    if given["source"]:
        fields["source"] = composed({"name": given["source"]})
    return fields


def check_vote(payload: dict[str, Any], today: str, *, yes: bool) -> None:
    """Refuse a motion that nobody could vote on, or that says of one thing twice.  Raises `ConfigError`."""
    opens, closes = payload.get("opens"), payload["closes"]
    if opens and closes < opens:
        raise ConfigError(f"{closes} is before {opens}: the last day cannot come before the first")
    if closes < today and not yes:
        raise ConfigError(
            f"no ballot can count in a vote that closed on {closes}: give a later day, or say --yes to "
            "record what was decided then, with its minutes"
        )
    # A file may hold anything else in their place: what breaks the rules is refused when it is signed.
    options = [one for one in payload["options"] if isinstance(one, dict)]
    roll = [one for one in payload["roll"] if isinstance(one, dict)]
    if len(options) < 2:
        raise ConfigError("a vote is between two options or more: give --option once for each")
    met: list[tuple[Any, Any]] = []
    for option in options:
        one = (option.get("name"), option.get("subject"))
        if one in met:
            raise ConfigError(f"two options are called {_name(one[0])!r}, and nobody could tell them apart")
        met.append(one)
    voters: set[Any] = set()
    for voter in roll:
        if voter.get("actor") in voters:
            raise ConfigError(f"{_name(voter.get('name'))!r} is on the roll twice; each has one vote")
        voters.add(voter.get("actor"))
    quorum = payload.get("quorum")
    if isinstance(quorum, int) and quorum > len(roll):
        raise ConfigError(f"{quorum} have to vote, and {len(roll)} are on the roll: ask for fewer")


def _name(names: Any) -> str:
    return plain(preferred(names)) if isinstance(names, dict) and names else "?"


async def _option(place: Workplace, typed: str) -> dict[str, Any]:
    kind, equals, name = typed.partition("=")
    if equals and kind in _STANDS_FOR:
        thing = await find_thing(place, name, kind)
        if not thing.title:
            raise ConfigError(f"{name!r} has no title to be voted on by; write the option in words")
        return {"subject": thing.subject, "name": dict(thing.title)}
    return {"name": texts((typed,), place.operator.language)}


async def _proposals(place: Workplace, typed: str) -> list[dict[str, Any]]:
    """Return an option for each open proposal for a commons, the oldest first."""
    commons = await find_thing(place, typed, "commons")
    found = await open_proposals(place.store, SubjectId(commons.subject), now_ms())
    if not found:
        raise ConfigError(
            f"no open proposal for {typed!r} is held here; `minga commons show` lists the pacts about it"
        )
    firsts = {row.subject: await place.store.record(RecordId(row.subject)) for row in found}
    signed_ms = {subject: one.header.time_ms if one else 0 for subject, one in firsts.items()}
    found.sort(key=lambda row: (signed_ms[row.subject], row.subject))
    return [{"subject": row.subject, "name": dict(row.title)} for row in found]


async def _voter(place: Workplace, typed: str) -> dict[str, Any]:
    """Return a line of the roll: an actor known here, or one whose id and name are given."""
    identifier, equals, _name = typed.partition("=")
    if equals and is_whole_id(identifier):
        subject, name = subject_and_name(typed)
        return {"actor": subject} | ({"name": {place.operator.language: name}} if name else {})
    return await _known(place, await find_actor(place, typed))


async def _sitting(place: Workplace, typed: str) -> list[dict[str, Any]]:
    """Return a line of the roll for each who sits on a body today.  Raises `ConfigError`."""
    thing = await find_thing(place, typed, "body")
    content = thing.versions.all[thing.display].content if thing.display is not None else None
    if not isinstance(content, Body):
        raise ConfigError(f"{typed!r} has no text here that says who sits on it")
    holders = [seat.holder for seat in content.seats if holds(seat, day_of(now_ms())) and seat.holder]
    named = [plain(preferred(holder.name)) for holder in holders if holder.actor is None]
    if named:
        raise ConfigError(
            f"{', '.join(named)}: on the body without keys, so no ballot of theirs could be signed; give the "
            "roll with --voter, or record the decision with `minga vote minutes`"
        )
    if not holders:
        raise ConfigError(f"nobody sits on {typed!r} today; `minga body show` lists its seats")
    return [await _known(place, ActorId(holder.actor)) for holder in holders if holder.actor is not None]


async def _known(place: Workplace, actor: ActorId) -> dict[str, Any]:
    state = await place.store.actor(actor)
    content = None if state is None else state.current
    return {"actor": actor} | ({"name": dict(content.name)} if content is not None else {})
