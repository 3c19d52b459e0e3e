"""Nodes joined in memory, in virtual time: the real session machine, store rules, signatures and Negentropy.

Everything follows from the seed: latencies, how long a node's own work takes, the order of what falls
together. Messages of one direction of one link keep their order, as in a WebSocket; all else may overtake.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from protocol.errors import ProtocolError, Severity
from protocol.identifiers import ActorId, RecordId, tagged_hash
from protocol.keys import SigningKey
from protocol.limits import RECONCILE_FRAME_SIZE_BYTES
from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler
from protocol.record.envelope import erased_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.session.batch import pack_answer, unpack_batch
from protocol.session.catching_up import hold_back
from protocol.session.events import (
    Admit,
    Admitted,
    Close,
    Connected,
    Disconnected,
    Effect,
    Event,
    LearnAddresses,
    Link,
    Load,
    Loaded,
    LookUp,
    NoteHeld,
    Ready,
    Received,
    Reconcile,
    Reconciled,
    Score,
    Send,
    SetTimer,
    Stored,
    Synced,
    Timer,
    TimerFired,
    Unknown,
)
from protocol.session.messages import Message, decode_message, encode_message
from protocol.session.swarm import SessionSettings, Swarm

# 1 July 2026: authors' clocks, and where virtual time begins.
EPOCH_MS = 1_782_864_000_000


def make_records(
    name: str, number: int, size_bytes: int = 100, time_ms: int = EPOCH_MS
) -> list[VerifiedRecord]:
    """Sign `number` records of a kind nobody knows, a second apart."""
    key = SigningKey(tagged_hash("test-key", name.encode()))
    author = Author(key, ActorId(tagged_hash("test-actor", name.encode())), RecordId(b"\1" * 32))
    return [
        sign_record(
            author, "x.note", {"text": f"{name} {index} ".ljust(size_bytes, "·")}, time_ms + index * 1_000
        )
        for index in range(number)
    ]


def make_erasure(of: VerifiedRecord) -> VerifiedRecord:
    """Sign what this network's stores take for an effective erasure of a record."""
    key = SigningKey(tagged_hash("test-key", b"eraser"))
    author = Author(key, ActorId(b"\2" * 32), RecordId(b"\1" * 32))
    time_ms = of.header.time_ms + 3_600_000
    return sign_record(author, "erasure", {"basis": "author"}, time_ms, subject=of.subject, parents=[of.id])


class Store:
    """Records in memory, by the rules of a node's store that a session can meet."""

    def __init__(self) -> None:
        self.records: dict[RecordId, VerifiedRecord] = {}
        self.items = SortedItems()
        self.items.seal()

    def put(self, record: VerifiedRecord) -> str:
        """Hold a record; return `new`, `known` or `refused`."""
        held = self.records.get(record.id)
        if record.content is None and not self.is_erased(record.id) and held is None:
            return "refused"
        if held is not None and (held.content is not None or record.content is None):
            return "known"
        if held is not None and self.is_erased(record.id):
            return "known"
        if record.header.kind == "erasure":
            for parent in record.header.parents:
                self.erase(parent)
        self.records[record.id] = record
        if self.is_erased(record.id):
            self.erase(record.id)
        self.items.insert(Item(record.time_s, record.id))
        return "new"

    def is_erased(self, identifier: RecordId) -> bool:
        return any(
            identifier in record.header.parents
            for record in self.records.values()
            if record.header.kind == "erasure"
        )

    def erase(self, identifier: RecordId) -> None:
        """Take the content out of a record that is held."""
        held = self.records.get(identifier)
        if held is not None and held.content is not None:
            bare = erased_envelope(held.envelope)
            self.records[identifier] = VerifiedRecord(held.id, held.header, bare, None)


@dataclass
class Node:
    """A node: the machine, its store, and what it was seen to do."""

    name: str
    swarm: Swarm
    store: Store = field(default_factory=Store)
    links: dict[Link, str] = field(default_factory=dict)
    reconcilers: dict[Link, Reconciler] = field(default_factory=dict)
    closed: list[Close] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    synced: list[Synced] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    learnt: list[str] = field(default_factory=list)
    admitted_envelopes: int = 0
    denies: set[RecordId] = field(default_factory=set)
    held_before: set[RecordId] = field(default_factory=set)
    frame_size_bytes: int = RECONCILE_FRAME_SIZE_BYTES
    claims_records: int | None = None
    is_full: bool = False
    clock_behind_ms: int = 0

    @property
    def ids(self) -> set[RecordId]:
        return set(self.store.records)


@dataclass
class Puppet:
    """A peer that says what the test wants, and remembers what it hears."""

    name: str
    links: dict[Link, str] = field(default_factory=dict)
    heard: list[Message] = field(default_factory=list)
    answer: Callable[[Message], Iterable[Message | bytes]] = lambda message: ()
    hung_up: bool = False


