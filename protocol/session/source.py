"""What one peer offers, what it has been asked for, and what came of it."""

from dataclasses import dataclass, field

from protocol.identifiers import RecordId
from protocol.session.pace import Pace
from protocol.session.patience import Patience
from protocol.session.recent import RecentIds

_DENIED_MAX_IDS = 4_096

# 0.6 MB for each link.  Where more than that cannot be used, all that the peer tells of is passed over
# until it is asked again.
ASIDE_MAX_IDS = 4_096


@dataclass(slots=True)
class Want:
    """Ids that a peer was asked for."""

    ids: tuple[RecordId, ...]
    sent_ms: int
    released: bool = False  # it stalled: others may be asked, a late answer is still welcome


@dataclass(slots=True)
class Source:
    """One peer as a source of records.  An id is in one of `offers`, `waiting`, a want, or in work."""

    offers: dict[RecordId, None] = field(default_factory=dict)  # to be asked for, in this order
    waiting: dict[RecordId, None] = field(default_factory=dict)  # asked of another peer now
    refused: dict[RecordId, None] = field(default_factory=dict)  # to be asked for once more, at the end
    wants: dict[int, Want] = field(default_factory=dict)
    denied: RecentIds = field(default_factory=lambda: RecentIds(_DENIED_MAX_IDS))
    # Sound as far as can be seen, and of no use yet: dated in the future, or of a record version not known.
    aside: RecentIds = field(default_factory=lambda: RecentIds(ASIDE_MAX_IDS))
    patience: Patience = field(default_factory=Patience)  # with what is aside
    missed: bool = False  # something was passed over that only a reconciliation will find
    pace: Pace = field(default_factory=Pace)
    last_number: int = 0
    in_work: int = 0  # batches being admitted
    received: int = 0
    progress_ms: int = 0

    @property
    def is_passed_over(self) -> bool:
        """Whether more of what this peer gave is of no use than can be told from what is."""
        return self.patience.is_resting and len(self.aside) >= ASIDE_MAX_IDS

    def pass_over(self) -> None:
        """Forget what it offers, for a reconciliation to find again; begin then with few ids at a time."""
        self.offers.clear()
        self.waiting.clear()
        self.refused.clear()
        self.pace = Pace()
        self.missed = True

    def try_aside_again(self) -> None:
        """Forget what could not be used, for a reconciliation to find again."""
        self.aside.clear()
        self.missed = True
