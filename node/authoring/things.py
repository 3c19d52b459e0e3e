"""Writing versions of commons and pacts, and answering a pact, in an actor's name."""

from typing import Any

from node.authoring.signer import CannotSign, Signer
from node.errors import ConfigError
from protocol.canonical import decode
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.gist import linked_actors
from protocol.limits import PAYLOAD_SIZE_MAX_BYTES
from protocol.record.envelope import split_envelope
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState


def payload_of(record: VerifiedRecord) -> dict[str, Any]:
    """Return a record's payload as signed, fields unknown here included.

    Raises `ConfigError` where the content was erased.
    """
    payload = split_envelope(record.envelope).payload
    if payload is None:
        raise ConfigError("the content of this version was erased")
    value = decode(payload, PAYLOAD_SIZE_MAX_BYTES)
    assert isinstance(value, dict)
    return value


async def next_version(
    signer: Signer, actor: ActorId, thing: ThingState, changes: dict[str, Any]
) -> list[VerifiedRecord]:
    """Return a version that follows the heads `actor` may replace, with `changes` over the one shown.

    Where it may replace none it follows the one shown, and stands beside it as another voice.

    A change of None takes a field out.  Fields this version of the software does not know are carried along.
    """
    if thing.display is None:
        raise ConfigError("nothing of this record is in effect yet, so there is nothing to change")
    shown = await signer.store.record(thing.display)
    if shown is None:
        raise ConfigError("the version shown is not held here")
    payload = {k: v for k, v in payload_of(shown).items() if k != "salt"} | changes
    payload = {name: value for name, value in payload.items() if value is not None}
    heads = [thing.versions.all[head] for head in thing.heads if head in thing.versions.all]
    # Heads of strangers are left alone: naming them would have the version wait for their consent.
    parents = {head.id for head in heads if head.author == actor or actor in head.linked} or {thing.display}
    return await signer.sign(actor, thing.kind, payload, subject=thing.subject, parents=parents)


async def speak_for(
    signer: Signer, actor: ActorId, thing: ThingState, changes: dict[str, Any] | None = None
) -> list[VerifiedRecord]:
    """Return the actor's own version of a commons that others documented, with itself as steward.

    It stands beside what others said; nothing of theirs is overwritten.  A steward who was named without a
    key under the actor's name becomes the actor.
    """
    if thing.kind != "commons" or thing.display is None:
        raise ConfigError("only a commons that is shown here can be spoken for")
    state = await signer.actor(actor)
    assert state.current is not None
    if actor in thing.linked:
        raise ConfigError("this actor is already one of its stewards")
    names = {name.casefold() for name in state.current.name.values()}
    shown = await signer.store.record(thing.display)
    if shown is None:
        raise ConfigError("the version shown is not held here")
    named = payload_of(shown).get("stewards", [])
    others = [s for s in named if not names & {text.casefold() for text in s["name"].values()}]
    stewards = [{"name": dict(state.current.name), "actor": actor}, *others]
    own = {"stewards": stewards, "source": None, "publication": {"basis": "council"}}
    return await next_version(signer, actor, thing, own | (changes or {}))


def require_author(alert: ThingState, actor: ActorId) -> None:
    """Check that an actor wrote what is shown of an alert: nobody else changes it.  Raises `ConfigError`."""
    author = None if alert.display is None else alert.versions.all[alert.display].author
    if author is not None and author != actor:
        raise ConfigError(
            "only who raised an alert changes or closes it; answer it with `minga reply`, "
            "or hold that it is wrong with `minga challenge`"
        )


class AlreadyAnswered(Exception):
    """The actor's last answer says the same of the same version; `answer` is what it is worth."""

    def __init__(self, answer: Judged) -> None:
        super().__init__(id_text(answer.record.id))
        self.answer = answer


async def answer_pact(
    signer: Signer,
    actor: ActorId,
    thing: ThingState,
    decision: str,
    details: dict[str, Any] | None = None,
    version: RecordId | None = None,
) -> list[VerifiedRecord]:
    """Return the actor's consent to, or refusal of, one exact version of a pact (the newest by default).

    Raises `AlreadyAnswered` where a further record would say nothing new.
    """
    if thing.kind != "pact":
        raise ConfigError("this is not a pact")
    target = version or next((head for head in thing.heads if head in thing.versions.all), None)
    if target is None or target not in thing.versions.all:
        raise ConfigError("no version of this pact is in effect yet")
    if actor not in linked_actors(thing.versions.all[target].content):
        raise CannotSign("this actor is not one of the pact's parties, so its answer would count for nothing")
    earlier = [
        verdict
        for verdict in thing.judged.values()
        if verdict.record.header.kind == "consent"
        and verdict.record.header.actor == actor
        and target in verdict.record.header.parents
    ]
    payload = {"decision": decision, **(details or {})}
    replaced = {parent for verdict in earlier for parent in verdict.record.header.parents}
    last = [verdict for verdict in earlier if verdict.record.id not in replaced]
    if len(last) == 1 and last[0].record.id not in thing.erased and _says(last[0], payload):
        raise AlreadyAnswered(last[0])
    parents = [target, *(verdict.record.id for verdict in earlier)]
    return await signer.sign(actor, "consent", payload, subject=thing.subject, parents=parents)


def _says(answer: Judged, payload: dict[str, Any]) -> bool:
    """Whether an answer counts, or may yet, and says what a new one would, the proof for others included."""
    if answer.record.is_erased or answer.effect not in (Effect.EFFECTIVE, Effect.AWAITING):
        return False
    said = payload_of(answer.record)
    proven = said.pop("proof", None) is not None
    said.pop("salt", None)
    return said == payload and (proven or payload["decision"] != "consent")


async def erase(
    signer: Signer, actor: ActorId, records: list[VerifiedRecord], basis: str, reason: dict[str, str] | None
) -> list[VerifiedRecord]:
    """Return the erasure of the content of `records`, all about one thing and all by `actor`."""
    subjects: set[SubjectId] = {record.subject for record in records}
    if len(subjects) != 1 or any(record.header.actor != actor for record in records):
        raise ConfigError("an erasure names records of one thing, all written by the actor who erases them")
    payload = {"basis": basis, **({"reason": reason} if reason else {})}
    return await signer.sign(
        actor, "erasure", payload, subject=subjects.pop(), parents=[record.id for record in records]
    )
