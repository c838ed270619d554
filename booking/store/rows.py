"""Many rows of one table in one statement: what all rows share is said once.

Law of this module: values are bound (SQLite) or literals safe by their type (MariaDB, ``booking.store.literals``). Ids come
back without being read where the engine promises that those of one statement are consecutive: SQLite, which has one writer, and
MariaDB with ``innodb_autoinc_lock_mode`` 0 or 1. Galera needs 2, which promises nothing: there the rows are asked by a column that is
unique. On SQLite one statement also means that Python's lock is given up once, not for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Table

from booking.store.driver import cursor_of
from booking.store.literals import literals, plain, tuples

ROWS_MOST = 1_000
"""In one statement: at most 12 columns of each row keep it below SQLite's 32,766 values, 4 kB of each below MariaDB's packet."""

Row = tuple[Any, ...]


class Rows:
    """How rows go into ``table``: ``shared`` columns have one value for all, ``own`` each row's."""

    def __init__(self, table: Table, *, shared: Sequence[str], own: Sequence[str], key: str | None = None) -> None:
        for name in (*shared, *own):
            assert name in table.c, f"{table.name} has no column {name}"
        self._head = f"INSERT INTO {table.name} ({','.join((*shared, *own))}) VALUES "  # noqa: S608 - names of our own tables
        self._shared = tuple(shared)
        self._own = len(own)
        self._moments = {at for at, name in enumerate(own) if isinstance(table.c[name].type, Date | DateTime)}
        self._key = key
        self._key_at = own.index(key) if key is not None else 0

    def thd_insert(self, conn: Connection, shared: Mapping[str, Any], rows: Sequence[Row]) -> None:
        """Write them; raises IntegrityError when an index refuses one."""
        for some in _portions(rows):
            self._thd_some(conn, shared, some)

    def thd_insert_numbered(self, conn: Connection, shared: Mapping[str, Any], rows: Sequence[Row]) -> list[int]:
        """As ``thd_insert``; the ids of the rows, in order."""
        found: list[int] = []
        for some in _portions(rows):
            if conn.dialect.name == "sqlite":
                last = self._thd_some(conn, shared, some)
                found += range(last - len(some) + 1, last + 1)
            elif _thd_consecutive(conn):
                first = self._thd_some(conn, shared, some)
                found += range(first, first + len(some))
            else:
                found += self._thd_returned(conn, shared, some)
        return found

    def _thd_some(self, conn: Connection, shared: Mapping[str, Any], rows: Sequence[Row]) -> int:
        sqlite = conn.dialect.name == "sqlite"
        sql = self._places(len(rows)) if sqlite else self._told(shared, rows)
        with cursor_of(conn, self._head) as cursor:
            if sqlite:
                cursor.execute(sql, self._values(shared, rows))
            else:
                cursor.execute(sql)
            return int(cursor.lastrowid or 0)

    def _thd_returned(self, conn: Connection, shared: Mapping[str, Any], rows: Sequence[Row]) -> list[int]:
        with cursor_of(conn, self._head) as cursor:
            cursor.execute(f"{self._told(shared, rows)} RETURNING {self._key},id")
            ids = dict(cursor.fetchall())
        return [ids[row[self._key_at]] for row in rows]

    def _told(self, shared: Mapping[str, Any], rows: Sequence[Row]) -> str:
        same = literals(tuple(shared[name] for name in self._shared))
        return self._head + tuples(same, rows)

    def _places(self, count: int) -> str:
        """``?1`` … are the shared values, said once; each ``?`` after them is one of a row's own."""
        same = ",".join(f"?{nth + 1}" for nth in range(len(self._shared)))
        return self._head + ",".join([f"({same}{',?' * self._own})"] * count)

    def _values(self, shared: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> list[Any]:
        told: Iterable[Sequence[Any]] = rows
        if self._moments:
            columns = list(zip(*rows, strict=True))
            for at in self._moments:
                columns[at] = tuple(map(plain, columns[at]))
            told = zip(*columns, strict=True)
        return [*(plain(shared[name]) for name in self._shared), *chain.from_iterable(told)]


def _portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for at in range(0, len(rows), ROWS_MOST):
        yield rows[at : at + ROWS_MOST]


def _thd_consecutive(conn: Connection) -> bool:
    """Whether this connection's server promises it; asked once a connection."""
    known = conn.info.get("consecutive_ids")
    if known is None:
        sql = "SELECT @@innodb_autoinc_lock_mode, @@auto_increment_increment"
        with cursor_of(conn, sql) as cursor:
            cursor.execute(sql)
            mode, step = cursor.fetchone()
        known = conn.info["consecutive_ids"] = mode <= 1 and step == 1
    return bool(known)
