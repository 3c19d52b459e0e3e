"""The page of one record: who signed it and what it is worth, what it says, and how to check it elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from node.web.exchange.answer import page_answer
from node.web.exchange.problem import not_held
from node.web.frame.layout import facts, page
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import is_worth_drawing, outline
from node.web.frame.surroundings import TEXT_SHOWN_MAX_CHARS, Surroundings, title_words
from node.web.pacts.elsewhere import how_link
from node.web.records.check_page import verdict_section
from node.web.records.content_fields import FIELDS_SHOWN_MAX, fields_of, is_texts
from node.web.records.field_view import field_name, field_node, plain_value
from node.web.records.paper import paper_section
from node.web.records.proof import checked_sentence, labels_of, signatures_table, signed_sentence
from node.web.records.version_standing import standing_of
from node.web.words.record_vocabulary import RECORD_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId, id_text, parse_id
from protocol.keys import PublicKey, did_key
from protocol.kinds.actor import Actor
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

Parent = tuple[RecordId, VerifiedRecord | None]

# Of a content, some ten long clauses; past it each field is told in one line, and the data has all.
CONTENT_SHOWN_MAX_CHARS = 40_000

# Records that an act is about, named on its page; the data has all.
PARENTS_SHOWN_MAX = 12


async def record_page_answer(here: Surroundings, text: str, status: Mapping[str, Any]) -> web.Response:
    """Answer `/record/{id}` as a page; `status` is that of the node.  Raises `Problem`."""
    try:
        record = await here.store.record(parse_id(text))
    except Malformed:
        raise not_held() from None
    if record is None:
        raise not_held()
    thing = await here.store.thing(record.subject)
    if thing is None:
        raise not_held()
    parents = [(one, await here.store.record(one)) for one in record.header.parents[:PARENTS_SHOWN_MAX]]
    named = [record.header.actor or ActorId(record.id), *_actors_in(record.content)]
    named += [one.header.actor for _, one in parents if one is not None and one.header.actor is not None]
    await here.meet(named)
    return page_answer(_page(here, record, thing, parents, status), here.say.language)


def _actors_in(content: Any) -> list[ActorId]:
    """Return whom the lists of a content name with an id."""
    found: list[ActorId] = []
    for name in ("stewards", "parties", "roll", "seats"):
        for one in getattr(content, name, None) or ():
            actor = getattr(one, "actor", None)
            if isinstance(actor, bytes):
                found.append(ActorId(RecordId(actor)))
    return found


def _page(
    here: Surroundings,
    record: VerifiedRecord,
    thing: ThingState,
    parents: Sequence[Parent],
    status: Mapping[str, Any],
) -> Element:
    say, kind = here.say, record.header.kind
    what = word(say, RECORD_WORDS, kind)
    hidden = here.blocks.of_record(record) is not None
    title = title_words(here, thing)
    return page(
        here.asked,
        here.node_name,
        f"{what}: {title}",
        e(
            "article",
            e(
                "header",
                e(
                    "p",
                    e("a", title, href=here.asked.link(f"/thing/{id_text(thing.subject)}"), dir="auto"),
                    class_="kind",
                ),
                e("h1", what),
            ),
            e("p", _signed(here, record, thing), " ", checked_sentence(here), class_="lead"),
            verdict_section(here, record, thing, standing_of(thing, record.id)),
            None if hidden or record.id in thing.erased else _says(here, record, thing),
            _about(here, record, parents),
            _keys(here, record, thing),
            _holders(here, status),
            _elsewhere(here, record),
            paper_section(here, record.id, f"/record/{id_text(record.id)}"),
        ),
        styles=["reading"],
    )


def _signed(here: Surroundings, record: VerifiedRecord, thing: ThingState) -> Node:
    """Return who signed, with how many keys, and when by their own word."""
    say, header = here.say, record.header
    verdict = thing.judged.get(record.id)
    if thing.actor is not None and record.id in thing.actor.contents:
        keys, needed = _signers(thing, record), thing.actor.contents[record.id].threshold
        return say.count(
            "Signed by {n} key; {needed} of its keys are asked for. Dated {date} by its author.",
            "Signed by {n} keys; {needed} of its keys are asked for. Dated {date} by its author.",
            len(keys),
            needed=say.number(needed),
            date=say.moment(header.time_ms),
        )
    if verdict is not None:
        sentence = signed_sentence(here, verdict)
        if sentence is not None:
            return sentence
    who = here.actor(header.actor) if header.actor is not None else here.short_id(record.id)
    return say.rich(
        N_("Signed with one key of {who}; dated {date} by its author."),
        who=who,
        date=say.moment(header.time_ms),
    )


def _signers(thing: ThingState, record: VerifiedRecord) -> list[PublicKey]:
    """Return the keys that signed a record, its further signatures counted."""
    if thing.actor is not None and record.id in thing.actor.signers:
        return sorted(thing.actor.signers[record.id])
    verdict = thing.judged.get(record.id)
    return sorted(verdict.signed_by) if verdict is not None and verdict.signed_by else [record.header.signer]


def _says(here: Surroundings, record: VerifiedRecord, thing: ThingState) -> Node:
    say, content = here.say, record.content
    if content is None:
        return e("section", e("h2", say("What it says")), e("p", say("Its content has not come here.")))
    fields = fields_of(content)
    if not fields:
        return None
    rows: list[tuple[str, Node]] = []
    left = CONTENT_SHOWN_MAX_CHARS
    for field in fields:
        left -= min(len(str(field.value)), TEXT_SHOWN_MAX_CHARS)
        value = field_node(here, field) if left > 0 else plain_value(here, field.path[-1], field.value)
        rows.append((field_name(here, field.path), value))
    full = len(fields) == FIELDS_SHOWN_MAX or left <= 0
    return e(
        "section",
        e("h2", say("What it says")),
        here.other_languages(field.value for field in fields if is_texts(field.value)),
        _figure(here, content, thing),
        facts(rows),
        e("p", say("There is more, in the data of this page."), class_="quiet") if full else None,
    )


def _figure(here: Surroundings, content: Any, thing: ThingState) -> Node:
    geometry = getattr(content, "geometry", None)
    uncertainty_m = getattr(content, "uncertainty_m", None)
    if geometry is None or not is_worth_drawing(geometry, uncertainty_m):
        return None
    rough = getattr(content, "sensitivity", "public") != "public"
    line = "own" if thing.voice == "own" else "other"
    drawn = outline(geometry, line, uncertainty_m, rough, title_words(here, thing), here.say)
    return e("figure", drawn, class_="i-other")


def _about(here: Surroundings, record: VerifiedRecord, parents: Sequence[Parent]) -> Node:
    """Return which records it follows or is about."""
    if not parents:
        return None
    more = len(record.header.parents) - len(parents)
    rest = here.say.count("and {n} other", "and {n} others", more) if more else None
    return e(
        "section",
        e("h2", here.say("What it follows, or is about")),
        e("ul", [e("li", _parent(here, *parent)) for parent in parents]),
        e("p", rest, class_="quiet") if rest else None,
    )


def _parent(here: Surroundings, record_id: RecordId, record: VerifiedRecord | None) -> Node:
    say = here.say
    if record is None:
        return [here.record(record_id), " · ", say("not held here")]
    header = record.header
    return [
        here.record(record_id, word(say, RECORD_WORDS, header.kind)),
        " · ",
        say.moment(header.time_ms),
        [" · ", here.actor(header.actor)] if header.actor is not None else None,
    ]


def _keys(here: Surroundings, record: VerifiedRecord, thing: ThingState) -> Element:
    say, header = here.say, record.header
    verdict = thing.judged.get(record.id)
    labels: Mapping[PublicKey, str] = labels_of(here, verdict)
    if isinstance(record.content, Actor):
        labels = {PublicKey(k.key): k.label for k in record.content.keys if k.label is not None}
    history = None
    if header.actor is not None:
        address = here.asked.link(f"/thing/{id_text(header.actor)}/versions")
        history = e("a", say("Every version of its author, and of its keys"), href=address)
    rows: list[tuple[str, Node]] = [
        (
            say("Signed under this version of its author"),
            here.record(header.auth) if header.auth is not None else None,
        ),
        (say("History"), history),
    ]
    return e(
        "section",
        e("h2", say("Keys")),
        signatures_table(here, labels, _signers(thing, record)),
        facts(rows),
    )


def _holders(here: Surroundings, status: Mapping[str, Any]) -> Element:
    """Return what this node can know of who else holds a record: not of one, only of all."""
    say, peers = here.say, status.get("peers")
    told = [peer for peer in peers if isinstance(peer, Mapping)] if isinstance(peers, list) else []
    level = [peer for peer in told if peer.get("lacking") == 0 and peer.get("synced_at_ms")]
    words = [say("This node does not note who holds which record.")]
    if not told:
        words.append(say("It is in touch with no other node just now."))
    elif level:
        since = min(peer["synced_at_ms"] for peer in level)
        words.append(
            say.count(
                "{n} of the {all} nodes it is in touch with lacked nothing of what it held when the two last "
                "compared everything, on {date} or later.",
                "{n} of the {all} nodes it is in touch with lacked nothing of what it held when each last "
                "compared everything with it, on {date} or later.",
                len(level),
                all=say.number(len(told)),
                date=say.moment(since),
            )
        )
    else:
        words.append(
            say.count(
                "It is in touch with {n} other node, which may hold it or not.",
                "It is in touch with {n} other nodes, each of which may hold it or not.",
                len(told),
            )
        )
    words.append(say("Ask another node with the number below."))
    return e("section", e("h2", say("Who else holds it")), e("p", " ".join(words)))


def _elsewhere(here: Surroundings, record: VerifiedRecord) -> Element:
    say, header = here.say, record.header
    number = id_text(record.id)
    data = e("a", say("The same as data, with the exact signed bytes"), href=here.asked.same(format="json"))
    return e(
        "section",
        e("h2", say("To check it elsewhere")),
        facts(
            [
                (say("Number of this record"), e("code", number)),
                (say("Fingerprint of its content"), e("code", header.payload_hash.hex())),
                (say("Size of its content"), say("{n} bytes", n=say.number(header.payload_size))),
                (say("First signed with"), e("code", did_key(header.signer))),
                (say("Data"), data),
                (
                    say("For checking by hand"),
                    e(
                        "a",
                        say("The record, with its bytes and its author’s keys"),
                        href=f"/record/{number}/record.json",
                        download="record.json",
                    ),
                ),
            ]
        ),
        how_link(here),
        e("p", say("To check it on another node, or on a machine without a network that has the record:")),
        e("pre", e("code", f"minga record verify {number}")),
    )
