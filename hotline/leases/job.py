"""Periodic work that one process of the house does at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from booking.outcomes import Busy
from booking.store.cluster.leases import Fenced, Lease, fence
from hotline.leases.taking import TERM_SECONDS, Leases, Turn
from hotline.periodic import ELSEWHERE


class LeasedJob:
    """A periodic body that runs in one process of the house at a time, each transaction of it fenced.

    The lease is kept between two runs, so that one process goes on with the job; another takes it over when a run is overdue.
    """

    _log = Logger()

    def __init__(self, job: str, seconds: float, body: Turn, leases: Leases, *, hospital: int | None) -> None:
        self.job = job
        self._name = f"job:{job}"
        self._kept = seconds + TERM_SECONDS
        self._body = body
        self._leases = leases
        self._hospital = hospital
        self._held: Lease | None = None
        self._beat: IDelayedCall | None = None
        self._runs = self._leaving = False

    @property
    def ours(self) -> bool:
        """Whether this process had the job at its last look."""
        return self._held is not None

    async def __call__(self) -> str | None:
        """One run, or none when the job is another's."""
        before = self._held
        self._held = await self._leases.take(self._name, self._kept, hospital=self._hospital)
        self._tell(before, self._held)
        if self._held is None:
            return ELSEWHERE
        self._runs = True
        self._renew_later()
        try:
            await _under(self._held, self._body)
        except Fenced:
            self._held = None
            self._log.warn("{job}: another process took it over; nothing was written", job=self._name)
            return ELSEWHERE
        finally:
            self._runs = False
            if self._beat is not None and self._beat.active():
                self._beat.cancel()
            if self._leaving:
                await self._give_back()
        return None

    def _tell(self, before: Lease | None, now: Lease | None) -> None:
        """Who stands by and who took over is told once, not with each run."""
        if now is not None and before is None:
            self._log.info("{job} is ours", job=self._name)
        elif now is None and before is not None:
            self._log.warn("{job} is another's now", job=self._name)

    async def leave(self) -> None:
        """At the end of the process: another may have the job, after the run under way."""
        self._leaving = True
        if not self._runs:
            await self._give_back()

    async def _give_back(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            await self._leases.give_back(held)

    def _renew_later(self) -> None:
        self._beat = self._leases.reactor.callLater(self._kept / 3, lambda: Deferred.fromCoroutine(self._renew()))

    async def _renew(self) -> None:
        """A body that runs long keeps its lease. Whether it still has it, its next transaction finds out."""
        with suppress(Busy):
            await self._leases.take(self._name, self._kept, hospital=self._hospital)
        if self._runs:
            self._renew_later()


async def _under(held: Lease, body: Turn) -> None:
    """``body`` with every transaction that it asks for under the lease; what it started is, too, and no other job."""
    standing = fence.set(held)
    try:
        await body()
    finally:
        fence.reset(standing)


class JobLeases(Service):
    """Knows which jobs are this process's, and gives their leases back when it stops."""

    def __init__(self, jobs: Sequence[LeasedJob]) -> None:
        self._jobs = jobs

    def ours(self) -> list[str]:
        """The names of the jobs that this process had at its last look, in order."""
        return sorted(job.job for job in self._jobs if job.ours)

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._leave())

    async def _leave(self) -> None:
        for job in self._jobs:
            await job.leave()
