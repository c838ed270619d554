"""Periodic work survives its own failures."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.outcomes import Busy
from booking.trace import trace_id
from hotline.periodic import ELSEWHERE, Body, Periodic, PeriodicMetrics


def periodic(body: Body, clock: Clock, registry: CollectorRegistry) -> Periodic:
    return Periodic("seal", 60, body, reactor=clock, metrics=PeriodicMetrics(registry))


def runs(registry: CollectorRegistry, outcome: str) -> float | None:
    return registry.get_sample_value("hotline_job_runs_total", {"job": "seal", "outcome": outcome})


def test_a_failing_run_is_counted_and_the_next_one_comes() -> None:
    """A bug and a busy store each cost one run, never the job."""
    clock, registry = Clock(), CollectorRegistry()
    seen: list[str] = []
    ends: list[Exception | None] = [ValueError("bug"), Busy(), None]

    async def body() -> None:
        seen.append(trace_id.get())
        if (end := ends.pop(0)) is not None:
            raise end

    job = periodic(body, clock, registry)
    job.startService()
    clock.pump([60, 60])
    job.stopService()
    clock.advance(600)
    assert seen == ["job-seal"] * 3
    assert [runs(registry, outcome) for outcome in ("failed", "busy", "done")] == [1, 1, 1]
    assert registry.get_sample_value("hotline_job_last_success_seconds", {"job": "seal"}) == 120


def test_a_run_that_another_process_has_is_no_success_of_this_one() -> None:
    """A process that stands by does not tell the operator that the work is done."""
    clock, registry = Clock(), CollectorRegistry()

    async def body() -> str:
        return ELSEWHERE

    periodic(body, clock, registry).startService()
    assert [runs(registry, outcome) for outcome in ("elsewhere", "done")] == [1, None]
    assert registry.get_sample_value("hotline_job_last_success_seconds", {"job": "seal"}) is None


def test_runs_never_overlap_and_the_stop_waits_for_the_one_under_way() -> None:
    """A slow run delays the next; a stop in its midst is over when the run is."""
    clock, registry = Clock(), CollectorRegistry()
    gates: list[Deferred[None]] = []

    async def body() -> None:
        gates.append(Deferred())
        await gates[-1]

    job = periodic(body, clock, registry)
    job.startService()
    clock.advance(600)
    assert len(gates) == 1
    gates[0].callback(None)
    clock.advance(60)
    assert len(gates) == 2
    stopped: list[object] = []
    stopping = job.stopService()
    assert stopping is not None
    stopping.addCallback(stopped.append)
    assert stopped == []
    gates[1].callback(None)
    assert stopped == [None]
    clock.advance(600)
    assert len(gates) == 2
