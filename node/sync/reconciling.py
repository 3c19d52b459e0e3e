"""Runs reconciliations over the stored set, in a thread of its own, one message at a time."""

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from node.store.reconcile_items import StoredItems
from node.trust.aside import Change
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError
from protocol.limits import RECONCILE_FRAME_SIZE_BYTES
from protocol.reconcile.items import SortedItems
from protocol.reconcile.merged import MergedItems, Overlap
from protocol.reconcile.negentropy import Reconciler
from protocol.reconcile.splitting import SEED_SIZE_BYTES, Split, even_split, random_split
from protocol.session.events import Link, Reconcile, Reconciled

log = logging.getLogger(__name__)

# Records stored by hand in the very moment in which a peer's copy of them is set aside: two would be many.
OVERLAPS_MENDED_MAX = 64


@dataclass(slots=True)
class _Initiated:
    session: int
    reconciler: Reconciler


@dataclass(slots=True)
class _Weighed:
    """Whether what is set aside counts in a link's session, and of how much the session has shown that the
    peer holds it, or lacks it."""

    counted: bool = True
    held: int = 0
    lacked: int = 0


class Reconciliation:
    """Answers the session machine's `Reconcile` effects.

    A link's first session cuts ranges evenly, every second one after it at random: no collision that somebody
    prepared survives cuts that nobody could foresee.

    Where this node asks, what it has set aside counts as its own if the peer holds most of it: else the two
    would list it to each other every time.  Where it is asked, it says what it holds.
    """

    def __init__(self, node_id: NodeId, items: StoredItems, changes: deque[Change] | None = None) -> None:
        """`changes`: what is set aside, and what no longer is, as it happens."""
        self.node_id = node_id
        self._items = items
        self._changes = deque[Change]() if changes is None else changes
        self._aside = SortedItems()
        self._aside.seal()
        self._own = MergedItems(items, self._aside)
        self._initiated: dict[Link, _Initiated] = {}
        self._sessions: dict[Link, int] = {}
        self._weighed: dict[Link, _Weighed] = {}
        # One thread: the set is read through one connection, and messages are short work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reconcile")

    async def step(self, effect: Reconcile) -> Reconciled:
        """Work on one message and return what the machine is to learn of it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._step, effect)

    def weigh(self, link: Link, held: int, lacked: int) -> None:
        """Note of how much that is set aside a step has shown that the peer holds it, or lacks it."""
        if held or lacked:
            weighed = self._weighed.setdefault(link, _Weighed())
            weighed.held += held
            weighed.lacked += lacked

    def forget(self, link: Link) -> None:
        """Drop what was begun with a link that has gone.  No `step` for it may be asked for afterwards."""
        # In the thread, after the steps that were asked for before: none of them can bring it back.
        with contextlib.suppress(RuntimeError):  # closed, and all is forgotten
            self._thread.submit(self._forget, link)

    @property
    def links(self) -> int:
        """How many links something is remembered of."""
        return len(self._initiated.keys() | self._sessions.keys() | self._weighed.keys())

    def close(self) -> None:
        """Stop the thread and close the set."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._items.close()

    def _forget(self, link: Link) -> None:
        self._initiated.pop(link, None)
        self._sessions.pop(link, None)
        self._weighed.pop(link, None)

    def _step(self, effect: Reconcile) -> Reconciled:
        try:
            with self._items.snapshot():
                # After the moment of the snapshot: what it holds is set aside no longer.
                self._follow_changes()
                return self._work_apart(effect)
        except ProtocolError as fault:
            self._initiated.pop(effect.link, None)
            return Reconciled(effect.link, effect.session, None, fault=fault)

    def _follow_changes(self) -> None:
        while self._changes:
            change = self._changes.popleft()
            for item in change.come:
                self._aside.insert(item)
            for item in change.gone:
                self._aside.remove(item)

    def _work_apart(self, effect: Reconcile) -> Reconciled:
        """Work on a message; what turns out to be held as well as set aside is held."""
        for _ in range(OVERLAPS_MENDED_MAX):
            try:
                return self._work(effect)
            except Overlap as overlap:
                log.warning("%s", overlap)
                self._aside.remove(overlap.item)
        return Reconciled(effect.link, effect.session, None)

    def _work(self, effect: Reconcile) -> Reconciled:
        if not effect.initiate:
            assert effect.message is not None
            answer = Reconciler(self._items, RECONCILE_FRAME_SIZE_BYTES, even_split).respond(effect.message)
            return Reconciled(effect.link, effect.session, answer)
        if effect.message is None:
            own = self._own if self._counts_aside(effect.link) else self._items
            split = self._next_split(effect.link)
            reconciler = Reconciler(own, RECONCILE_FRAME_SIZE_BYTES, split)
            self._initiated[effect.link] = _Initiated(effect.session, reconciler)
            return Reconciled(effect.link, effect.session, reconciler.initiate())
        begun = self._initiated.get(effect.link)
        if begun is None or begun.session != effect.session:
            return Reconciled(effect.link, effect.session, None)  # the link has gone meanwhile
        step = begun.reconciler.advance(effect.message)
        if step.next is None:
            del self._initiated[effect.link]
        return Reconciled(effect.link, effect.session, step.next, step.have, step.need)

    def _counts_aside(self, link: Link) -> bool:
        """Whether what is set aside counts in the session that begins, by what the last one has shown."""
        weighed = self._weighed.get(link)
        if weighed is None:
            return True
        if weighed.counted:
            weighed.counted = 2 * weighed.lacked <= self._aside.size()
        else:
            weighed.counted = 2 * weighed.held > self._aside.size()
        weighed.held = weighed.lacked = 0
        return weighed.counted

    def _next_split(self, link: Link) -> Split:
        number = self._sessions.get(link, 0)
        self._sessions[link] = number + 1
        return random_split(secrets.token_bytes(SEED_SIZE_BYTES)) if number % 2 else even_split
