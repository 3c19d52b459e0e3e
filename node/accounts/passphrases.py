"""Passphrases of accounts: stretched with argon2id, one at a time, and checked in a time that tells nothing.

A guess costs whoever has stolen the file as much as one at a key (`node.keys.key_file`): 64 MB and four
passes, RFC 9106 §4 for machines with little memory.  That is a second and more of a small board, so that only
one runs at once, apart from everything else, and few may wait for it: who tries many names takes no memory
and no pages.
"""

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from nacl import pwhash
from nacl.exceptions import CryptoError

from node.keys.key_file import PASSPHRASE_LENGTH_MAX_CHARACTERS, Cost

T = TypeVar("T")

# NIST SP 800-63B-4 asks for fifteen where nothing else is asked for, and eight beside something else. Guesses
# over the network are throttled to some thousand a day, and in the file cost a second each: twelve are years
# of both.
PASSPHRASE_LENGTH_MIN_CHARACTERS = 12

# "aaaaaaaaaaaa" and "121212121212" are long and are no secret.
DIFFERENT_MIN_CHARACTERS = 5

# 64 MB each: a board of 512 MB has room for one beside its node.
AT_ONCE = 1

# Whoever comes ninth would wait for ten seconds on a small board, and is told to come back.
WAITING_MAX = 8

Unfit = Literal["short", "long", "plain", "name"]


class TooManyWaiting(Exception):
    """More passphrases wait to be checked than this node takes on."""


class Stretcher:
    """Does what takes the memory and time of a passphrase, in its own thread."""

    def __init__(self, cost: Cost | None = None) -> None:
        self._cost = cost or Cost()
        self._threads = ThreadPoolExecutor(AT_ONCE, "passphrases")
        self._waiting = 0

    async def apart(self, work: Callable[[], T]) -> T:
        """Do work that opens something with a passphrase, after that which came before.

        Raises `TooManyWaiting`, and what `work` does.
        """
        if self._waiting >= WAITING_MAX + AT_ONCE:
            raise TooManyWaiting
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Who goes away does not free the thread: it counts until the work is done.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    async def hashed(self, passphrase: str) -> str:
        """Return what is kept of a passphrase: hash, salt and cost as one text.  Raises `TooManyWaiting`."""
        data = _normal(passphrase)
        cost = self._cost
        kept = await self.apart(lambda: pwhash.argon2id.str(data, cost.opslimit, cost.memlimit_bytes))
        return kept.decode("ascii")

    async def fits(self, passphrase: str, kept: str | None) -> bool:
        """Whether a passphrase is the one of which `kept` was made.  Where there is none it takes as long to
        say so.  Raises `TooManyWaiting`.
        """
        data = _normal(passphrase)
        against = (kept or self._of_nobody()).encode("ascii")

        def check() -> bool:
            try:
                return bool(pwhash.argon2id.verify(against, data))
            except CryptoError:
                return False

        return await self.apart(check) and kept is not None

    def close(self) -> None:
        """Finish what was begun."""
        self._threads.shutdown(cancel_futures=True)

    def _done(self, _: object) -> None:
        self._waiting -= 1

    def _of_nobody(self) -> str:
        """Return the hash of a passphrase that nobody knows, at the cost of the others."""
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode("ascii") for size in (16, 32)
        )
        memory_kib = self._cost.memlimit_bytes // 1_024
        return f"$argon2id$v=19$m={memory_kib},t={self._cost.opslimit},p=1${salt}${digest}"


def why_unfit(passphrase: str, name: str) -> Unfit | None:
    """Return why a passphrase is not taken for the account of a name; None where it is."""
    normal = unicodedata.normalize("NFKC", passphrase)
    if len(normal) < PASSPHRASE_LENGTH_MIN_CHARACTERS:
        return "short"
    if len(normal) > PASSPHRASE_LENGTH_MAX_CHARACTERS:
        return "long"
    if len(set(normal.casefold())) < DIFFERENT_MIN_CHARACTERS:
        return "plain"
    bare = normal.casefold().replace(name.casefold(), "") if name else normal
    return "name" if len(bare) < DIFFERENT_MIN_CHARACTERS else None


def _normal(passphrase: str) -> bytes:
    """Return a passphrase as it is hashed: keyboards write ñ and á in two ways (NIST SP 800-63B §5.1.1.2)."""
    bounded = passphrase[: PASSPHRASE_LENGTH_MAX_CHARACTERS + 1]
    return unicodedata.normalize("NFKC", bounded).encode("utf-8", "surrogatepass")
