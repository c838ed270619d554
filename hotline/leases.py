"""What only one process of the house may do at a time: leases as processes hold them.

Law of this module: a lease that another holds is taken when its time is over; or when its holder, a process of this very machine, is gone; or
when for a whole term of our own monotonic time its holder gave no sign of life, whatever any clock says. Losing one is no fault:
the other process does the work.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.cluster.leases import Fenced, Lease, Standing, fence, thd_release_lease, thd_take_lease
from booking.store.database import Store
from hotline.periodic import ELSEWHERE

TERM_SECONDS = 6.0
"""For how long a bind is held after the last sign of life; three of them fit into one term."""

PROC = Path("/proc")

Turn = Callable[[], Awaitable[object]]
"""What is done when a lease is won, or lost."""


@dataclass(frozen=True, slots=True)
class Holder:
    """This process, unlike any other: machine since its start, process namespace, process, a draw; then words for people."""

    machine: str
    pid: int
    draw: str
    host: str

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.draw}/{self.host}"[:80]

    @classmethod
    def of_this_process(cls, rng: random.Random, proc: Path = PROC) -> Holder:
        return cls(_machine(proc), os.getpid(), f"{rng.getrandbits(32):08x}", socket.gethostname()[:30])

    def is_gone(self, other: str, proc: Path = PROC) -> bool:
        """Whether that holder was a process of this machine and is no more; False when nobody can tell."""
        parts = other.split("/")
        if len(parts) < 3 or parts[0] != self.machine or not parts[1].isdecimal():
            return False
        if int(parts[1]) == self.pid:
            return parts[2] != self.draw
        return (proc / "self").exists() and not (proc / parts[1]).exists()


def _machine(proc: Path) -> str:
    """The machine's start and the process namespace: a number means the same process only where both agree."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")[:12]
        return f"{boot}.{os.stat(proc / 'self/ns/pid').st_ino}"
    except OSError:
        return "unknown"


@dataclass(slots=True)
class Watched:
    """What was last seen of somebody else's lease, and since when on our own monotonic clock."""

    standing: Standing | None = None
    since: float = 0.0

    def dead(self, gone: Callable[[str], bool], now: float, term: float) -> Standing | None:
        """The holder to be taken from, when he is gone or was silent for a whole term."""
        if self.standing is None:
            return None
        return self.standing if gone(self.standing.holder) or now - self.since > term else None

    def saw(self, standing: Standing | None, now: float) -> None:
        if standing != self.standing:
            self.standing, self.since = standing, now


@dataclass(kw_only=True)
class Leases:
    """The leases of one process. ``reactor`` is an IReactorTime; ``holder`` says who we are."""

    store: Store
    clock: Clock
    reactor: Any
    holder: Holder
    hospital: int
    gone: Callable[[str], bool] | None = None
    _watched: dict[tuple[int, str], Watched] = field(default_factory=dict)

    async def take(self, name: str, seconds: float, *, hospital: int | None = None) -> Lease | None:
        """Ours for ``seconds`` from now, or None: another's. Raises Busy."""
        shard = self.hospital if hospital is None else hospital
        watched = self._watched.setdefault((shard, name), Watched())
        dead = watched.dead(self.gone or self.holder.is_gone, self.reactor.seconds(), seconds)
        asked = (shard, name, str(self.holder), seconds, naive_utc(self.clock), dead)
        found = await self.store.run(thd_take_lease, *asked, name="lease")
        mine = isinstance(found, Lease)
        watched.saw(None if mine else found, self.reactor.seconds())  # type: ignore[arg-type]
        return found if isinstance(found, Lease) else None

    async def give_back(self, lease: Lease) -> None:
        """Another need not wait. An outage is no reason to stay: the lease ends by itself."""
        with suppress(Busy):
            await self.store.run(thd_release_lease, lease, naive_utc(self.clock), name="lease")


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


class Tenure(Service):
    """Holds one lease for as long as it can: ``gained`` when it is ours, ``lost`` when another has it.

    While the store is out nothing changes: nobody else can take it either, and whoever could not be asked is not unseated.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        leases: Leases,
        *,
        gained: Turn,
        lost: Turn,
        term: float = TERM_SECONDS,
    ) -> None:
        self.lease = name
        self.held: Lease | None = None
        self.standing_by = False
        self._leases = leases
        self._gained = gained
        self._lost = lost
        self._term = term
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._go_round()

    def stopService(self) -> Deferred[None]:
        """Gives the lease back: a standby has it with its next look."""
        super().stopService()  # type: ignore[no-untyped-call]
        if self._next is not None and self._next.active():
            self._next.cancel()
        return Deferred.fromCoroutine(self._leave())

    async def _leave(self) -> None:
        if self._round is not None:
            await self._round
        if self.held is not None:
            held, self.held = self.held, None
            await self._leases.give_back(held)

    def _go_round(self) -> None:
        self._next = None
        self._round = Deferred.fromCoroutine(self._look())
        self._round.addErrback(lambda failure: self._log.failure("the lease {lease} failed", failure, lease=self.lease))
        self._round.addCallback(lambda _: self._again())

    def _again(self) -> None:
        self._round = None
        if self.running:
            self._next = self._leases.reactor.callLater(self._term / 3, self._go_round)

    async def _look(self) -> None:
        try:
            found = await self._leases.take(self.lease, self._term)
        except Busy:
            return
        before, self.held = self.held, found
        self.standing_by = found is None
        if before is not None and (found is None or found.token != before.token):
            self._log.warn("{lease} is another's now", lease=self.lease)
            await self._lost()
            before = None
        if found is not None and before is None and self.running:
            self._log.info("{lease} is ours", lease=self.lease)
            await self._gained()
