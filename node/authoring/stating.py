"""Writing challenges, links and assessments: in place of the author's earlier ones, or taking them back."""

from collections.abc import Iterable
from typing import Any, TypeVar

from node.authoring.procedure import write_act
from node.authoring.signer import Signer, now_ms
from node.authoring.things import payload_of
from node.claims.voices import what_contains
from node.errors import ConfigError
from node.present import present_ms
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.contesting import Statement
from protocol.limits import PARENTS_MAX
from protocol.record.verification import VerifiedRecord
from protocol.state.contest import ChallengeState, challenges
from protocol.state.fold import ThingState
from protocol.state.links import PART_OF
from protocol.state.statements import Said, standing

S = TypeVar("S", bound=Statement)

# Records named in an error.
MEANINGS_NAMED_MAX = 5

# What may stand to what, in which way: others may be said too, and mean nothing to this software.
_SAME_KIND = frozenset({"same_as", "supersedes"})
_PLACED = frozenset({"commons", "place"})


def own_statements(thing: ThingState, by: ActorId, content_type: type[S]) -> list[Said[S]]:
    """Return what `by` says of a thing now, the latest first."""
    found = standing(thing, present_ms(thing, now_ms()), content_type)
    return [one for one in found if one.author == by]


def challenge_meant(thing: ThingState) -> RecordId | None:
    """Return the challenge to a thing that waits for an answer; None where none does.

    Raises `ConfigError` where several wait.
    """
    waiting = [
        one.said.record
        for one in challenges(thing, present_ms(thing, now_ms()))
        if one.state in (ChallengeState.OPEN, ChallengeState.UNANSWERED)
    ]
    if len(waiting) > 1:
        named = ", ".join(id_text(record)[:10] for record in waiting[:MEANINGS_NAMED_MAX])
        raise ConfigError(f"several challenges wait for an answer, name the record of one: {named}")
    return waiting[0] if waiting else None


async def say(
    signer: Signer,
    by: ActorId,
    thing: ThingState,
    kind: str,
    payload: dict[str, Any],
    about: RecordId | None = None,
    instead_of: Iterable[Said[Any]] = (),
) -> list[VerifiedRecord]:
    """Return a statement about a thing: about one of its records, or the version shown.

    It takes the place of those it is `instead_of`.  Raises `ConfigError` where its days are reversed, or
    nothing of the thing is in effect.
    """
    target = about or thing.display
    replaced = [one.record for one in instead_of][: PARENTS_MAX - 1]
    parents = [] if target is None else [target, *(record for record in replaced if record != target)]
    return await write_act(signer, by, thing, kind, payload, parents)


async def take_back(
    signer: Signer, by: ActorId, thing: ThingState, said: Said[Any], more: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return the act that takes a statement back; what else it says (`more`) is added to it."""
    record = thing.judged[said.record].record
    # A link keeps its two ends, so that whoever has only the withdrawal can tell what it was about.
    kept = {name: value for name, value in payload_of(record).items() if name in ("relation", "other")}
    return await write_act(
        signer, by, thing, record.header.kind, kept | more | {"withdrawn": True}, [said.record]
    )


async def require_sensible_link(
    signer: Signer, thing: ThingState, relation: str, other: SubjectId, held: ThingState | None
) -> None:
    """Check what a link would say.  Raises `ConfigError` for what makes no sense; `held` is the other end."""
    if other == thing.subject:
        raise ConfigError("a thing stands in no relation to itself: name another one")
    if held is None:
        return
    if relation in _SAME_KIND and held.kind != thing.kind:
        raise ConfigError(
            f"one is of the kind {thing.kind}, the other of the kind {held.kind}: "
            "they cannot be the same, nor take each other's place"
        )
    if relation == "overlaps" and not {thing.kind, held.kind} <= _PLACED:
        raise ConfigError(
            f"one is of the kind {thing.kind}, the other of the kind {held.kind}: "
            "only commons and places overlap on the ground"
        )
    if relation == PART_OF:
        chain = await what_contains(signer.store, held, now_ms())
        if thing.subject in (*chain.things, *chain.cycle):
            raise ConfigError(
                f"{id_text(other)[:10]} is already part of {id_text(thing.subject)[:10]}: "
                "each would be part of the other"
            )
