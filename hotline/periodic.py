"""Work that comes back: a body run every so often, never twice at once, whose failure is logged and counted and changes nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from booking.outcomes import Busy
from booking.trace import trace_id

Body = Callable[[], Awaitable[str | None]]
"""One run. Answers ``ELSEWHERE`` when the work is another process's, which is no success of this one."""

ELSEWHERE: Final = "elsewhere"


class PeriodicMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.runs = Counter("hotline_job_runs_total", "Runs of a periodic job", ["job", "outcome"], registry=registry)
        self.last_success = Gauge(
            "hotline_job_last_success_seconds",
            "When a job last ended well (reactor's clock)",
            ["job"],
            registry=registry,
        )


class Periodic(Service):
    """Runs ``body`` at once when started and then ``seconds`` after each run's end. Stopping waits for a run under way."""

    _log = Logger()

    def __init__(
        self, job: str, seconds: float, body: Body, *, reactor: IReactorTime, metrics: PeriodicMetrics
    ) -> None:
        self.job = job
        self._seconds = seconds
        self._body = body
        self._reactor = reactor
        self._metrics = metrics
        self._next: IDelayedCall | None = None
        self._running: Deferred[None] | None = None

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._run()

    def stopService(self) -> Deferred[None] | None:
        super().stopService()  # type: ignore[no-untyped-call]
        if self._next is not None:
            self._next.cancel()
            self._next = None
        return self._running

    def _run(self) -> None:
        self._next = None
        self._running = Deferred.fromCoroutine(self._once())
        self._running.addCallback(self._ended)

    def _ended(self, _: None) -> None:
        self._running = None
        if self.running:
            self._next = self._reactor.callLater(self._seconds, self._run)

    async def _once(self) -> None:
        trace_id.set(f"job-{self.job}")
        outcome = "failed"
        try:
            outcome = await self._body() or "done"
            if outcome != ELSEWHERE:
                self._metrics.last_success.labels(self.job).set(self._reactor.seconds())
        except Busy:
            outcome = "busy"
            self._log.warn("job {job}: the store is busy; again in {seconds} s", job=self.job, seconds=self._seconds)
        except Exception:  # whatever broke, the next run must come
            self._log.failure("job {job} failed; again in {seconds} s", job=self.job, seconds=self._seconds)
        self._metrics.runs.labels(self.job, outcome).inc()
