"""What the derived tables keep of a thing's state, and the quick way to it for a thing with one record.

Most things are a single record: what the fold says of those is said here without building its graphs.  The
two ways are held to the same answer by a test that tries both on everything it can make up.
"""

from collections.abc import Mapping
from typing import NamedTuple, assert_never

from node.present import present_prospect
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, RecordId
from protocol.keys import PublicKey
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.effect import Effect, Lineage, judge_all
from protocol.state.fold import ThingState
from protocol.state.mentions import Mention, mentions_of
from protocol.state.prospect import Stretch
from protocol.state.versions import Voice

States = Mapping[ActorId, ActorState | None]

Effects = dict[tuple[ActorId, RecordId, PublicKey], Effect]
"""Effects found already, of what a key signed under a version, where nothing has removed that key since."""

# Kinds whose first record, alone, the fold treats as just that: no consents, no keys of its own.
PLAIN_KINDS = frozenset({"commons", "place"})


class Shown(NamedTuple):
    """The part of a `ThingState` that lists and searches need; `heads` is how many there are, `prospect` that
    of a pact by this node's clock."""

    kind: str
    status: str
    display: RecordId | None
    voice: str
    heads: int
    title: Mapping[str, str]
    search_text: str
    bbox: BoundingBox | None
    linked: frozenset[ActorId]
    erased: frozenset[RecordId]
    mentions: frozenset[Mention]
    prospect: tuple[Stretch, ...]


_NOTHING: frozenset[RecordId] = frozenset()
_NOBODY_NAMED: frozenset[Mention] = frozenset()
_OWN, _OTHER = str(Voice.OWN), str(Voice.OTHER)


def shown_of(state: ThingState) -> Shown:
    """Return what is kept of a folded state."""
    return Shown(
        state.kind,
        str(state.status),
        state.display,
        str(state.voice),
        len(state.heads),
        state.title,
        state.search_text,
        state.bbox,
        state.linked,
        state.erased,
        mentions_of(state),
        present_prospect(state),
    )


def shown_alone(record: VerifiedRecord, states: States, effects: Effects) -> Shown | None:
    """Return what the fold gives for a first record that is all there is; None to leave it to the fold."""
    header = record.header
    if header.kind not in PLAIN_KINDS or header.subject is not None or record.is_erased:
        return None
    effect = _effect_alone(record, states, effects)
    gist = record.gist
    voice = _OWN if header.actor in gist.linked else _OTHER
    match effect:
        case Effect.EFFECTIVE:
            status, heads = voice, 1
        case Effect.AWAITING | Effect.CONTESTED:
            status, heads = str(effect), 0
        case Effect.UNKNOWN_AUTHOR | Effect.VOID:
            return Shown(
                header.kind, effect.value, None, "", 0, {}, "", None, frozenset(), _NOTHING, _NOBODY_NAMED, ()
            )
        case _:
            assert_never(effect)
    return Shown(
        header.kind,
        status,
        record.id,
        voice,
        heads,
        gist.title,
        gist.search_text,
        header.bbox,
        gist.linked,
        _NOTHING,
        _NOBODY_NAMED,
        (),
    )


def _effect_alone(record: VerifiedRecord, states: States, effects: Effects) -> Effect:
    header = record.header
    if header.actor is None or header.auth is None:
        return Effect.UNKNOWN_AUTHOR  # verification lets only an actor's first record leave these out
    key = (header.actor, header.auth, header.signer)
    effect = effects.get(key)
    if effect is None:
        effect = judge_all(Lineage([record]), states.get)[record.id].effect
        state = states.get(header.actor)
        if state is None or not state.removals(header.auth, header.signer):
            effects[key] = effect
    return effect
