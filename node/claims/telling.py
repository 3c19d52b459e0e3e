"""What is said of a thing as data: the same on pages and at the terminal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from node.claims.finding import Beside, OtherClaim
from node.claims.names import NameMatch
from node.claims.voices import Voices
from node.published_form import published
from node.store.interface import ThingRow
from node.trust.blocks import Blocks
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.state.contest import Answer, Challenged
from protocol.state.links import Linked
from protocol.state.statements import Said

SQUARE_METRES_PER_HECTARE = 10_000

# Of each sort in one answer, the latest first: more than people will ever say of a thing.
LISTED_MAX = 200

# Texts of all of them together; of the rest the records are named, which have theirs.
CONTENTS_SIZE_MAX_BYTES = 1_000_000


def without_blocked_names(beside: Beside, blocks: Blocks, words: Mapping[str, str]) -> Beside:
    """Return the claims beside one; those that are blocked here have `words` for a name.

    That they are there is told all the same: claims are found in a store where nothing is out of lists.
    """
    claims = (
        replace(one, row=without_blocked_name(one.row, one.author, blocks, words)) for one in beside.claims
    )
    return replace(beside, claims=tuple(claims))


def without_blocked_name(
    row: ThingRow, author: ActorId | None, blocks: Blocks, words: Mapping[str, str]
) -> ThingRow:
    """Return a line of a list; of what is blocked here with `words` for its name, and without its place."""
    if blocks.of_row(row.subject, row.display, author) is None:
        return row
    return replace(row, title=words, bbox=None)


class _Room:
    """What is left for contents in one answer."""

    def __init__(self) -> None:
        self._left_bytes = CONTENTS_SIZE_MAX_BYTES

    def content(self, content: Any) -> Any:
        """Return a content as JSON values; None where the answer is full: its record has it."""
        plain = msgspec.to_builtins(content, builtin_types=(bytes,))
        told = published({name: value for name, value in plain.items() if name != "salt"})
        size_bytes = len(msgspec.json.encode(told))
        if size_bytes > self._left_bytes:
            return None
        self._left_bytes -= size_bytes
        return told


def voices_data(voices: Voices) -> dict[str, Any]:
    """Return what is said of a thing as JSON can hold it: of each sort the latest, and how many there are."""
    room = _Room()
    return {
        "challenges": [_challenge(one, room) for one in voices.challenges[:LISTED_MAX]],
        "challenges_total": len(voices.challenges),
        "links": [_link(one, room) for one in voices.links[:LISTED_MAX]],
        "links_total": len(voices.links),
        "links_not_all": voices.more_links,
        "within": [_end(name, voices) for name in voices.within.things],
        "within_itself": [_end(name, voices) for name in voices.within.cycle],
        "assessments": [_said(one, room) for one in voices.assessments[:LISTED_MAX]],
        "assessments_total": len(voices.assessments),
        "alerts": [row_data(row) for row in voices.alerts],
        "claims": None if voices.beside is None else beside_data(voices.beside),
    }


def beside_data(beside: Beside) -> dict[str, Any]:
    """Return the claims beside one as JSON can hold them: `not_all` where some were not compared."""
    return {
        "found": [claim_data(claim) for claim in beside.claims],
        "more": beside.untold,
        "not_all": beside.not_all,
    }


def claim_data(claim: OtherClaim) -> dict[str, Any]:
    """Return one claim beside another: areas in hectares, shares from 0 to 1, rounded to what they mean."""
    meeting = claim.meeting
    area = None if meeting is None else meeting.square_metres
    return {
        **row_data(claim.row),
        "author": id_text(claim.author),
        "same_author": claim.same_author,
        "relation": None if meeting is None else meeting.relation.value,
        "hectares": None if area is None else round(area / SQUARE_METRES_PER_HECTARE, 2),
        "share_of_this": None if meeting is None else round(meeting.share, 4),
        "share_of_that": None if meeting is None else round(meeting.other_share, 4),
        "rough": meeting is not None and meeting.rough,
        "name": None if claim.name is NameMatch.DIFFERENT else claim.name.name.lower(),
    }


def row_data(row: ThingRow) -> dict[str, Any]:
    """Return a thing of a list as JSON can hold it."""
    return {
        "id": id_text(row.subject),
        "kind": row.kind,
        "title": dict(row.title),
        "status": row.status,
        "voice": row.voice,
    }


def _said(said: Said[Any], room: _Room) -> dict[str, Any]:
    return {
        "record": id_text(said.record),
        "author": id_text(said.author),
        "at_ms": said.moment_ms,
        "signed_ms": said.signed_ms,
        "standing": said.standing.value,
        "about": [id_text(parent) for parent in said.parents],
        "content": room.content(said.content),
    }


def _challenge(one: Challenged, room: _Room) -> dict[str, Any]:
    return {
        **_said(one.said, room),
        "state": one.state.value,
        "answers": [_answer(answer, room) for answer in one.answers[:LISTED_MAX]],
        "answers_total": len(one.answers),
    }


def _answer(answer: Answer, room: _Room) -> dict[str, Any]:
    return {
        "record": id_text(answer.record),
        "author": id_text(answer.author),
        "at_ms": answer.moment_ms,
        "of_the_challenged": answer.of_the_challenged,
        "content": room.content(answer.content),
    }


def _link(one: Linked, room: _Room) -> dict[str, Any]:
    return {
        **_said(one.said, room),
        "relation": one.said.content.relation,
        "from": id_text(one.subject),
        "to": id_text(one.other),
        "own": one.own,
        "mutual": one.mutual,
    }


def _end(name: SubjectId, voices: Voices) -> dict[str, Any]:
    state = voices.ends.get(name)
    if state is None:
        return {"id": id_text(name), "kind": None, "title": {}}
    return {"id": id_text(name), "kind": state.kind, "title": dict(state.title)}
