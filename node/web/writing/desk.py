"""What the pages for writing work with: the home, its keys, the accounts, and a way to hand in what was
signed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from node.accounts.accounts_file import AccountsFile
from node.accounts.open_keys import OpenKeys
from node.accounts.passphrases import Stretcher
from node.accounts.sessions import Session
from node.accounts.throttle import Throttle
from node.home import Home
from node.keys.keyring import Keyring
from node.settings.table import Settings
from node.store.interface import Store

Submit = Callable[[Sequence[bytes]], Awaitable[dict[str, Any]]]


class WritingNode(Protocol):
    """What writing asks of a node, beside what pages do."""

    @property
    def home(self) -> Home:
        """Where its keys and accounts are."""

    @property
    def store(self) -> Store:
        """What it holds."""

    @property
    def settings(self) -> Settings:
        """Whether people write here, and visitors comment."""

    @property
    def node_id_text(self) -> str:
        """Its key, as people see it."""

    async def submit(self, envelopes: Sequence[bytes]) -> dict[str, Any]:
        """Verify, store and announce records (`node.control.Controlled.submit`)."""


class Desk:
    """One node's desk."""

    def __init__(self, node: WritingNode, stretcher: Stretcher | None = None) -> None:
        self.home = node.home
        self.store = node.store
        self.settings = node.settings
        self.submit: Submit = node.submit
        self.keyring = Keyring(node.home.keys_path)
        self.file = AccountsFile(node.home.path)
        self.stretcher = stretcher or Stretcher()
        self.throttle = Throttle()
        self.open_keys = OpenKeys()
        # Browsers send cookies to every port of a machine, and there may be several nodes on it.
        self.cookie_suffix = node.node_id_text[-8:]
        # What is under way is broken off before the rest is closed.
        self.at_end: list[Callable[[], Awaitable[None]]] = []

    def lock_keys(self, session: Session) -> None:
        """Forget the keys that were left open in a session."""
        self.open_keys.forget(session.digest)

    def close(self) -> None:
        """Finish what was begun, and forget every key."""
        self.open_keys.clear()
        self.stretcher.close()
        self.file.close()


def desk_of(node: WritingNode) -> Desk | None:
    """Return the desk of a node, None where its settings want none."""
    return Desk(node) if node.settings.web_writing else None
