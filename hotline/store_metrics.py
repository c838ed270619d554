"""How long jobs wait for a thread of the store and how long they run, by the name of the job (``thd_…``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Gauge, Histogram

from booking.store.cluster.routing import Cluster

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class StoreMetrics:
    """``seen`` is the store's observer. ``watch_jobs`` shows how many jobs wait or run."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._waited = Histogram(
            "hotline_db_wait_seconds", "Wait of a job for a thread", ["job"], buckets=_BUCKETS, registry=registry
        )
        self._ran = Histogram("hotline_db_run_seconds", "Run of a job", ["job"], buckets=_BUCKETS, registry=registry)
        self._jobs = Gauge("hotline_db_jobs", "Jobs that wait or run now", registry=registry)

    def seen(self, job: str, waited: float, ran: float) -> None:
        """Seconds, both."""
        self._waited.labels(job).observe(waited)
        self._ran.labels(job).observe(ran)

    def watch_nodes(self, cluster: Cluster) -> None:
        """Which node of a cluster is worked with (1), and which answer."""
        used = Gauge(
            "hotline_db_node_used", "1: the node that this process works with", ["node"], registry=self._registry
        )
        well = Gauge("hotline_db_node_well", "1: its last probe went well", ["node"], registry=self._registry)
        moves = Gauge("hotline_db_node_moves", "Changes of the node worked with", registry=self._registry)
        moves.set_function(lambda: cluster.moves)
        for node in range(len(cluster.urls)):
            used.labels(cluster.name(node)).set_function(partial(_is_used, cluster, node))
            well.labels(cluster.name(node)).set_function(partial(_is_well, cluster, node))

    def watch_jobs(self, count: Callable[[], int]) -> None:
        self._jobs.set_function(count)


def _is_used(cluster: Cluster, node: int) -> float:
    return float(cluster.current == node)


def _is_well(cluster: Cluster, node: int) -> float:
    return float(not cluster.away(node))
