"""Signing what was looked over, once, and showing what came of it.

1. The draft is what was shown: the rehearsal means the same as when its owner saw it.
2. Keys are opened with the passphrases that were typed, and sign.
3. What was signed is on disk before it is handed to the store, in place of the draft's words.
4. The store has it.

A crash after 3 loses nothing and signs nothing twice: the same records are handed in when somebody comes
back.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from node.accounts.drafts import Draft, handed_in, keep_signed, signed_envelopes
from node.authoring.rehearsing import meaning_of
from node.authoring.signer import Signer
from node.authoring.things import AlreadyAnswered
from node.errors import ConfigError
from node.present import present_status
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import title_words
from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS, word
from node.web.writing.drafting import Drafting, settled_intent
from node.web.writing.filled import Filled
from node.web.writing.key_fields import opened_keys
from node.web.writing.reviewing import Reviewing, already
from node.web.writing.sheet import Intent, Unfit, fault_of
from node.web.writing.versions import changed_by_others
from node.web.writing.visit import Visit
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId, id_text
from protocol.keys import PublicKey, SigningKey
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect


class Signing:
    """Signs drafts, each once."""

    def __init__(self, drafting: Drafting, reviewing: Reviewing) -> None:
        self._drafting = drafting
        self._reviewing = reviewing
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def sign(self, visit: Visit) -> web.Response:
        """Answer `POST /write/{sheet}/{draft}/sign`."""
        posted = await visit.posted()
        draft = await self._drafting.draft(visit)
        lock = self._locks.setdefault(draft.id, asyncio.Lock())
        async with lock:
            # Another tab may have signed it while this one waited.
            draft = await self._drafting.draft(visit)
            if draft.record is not None:
                return visit.leads_to(f"/write/{draft.form}/{draft.id}/done")
            sheet = self._drafting.sheet(visit)
            newer = await changed_by_others(visit, sheet, draft)
            if newer is not None:
                return newer
            try:
                intent = await settled_intent(visit, sheet, draft.about, Filled(draft.fields))
            except Unfit:
                return visit.leads_to(f"/write/{draft.form}/{draft.id}", check="yes")
            keys, faults = await opened_keys(visit, intent.actor, posted)
            if faults:
                return await self._reviewing.shown(visit, sheet, draft, faults)
            try:
                records = await _signed(visit, intent, keys)
            except AlreadyAnswered as answered:
                raise already(visit, answered) from None
            except (ConfigError, ProtocolError) as fault:
                return await self._reviewing.shown(visit, sheet, draft, fault_of(fault, visit.say, {}))
            if meaning_of(records).hex() != posted.text("meaning"):
                return await self._reviewing.shown(visit, sheet, draft, {}, changed=True)
            envelopes = [record.envelope for record in records]
            account = visit.account.id
            await visit.desk.file.run(lambda db: keep_signed(db, account, draft.id, envelopes, records[0].id))
            await hand_in(visit, draft, envelopes)
        return visit.leads_to(f"/write/{draft.form}/{draft.id}/done")

    async def done(self, visit: Visit) -> web.Response:
        """Answer `GET /write/{sheet}/{draft}/done`."""
        draft = await self._drafting.draft(visit)
        if draft.record is None:
            return visit.leads_to(f"/write/{draft.form}/{draft.id}")
        account = visit.account.id
        waiting = await visit.desk.file.run(lambda db: signed_envelopes(db, account, draft.id))
        if waiting:
            await hand_in(visit, draft, waiting)
        return await _done_page(visit, draft.record)


async def _signed(visit: Visit, intent: Intent, keys: dict[PublicKey, SigningKey]) -> list[VerifiedRecord]:
    desk = visit.desk
    return await intent.sign(Signer(desk.store, desk.keyring, keys.__getitem__, frozenset(keys)))


async def hand_in(visit: Visit, draft: Draft, envelopes: list[bytes]) -> None:
    """Have the store take what was signed of a draft, and note that it has.

    Raises `Problem`, `StoreError`.
    """
    require_taken(await visit.desk.submit(envelopes))
    account = visit.account.id
    await visit.desk.file.run(lambda db: handed_in(db, account, draft.id))


def require_taken(answer: Mapping[str, Any]) -> None:
    """Check that the store took what was handed in.  Raises `Problem`."""
    if answer.get("faults") or answer.get("refused"):
        raise Problem(
            500,
            "not-taken",
            N_("This node did not take what was signed"),
            N_("It is kept, and signed. Please tell whoever runs the node: {why}"),
            {"why": "; ".join([*answer.get("faults", ()), *answer.get("refused", ())])[:300]},
        )


async def _done_page(visit: Visit, record_id: RecordId) -> web.Response:
    say, here = visit.say, visit.here
    record = await here.store.record(record_id)
    thing = None if record is None else await here.store.thing(record.subject)
    if record is None or thing is None or record.header.actor is None:
        raise Problem(
            404,
            "not-held",
            N_("This node does not hold that"),
            N_("It was signed here, and is not in this node’s store any more."),
        )
    await here.meet([record.header.actor])
    verdict = thing.judged[record_id]
    name = e("b", e("bdi", title_words(here, thing)))
    link = here.asked.link(f"/thing/{id_text(thing.subject)}")
    waits = verdict.effect is Effect.AWAITING
    lead: Node = say.rich(
        N_("{who} has signed it, and it is on its way to other nodes."), who=here.actor(record.header.actor)
    )
    state: Node = None
    if waits:
        given, needed = len(verdict.signed_by), verdict.needed
        state = [
            say(
                "It waits for further signatures: {given} of {needed} so far. Whoever holds another key of "
                "the "
                "actor gives it on their own page here, or with minga actor cosign.",
                given=given,
                needed=needed,
            ),
        ]
    steps: list[Node] = [e("li", e("a", say.rich(N_("See {name}"), name=name), href=link))]
    if thing.kind == "pact" and record.header.kind == "pact" and not waits:
        steps.append(
            e(
                "li",
                e(
                    "a",
                    say("Sign the pact as a party"),
                    href=here.asked.link("/write/answer", thing=id_text(thing.subject)),
                ),
            )
        )
    steps.append(
        e(
            "li",
            e(
                "a",
                say("Its proof: the signature and the bytes that were signed"),
                href=f"/record/{id_text(record_id)}",
            ),
        )
    )
    steps.append(e("li", e("a", say("Your page"), href=here.asked.link("/account"))))
    return visit.page(
        say("Signed"),
        e("p", lead, class_="lead"),
        e(
            "p",
            say.rich(
                N_("{name}: {status}."),
                name=name,
                status=word(say, STATUS_WORDS, present_status(thing, here.now_ms)),
            ),
        ),
        e("p", state) if state else None,
        e("ul", steps),
    )
