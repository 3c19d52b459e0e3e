"""Writing ballots and minutes, and telling before a ballot is signed why it would not count."""

from typing import Any

from node.authoring.procedure import write_act
from node.authoring.signer import Signer, now_ms
from node.errors import ConfigError
from node.present import motion_of, present_ms, present_tally
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState
from protocol.state.tally import why_no_vote


async def cast_ballot(
    signer: Signer, voter: ActorId, vote: ThingState, payload: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return a ballot on the text of a motion that is voted on."""
    found = present_tally(vote, now_ms())
    about = [] if found.motion is None else [found.motion]
    return await write_act(signer, voter, vote, "ballot", payload, about)


async def write_minutes(
    signer: Signer, actor: ActorId, vote: ThingState, payload: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return the minutes of what an assembly decided on a motion face to face."""
    found = present_tally(vote, now_ms())
    about = [] if found.motion is None else [found.motion]
    return await write_act(signer, actor, vote, "minutes", payload, about)


def refusal(vote: ThingState, voter: ActorId, name: str) -> ConfigError | None:
    """Return why a ballot that `voter` signed now would not count, and what to do; None where it would."""
    why = why_no_vote(vote, voter, now_ms(), present_ms(vote, now_ms()))
    found = present_tally(vote, now_ms())
    motion = motion_of(vote, found)
    match why:
        case "":
            return None
        case "not_on_the_roll":
            return ConfigError(
                f"{name} is not on the roll of this vote, so its ballot would not count: ask whoever put it "
                "to the vote to change the roll, with `minga vote open` and --amend"
            )
        case "double":
            earlier = id_text(_earlier(vote, voter))[:10]
            return ConfigError(
                f"{name} has voted already, and of two ballots neither counts: to vote otherwise, take the "
                f"first one back with `minga erase {earlier}`, then vote again"
            )
        case "early" if motion is not None:
            return ConfigError(
                f"this vote opens on {motion.opens}, and a ballot signed before does not count: vote from "
                "that day on"
            )
        case "late" if motion is not None:
            return ConfigError(
                f"this vote closed on {motion.closes}, so a ballot signed now would not count; what people "
                "decide face to face is recorded with `minga vote minutes`"
            )
        case "contested":
            return ConfigError(
                "there are two texts of this motion and neither follows the other, so no ballot counts: "
                "whoever put it to the vote joins them, with `minga vote open` and --amend"
            )
    return ConfigError(
        "the text of this motion is not in effect here, so no ballot counts yet; see `minga vote show`"
    )


def _earlier(vote: ThingState, voter: ActorId) -> RecordId:
    """Return the oldest ballot of a voter that stands."""
    ballots = present_tally(vote, now_ms()).ballots
    return next(c.record for c in ballots if c.voter == voter and c.record not in vote.erased)
