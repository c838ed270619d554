"""Looks after a cluster's nodes every second, each in a thread of its own: a node that hangs delays nobody's news of the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from booking.store.cluster.routing import Cluster
from booking.store.workers import Pool, hop

WATCH_SECONDS = 1.0


class NodeWatch:
    """``reactor`` is an IReactorFromThreads and IReactorTime; ``workers`` makes a pool of that many threads."""

    _log = Logger()

    def __init__(self, cluster: Cluster, *, reactor: Any, workers: Callable[[int, str], Pool]) -> None:
        self._cluster = cluster
        self._reactor = reactor
        self._pool = workers(len(cluster.urls), "store-watch")
        self._watchers: list[Any] = [None] * len(cluster.urls)
        self._asked: set[int] = set()
        self._loop = LoopingCall(self._round)
        self._loop.clock = reactor

    def start(self) -> None:
        self._pool.start()
        self._loop.start(WATCH_SECONDS)

    def stop(self) -> None:
        """Returns when the last probe is answered, or given up."""
        if self._loop.running:
            self._loop.stop()
        self._pool.stop()
        for watcher in self._watchers:
            if watcher is not None:
                watcher.close()

    def _round(self) -> None:
        for node in range(len(self._watchers)):
            if node not in self._asked:
                self._asked.add(node)
                asked = hop(self._reactor, self._pool, partial(self._cluster.thd_watch, node, self._watchers[node]))
                asked.addBoth(self._answered, node)

    def _answered(self, watcher: Any, node: int) -> None:
        self._asked.discard(node)
        if isinstance(watcher, Failure):
            self._log.failure("the watch of node {node} failed", watcher, node=self._cluster.name(node))
            watcher = None
        self._watchers[node] = watcher
