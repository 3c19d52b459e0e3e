"""Any messages in any order from a peer, and a daemon however slow: no error of ours, and all is bounded."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.identifiers import RecordId
from protocol.session import messages
from protocol.session.batch import pack_answer, pack_batch
from protocol.session.events import (
    Admit,
    Close,
    Connected,
    Effect,
    Link,
    Load,
    Loaded,
    LookUp,
    Received,
    Reconcile,
    Send,
    Stored,
    Timer,
    TimerFired,
    Unknown,
)
from protocol.session.messages import Announce, Bye, Error, Hello, Invite, Peers, Phase, Records, Want
from protocol.session.swarm import SessionSettings, Swarm
from tests.protocol.session.network import Node, admit, find, make_records, reconcile

RECORDS = make_records("any", 12)
HELLO = Hello("minga", "x/1")

some_ids = st.lists(st.sampled_from([r.id for r in RECORDS]), min_size=1, max_size=12, unique=True).map(tuple)
batches = st.lists(st.sampled_from([r.envelope for r in RECORDS]), min_size=1, max_size=4).map(pack_batch)
numbers = st.integers(1, 6)
said = st.one_of(
    st.binary(max_size=40),
    st.just(HELLO),
    st.just(Invite()),
    st.builds(Announce, some_ids),
    st.builds(Want, numbers, some_ids),
    st.builds(Records, numbers, batches),
    st.builds(Records, numbers, batches, some_ids),
    st.builds(
        messages.Reconcile, numbers, st.sampled_from(list(Phase)[:3]), st.binary(max_size=9).map(b"a".__add__)
    ),
    st.builds(messages.Reconcile, numbers, st.just(Phase.END)),
    st.builds(Peers, st.just(("ws://x",))),
    st.just(Bye()),
    st.just(Error("malformed", "no")),
)
# Per link: one question to the store, one reading of it, BATCHES_IN_WORK_MAX batches, one reconciliation
# in each role.
AT_WORK_MAX = {LookUp: 1, Load: 1, Admit: 6, Reconcile: 2}

# what the daemon does between messages: answers the oldest question, lets time pass, stores records
between = st.sampled_from(["nothing", "answer", "answer", "second", "minute", "store"])


@given(st.booleans(), st.lists(st.tuples(st.sampled_from([0, 0, 0, 1]), said, between), max_size=40))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_a_peer_says_raises_or_grows(dialed: bool, script: list[tuple[int, object, str]]) -> None:
    node = Node("ana", Swarm(SessionSettings("minga", "ana/1")))
    open_links = {Link(0), Link(1)}
    todo: list[Effect] = []
    now_ms = 1_782_864_000_000

    def handle(event: object) -> None:
        for effect in node.swarm.handle(event, now_ms):  # type: ignore[arg-type]
            if isinstance(effect, Close):
                open_links.discard(effect.link)
            elif isinstance(effect, Reconcile | LookUp | Load | Admit):
                todo.append(effect)
            elif isinstance(effect, Send):
                messages.decode_message(effect.message)

    def answer() -> None:
        match todo.pop(0):
            case Reconcile() as effect:
                handle(reconcile(node, effect))
            case LookUp(link, ids):
                handle(Unknown(link, [i for i in ids if i not in node.store.records]))
            case Load(link, number, ids):
                handle(Loaded(link, number, *pack_answer(find(node, ids))))
            case Admit() as effect:
                handle(admit(node, effect, now_ms))

    for link in (Link(0), Link(1)):
        handle(Connected(link, dialed))
        handle(Received(link, messages.encode_message(HELLO)))
    for link_number, message, pause in script:
        data = message if isinstance(message, bytes) else messages.encode_message(message)  # type: ignore[arg-type]
        handle(Received(Link(link_number), data))
        match pause:
            case "answer" if todo:
                answer()
            case "second" | "minute":
                now_ms += 1_000 if pause == "second" else 61_000
                handle(TimerFired(Timer.TICK))
                handle(TimerFired(Timer.ANNOUNCE))
            case "store":
                record = RECORDS[now_ms % len(RECORDS)]
                node.store.put(record)
                handle(Stored([RecordId(record.id)]))
        at_work = Counter((type(effect), effect.link) for effect in todo)
        assert all(number <= AT_WORK_MAX[kind] for (kind, _), number in at_work.items())
    while todo:
        answer()
    fetching = node.swarm._fetching
    assert set(fetching._sources) == set(node.swarm._peers) == open_links
    asked_of = set(fetching._asked.values())
    assert asked_of <= open_links
    for source in fetching._sources.values():
        assert all(identifier in fetching._asked for identifier in source.waiting)
