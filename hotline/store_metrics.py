"""How long jobs wait for a thread of the store and how long they run, by the name of the job (``thd_…``)."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, Histogram

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class StoreMetrics:
    """``seen`` is the store's observer. ``watch_jobs`` shows how many jobs wait or run."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waited = Histogram(
            "hotline_db_wait_seconds", "Wait of a job for a thread", ["job"], buckets=_BUCKETS, registry=registry
        )
        self._ran = Histogram("hotline_db_run_seconds", "Run of a job", ["job"], buckets=_BUCKETS, registry=registry)
        self._jobs = Gauge("hotline_db_jobs", "Jobs that wait or run now", registry=registry)

    def seen(self, job: str, waited: float, ran: float) -> None:
        """Seconds, both."""
        self._waited.labels(job).observe(waited)
        self._ran.labels(job).observe(ran)

    def watch_jobs(self, count: Callable[[], int]) -> None:
        self._jobs.set_function(count)
