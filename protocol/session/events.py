"""What goes into the session machine and what comes out of it.

The daemon turns sockets, worker threads and clocks into events, and carries the effects out, in order:

    for effect in swarm.handle(Received(link, message), now_ms):
        ...

`Reconcile`, `LookUp`, `Load` and `Admit` each want one answering event; answers may come late, in any order,
and after the link has gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NewType

from protocol.errors import ProtocolError, Severity
from protocol.identifiers import RecordId
from protocol.session.batch import EMPTY_BATCH, RecordBatch

Link = NewType("Link", int)
"""A number the daemon gives to each connection and never gives again, not even to the same node."""


class Timer(Enum):
    """What the machine asks to be woken for.  Setting one again replaces the earlier time."""

    TICK = "tick"
    ANNOUNCE = "announce"


# --- events --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """A secure channel is up.  `dialed`: this node opened it.

    `records` is how many records this node holds; `addresses` are its own that this peer may be told.
    """

    link: Link
    dialed: bool
    records: int = 0
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message from the peer, as the channel opened it."""

    link: Link
    message: bytes


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The channel is gone, by whatever cause; also after a `Close`, where it changes nothing."""

    link: Link


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The answer to `Reconcile`: what to send (None: the initiator has finished) and what was learnt.

    `fault`: the peer's message was refused, and the rest is empty.
    """

    link: Link
    session: int
    message: bytes | None
    have: Sequence[bytes] = ()
    need: Sequence[bytes] = ()
    fault: ProtocolError | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer to `LookUp`: those of the ids whose records this node lacks."""

    link: Link
    ids: Sequence[RecordId]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer to `Load`, as `batch.pack_answer` makes it: it answers the front of the ids, at least
    one.  `held_back`: how many of `not_held` are held, and only not given for now."""

    link: Link
    number: int
    batch: RecordBatch = EMPTY_BATCH
    not_held: Sequence[RecordId] = ()
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Admitted:
    """The answer to `Admit`: where each record of the batch has gone.

    new: stored now, or their content was filled in.  known: held before.  refused: sound, but not accepted as
    things stand (content taken out without an erasure that is effective here), so worth one more try.
    aside: sound, and not for this node to keep (its policy, a quota, a block): the daemon remembers them,
    leaves them out of `Unknown` and `Reconciled`, and says `Released` when it would take them.
    faults: what was wrong with the others, one for each; a single one where the batch did not open.
    `no_room`: nothing could be stored (a full disk, a quota, a disk that fails), and all that was sound is
    refused for that: nothing more is asked for until it may be otherwise.
    """

    ticket: int
    new: Sequence[RecordId] = ()
    known: Sequence[RecordId] = ()
    refused: Sequence[RecordId] = ()
    faults: Sequence[ProtocolError] = ()
    no_room: bool = False
    aside: Sequence[RecordId] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Records that came another way (written here, or from a bundle) and are on disk."""

    ids: Sequence[RecordId]


@dataclass(frozen=True, slots=True)
class MissingContent:
    """Records held without content though no erasure took it out: worth asking every peer."""

    ids: Sequence[RecordId]


@dataclass(frozen=True, slots=True)
class Eased:
    """What kept records out of this node has gone, by all signs: there is room again, or its clock was
    set."""


@dataclass(frozen=True, slots=True)
class Released:
    """Records that this node had set aside would be taken in now: every peer is to be compared with once
    more."""


@dataclass(frozen=True, slots=True)
class ReconcileNow:
    """Reconcile with this peer as soon as none is under way: somebody waits to see what it has."""

    link: Link


@dataclass(frozen=True, slots=True)
class ShareAddresses:
    """Tell this peer of these addresses."""

    link: Link
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Say bye: to one peer, or to all (None)."""

    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Seeking:
    """Whether other nodes are being dialled, or looked for, right now."""

    seeking: bool


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time asked for has come, or passed."""

    timer: Timer


Event = (
    Connected
    | Received
    | Disconnected
    | Reconciled
    | Unknown
    | Loaded
    | Admitted
    | Stored
    | MissingContent
    | Eased
    | Released
    | ReconcileNow
    | ShareAddresses
    | Leaving
    | Seeking
    | TimerFired
)

# --- effects -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message over the channel, after those before it."""

    link: Link
    message: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up, after sending what was to be sent; the machine has forgotten the link.

    `severity` says what the cause tells of the peer, `code` and `reason` what it was.
    """

    link: Link
    code: str
    reason: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Run Negentropy over the whole set; answer with `Reconciled` of the same link and session.

    initiate and no message: begin anew (`Reconciler.initiate`), forgetting any session of this link.
    initiate and a message: go on (`advance`).  Not initiate: `respond`, which keeps no state.
    """

    link: Link
    session: int
    message: bytes | None
    initiate: bool


@dataclass(frozen=True, slots=True)
class LookUp:
    """Which of these ids does this node lack?  Answer with `Unknown`."""

    link: Link
    ids: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Read these records from the front with `batch.pack_answer`; answer with `Loaded` of the same number.

    `holding_back`: give nothing that was held when `NoteHeld` last came, and can be erased
    (`catching_up.hold_back`).
    """

    link: Link
    number: int
    ids: tuple[RecordId, ...]
    holding_back: bool = False


@dataclass(frozen=True, slots=True)
class Admit:
    """Unpack, verify, store and commit; answer with `Admitted` of the same ticket."""

    link: Link
    ticket: int
    batch: RecordBatch


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Wake the machine with `TimerFired` at this time of the clock that `now_ms` is read from."""

    timer: Timer
    at_ms: int


@dataclass(frozen=True, slots=True)
class LearnAddresses:
    """The peer told of these addresses; they are unchecked texts of at most 512 characters."""

    link: Link
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Count this against the peer; the connection stays."""

    link: Link
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The peer's hello was accepted."""

    link: Link
    software: str
    records: int


@dataclass(frozen=True, slots=True)
class Synced:
    """A reconciliation with this peer has ended and all that it brought up has been received or refused."""

    link: Link
    received: int
    """Records that this peer has given since the link began."""


@dataclass(frozen=True, slots=True)
class NoteHeld:
    """What this node holds now may have been erased elsewhere while it, or who gave it, was out of touch.
    Note what that is."""


Effect = (
    Send
    | Close
    | Reconcile
    | LookUp
    | Load
    | Admit
    | SetTimer
    | LearnAddresses
    | Score
    | Ready
    | Synced
    | NoteHeld
)
