"""Further signatures: what somebody of an actor has signed, and which waits for more of its keys."""

from aiohttp import web

from node.authoring.signer import CannotSign, Signer
from node.authoring.things import payload_of
from node.store.errors import SearchTooLong
from node.web.exchange.problem import Problem, not_held
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import title_words
from node.web.words.record_vocabulary import RECORD_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from node.web.writing.acting import actors_for
from node.web.writing.fields import Faults, button, form
from node.web.writing.key_fields import key_fields, opened_keys
from node.web.writing.said import said_fields, whole_record
from node.web.writing.signing import require_taken
from node.web.writing.visit import Visit
from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId, id_text, parse_id
from protocol.keys import PublicKey
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect
from protocol.state.fold import ThingState

# What waits is folded one by one: some tens of milliseconds.
LOOKED_AT_MAX = 30


async def waiting_records(visit: Visit) -> list[tuple[VerifiedRecord, ThingState]]:
    """Return what waits for signatures of actors for whom whoever visits may sign, with keys that lie here
    and have not signed it yet: what was signed in the browser of this node, and new things."""
    store = visit.desk.store
    mine = {actor for actor, _ in await actors_for(visit)}
    rows = await visit.desk.file.run(
        lambda db: db.execute(
            "SELECT record FROM draft WHERE record IS NOT NULL ORDER BY changed_ms DESC LIMIT ?",
            (LOOKED_AT_MAX,),
        ).fetchall()
    )
    ids = [RecordId(row[0]) for row in rows]
    try:
        page = await store.things(status="awaiting", limit=LOOKED_AT_MAX)
        for row in page.rows:
            thing = await store.thing(row.subject)
            ids += (
                []
                if thing is None
                else [one for one, v in thing.judged.items() if v.effect is Effect.AWAITING]
            )
    except SearchTooLong:
        pass
    found = []
    for record_id in dict.fromkeys(ids):
        record = await store.record(record_id)
        if record is None or record.header.actor not in mine or record.header.kind == "cosign":
            continue
        thing = await store.thing(record.subject)
        if thing is not None and await _may_add(visit, record, thing):
            found.append((record, thing))
    return found


async def _may_add(visit: Visit, record: VerifiedRecord, thing: ThingState) -> bool:
    """Whether a record waits, and a key of this home can still sign it."""
    verdict = thing.judged.get(record.id)
    if verdict is None or verdict.effect is not Effect.AWAITING or record.header.actor is None:
        return False
    state = await visit.desk.store.actor(record.header.actor)
    auth = record.header.auth or RecordId(record.header.actor)
    content = None if state is None else state.contents.get(auth)
    if content is None:
        return False
    here = {info.public for info in visit.desk.keyring.list()}
    return any(PublicKey(k.key) in here and PublicKey(k.key) not in verdict.signed_by for k in content.keys)


async def cosign_page(visit: Visit) -> web.Response:
    """Answer `GET /cosign/{record}`."""
    record, thing = await _meant(visit)
    return await _shown(visit, record, thing, {})


async def cosign(visit: Visit) -> web.Response:
    """Answer `POST /cosign/{record}`: the keys whose passphrases were typed sign it too."""
    posted = await visit.posted()
    record, thing = await _meant(visit)
    assert record.header.actor is not None
    actor = record.header.actor
    keys, faults = await opened_keys(visit, actor, posted)
    if faults:
        return await _shown(visit, record, thing, faults)
    desk = visit.desk
    try:
        signer = Signer(desk.store, desk.keyring, keys.__getitem__, frozenset(keys))
        records = await signer.cosign(actor, record)
    except CannotSign:
        raise Problem(
            409,
            "signed-with-it",
            N_("That key has signed it already"),
            N_("Nothing was written. It waits for another key of the actor."),
        ) from None
    require_taken(await desk.submit([one.envelope for one in records]))
    return visit.leads_to("/account", done="cosigned")


async def _meant(visit: Visit) -> tuple[VerifiedRecord, ThingState]:
    """Return the record in an address, if whoever visits may sign it.  Raises `Problem`."""
    try:
        record = await visit.desk.store.record(parse_id(visit.request.match_info["record"]))
    except Malformed:
        record = None
    thing = None if record is None else await visit.desk.store.thing(record.subject)
    if record is None or thing is None or record.header.actor is None or record.is_erased:
        raise not_held()
    if not visit.account.may_sign_for(record.header.actor):
        raise not_held()
    if not await _may_add(visit, record, thing):
        raise Problem(
            409,
            "waits-for-nothing",
            N_("It does not wait for a key of this node"),
            N_("It has the signatures that it needs, or those that are missing are given elsewhere."),
        )
    return record, thing


async def _shown(visit: Visit, record: VerifiedRecord, thing: ThingState, faults: Faults) -> web.Response:
    say, here = visit.say, visit.here
    assert record.header.actor is not None
    await here.meet([record.header.actor])
    verdict = thing.judged[record.id]
    keys, _ = await key_fields(visit, ActorId(record.header.actor), faults)
    payload = {name: value for name, value in payload_of(record).items() if name not in ("salt", "proof")}
    return visit.page(
        say("Add a signature"),
        e(
            "p",
            say.rich(
                N_("{what}, about {thing}, in the name of {who}, signed on {date}."),
                what=word(say, RECORD_WORDS, record.header.kind),
                thing=e("b", e("bdi", title_words(here, thing))),
                who=here.actor(record.header.actor),
                date=say.moment(record.header.time_ms),
            ),
            class_="lead",
        ),
        e(
            "p",
            say(
                "It has {given} of the {needed} signatures that it needs.",
                given=len(verdict.signed_by),
                needed=verdict.needed,
            ),
            class_="note",
        ),
        e("section", e("h2", say("What it says")), said_fields(here, record.header.kind, payload)),
        whole_record(here, payload),
        form(
            visit.asked.link(f"/cosign/{id_text(record.id)}"),
            visit.proof,
            keys,
            e("p", button(say("Sign it too"), "sign"), class_="asks"),
        ),
        faults=faults,
        status=422 if faults else 200,
    )


def waiting_section(visit: Visit, waiting: list[tuple[VerifiedRecord, ThingState]]) -> Node:
    """Return what waits for a signature, each with the way to it."""
    say, here = visit.say, visit.here
    if not waiting:
        return None
    rows = [
        e(
            "li",
            e(
                "a",
                e("bdi", title_words(here, thing)),
                href=visit.asked.link(f"/cosign/{id_text(record.id)}"),
            ),
            e(
                "p",
                word(say, RECORD_WORDS, record.header.kind),
                " · ",
                say.moment(record.header.time_ms),
                " · ",
                say(
                    "{given} of {needed} signatures",
                    given=len(thing.judged[record.id].signed_by),
                    needed=thing.judged[record.id].needed,
                ),
                class_="quiet small",
            ),
        )
        for record, thing in waiting
    ]
    return e("section", e("h2", say("Waiting for your signature")), e("ul", rows, class_="entries"))
