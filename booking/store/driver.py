"""The driver's own cursor under a SQLAlchemy connection, for what is too hot for SQLAlchemy's way of running a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def cursor_of(conn: Connection, sql: str) -> Iterator[Any]:
    """A cursor of the driver's that runs ``sql``, closed at the end; what goes wrong is SQLAlchemy's error."""
    cursor = conn.connection.cursor()
    try:
        yield cursor
    except conn.dialect.loaded_dbapi.Error as error:
        raise _told(conn, error, sql) from error
    finally:
        cursor.close()


def _told(conn: Connection, error: Any, sql: str) -> BaseException:
    """The driver's error as SQLAlchemy would have raised it (``faults`` tells them apart), without the parameters."""
    dialect = conn.dialect
    lost = dialect.is_disconnect(error, conn.connection, None)
    if lost:
        conn.invalidate(error)
    told: BaseException = DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
    return told
