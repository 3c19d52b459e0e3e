"""Many rows in one statement.

Python's sqlite3 gives up the interpreter lock and takes it back for every row it steps to.  Beside a busy
event loop each of those can cost a thread switch, and a thousand of them a second; one statement for many
rows costs one.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import aiosqlite

from node.store.errors import as_store_error

# Lengths of the statements that are kept prepared; together they make up any number of rows.
_LENGTHS = (256, 128, 64, 32, 16, 8, 4, 2, 1)


async def insert_rows(
    db: aiosqlite.Connection, head: str, rows: Sequence[tuple[Any, ...]], tail: str = ""
) -> None:
    """Run `head VALUES (…), (…) tail` for all rows, which are of one width."""
    done = 0
    for length in _LENGTHS:
        while len(rows) - done >= length:
            part = rows[done : done + length]
            await db.execute(_insert(head, len(part[0]), length, tail), list(chain.from_iterable(part)))
            done += length


async def select_rows(
    db: aiosqlite.Connection, sql: str, parameters: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a query.  Raises `StoreError`."""
    try:
        return list(await db.execute_fetchall(sql, parameters))  # type: ignore[arg-type]
    except sqlite3.Error as error:
        raise as_store_error(error) from error


async def select_in(db: aiosqlite.Connection, sql: str, keys: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of `sql`, each of whose `(?*)` stands for all of `keys`.

    Whatever the number of keys, rows are read with only a few distinct statements.  Raises `StoreError`.
    """
    wanted, places = list(keys), sql.count("(?*)")
    rows: list[tuple[Any, ...]] = []
    done = 0
    while done < len(wanted):
        length = next((n for n in reversed(_LENGTHS) if n >= len(wanted) - done), _LENGTHS[0])
        part = wanted[done : done + length]
        done += len(part)
        # A shorter list is filled up with its last key, which changes nothing of the result.
        part += [part[-1]] * (length - len(part))
        rows += await select_rows(db, _select(sql, length), part * places)
    return rows


@cache
def _insert(head: str, width: int, length: int, tail: str) -> str:
    row = "(" + ",".join("?" * width) + ")"
    return f"{head} VALUES " + ",".join([row] * length) + f" {tail}"


@cache
def _select(sql: str, length: int) -> str:
    return sql.replace("(?*)", "(" + ",".join("?" * length) + ")")
