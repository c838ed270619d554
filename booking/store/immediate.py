"""The store without threads: every job runs at once on the calling thread (unit tests, commands that exit)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine

from booking.clock import Clock
from booking.outcomes import Busy
from booking.store.faults import is_outage, is_transient
from booking.store.transaction import thd_read, thd_write, writing

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_RETRIES = 3


class ImmediateDatabase:
    """Answers as ``Database`` does, with the same retries (without pauses) and the same Busy."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._writing = writing(engine)

    def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    async def run(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        return self.now(thd, *args)

    async def look(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        return _tries(lambda: thd_read(self.engine, thd, *args))

    async def run_slow(self, thd: Callable[[Connection, *Ts], T], *args: *Ts, name: str | None = None) -> T:
        return self.now(thd, *args)

    def soon(self, call: Callable[[], None]) -> None:
        """Never: a job here is done before anything else can begin."""

    def seconds(self) -> float | None:
        """None: nothing happens beside a job here."""
        return None

    def now(self, thd: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        """``run`` for callers that are not coroutines."""
        return _tries(lambda: thd_write(self._writing, thd, *args))


def _tries(job: Callable[[], T]) -> T:
    left = _RETRIES
    while True:
        try:
            return job()
        except Exception as error:
            if left and is_transient(error):
                left -= 1
                continue
            if is_outage(error):
                raise Busy("the store does not answer") from error
            raise
