"""An engine for reports: it can only read, has its own few connections, and gives a statement minutes where a caller's gets seconds.

A report never stands in a caller's way: on MariaDB it reads old versions of rows and locks none (READ ONLY, READ COMMITTED), on SQLite
it reads beside the one writer (WAL). ``most_s`` bounds each statement: past it the database breaks off (MariaDB by itself, SQLite
by a look at ``monotonic`` every few thousand steps).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from booking.store.engine import make_engine

CONNECTIONS = 2
LIVENESS_S = 30  # how much longer than the statement may run the driver waits for a server that says nothing
_STEPS = 20_000
_TOOK_TOO_LONG = 1969


def reading_engine(url: str | URL, *, most_s: int, monotonic: Callable[[], float]) -> Engine:
    """For the database at ``url``; opens no connection yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, most_s, monotonic)
    return _mariadb(parsed, most_s)


def took_too_long(error: BaseException) -> bool:
    """Whether ``most_s`` was over."""
    if not isinstance(error, DBAPIError):
        return False
    first = next(iter(getattr(error.orig, "args", ())), None)
    return first == _TOOK_TOO_LONG or (isinstance(error, OperationalError) and first == "interrupted")


def _sqlite(url: URL, most_s: int, monotonic: Callable[[], float]) -> Engine:
    engine = make_engine(url, connections=CONNECTIONS)
    ends = [float("inf")]

    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")
        connection.set_progress_handler(lambda: monotonic() > ends[0], _STEPS)

    def begin(*_: object) -> None:
        ends[0] = monotonic() + most_s

    event.listen(engine, "connect", prepare)
    event.listen(engine, "before_cursor_execute", begin)
    return engine


def _mariadb(url: URL, most_s: int) -> Engine:
    engine = create_engine(
        url.update_query_dict({"charset": "utf8mb4"}),
        isolation_level="READ COMMITTED",
        poolclass=QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "read_timeout": most_s + LIVENESS_S, "write_timeout": most_s + LIVENESS_S},
    )

    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION max_statement_time={int(most_s)}, time_zone='+00:00'")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")

    event.listen(engine, "connect", prepare)
    return engine
