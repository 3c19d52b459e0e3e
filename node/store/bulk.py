"""Many rows in few statements, and several statements in one go.

Python's sqlite3 gives up the interpreter lock and takes it back for every row it steps to, and a connection's
thread wakes for every statement that it is handed.  Beside a busy event loop each of those can cost a thread
switch, and thousands of them a second; one statement for many rows costs one.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import aiosqlite

from node.store.errors import StoreError, as_store_error

Statement = tuple[str, list[Any]]
"""SQL, and the values for its question marks."""

# Lengths of the statements that are kept prepared; together they make up any number of rows.
_LENGTHS = (256, 128, 64, 32, 16, 8, 4, 2, 1)


async def insert_rows(
    db: aiosqlite.Connection, head: str, rows: Sequence[tuple[Any, ...]], tail: str = ""
) -> None:
    """Run `head VALUES (…), (…) tail` for all rows, which are of one width."""
    statements: list[Statement] = []
    done = 0
    for length in _LENGTHS:
        while len(rows) - done >= length:
            part = rows[done : done + length]
            statements.append((_insert(head, len(part[0]), length, tail), list(chain.from_iterable(part))))
            done += length
    if statements:
        await _in_one_go(db, statements)


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
    statements: list[Statement] = []
    done = 0
    while done < len(wanted):
        length = next((n for n in reversed(_LENGTHS) if n >= len(wanted) - done), _LENGTHS[0])
        part = wanted[done : done + length]
        done += len(part)
        # A shorter list is filled up with its last key, which changes nothing of the result.
        part += [part[-1]] * (length - len(part))
        statements.append((_select(sql, length), part * places))
    if len(statements) == 1:
        return await select_rows(db, *statements[0])
    try:
        return await _in_one_go(db, statements) if statements else []
    except sqlite3.Error as error:
        raise as_store_error(error) from error
    except ValueError as error:  # how aiosqlite says that it is closed
        raise StoreError("the store is closed") from error


async def _in_one_go(db: aiosqlite.Connection, statements: Sequence[Statement]) -> list[tuple[Any, ...]]:
    """Run statements one after the other, none after one that fails; return the rows of all of them.

    By what is below every method of aiosqlite's: none of them takes more than one statement with values.
    """
    rows: list[tuple[Any, ...]] = await db._execute(_run_all, db._conn, statements)  # type: ignore[no-untyped-call]
    return rows


def _run_all(db: sqlite3.Connection, statements: Sequence[Statement]) -> list[tuple[Any, ...]]:
    return [row for sql, values in statements for row in db.execute(sql, values)]


@cache
def _insert(head: str, width: int, length: int, tail: str) -> str:
    row = "(" + ",".join("?" * width) + ")"
    return f"{head} VALUES " + ",".join([row] * length) + f" {tail}"


@cache
def _select(sql: str, length: int) -> str:
    return sql.replace("(?*)", "(" + ",".join("?" * length) + ")")