class Network:
    """All nodes, the links between them, and the one queue of what happens next."""

    def __init__(
        self,
        seed: int = 0,
        latency_ms: tuple[int, int] = (1, 40),
        work_ms: tuple[int, int] = (0, 10),
        bytes_per_s: int = 100_000_000,
    ) -> None:
        self.seed = seed
        self.now_ms = EPOCH_MS
        self.nodes: dict[str, Node | Puppet] = {}
        self.bytes_sent = 0
        self.messages_sent: dict[str, int] = {}
        self.watch: Callable[[str, str, Message], None] | None = None
        self._random = Random(seed)
        self._latency_ms, self._work_ms, self._bytes_per_s = latency_ms, work_ms, bytes_per_s
        self._order = count()
        self._link = count(1)
        self._queue: list[tuple[int, int, bool, Callable[[], None]]] = []
        self._ends: dict[Link, tuple[str, Link]] = {}  # a link to the far end: its node, its link
        self._arrives_ms: dict[Link, int] = {}
        self._timers: dict[tuple[str, Timer], int] = {}
        self._busy = 0  # entries of the queue that are not ticks

    def node(
        self, name: str, network: str = "minga", in_touch_ms: int | None = EPOCH_MS, **settings: int
    ) -> Node:
        swarm = Swarm(SessionSettings(network, "minga/test", name.encode(), **settings), in_touch_ms)
        node = Node(name, swarm)
        self.nodes[name] = node
        return node

    def puppet(self, name: str = "puppet") -> Puppet:
        puppet = Puppet(name)
        self.nodes[name] = puppet
        return puppet

    def write(self, node: Node, records: Iterable[VerifiedRecord]) -> None:
        """Let a node store records of its own."""
        ids = [record.id for record in records if node.store.put(record) == "new"]
        self.handle(node, Stored(ids))

    def connect(self, dialer: Node | Puppet, acceptor: Node | Puppet) -> Link:
        """Join two nodes; return the dialer's link (the acceptor's is `far(link)`)."""
        near, far = Link(next(self._link)), Link(next(self._link))
        self._ends[near], self._ends[far] = (acceptor.name, far), (dialer.name, near)
        dialer.links[near], acceptor.links[far] = acceptor.name, dialer.name
        for node, link, dialed in ((dialer, near, True), (acceptor, far, False)):
            if isinstance(node, Node):
                held = len(node.store.records) if node.claims_records is None else node.claims_records
                self.handle(node, Connected(link, dialed, held, (f"ws://{node.name}",)))
        return near

    def far(self, link: Link) -> Link:
        return self._ends[link][1]

    def disconnect(self, link: Link) -> None:
        """Cut a link: what is on its way is lost."""
        if link not in self._ends:
            return
        far_name, far = self._ends.pop(link)
        near_name, _ = self._ends.pop(far)
        for name, end in ((near_name, link), (far_name, far)):
            node = self.nodes[name]
            node.links.pop(end, None)
            if isinstance(node, Node):
                self.handle(node, Disconnected(end))
            else:
                node.hung_up = True

    def say(self, puppet: Puppet, message: Message | bytes) -> None:
        """Let a puppet send on its one link."""
        (link,) = puppet.links
        self._transmit(link, message if isinstance(message, bytes) else encode_message(message))

    def handle(self, node: Node, event: Event) -> None:
        for effect in node.swarm.handle(event, self.now_ms):
            self._carry_out(node, effect)

    def run(self, steps_max: int = 2_000_000) -> None:
        """Let everything happen until nothing but the ticks of clocks is left."""
        while self._busy and steps_max:
            steps_max -= 1
            self._step()
        assert not self._busy, f"the network did not come to rest (seed {self.seed})"

    def elapse(self, ms: int) -> None:
        """Let time pass, and what falls into it happen."""
        until = self.now_ms + ms
        while self._queue and self._queue[0][0] <= until:
            self._step()
        self.now_ms = until

    def settle(self) -> None:
        """Let everything happen, and then what a node had put off for a second or two."""
        for _ in range(3):
            self.run()
            self.elapse(2_000)
        self.run()

    def _step(self) -> None:
        at_ms, _, counts, action = heapq.heappop(self._queue)
        self._busy -= counts
        self.now_ms = max(self.now_ms, at_ms)
        action()

    def _later(self, at_ms: int, action: Callable[[], None], counts: bool = True) -> None:
        self._busy += counts
        heapq.heappush(self._queue, (at_ms, next(self._order), counts, action))

    def _work(self, node: Node, answer: Callable[[], Event]) -> None:
        """Do a node's work after a while, and hand it the answer after another."""

        def done() -> None:
            event = answer()
            self._later(self.now_ms + self._random.randint(*self._work_ms), lambda: self.handle(node, event))

        self._later(self.now_ms + self._random.randint(*self._work_ms), done)

    def _transmit(self, link: Link, data: bytes) -> None:
        if link not in self._ends:
            return
        message = decode_message(data) if self._is_message(data) else None
        kind = "garbage" if message is None else type(message).__name__
        self.messages_sent[kind] = self.messages_sent.get(kind, 0) + 1
        self.bytes_sent += len(data)
        if self.watch is not None and message is not None:
            self.watch(self._ends[self.far(link)][0], self._ends[link][0], message)
        begins_ms = max(
            self.now_ms + self._random.randint(*self._latency_ms), self._arrives_ms.get(link, self.now_ms)
        )
        at_ms = begins_ms + len(data) * 1_000 // self._bytes_per_s
        self._arrives_ms[link] = at_ms
        self._later(at_ms, lambda: self._arrive(link, data))

    def _is_message(self, data: bytes) -> bool:
        try:
            decode_message(data)
        except (ProtocolError, ValueError):
            return False
        return True

    def _arrive(self, link: Link, data: bytes) -> None:
        if link not in self._ends:
            return
        name, far = self._ends[link]
        node = self.nodes[name]
        if isinstance(node, Node):
            self.handle(node, Received(far, data))
            return
        message = decode_message(data)
        node.heard.append(message)
        for reply in node.answer(message):
            self._transmit(far, reply if isinstance(reply, bytes) else encode_message(reply))

    def _carry_out(self, node: Node, effect: Effect) -> None:
        match effect:
            case Send(link, message):
                self._transmit(link, message)
            case Close(link):
                node.closed.append(effect)
                arrived_ms = max(self.now_ms, self._arrives_ms.get(link, 0))
                self._later(arrived_ms, lambda: self.disconnect(link))
            case Reconcile():
                self._work(node, lambda: reconcile(node, effect))
            case LookUp(link, ids):
                self._work(node, lambda: Unknown(link, [i for i in ids if i not in node.store.records]))
            case Load():
                self._work(node, lambda: load(node, effect))
            case Admit():
                self._work(node, lambda: admit(node, effect, self.now_ms))
            case SetTimer(timer, at_ms):
                self._set_timer(node, timer, at_ms)
            case Score():
                node.scores.append(effect)
            case Ready():
                node.ready.append(effect)
            case Synced():
                node.synced.append(effect)
            case LearnAddresses(_, addresses):
                node.learnt.extend(addresses)
            case NoteHeld():
                node.held_before = node.ids

    def _set_timer(self, node: Node, timer: Timer, at_ms: int) -> None:
        self._timers[node.name, timer] = at_ms

        def fire() -> None:
            if self._timers.get((node.name, timer)) == at_ms:
                self.handle(node, TimerFired(timer))

        self._later(at_ms, fire, counts=timer is not Timer.TICK)


