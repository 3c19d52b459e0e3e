"""Writing the acts of the procedure around a pact, and what an act would count for before it is stored."""

from collections.abc import Iterable, Sequence
from typing import Any

from node.authoring.signer import Signer, now_ms
from node.errors import ConfigError
from node.present import present_course, present_ms
from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.procedure import PARTY_STEPS, REASONED_STEPS
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.course import Event, course, moment_of
from protocol.state.fold import ThingState, fold
from protocol.state.step_rights import SETTLING_STEPS


async def take_step(
    signer: Signer, actor: ActorId, pact: ThingState, payload: dict[str, Any], about: RecordId | None = None
) -> list[VerifiedRecord]:
    """Return a step of a pact's procedure.  Raises `ConfigError` where it lacks what its word needs.

    A settlement is about its dispute: the only open one, unless `about` names another.
    """
    word = payload["step"]
    if "source" not in payload:
        if word in REASONED_STEPS and "reasons" not in payload:
            raise ConfigError(
                "whoever is refused or excluded is owed the reasons, and without them it is not valid "
                "(Reg. art. 11.8): say why, with --reasons"
            )
        if word in PARTY_STEPS and "party" not in payload and "evidence" not in payload:
            raise ConfigError("say which party this step is about, with --party")
    if about is None and word in SETTLING_STEPS:
        about = _open_dispute(pact)
    return await write_act(signer, actor, pact, "step", payload, [] if about is None else [about])


async def write_act(
    signer: Signer,
    actor: ActorId,
    thing: ThingState,
    kind: str,
    payload: dict[str, Any],
    about: Iterable[RecordId] = (),
) -> list[VerifiedRecord]:
    """Return an act about a thing: about the records named, or the version shown where none is.

    Raises `ConfigError` where its days are reversed or there is nothing of the thing to be about.
    """
    for first, last in (("on", "until"), ("start", "end")):
        if first in payload and last in payload and payload[last] < payload[first]:
            raise ConfigError(
                f"{payload[last]} is before {payload[first]}: the last day cannot come before the first"
            )
    parents = list(about) or ([thing.display] if thing.display is not None else list(thing.heads[:1]))
    if not parents:
        raise ConfigError("nothing of this pact is in effect yet, so nothing can be said about it")
    return await signer.sign(actor, kind, payload, subject=thing.subject, parents=parents)


async def weigh(signer: Signer, thing: ThingState, act: list[VerifiedRecord]) -> Event | None:
    """Return what a new act would be in the course of a pact held here: whether it counts, and why not.

    By the rules that every node applies; None where the thing is not a pact.
    """
    if thing.kind != "pact":
        return None
    then = await foreseen(signer.store, act)
    judged = then.judged[act[0].id]
    timeline = course(then, max(present_ms(then, now_ms()), moment_of(judged))).timeline
    return next((event for event in timeline if event.record == act[0].id), None)


async def foreseen(store: Store, records: Sequence[VerifiedRecord]) -> ThingState:
    """Return the thing that some records are about as it will be with them, by the rules of every node."""
    subject = records[0].subject
    held = await store.records_of(subject)
    authors = {one.header.actor for one in (*held, *records) if one.header.actor is not None}
    states: dict[ActorId, ActorState | None] = {one: await store.actor(one) for one in authors}
    return fold(subject, [*held, *records], states.get)


def open_disputes(pact: ThingState) -> list[RecordId]:
    """Return the disputes about a pact whose settlement nobody has proposed yet, oldest first."""
    due = present_course(pact, now_ms()).due
    return [one.because for one in due if one.what == "settlement" and one.because is not None]


def _open_dispute(pact: ThingState) -> RecordId:
    found = open_disputes(pact) or [
        event.record
        for event in present_course(pact, now_ms()).timeline
        if event.kind == "dispute" and event.counts
    ]
    if len(found) != 1:
        raise ConfigError(
            "a settlement is about one dispute; name its record with --about (see `minga pact timeline`)"
        )
    return found[0]
