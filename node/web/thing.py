"""The page of one thing, and the same as data: found, its names looked up, given to the page of its kind."""

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from node.claims.finding import ClaimFinder
from node.competing import competition
from node.present import present_course, present_status
from node.store.interface import ThingPage
from node.trust.circle import Neighbourhood
from node.web.actors.actor_page import actor_page
from node.web.actors.vouching import Vouching, author_trust, find_vouching, vouching_data
from node.web.actors.works import find_works
from node.web.commons.alert_page import alert_page
from node.web.commons.commons_page import commons_page, other_page
from node.web.commons.pacts_about import pacts_about, pacts_section
from node.web.contest.hearing import hear
from node.web.deciding.body_page import body_page
from node.web.deciding.deciding_data import composition_data, vote_data
from node.web.deciding.decisions import (
    bodies_section,
    competition_data,
    competition_section,
    roll_section,
    taking_part_data,
)
from node.web.deciding.vote_page import vote_page
from node.web.exchange.answer import data_answer, page_answer, redirect_answer
from node.web.exchange.problem import not_held
from node.web.frame.listing import Entry, entry_data, line_of, read_entries
from node.web.frame.markup import Element
from node.web.frame.surroundings import Surroundings
from node.web.pacts.call_page import call_page
from node.web.pacts.elsewhere import provable_pact
from node.web.pacts.pact_course import course_data
from node.web.pacts.pact_page import pact_page
from node.web.records.blocked_page import blocked_data, blocked_page
from node.web.records.erasures import erasures_data
from node.web.records.proof import PROOFS_SHOWN_MAX
from node.web.records.record_data import content_data
from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text, parse_id
from protocol.keys import did_key
from protocol.kinds.actor import Actor
from protocol.kinds.alert import Alert
from protocol.kinds.body import Body
from protocol.kinds.commons import Commons
from protocol.kinds.deciding import Motion
from protocol.kinds.pact import Pact
from protocol.kinds.place import Place
from protocol.kinds.procedure import Call
from protocol.record.envelope import split_envelope
from protocol.state.fold import ThingState

# Records of one thing named in its data; a thing can have any number.
RECORDS_LISTED_MAX = 1_000


async def thing_answer(
    here: Surroundings, near: Neighbourhood, finder: ClaimFinder, text: str
) -> web.Response:
    """Answer `/thing/{id}` as a page or as data.  Raises `Problem`."""
    try:
        named = parse_id(text)
    except Malformed:
        raise not_held() from None
    thing = await here.store.thing(SubjectId(named))
    if thing is None:
        record = await here.store.record(named)
        if record is None or record.subject == SubjectId(named):
            raise not_held()
        return redirect_answer(here.asked.link(f"/thing/{id_text(record.subject)}"))
    block = here.blocks.of_thing(thing)
    if block is not None:
        if here.asked.as_data:
            data = {"id": id_text(thing.subject), "kind": thing.kind, "blocked": blocked_data(block)}
            return data_answer(data)
        return page_answer(blocked_page(here, thing, block), here.say.language)
    await here.meet(_actors_of(thing))
    author = _author_of(thing)
    trust = None if author is None else await find_vouching(here, near, author, given=thing.actor is not None)
    if here.asked.as_data:
        vouching = None if trust is None else vouching_data(trust)
        voices = await hear(here, thing, finder)
        return data_answer(await _data(here, thing) | {"trust": vouching, "voices": voices})
    await here.learn_titles(_things_of(thing))
    await hear(here, thing, finder)
    return page_answer(await _page(here, thing, trust), here.say.language)


async def _page(here: Surroundings, thing: ThingState, trust: Vouching | None) -> Element:
    content = shown_content(thing)
    if thing.actor is not None:
        actor = ActorId(thing.subject)
        works = await find_works(here, actor)
        assert trust is not None
        signing, seated, votes = await _takes_part(here, actor)
        parts = [bodies_section(here, actor, signing, seated), roll_section(here, votes)]
        return actor_page(here, thing, works, trust, parts)
    here.author = None if trust is None else author_trust(here, trust)
    match content:
        case Commons():
            about = await pacts_about(here, thing.subject)
            return commons_page(here, thing, content, pacts_section(here, about))
        case Place():
            return commons_page(here, thing, content)
        case Alert():
            return alert_page(here, thing, content)
        case Pact():
            found = await competition(here.store, thing, here.now_ms)
            await here.meet(vote.by for vote in found.votes)
            competing = competition_section(here, found)
            return pact_page(here, thing, content, competing, await provable_pact(here, thing))
        case Call():
            return call_page(here, thing, content)
        case Motion():
            return vote_page(here, thing, content)
        case Body():
            return body_page(here, thing, content)
    return other_page(here, thing)


