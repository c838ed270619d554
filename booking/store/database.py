"""Blocking SQL beside the reactor: one function, one transaction, one hop into a bounded pool of threads.

Law of this module: a job is a ``thd_`` function and replayable arguments. On a transient fault (``booking.store.faults``) the
whole function is run again, at most 3 times and within 2 s; past that, and when too many jobs wait already, the caller gets
``Busy`` and may put the same request again. Jobs run in the order they came. On SQLite every write goes through one thread,
so that writers queue here, fairly, and not on the database's lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, Protocol, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from booking.clock import Clock
from booking.outcomes import Busy
from booking.store.cluster.watch import NodeWatch
from booking.store.engine import cluster_of, make_engine
from booking.store.faults import fault_name, is_outage, is_transient
from booking.store.looks import Looks
from booking.store.transaction import thd_write, writing
from booking.store.workers import Pool, Workers, hop

__all__ = ["Database", "Observer", "Store", "make_engine"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Observer = Callable[[str, float, float], None]
"""Called in the reactor thread after each try: the job's name, seconds waited for a thread, seconds run."""

RETRY_PAUSES_S = (0.02, 0.1, 0.4)
RETRY_BUDGET_S = 2.0


class Store(Protocol):
    """What reception and the doors' mail rooms need: ``Database``, or ``ImmediateDatabase`` in tests and commands."""

    async def run(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """One committed transaction."""
        ...

    async def look(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """One transaction that changes nothing."""
        ...

    async def run_slow(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """One committed transaction that may take long (imports, reports): never in front of a caller's."""
        ...

    def soon(self, call: Callable[[], None]) -> None:
        """``call`` in the reactor's thread while the job that says so goes on; never, where jobs have no threads."""
        ...

    def seconds(self) -> float | None:
        """The reactor's time; None where jobs have no threads."""
        ...


class Database:
    """``reactor`` is an IReactorFromThreads and IReactorTime; ``waiting_max`` bounds jobs waiting and running together."""

    log = Logger()

    def __init__(
        self,
        engine: Engine,
        *,
        reactor: Any,
        clock: Clock,
        threads: int = 5,
        waiting_max: int = 500,
        observer: Observer | None = None,
        workers: Callable[[int, str], Pool] = Workers,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self._reactor = reactor
        self._writing = writing(engine)
        self._waiting_max = waiting_max
        self._observer = observer
        self._jobs = 0
        self._open = False
        self._empty: Deferred[None] | None = None
        self._readers = workers(threads, "store")
        self._writers = workers(1, "store-writer") if engine.dialect.name == "sqlite" else self._readers
        self._slow = workers(2, "store-slow")
        cluster = cluster_of(engine)
        self._watch_nodes = NodeWatch(cluster, reactor=reactor, workers=workers) if cluster is not None else None
        self._looks = Looks(engine, pool=self._readers, reactor=reactor, watch=self._watch)

    @property
    def jobs(self) -> int:
        """How many jobs wait or run now."""
        return self._jobs

    def start(self) -> None:
        """Open for jobs. Connections are made when they are first needed."""
        for pool in self._pools():
            pool.start()
        if self._watch_nodes is not None:
            self._watch_nodes.start()
        self._open = True

    async def stop(self) -> None:
        """Refuse new jobs (Busy), wait for those accepted, end the threads, close the connections."""
        self._open = False
        if self._jobs:
            self._empty = Deferred()
            await self._empty
        for pool in self._pools():
            pool.stop()
        if self._watch_nodes is not None:
            self._watch_nodes.stop()
        self.engine.dispose()

    async def run(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """One committed transaction in the ordinary pool; raises Busy, or what ``thd`` raises."""
        return await self._write(self._writers, thd, *args, name=name)

    async def look(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """In a transaction that is always rolled back, shared with what else is looked for now; raises Busy, or what ``thd`` raises."""
        name = name or thd.__name__
        return await self._job(name, lambda: self._looks.ask(name, lambda conn: thd(conn, *args)))

    async def run_slow(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        """As ``run``, in a second pool of two threads; on SQLite it still holds the one write lock while it runs."""
        return await self._write(self._slow, thd, *args, name=name)

    def soon(self, call: Callable[[], None]) -> None:
        """``call`` in the reactor's thread; from any thread."""
        self._reactor.callFromThread(call)

    def seconds(self) -> float | None:
        """The reactor's time."""
        return float(self._reactor.seconds())

    def _pools(self) -> set[Pool]:
        return {self._readers, self._writers, self._slow}

    async def _write(self, pool: Pool, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None) -> T:
        name = name or thd.__name__
        return await self._job(name, lambda: self._once(pool, name, lambda: thd_write(self._writing, thd, *args)))

    async def _job(self, name: str, once: Callable[[], Awaitable[T]]) -> T:
        if not self._open or self._jobs >= self._waiting_max:
            raise Busy("the store takes no more jobs now")
        self._jobs += 1
        try:
            return await self._tries(name, once)
        finally:
            self._jobs -= 1
            if self._empty is not None and not self._jobs:
                self._empty.callback(None)

    async def _tries(self, name: str, once: Callable[[], Awaitable[T]]) -> T:
        begun = self._reactor.seconds()
        pauses = list(RETRY_PAUSES_S)
        while True:
            try:
                return await once()
            except Exception as error:
                late = self._reactor.seconds() - begun > RETRY_BUDGET_S
                if pauses and not late and is_transient(error):
                    self.log.info("{job} is run again after {fault}", job=name, fault=fault_name(error))
                    await deferLater(self._reactor, pauses.pop(0))
                    continue
                if is_outage(error):
                    # One line and no traceback: an outage is no bug, and every job of its minutes comes by here.
                    self.log.warn(  # noqa: G010 - so Twisted names it
                        "{job} is given up after {fault}", job=name, fault=fault_name(error)
                    )
                    raise Busy("the store does not answer") from error
                raise

    async def _once(self, pool: Pool, name: str, thd: Callable[[], T]) -> T:
        asked = self._reactor.seconds()
        times = [asked, asked]
        context = copy_context()

        def thd_timed() -> T:
            times[0] = self._reactor.seconds()
            try:
                return context.run(thd)
            finally:
                times[1] = self._reactor.seconds()

        try:
            return await hop(self._reactor, pool, thd_timed)
        finally:
            self._watch(name, times[0] - asked, times[1] - times[0])

    def _watch(self, name: str, waited: float, ran: float) -> None:
        if self._observer is not None:
            self._observer(name, waited, ran)
