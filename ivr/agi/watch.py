"""One timer for every call's deadline.

Law: a connection always has a deadline, and a deadline costs one assignment. Time is counted in ticks of a second that the
loop really made: a stalled loop makes deadlines later, never early.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

TICK = 1.0  # seconds


class Watched(Protocol):
    """``deadline``: the tick at which ``expire`` is to be called (``inf``: never)."""

    deadline: float

    def expire(self) -> None: ...


class Watch:
    """Runs only while something is watched, so that an idle server wakes nobody."""

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        self.ticks = 0
        self._watched: set[Watched] = set()
        self._timer: IDelayedCall | None = None

    def add(self, watched: Watched) -> None:
        self._watched.add(watched)
        if self._timer is None:
            self._timer = self.clock.callLater(TICK, self._tick)

    def discard(self, watched: Watched) -> None:
        self._watched.discard(watched)

    def _tick(self) -> None:
        self._timer = None
        self.ticks += 1
        ticks = self.ticks
        for watched in [each for each in self._watched if each.deadline <= ticks]:
            watched.expire()
        if self._watched and self._timer is None:
            self._timer = self.clock.callLater(TICK, self._tick)

    def stop(self) -> None:
        """Forgets everything; for the end of the server."""
        self._watched.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
