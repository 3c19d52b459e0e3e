"""Before signing: everything that is about to be signed, in whose name, what it will count for, and with
which keys.

Also what others have done meanwhile: a newer version is shown with what it changed, and nothing that was
filled in is lost by it.
"""

from dataclasses import replace

from aiohttp import web

from node.accounts.drafts import Draft, save_draft
from node.authoring.procedure import foreseen, weigh
from node.authoring.rehearsing import Rehearsal, meaning_of
from node.authoring.things import AlreadyAnswered, payload_of
from node.errors import ConfigError
from node.web.exchange.problem import Problem
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import title_words
from node.web.words.procedure_vocabulary import WHY_NOT_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import kind_word, word
from node.web.writing.drafting import Drafting, settled_intent
from node.web.writing.fields import Faults, button, form, hidden
from node.web.writing.filled import Filled
from node.web.writing.key_fields import key_fields
from node.web.writing.said import FIELD_WORDS, said_fields, whole_record
from node.web.writing.sheet import Intent, Sheet, Unfit, fault_of
from node.web.writing.versions import changed_by_others, keeps_mine
from node.web.writing.visit import Visit
from protocol.errors import ProtocolError
from protocol.identifiers import SubjectId
from protocol.keys import SigningKey
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect


async def rehearsed(visit: Visit, intent: Intent) -> list[VerifiedRecord]:
    """Return what would be signed, without a signature.  Raises `ConfigError`, `ProtocolError`, `Unfit`."""
    desk = visit.desk

    def locked(_: object) -> SigningKey:
        raise AssertionError("a rehearsal opens no key")

    try:
        return await intent.sign(Rehearsal(desk.store, desk.keyring, locked))
    except AlreadyAnswered as answered:
        raise already(visit, answered) from None


def already(visit: Visit, answered: AlreadyAnswered) -> Problem:
    """The same was signed before."""
    return Problem(
        409,
        "already",
        N_("This was signed already"),
        N_("The same answer to the same version was signed on {date}. Nothing was written."),
        {"date": visit.say.moment(answered.answer.record.header.time_ms)},
    )


class Reviewing:
    """The page before a signature."""

    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting

    async def review(self, visit: Visit) -> web.Response:
        """Answer `GET /write/{sheet}/{draft}/review`."""
        sheet, draft = self._drafting.sheet(visit), await self._drafting.draft(visit)
        if draft.record is not None:
            return visit.leads_to(f"/write/{draft.form}/{draft.id}/done")
        return await self.shown(visit, sheet, draft, {})

    async def shown(
        self, visit: Visit, sheet: Sheet, draft: Draft, faults: Faults, changed: bool = False
    ) -> web.Response:
        """Return the page; `changed` says that it is another than the one that was sent."""
        say = visit.say
        filled = Filled(draft.fields)
        newer = await changed_by_others(visit, sheet, draft)
        if newer is not None:
            return newer
        try:
            intent = await settled_intent(visit, sheet, draft.about, filled)
            records = await rehearsed(visit, intent)
        except Unfit:
            return visit.leads_to(f"/write/{draft.form}/{draft.id}", check="yes")
        except (ConfigError, ProtocolError) as fault:
            faults = fault_of(fault, say, {})
            return visit.leads_to(f"/write/{draft.form}/{draft.id}", check="yes")
        path = f"/write/{draft.form}/{draft.id}"
        here = visit.here
        await here.meet([intent.actor])
        keys, needed = await key_fields(visit, intent.actor, faults)
        return visit.page(
            say("Look it over before you sign"),
            e(
                "div",
                e("p", say("What you were about to sign has changed meanwhile. Look it over again.")),
                class_="note",
                role="status",
            )
            if changed
            else None,
            e("p", await _sentence(visit, intent, records[0]), class_="lead"),
            await _notes(visit, intent, records, needed),
            e("section", e("h2", say("What it says")), await _said(visit, intent, records[0])),
            e("section", intent.attached) if intent.attached else None,
            whole_record(here, _shown_payload(records[0])),
            form(
                visit.asked.link(f"{path}/sign"),
                visit.proof,
                hidden("meaning", meaning_of(records).hex()),
                keys,
                e("p", button(say("Sign and publish"), "sign"), class_="asks"),
                e(
                    "p",
                    say(
                        "What is signed goes to every node that asks, and cannot be taken back from all of "
                        "them."
                    ),
                    class_="quiet small",
                ),
            ),
            form(
                visit.asked.link(f"{path}/delete"),
                visit.proof,
                e(
                    "p",
                    e("a", say("Go back and change it"), href=visit.asked.link(path)),
                ),
                e(
                    "details",
                    e("summary", say("Give it up")),
                    e("p", button(say("Delete this draft"), quiet=True)),
                ),
            ),
            faults=faults,
            status=422 if faults else 200,
        )

    async def keep_mine(self, visit: Visit) -> web.Response:
        """Answer `POST /write/{sheet}/{draft}/newer`: go on, on top of what others have said meanwhile."""
        await visit.posted()
        sheet, draft = self._drafting.sheet(visit), await self._drafting.draft(visit)
        if draft.record is not None:
            return visit.leads_to(f"/write/{draft.form}/{draft.id}/done")
        about, filled = await keeps_mine(visit, sheet, draft)
        kept = replace(draft, about=about, fields=filled.fields, changed_ms=visit.now_ms)
        account = visit.account.id
        await visit.desk.file.run(lambda db: save_draft(db, account, kept))
        return visit.leads_to(f"/write/{draft.form}/{draft.id}/review")


