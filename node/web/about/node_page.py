"""The page of a node: is it well, what to do, what it holds and follows, with whom it is in touch."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from node.store.interface import Counts
from node.web.about.listening import listening_data, listening_note
from node.web.about.node_troubles import Trouble, troubles
from node.web.exchange.answer import data_answer, page_answer
from node.web.frame.layout import facts, page, scrolled
from node.web.frame.listing import KINDS_FIRST
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.record_vocabulary import RECORD_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import kind_word, word

# Nodes listed; one that is in touch with more says how many.
PEERS_SHOWN_MAX = 40

# Kinds of records listed: a stranger can make up any number.
KINDS_SHOWN_MAX = 40

_POLICIES = {
    "open": N_("It takes in what anybody signs, within limits for strangers."),
    "followed": N_("It takes in what actors near its own sign, and what concerns that."),
    "invited": N_("It takes in what actors whom it has invited sign, and what concerns that."),
}

_KILOBYTE = 1_000


async def node_answer(here: Surroundings, node_key: str, status: Mapping[str, Any]) -> web.Response:
    """Answer `/node` as a page or as data; `status` is the node's own.

    Of other nodes it tells neither address nor key: where people are is not the readers' business.
    """
    counts = await here.store.counts()
    rebuilding = await here.store.is_rebuilding()
    found = troubles(status, rebuilding, here.now_ms)
    if here.asked.as_data:
        return data_answer(_data(here, node_key, status, counts, found))
    return page_answer(_page(here, node_key, status, counts, found), here.say.language)


def _peers(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    peers = status.get("peers")
    if not isinstance(peers, Sequence) or isinstance(peers, str):
        return []
    return [peer for peer in peers if isinstance(peer, Mapping)]


def _page(
    here: Surroundings,
    node_key: str,
    status: Mapping[str, Any],
    counts: Counts,
    found: Sequence[Trouble],
) -> Element:
    say = here.say
    return page(
        here.asked,
        here.node_name,
        say("About this node"),
        e(
            "article",
            e("p", here.node_name, class_="kind", dir="auto"),
            e("h1", say("About this node")),
            _health(here, found),
            _holds(here, counts, status),
            _touch(here, status),
            _follows(here, status),
            _itself(here, node_key, status),
            _further(here),
        ),
        icons=KINDS_FIRST,
    )


def _health(here: Surroundings, found: Sequence[Trouble]) -> Element:
    say = here.say
    if not found:
        return e(
            "section",
            e("h2", say("This node is well")),
            e("p", say("It stores, checks and passes on what it should.")),
            class_="verdict holds",
        )
    heading = say.count("{n} thing needs looking after", "{n} things need looking after", len(found))
    return e(
        "section",
        e("h2", heading),
        e("ul", [_trouble(here, one) for one in found], class_="entries"),
        class_="verdict not",
    )


def _trouble(here: Surroundings, one: Trouble) -> Element:
    return e(
        "li",
        e("p", e("strong", here.say(one.says))),
        e("p", here.say(one.remedy), [" ", e("code", one.command)] if one.command else None),
    )


def _holds(here: Surroundings, counts: Counts, status: Mapping[str, Any]) -> Element:
    say, things = here.say, counts.things_by_kind
    kinds = [k for k in KINDS_FIRST if k in things] + [k for k in things if k and k not in KINDS_FIRST]
    rows = [
        e(
            "tr",
            e(
                "th",
                e("a", kind_word(say, kind, several=True), href=here.asked.link("/", kind=kind)),
                scope="row",
            ),
            e("td", say.number(things[kind])),
        )
        for kind in kinds[:KINDS_SHOWN_MAX]
    ]
    size = status.get("store_bytes")
    records = [
        e("li", word(say, RECORD_WORDS, kind), ": ", say.number(number))
        for kind, number in list(counts.records_by_kind.items())[:KINDS_SHOWN_MAX]
    ]
    return e(
        "section",
        e("h2", say("What it holds")),
        e(
            "p",
            say.count(
                "{n} signed record. It checked each signature itself before storing it.",
                "{n} signed records. It checked each signature itself before storing it.",
                counts.records,
            ),
            [" ", say("They take {size} MB.", size=_megabytes(here, size))] if size else None,
        ),
        e("table", e("tbody", rows), class_="figures") if rows else None,
        e("details", e("summary", say("Records by kind")), e("ul", records, class_="columns"))
        if records
        else None,
    )


def _megabytes(here: Surroundings, size_bytes: int) -> str:
    megabytes = size_bytes / _KILOBYTE**2
    return here.say.decimal(megabytes, 1 if megabytes < 10 else 0)


def _touch(here: Surroundings, status: Mapping[str, Any]) -> Element:
    say, peers = here.say, _peers(status)
    rows = [
        e(
            "tr",
            e("th", _software(here, peer), scope="row"),
            e("td", _moment(here, peer.get("connected_since_ms"))),
            e("td", _moment(here, peer.get("synced_at_ms"))),
            e("td", _lacking(here, peer)),
        )
        for peer in peers[:PEERS_SHOWN_MAX]
    ]
    titles = (say("Node"), say("In touch since"), say("Compared everything"), say("It lacked then"))
    known = [peer for peer in peers if peer.get("connected_since_ms")]
    table = scrolled(
        e(
            "table",
            e("thead", e("tr", [e("th", title, scope="col") for title in titles])),
            e("tbody", rows),
        ),
        say("Nodes it is in touch with"),
    )
    number = len(peers) if peers else 0
    said = (
        say.count("It is in touch with {n} other node.", "It is in touch with {n} other nodes.", number)
        if number
        else say("It is in touch with no other node just now.")
    )
    return e(
        "section",
        e("h2", say("With whom it is in touch")),
        e("p", said),
        table if known else None,
        e(
            "p",
            say(
                "Which nodes these are, and where, is told to those who run this one: minga status. What "
                "each lacked it has been offered; whether it kept it is its own choice."
            ),
            class_="quiet small",
        ),
    )


def _software(here: Surroundings, peer: Mapping[str, Any]) -> Node:
    return e("bdi", str(peer.get("software") or here.say("not said"))[:60])


def _moment(here: Surroundings, time_ms: Any) -> str:
    return here.say.moment(time_ms) if isinstance(time_ms, int) and time_ms > 0 else here.say("not yet")


def _lacking(here: Surroundings, peer: Mapping[str, Any]) -> str:
    lacking = peer.get("lacking")
    if not isinstance(lacking, int) or not peer.get("synced_at_ms"):
        return "–"
    if lacking == 0:
        return here.say("nothing")
    return here.say.count("{n} record", "{n} records", lacking)


def _follows(here: Surroundings, status: Mapping[str, Any]) -> Element:
    say = here.say
    listening = listening_data(status)
    policy = _POLICIES.get(listening["takes_in"])
    return e(
        "section",
        e("h2", say("What it follows")),
        e("p", say(policy)) if policy else None,
        listening_note(here, {**listening, "takes_in": "open"}),
    )


def _itself(here: Surroundings, node_key: str, status: Mapping[str, Any]) -> Element:
    say = here.say
    made_ms = status.get("last_backup_ms")
    backup: Node = None
    if "last_backup_ms" in status:
        backup = say("none yet") if made_ms is None else say.moment(made_ms)
    rows: list[tuple[str, Node]] = [
        (say("Name"), e("bdi", here.node_name)),
        (say("Key"), e("code", node_key)),
        (say("Network"), e("bdi", str(status["network"])) if status.get("network") else None),
        (say("Software"), e("bdi", str(status["software"])) if status.get("software") else None),
        (say("Last backup"), backup),
    ]
    return e("section", e("h2", say("The node itself")), facts(rows))


def _further(here: Surroundings) -> Element:
    say, link = here.say, here.asked.link
    ways = (
        (say("What people asked of it about themselves, and what is kept back"), "/transparency"),
        (say("Check a paper"), "/check"),
        (say("How to check records by hand"), "/checking"),
        (say("Schemas of records"), "/schemas/"),
    )
    return e(
        "section",
        e("h2", say("Further")),
        e("ul", [e("li", e("a", words, href=link(path))) for words, path in ways]),
    )


def _data(
    here: Surroundings,
    node_key: str,
    status: Mapping[str, Any],
    counts: Counts,
    found: Sequence[Trouble],
) -> dict[str, Any]:
    return {
        "name": here.node_name,
        "node": node_key,
        "network": status.get("network"),
        "software": status.get("software"),
        "well": not found,
        "troubles": [
            {"code": one.code, "says": here.say(one.says), "remedy": here.say(one.remedy)} for one in found
        ],
        "records": counts.records,
        "records_by_kind": dict(counts.records_by_kind),
        "things_by_kind": dict(counts.things_by_kind),
        "store_bytes": status.get("store_bytes"),
        "last_backup_ms": status.get("last_backup_ms"),
        "peers": [
            {
                "software": peer.get("software"),
                "connected_since_ms": peer.get("connected_since_ms"),
                "synced_at_ms": peer.get("synced_at_ms"),
                "lacking": peer.get("lacking"),
            }
            for peer in _peers(status)
        ],
        **listening_data(status),
    }
