"""Connections as the store needs them: durable, strict, short waits, nothing personal in an error's text.

SQLite: WAL, synchronous=FULL, foreign keys on; a transaction begins as its execution option ``begin`` says (``IMMEDIATE`` for
every write, so that a reader never has to be upgraded, which SQLite refuses at once). MariaDB: READ COMMITTED, utf8mb4,
strict mode, lock waits of 3 s, statements of 20 s at most. With ``nodes`` it is a cluster: see ``booking.store.cluster.routing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool, StaticPool

from booking.store.cluster.routing import Cluster
from booking.store.driver import cursor_of

LOCK_WAIT_S = 3
STATEMENT_S = 20
BUSY_TIMEOUT_MS = 5_000
WAL_PAGES = 8_000
"""32 MB: a batch of a rush writes 1,500 pages, and each commit would copy them back with the default of 1,000."""

_MARIADB_SESSION = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION',"
    f" innodb_lock_wait_timeout={LOCK_WAIT_S}, max_statement_time={STATEMENT_S}, time_zone='+00:00',"
    " group_concat_max_len=16777216"  # rows come packed: booking.store.prepared
)


def make_engine(url: str | URL, *, connections: int = 8, nodes: Sequence[str] = ()) -> Engine:
    """An engine for ``sqlite:///…`` or ``mysql+pymysql://…``; opens no connection yet.

    ``connections`` bounds the pool: as many as ``Database`` has threads (5 + 2 by default) and one to spare. ``nodes`` are further nodes of the
    cluster whose preferred one is ``url``, in the order in which they stand in.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, connections)
    engine = _mariadb(parsed, connections)
    if nodes:
        cluster = Cluster([parsed, *map(make_url, nodes)])
        cluster.serve(engine)
        engine.update_execution_options(cluster=cluster)
    return engine


def cluster_of(engine: Engine) -> Cluster | None:
    """The nodes of an engine that has several."""
    found: Cluster | None = engine.get_execution_options().get("cluster")
    return found


def _sqlite(url: URL, connections: int) -> Engine:
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}, "hide_parameters": True}
    if url.database in (None, "", ":memory:"):
        engine = create_engine(url, poolclass=StaticPool, **options)
    else:
        # The connection used last has the most pages in its cache (lifo: 3 % of a busy text gateway's work).
        options |= {"pool_size": connections, "max_overflow": 0, "pool_reset_on_return": None, "pool_use_lifo": True}
        engine = create_engine(url, poolclass=QueuePool, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transactions of its own: _begin_sqlite does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(
        "PRAGMA temp_store=MEMORY"
    )  # each insert of many rows keeps a journal of its own: in a file, 6 µs a booking
    cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    cursor.close()


def _begin_sqlite(conn: Connection) -> None:
    begin = f"BEGIN {conn.get_execution_options().get('begin', 'DEFERRED')}"
    with cursor_of(conn, begin) as cursor:  # each transaction begins so: 20 µs less than through SQLAlchemy
        cursor.execute(begin)


def _mariadb(url: URL, connections: int) -> Engine:
    engine = create_engine(
        url.update_query_dict({"charset": "utf8mb4"}),
        isolation_level="READ COMMITTED",
        pool_size=connections,
        max_overflow=0,
        pool_recycle=1800,
        pool_reset_on_return=None,  # every connection comes back committed or rolled back: saves a round trip
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "read_timeout": STATEMENT_S + 5, "write_timeout": STATEMENT_S + 5},
    )
    event.listen(engine, "connect", _prepare_mariadb)
    return engine


def _prepare_mariadb(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MARIADB_SESSION)
