"""The cluster's own pulse: the raw driver writes to each node as often as it can, so that our recovery can be laid beside the cluster's."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pymysql
from soak_rush import longest
from sqlalchemy import make_url

BEAT_SECONDS = 0.05
PATIENCE_SECONDS = 3


class Pulse:
    def __init__(self, urls: list[str]) -> None:
        self._urls = [make_url(url) for url in urls]
        self._beats: list[list[float]] = [[] for _ in urls]
        self._stopped = threading.Event()
        first = self._connect(0)
        first.cursor().execute("CREATE TABLE IF NOT EXISTS pulse (node INT PRIMARY KEY, beat INT NOT NULL)")
        for node in range(len(urls)):
            first.cursor().execute("INSERT IGNORE INTO pulse VALUES (%s, 0)", (node,))
        first.commit()
        first.close()
        self._threads = [threading.Thread(target=self._beat, args=(node,), daemon=True) for node in range(len(urls))]
        for thread in self._threads:
            thread.start()

    def _connect(self, node: int) -> pymysql.Connection:
        url = self._urls[node]
        return pymysql.connect(
            host=url.host, port=url.port, user=url.username, database=url.database,
            connect_timeout=1, read_timeout=PATIENCE_SECONDS, write_timeout=PATIENCE_SECONDS,
        )  # fmt: skip

    def _beat(self, node: int) -> None:
        connection = None
        while not self._stopped.is_set():
            try:
                connection = connection or self._connect(node)
                connection.cursor().execute("UPDATE pulse SET beat = beat + 1 WHERE node = %s", (node,))
                connection.commit()
                self._beats[node].append(time.monotonic())
            except pymysql.Error:
                if connection is not None:
                    with suppress(Exception):
                        connection.close()
                connection = None
            time.sleep(BEAT_SECONDS)

    def gap(self, since: float, but: int | None) -> float:
        """How long after ``since`` no node (but the one attacked, 1 the first) could be written to."""
        gaps = [longest(beats, since) for node, beats in enumerate(self._beats, 1) if node != but]
        return min(gaps)

    def end(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(10)
