"""An engine's connections to a cluster: each new one goes to the first healthy node; those of a node that is away are thrown away.

A node is healthy when a real write and a read succeed: a node that lost its peers answers a ping, and refuses work (1047). The read waits for
all that the cluster had committed (``wsrep_sync_wait``), so that whoever comes from a node that died finds what was done there.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakSet

import pymysql
from sqlalchemy import URL, Engine, event
from sqlalchemy.exc import DisconnectionError
from twisted.logger import Logger

from booking.store.cluster.nodes import Nodes, Probe

CONNECT_S = 2
PROBE_S = 4
_AWAY_CODES = frozenset({1047, 1053, 1180})
_ANSWERS = frozenset({1146, 1213})  # no table yet (before the first upgrade), and a cluster at work: both healthy

_BEAT = "UPDATE lease SET beats = beats + 1 WHERE hospital_id = 0 AND name = %s"
_FIRST = "INSERT IGNORE INTO lease (hospital_id, name, holder, token, beats, until_at) VALUES (0, %s, '', 0, 0, UTC_TIMESTAMP(6))"
_READ = "SELECT beats FROM lease WHERE hospital_id = 0 AND name = %s"


class Cluster:
    """The nodes of one engine. ``now`` is a monotonic clock. Its methods may be called from any thread."""

    log = Logger()

    def __init__(self, urls: Sequence[URL], *, now: Callable[[], float] = time.monotonic) -> None:
        self.urls = list(urls)
        self._nodes = Nodes(len(urls))
        self._now = now
        self._lock = Lock()
        self._made: list[WeakSet[Any]] = [WeakSet() for _ in urls]
        self.moves = 0

    @property
    def current(self) -> int:
        return self._nodes.current

    def name(self, node: int) -> str:
        """As metrics and logs call it: no user, no password."""
        return f"{self.urls[node].host}:{self.urls[node].port or 3306}"

    def away(self, node: int) -> bool:
        return self._nodes.away(node)

    def serve(self, engine: Engine) -> None:
        """From now on this engine's connections are made here."""
        told = engine.dialect.is_disconnect

        def is_disconnect(e: Any, connection: Any, cursor: Any) -> bool:
            return _is_away(e) or told(e, connection, cursor)

        engine.dialect.is_disconnect = is_disconnect  # type: ignore[method-assign]
        event.listen(engine, "do_connect", self._thd_connect)
        event.listen(engine, "checkout", self._check_out)
        event.listen(engine, "invalidate", self._invalidated)

    def _thd_connect(self, dialect: Any, record: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
        failure: Exception | None = None
        for node in self._nodes.order():
            try:
                connection = self._thd_reach(node, options)
            except pymysql.Error as error:
                failure = failure or error
                continue
            record.info.update(node=node, epoch=self._nodes.epoch, fresh=True)
            return connection
        assert failure is not None, "a cluster has nodes"
        raise failure

    def _thd_reach(self, node: int, options: dict[str, Any]) -> Any:
        """A connection to that node which has just written and read; raises pymysql's errors."""
        url, asked = self.urls[node], self._now()
        where = {
            "host": url.host,
            "port": url.port or 3306,
            "user": url.username,
            "password": str(url.password or ""),
            "database": url.database,
            "connect_timeout": CONNECT_S,
            "read_timeout": PROBE_S,
            "write_timeout": PROBE_S,
        }
        try:
            connection: Any = pymysql.connect(**(options | where))
            synced = thd_probe(connection, self.name(node))
        except pymysql.Error:
            self._told(Probe(node=node, asked=asked, answered=self._now(), well=False))
            raise
        self._told(Probe(node=node, asked=asked, answered=self._now(), well=True, synced=synced))
        # pymysql has no public way to let a connection wait longer than its probe may
        connection._read_timeout, connection._write_timeout = options["read_timeout"], options["write_timeout"]
        self._made[node].add(connection)
        return connection

    def thd_watch(self, node: int, watcher: Any) -> Any:
        """A probe of that node on a connection kept for it (None: one is made); the connection, or None when the node is away."""
        asked = self._now()
        try:
            if watcher is None:
                options = {"charset": "utf8mb4", "read_timeout": PROBE_S, "write_timeout": PROBE_S}
                return self._thd_reach(node, options)
            synced = thd_probe(watcher, self.name(node))
        except pymysql.Error:
            if watcher is not None:
                with suppress(Exception):
                    watcher.close()
                self._told(Probe(node=node, asked=asked, answered=self._now(), well=False))
            return None
        self._told(Probe(node=node, asked=asked, answered=self._now(), well=True, synced=synced))
        return watcher

    def _told(self, probe: Probe) -> None:
        with self._lock:
            before = self._nodes.current
            moved = self._nodes.told(probe)
        if moved:
            self.moves += 1
            self.log.warn(  # noqa: G010 - so Twisted names it
                "the store's node is {node} now, no longer {before}",
                node=self.name(self._nodes.current),
                before=self.name(before),
            )
        if not probe.well and self._nodes.current != probe.node:
            self._hang_up(probe.node)
        if moved and self._nodes.away(before):
            self._hang_up(before)

    def _hang_up(self, node: int) -> None:
        """Whoever waits for an answer of a node that is away waits no longer."""
        for connection in list(self._made[node]):
            if (line := connection._sock) is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _check_out(self, connection: Any, record: Any, _proxy: object) -> None:
        # One that was made a moment ago may be used once, so that a cluster in turmoil still answers, if only with its errors.
        if record.info["epoch"] != self._nodes.epoch and not record.info["fresh"]:
            raise DisconnectionError("made before the store changed its node")
        record.info["fresh"] = False

    def _invalidated(self, connection: Any, record: Any, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, DisconnectionError):
            with self._lock:
                if record.info["epoch"] == self._nodes.epoch:
                    self._nodes.doubt(record.info["node"])


def thd_probe(connection: Any, name: str) -> bool:
    """A write and a read; whether the node is in step with its cluster (a single server always is). Raises pymysql's errors."""
    row = f"probe:{name}"[:60]
    try:
        with connection.cursor() as cursor:
            if not cursor.execute(_BEAT, (row,)):
                cursor.execute(_FIRST, (row,))
            connection.commit()
            cursor.execute("SET SESSION wsrep_sync_wait=1")
            cursor.execute(_READ, (row,))
            cursor.execute("SET SESSION wsrep_sync_wait=0")
            cursor.execute("SHOW STATUS LIKE 'wsrep_local_state'")
            state = cursor.fetchone()
        connection.commit()
    except pymysql.Error as error:
        if not error.args or error.args[0] not in _ANSWERS:
            raise
        connection.rollback()
        return True
    return state is None or int(state[1]) in {0, 4}  # 4: Synced; 0: no cluster at all


def _is_away(error: BaseException) -> bool:
    return bool(error.args) and error.args[0] in _AWAY_CODES