async def _sentence(visit: Visit, intent: Intent, record: VerifiedRecord) -> Node:
    say, here = visit.say, visit.here
    who = here.actor(intent.actor)
    kind = record.header.kind
    what: Node = say(SIGNED_WORDS[kind]) if kind in SIGNED_WORDS else kind
    if intent.thing is None:
        return say.rich(N_("You are about to sign, in the name of {who}: {what}."), who=who, what=what)
    name = e("b", e("bdi", title_words(here, intent.thing)))
    return say.rich(
        N_("You are about to sign, in the name of {who}: {what}, about {thing} ({kind})."),
        who=who,
        what=what,
        thing=name,
        kind=kind_word(say, intent.thing.kind).lower(),
    )


SIGNED_WORDS = {
    "commons": N_("what is said of a commons"),
    "pact": N_("the proposal of a pact"),
    "consent": N_("the answer of a party"),
    "observation": N_("a comment"),
    "reply": N_("an answer"),
    "report": N_("a report"),
    "alert": N_("an alert"),
}


async def _notes(visit: Visit, intent: Intent, records: list[VerifiedRecord], needed: int) -> Node:
    """Return what whoever signs should know of it first."""
    say = visit.say
    notes: list[Node] = list(intent.notes)
    if needed > 1:
        notes.append(
            say.count(
                "It takes the signature of {n} key and counts once that is given.",
                "It takes the signatures of {n} keys, and counts once all of them are given.",
                needed,
            )
        )
    signer = Rehearsal(visit.desk.store, visit.desk.keyring, lambda _: SigningKey(bytes(32)))
    if intent.thing is not None:
        event = await weigh(signer, intent.thing, records)
        if event is not None and not event.counts and event.why_not != Effect.AWAITING:
            why = word(say, WHY_NOT_WORDS, str(event.why_not or ""))
            notes.append(say("It will be shown, and will not count: {why}.", why=why))
        then = await foreseen(visit.desk.store, records)
        version = then.versions.all.get(records[0].id)
        if version is not None and version.awaiting_consent:
            notes.append(say("It replaces what is there once the present stewards or parties consent to it."))
        elif version is not None and len(then.heads) > 1 and then.display != records[0].id:
            notes.append(say("It stands beside what others say of it; nothing of theirs is overwritten."))
    if not notes:
        return None
    return e("div", e("ul", [e("li", note) for note in notes]), class_="note")


async def _said(visit: Visit, intent: Intent, record: VerifiedRecord) -> Node:
    """Return what a record says; of a new version, what it changes first."""
    here, payload = visit.here, _shown_payload(record)
    await here.learn_titles(_subjects(payload))
    kind = record.header.kind
    if intent.thing is None or intent.thing.kind != kind or intent.thing.display is None:
        return said_fields(here, kind, payload)
    shown = await visit.desk.store.record(intent.thing.display)
    before = {} if shown is None or shown.is_erased else payload_of(shown)
    changed = {
        name
        for name in {*payload, *before}
        if name not in ("salt", "proof") and payload.get(name) != before.get(name)
    }
    gone = [here.say(FIELD_WORDS[name]) for name in sorted(changed - payload.keys()) if name in FIELD_WORDS]
    same = {name: value for name, value in payload.items() if name not in changed}
    return [
        said_fields(here, kind, {name: payload[name] for name in payload if name in changed})
        or e("p", here.say("Nothing is changed.")),
        e("p", here.say("Left out from now on: {fields}.", fields=", ".join(gone))) if gone else None,
        e(
            "details",
            e("summary", here.say("What stays as it was")),
            said_fields(here, kind, same),
        ),
    ]


def _shown_payload(record: VerifiedRecord) -> dict[str, object]:
    return {name: value for name, value in payload_of(record).items() if name not in ("salt", "proof")}


def _subjects(payload: dict[str, object]) -> list[SubjectId]:
    named = payload.get("commons")
    entries = named if isinstance(named, list) else []
    return [SubjectId(one["subject"]) for one in entries if isinstance(one, dict) and one.get("subject")]