async def _takes_part(here: Surroundings, actor: ActorId) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Return the bodies that sign as an actor, those on which it has a seat, and the votes of its rolls."""
    store, now_ms = here.store, here.now_ms
    signing = await store.things(kind="body", linked=actor, limit=RELATED_SHOWN_MAX, now_ms=now_ms)
    seated = await store.naming("body", actor, RELATED_SHOWN_MAX, now_ms)
    votes = await store.naming("motion", actor, RELATED_SHOWN_MAX, now_ms)
    return (
        await read_entries(here, signing),
        await read_entries(here, ThingPage(seated, None)),
        await read_entries(here, ThingPage(votes, None)),
    )


# On the page of an actor: the first of what it wrote, and of what names it; a link leads to all.
RELATED_SHOWN_MAX = 12


def shown_content(thing: ThingState) -> Any:
    """Return what the version shown says; None where it was withdrawn or none may be shown."""
    if thing.actor is not None:
        return None if thing.display is None else thing.actor.contents.get(thing.display)
    return None if thing.display is None else thing.versions.all[thing.display].content


def _author_of(thing: ThingState) -> ActorId | None:
    """Return who wrote the version shown; an actor speaks for itself."""
    if thing.actor is not None:
        return ActorId(thing.subject)
    return None if thing.display is None else thing.versions.all[thing.display].author


def _actors_of(thing: ThingState) -> Iterator[ActorId]:
    """Yield whom the page names, the most important first."""
    if thing.actor is not None:
        return
    if thing.display is not None:
        yield thing.versions.all[thing.display].author
    for head in thing.heads:
        yield thing.versions.all[head].author
    yield from sorted(thing.linked)
    content = shown_content(thing)
    if isinstance(content, Motion):
        yield from (ActorId(voter.actor) for voter in content.roll)
    newest = sorted(thing.versions.all.values(), key=lambda v: -v.time_ms)
    for version in newest[:PROOFS_SHOWN_MAX]:
        yield version.author
    for verdict in thing.judged.values():
        if verdict.record.header.actor is not None:
            yield verdict.record.header.actor


def _things_of(thing: ThingState) -> Iterator[SubjectId]:
    content = shown_content(thing)
    if isinstance(content, Pact | Call | Alert):
        for entry in content.commons:
            if entry.subject is not None:
                yield SubjectId(entry.subject)
    if isinstance(content, Motion):
        for option in content.options:
            if option.subject is not None:
                yield SubjectId(option.subject)
    if isinstance(content, Actor):
        for voice in content.speaks_for:
            yield SubjectId(voice.subject)


async def _data(here: Surroundings, thing: ThingState) -> dict[str, Any]:
    found = present_course(thing, here.now_ms) if thing.pact is not None else None
    status = found.status if found is not None else None
    if thing.pact is None or thing.status != thing.pact.status.value:
        status = present_status(thing, here.now_ms)
    shown = None
    if thing.display is not None:
        record = await here.store.record(thing.display)
        payload = None if record is None else split_envelope(record.envelope).payload
        if payload is not None and thing.display not in thing.erased:
            shown = content_data(payload)
    data = {
        "id": id_text(thing.subject),
        "kind": thing.kind,
        "title": dict(thing.title),
        "status": status,
        "on": here.today,
        "voice": thing.voice,
        "line": line_of(thing.status, thing.voice),
        "version_shown": None if thing.display is None else id_text(thing.display),
        "versions_side_by_side": [id_text(head) for head in thing.heads],
        "content": shown,
        "records": [_record_entry(thing, record_id) for record_id in list(thing.judged)[:RECORDS_LISTED_MAX]],
        "records_total": len(thing.judged),
    }
    if thing.kind == "commons":
        about = await pacts_about(here, thing.subject)
        data["pacts"] = about.entries and [entry_data(entry) for entry in about.entries]
    content = shown_content(thing)
    if isinstance(content, Motion):
        data["vote"] = vote_data(here, thing, RECORDS_LISTED_MAX)
    if isinstance(content, Body):
        data["composition"] = composition_data(here, content)
    if thing.actor is not None:
        data["takes_part"] = taking_part_data(*await _takes_part(here, ActorId(thing.subject)))
    if thing.pact is not None and found is not None:
        data |= competition_data(await competition(here.store, thing, here.now_ms))
        data["course"] = course_data(thing, found, RECORDS_LISTED_MAX)
        data["pact"] = {
            "in_force": None if thing.pact.in_force is None else id_text(thing.pact.in_force),
            "in_force_since_ms": thing.pact.in_force_since_ms,
            "answers": {
                id_text(version): [
                    {
                        "party": a.index,
                        "actor": a.actor and id_text(a.actor),
                        "answer": a.answer,
                        "at_ms": a.at_ms,
                    }
                    for a in answers
                ]
                for version, answers in list(thing.pact.answers.items())[:PROOFS_SHOWN_MAX]
            },
        }
    return data


def _record_entry(thing: ThingState, record_id: RecordId) -> dict[str, Any]:
    verdict = thing.judged[record_id]
    header = verdict.record.header
    effect, signed_by, needed = verdict.effect.value, verdict.signed_by, verdict.needed
    if thing.actor is not None and record_id in thing.actor.contents:
        # Versions of an actor are judged by its history, not by the version they act under.
        effect = thing.actor.standing_of(record_id).value
        signed_by = thing.actor.signers[record_id]
        needed = thing.actor.contents[record_id].threshold
    return {
        "id": id_text(record_id),
        "kind": header.kind,
        "author": None if header.actor is None else id_text(header.actor),
        "time_ms": header.time_ms,
        "effect": effect,
        "signed_by": sorted(did_key(key) for key in signed_by),
        "signatures_needed": needed,
        "content_withdrawn": record_id in thing.erased,
        "erasures": erasures_data(thing, record_id),
        "data": f"/record/{id_text(record_id)}?format=json",
    }