def load(node: Node, effect: Load) -> Loaded:
    """Answer a want from the front."""
    kept: list[RecordId] = []
    before = node.held_before if effect.holding_back else set()
    batch, not_held = pack_answer(hold_back(find(node, effect.ids), before, kept))
    return Loaded(effect.link, effect.number, batch, not_held, len(kept))


def find(node: Node, ids: Iterable[RecordId]) -> Iterator[tuple[RecordId, bytes | None]]:
    for identifier in ids:
        held = None if identifier in node.denies else node.store.records.get(identifier)
        yield identifier, None if held is None else held.envelope


def reconcile(node: Node, effect: Reconcile) -> Reconciled:
    """Run the real engine over the node's set, as it is now."""
    link, session = effect.link, effect.session
    try:
        if not effect.initiate:
            assert effect.message is not None
            reply = Reconciler(node.store.items, node.frame_size_bytes).respond(effect.message)
            return Reconciled(link, session, reply)
        if effect.message is None:
            node.reconcilers[link] = Reconciler(node.store.items, node.frame_size_bytes)
            return Reconciled(link, session, node.reconcilers[link].initiate())
        step = node.reconcilers[link].advance(effect.message)
    except ProtocolError as fault:
        return Reconciled(link, session, None, fault=fault)
    return Reconciled(link, session, step.next, step.have, step.need)


def admit(node: Node, effect: Admit, now_ms: int) -> Admitted:
    """Unpack, verify and hold, as a daemon does."""
    verdicts: dict[str, list[RecordId]] = {"new": [], "known": [], "refused": []}
    faults: list[ProtocolError] = []
    try:
        envelopes = unpack_batch(effect.batch)
    except ProtocolError as fault:
        return Admitted(effect.ticket, faults=[fault])
    for envelope in envelopes:
        node.admitted_envelopes += 1
        try:
            record = verify_record(envelope, now_ms - node.clock_behind_ms)
        except ProtocolError as fault:
            faults.append(fault)
            continue
        verdict = "refused" if node.is_full else node.store.put(record)
        verdicts[verdict].append(record.id)
    no_room = node.is_full and bool(verdicts["refused"])
    return Admitted(effect.ticket, verdicts["new"], verdicts["known"], verdicts["refused"], faults, no_room)


def worst(node: Node) -> Severity:
    """Return the worst a node has held against anybody."""
    return max(
        [*(c.severity for c in node.closed), *(s.severity for s in node.scores)], default=Severity.HARMLESS
    )
