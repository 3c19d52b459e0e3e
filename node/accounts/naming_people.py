"""What the file of accounts holds that names somebody, for whoever asks what a node holds of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from node.accounts.accounts_file import FILE_NAME, AccountsFile


@dataclass(frozen=True, slots=True)
class Unpublished:
    """Accounts that carry somebody's name, and how many drafts and visitors' comments hold it.

    What a draft says is its owner's until they sign it, so it is counted and not shown.
    """

    accounts: tuple[str, ...] = ()
    texts: int = 0


def unpublished_of(home: Path, names: Callable[[str], bool]) -> Unpublished:
    """Return what a home's accounts hold of somebody, where `names` says whether a text names them.

    Raises `AccountsFault`.
    """
    if not (home / FILE_NAME).exists():
        return Unpublished()
    file = AccountsFile(home)

    def look(db: Connection) -> Unpublished:
        called = [name for (name,) in db.execute("SELECT name FROM account ORDER BY folded")]
        drafts = sum(
            any(names(text) for texts in json.loads(filled).values() for text in texts)
            for (filled,) in db.execute("SELECT filled FROM draft WHERE filled IS NOT NULL")
        )
        waiting = db.execute("SELECT text, name FROM comment")
        comments = sum(names(text) or names(name) for text, name in waiting)
        return Unpublished(tuple(filter(names, called)), drafts + comments)

    try:
        return file.do(look)
    finally:
        file.close()
