"""What can go wrong between a node and its disk."""

import sqlite3

from node.errors import ConfigError


class StoreError(Exception):
    """The store could not do what was asked; nothing of it was acknowledged."""


class StoreFull(StoreError):
    """There is no room left on the disk or in its quota; what was stored before is intact."""


class SearchTooLong(StoreError):
    """A search was broken off, because it kept others waiting; one that asks for less may succeed."""


class StoreTooNew(ConfigError):
    """The store was written by a later version of this software."""


# Primary result codes (https://www.sqlite.org/rescode.html): the disk is full; a statement was broken off.
_FULL = sqlite3.SQLITE_FULL
_INTERRUPT = sqlite3.SQLITE_INTERRUPT


def as_store_error(error: sqlite3.Error) -> StoreError:
    """Return the store's own error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == _FULL:
        return StoreFull("the disk is full: nothing was stored; make room and try again")
    if code == _INTERRUPT:
        return SearchTooLong(
            "the search took too long and was broken off: ask for more words, or longer ones, or for one kind"
        )
    return StoreError(f"the store failed: {error}")


class Trouble(str):
    """One sentence on what a check found wrong in a store; no error, for the check goes on."""

    __slots__ = ()
