"""Writing endorsements: what an actor says of another, in place of what it said before, or taken back."""

from typing import Any

from node.authoring.procedure import write_act
from node.authoring.signer import Signer, now_ms
from node.errors import ConfigError
from node.present import present_ms
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.endorsement import Endorsement
from protocol.limits import PARENTS_MAX
from protocol.record.verification import VerifiedRecord
from protocol.state.course import day_of
from protocol.state.fold import ThingState
from protocol.state.statements import Said
from protocol.state.trust import vouchers


def own_endorsements(of: ThingState, by: ActorId) -> list[Said[Endorsement]]:
    """Return what `by` says of an actor now: its endorsements that stand, lapsed ones too, the latest
    first."""
    found = vouchers(of, present_ms(of, now_ms()))
    return [one.said for one in found if one.said.author == by and one.said.stands]


async def endorse(
    signer: Signer, by: ActorId, of: ThingState, payload: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return an endorsement in place of all that `by` says of an actor now.

    Raises `ConfigError` where it would count for nothing.
    """
    if SubjectId(by) == of.subject:
        raise ConfigError("nobody vouches for themselves: an actor's endorsement of itself does not count")
    until = payload.get("until")
    if until is not None and until < day_of(now_ms()):
        raise ConfigError(
            f"{until} is over, so the endorsement would not count; give a later --until, or none"
        )
    return await _write(signer, by, of, payload)


async def withdraw_endorsement(
    signer: Signer, by: ActorId, of: ThingState, payload: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return the act that takes back all that `by` says of an actor now.  Raises `ConfigError` where that is
    nothing."""
    if not own_endorsements(of, by):
        raise ConfigError(f"there is no endorsement of {id_text(of.subject)[:10]} to take back")
    return await _write(signer, by, of, payload | {"withdrawn": True})


async def _write(
    signer: Signer, by: ActorId, of: ThingState, payload: dict[str, Any]
) -> list[VerifiedRecord]:
    version = of.display or RecordId(of.subject)
    before = [said.record for said in own_endorsements(of, by)][: PARENTS_MAX - 1]
    return await write_act(signer, by, of, "endorsement", payload, [version, *before])
