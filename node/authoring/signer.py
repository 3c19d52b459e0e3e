"""Signing in an actor's name with the keys of this home, and the further signatures it can give at once."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from node.authoring.fit_words import require_fit
from node.authoring.proving import document_consented, document_of, with_proof
from node.authoring.restricted import require_kept
from node.errors import ConfigError
from node.keys.keyring import Keyring
from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.keys import PublicKey, SigningKey
from protocol.kinds import KINDS
from protocol.kinds.actor import Actor
from protocol.proofs.data_integrity import Document
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState

# Opens a stored key: the caller knows how to ask for a passphrase.
Unlock = Callable[[PublicKey], SigningKey]

# Content that can be erased: a salt keeps it from being guessed from the digest that stays.
_SALTED = frozenset(
    name for name, kind in KINDS.items() if kind.erasable and "salt" in kind.content_type.__struct_fields__
)


class CannotSign(ConfigError):
    """No key in this home can sign for the actor; the message says what is missing."""


def now_ms() -> int:
    """Return the author's clock: milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for actors with the keys of a home.  Nothing is stored here: callers submit what is returned."""

    store: Store
    keyring: Keyring
    unlock: Unlock
    only: frozenset[PublicKey] | None = None  # those of the home's keys that may be used; None for all

    async def actor(self, actor: ActorId) -> ActorState:
        """Return an actor that can sign.  Raises `CannotSign` where it is unknown, unfounded or contested."""
        state = await self.store.actor(actor)
        if state is None:
            raise CannotSign(
                f"no actor {id_text(actor)[:10]}… is held here; `minga actor list` shows those that are"
            )
        if not state.founded:
            raise CannotSign(
                "the actor waits for the signatures of its other keys before it can sign anything"
            )
        if state.head is None:
            raise CannotSign(
                "the actor is contested: two successors claim it, and nothing signed now takes effect; "
                "see `minga actor show` and resolve it with `minga actor recover`"
            )
        return state

    def held_keys(self, content: Actor) -> list[PublicKey]:
        """Return the keys of an actor version that this home holds, in the version's order."""
        here = {info.public for info in self.keyring.list()}
        if self.only is not None:
            here &= self.only
        return [PublicKey(entry.key) for entry in content.keys if PublicKey(entry.key) in here]

    async def sign(
        self,
        actor: ActorId,
        kind: str,
        payload: dict[str, Any],
        *,
        subject: SubjectId | None = None,
        parents: Iterable[RecordId] = (),
    ) -> list[VerifiedRecord]:
        """Sign a record as `actor`, and cosign it with as many more keys held here as its threshold needs.

        Raises `CannotSign`; `UnfitWords` where a text holds what nobody sees; `TellsPlace` where it tells a
        place that is kept back.
        """
        head, content, held = await self.holding(actor)
        payload = await self.fit(kind, payload, subject)
        keys = [self.unlock(key) for key in held[: content.threshold]]
        author = Author(keys[0], actor, head)
        named, time_ms = list(parents), now_ms()
        document = await document_consented(self.store, kind, payload.get("decision"), named)
        payload = with_proof(payload, document, keys[0], time_ms)
        record = sign_record(author, kind, payload, time_ms, subject=subject, parents=named)
        return [record, *(cosign(Author(key, actor, head), record, document) for key in keys[1:])]

    async def holding(self, actor: ActorId) -> tuple[RecordId, Actor, list[PublicKey]]:
        """Return the version that an actor signs under, and its keys of this home.  Raises `CannotSign`."""
        state = await self.actor(actor)
        assert state.head is not None
        content = state.contents[state.head]
        held = self.held_keys(content)
        if not held:
            raise CannotSign(
                "none of the actor's keys is in this home; ask a holder to sign, or import the key file"
            )
        return state.head, content, held

    async def fit(self, kind: str, payload: dict[str, Any], subject: SubjectId | None) -> dict[str, Any]:
        """Return a payload as it is signed, once it is known to say nothing that it should not.

        Raises `UnfitWords`, `TellsPlace`.
        """
        require_fit(payload)
        await require_kept(self.store, kind, payload, subject)
        return payload | {"salt": secrets.token_bytes(16)} if kind in _SALTED else payload

    async def cosign(self, actor: ActorId, record: VerifiedRecord) -> list[VerifiedRecord]:
        """Return further signatures of `record` by every key of `actor` held here that may still sign it."""
        auth = record.header.auth or RecordId(actor)
        state = await self.store.actor(actor)
        if state is None or auth not in state.contents:
            raise CannotSign("the actor, or the version of it that signed this record, is not held here")
        already = {record.header.signer}
        for other in await self.store.records_of(record.subject):
            if other.header.kind == "cosign" and other.header.parents[0] == record.id:
                already.add(other.header.signer)
        keys = [key for key in self.held_keys(state.contents[auth]) if key not in already]
        if not keys:
            raise CannotSign("no key in this home can add a signature to this record")
        document = await document_of(self.store, record)
        return [cosign(Author(self.unlock(key), actor, auth), record, document) for key in keys]


def cosign(author: Author, record: VerifiedRecord, document: Document | None = None) -> VerifiedRecord:
    """Return one further signature of `record`, with a proof of the `document` that it consents to."""
    time_ms = now_ms()
    payload = with_proof({}, document, author.key, time_ms)
    return sign_record(author, "cosign", payload, time_ms, subject=record.subject, parents=[record.id])
