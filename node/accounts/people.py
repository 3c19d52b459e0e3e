"""Accounts: a name, a role, and the actors in whose name the person may sign with keys of this home.

An account is no key.  What is signed in the browser is signed with a key of the home, whose own passphrase is
asked for at that moment and kept nowhere: who steals an account reads drafts, and signs nothing.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from node.errors import ConfigError
from protocol.identifiers import ActorId, RecordId

Role = Literal["writer", "operator"]
"""`writer`: writes with the keys it may use.  `operator`: also looks after accounts and visitors' comments.
Reading needs no account."""

ROLES: tuple[Role, ...] = get_args(Role)

# A large co-operative's office; more people would be a service, and not a node's own.
ACCOUNTS_MAX = 200

# A name stands in the head of every page of its owner's.
NAME_LENGTH_MAX_CHARACTERS = 60

# A secretary signs for a few.
ACTORS_MAX = 256


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who writes here; `actors` are those it may sign for, None for all whose keys are in this
    home."""

    id: int
    name: str
    role: Role
    actors: frozenset[ActorId] | None
    has_passphrase: bool
    created_ms: int
    seen_ms: int | None

    @property
    def manages(self) -> bool:
        """Whether it looks after accounts and the queue of comments."""
        return self.role == "operator"

    def may_sign_for(self, actor: ActorId) -> bool:
        """Whether it may sign in the name of an actor."""
        return self.actors is None or actor in self.actors


def folded(name: str) -> str:
    """Return a name as it is looked up: blanks, case and ways of writing one letter aside."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def clean_name(typed: str) -> str:
    """Return a name as it is kept.  Raises `ConfigError` for what is none."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name or len(name) > NAME_LENGTH_MAX_CHARACTERS or not name.isprintable():
        raise ConfigError(
            f"an account is called by 1 to {NAME_LENGTH_MAX_CHARACTERS} ordinary characters: give it the "
            f"name of "
            "a person"
        )
    return name


def add_account(
    db: sqlite3.Connection, name: str, role: Role, actors: Iterable[ActorId] | None, now_ms: int
) -> Account:
    """Make an account without a passphrase yet; a link lets its owner choose one.  Raises `ConfigError`."""
    name = clean_name(name)
    if find_account(db, name) is not None:
        raise ConfigError(f"there is already an account called {name!r}: choose another name")
    if db.execute("SELECT count(*) FROM account").fetchone()[0] >= ACCOUNTS_MAX:
        raise ConfigError(
            f"there are {ACCOUNTS_MAX} accounts, and no room for more: remove one that nobody uses"
        )
    cursor = db.execute(
        "INSERT INTO account (name, folded, role, every_actor, created_ms) VALUES (?, ?, ?, ?, ?)",
        (name, folded(name), role, actors is None, now_ms),
    )
    assert cursor.lastrowid is not None
    _write_actors(db, cursor.lastrowid, actors)
    account = account_of(db, cursor.lastrowid)
    assert account is not None
    return account


def change_account(
    db: sqlite3.Connection, account: int, role: Role, actors: Iterable[ActorId] | None
) -> None:
    """Give an account another role, and other actors to sign for."""
    db.execute("UPDATE account SET role = ?, every_actor = ? WHERE id = ?", (role, actors is None, account))
    db.execute("DELETE FROM account_actor WHERE account = ?", (account,))
    _write_actors(db, account, actors)


def remove_account(db: sqlite3.Connection, account: int) -> None:
    """Remove an account with its sessions, links and drafts.  What was signed stays."""
    db.execute("DELETE FROM account WHERE id = ?", (account,))


def accounts(db: sqlite3.Connection) -> list[Account]:
    """Return every account, by name."""
    ids = [row[0] for row in db.execute("SELECT id FROM account ORDER BY folded")]
    return [account for one in ids if (account := account_of(db, one)) is not None]


def find_account(db: sqlite3.Connection, name: str) -> Account | None:
    """Return the account of a name, None where there is none."""
    row = db.execute("SELECT id FROM account WHERE folded = ?", (folded(name),)).fetchone()
    return None if row is None else account_of(db, row[0])


def account_of(db: sqlite3.Connection, account: int) -> Account | None:
    """Return an account by its number."""
    row = db.execute(
        "SELECT id, name, role, every_actor, passphrase IS NOT NULL, created_ms, seen_ms FROM account WHERE "
        "id = ?",
        (account,),
    ).fetchone()
    if row is None:
        return None
    number, name, role, every, has_passphrase, created_ms, seen_ms = row
    bound = db.execute("SELECT actor FROM account_actor WHERE account = ?", (account,))
    actors = None if every else frozenset(ActorId(RecordId(actor)) for (actor,) in bound)
    return Account(number, name, cast(Role, role), actors, bool(has_passphrase), created_ms, seen_ms)


def kept_passphrase(db: sqlite3.Connection, account: int) -> str | None:
    """Return what is kept of an account's passphrase (`node.accounts.passphrases`)."""
    row = db.execute("SELECT passphrase FROM account WHERE id = ?", (account,)).fetchone()
    return None if row is None else row[0]


def set_passphrase(db: sqlite3.Connection, account: int, kept: str | None) -> None:
    """Keep another passphrase, or none; every session, link and known browser of the account ends with the
    old one."""
    db.execute("UPDATE account SET passphrase = ? WHERE id = ?", (kept, account))
    for table in ("session", "device", "link"):
        db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))


def _write_actors(db: sqlite3.Connection, account: int, actors: Iterable[ActorId] | None) -> None:
    bound = sorted(set(actors or ()))
    if len(bound) > ACTORS_MAX:
        raise ConfigError(f"an account signs for {ACTORS_MAX} actors at most")
    db.executemany(
        "INSERT INTO account_actor (account, actor) VALUES (?, ?)", [(account, bytes(one)) for one in bound]
    )
