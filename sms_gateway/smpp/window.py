"""Requests that were sent and not yet answered, by sequence number. Pure: ``now`` is always an argument, in seconds.

One window serves one direction of one connection. Sequence numbers run 1…0x7FFFFFFF (SMPP 3.4, 3.2), wrap, and skip
those still in flight. A request that is not answered in time leaves the window, and is remembered for a while (the
last 1,000), so that an answer that comes late can still be told from one to a question never asked.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LAST_SEQUENCE: Final = 0x7FFFFFFF
_LAPSED_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class InFlight(Generic[T]):
    """``sent`` is when; ``due`` is when its answer becomes late."""

    request: T
    sent: float
    due: float


class Window(Generic[T]):
    """``size`` bounds what is in flight; ``seconds`` is how long an answer may take."""

    def __init__(self, size: int, seconds: float, *, first_sequence: int = 1) -> None:
        self.size = size
        self._seconds = seconds
        self._next = first_sequence
        self._flying: OrderedDict[int, InFlight[T]] = OrderedDict()
        self._lapsed: OrderedDict[int, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._flying)

    @property
    def full(self) -> bool:
        return len(self._flying) >= self.size

    @property
    def next_due(self) -> float | None:
        """When the oldest request becomes late (all have the same patience, so the oldest is the first)."""
        return next(iter(self._flying.values())).due if self._flying else None

    def sequence(self) -> int:
        """A number for a new request."""
        while self._next in self._flying:
            self._advance()
        number = self._next
        self._advance()
        return number

    def open(self, sequence: int, request: T, now: float) -> None:
        """Puts a request in flight. That there was room is the caller's to have asked (``full``)."""
        self._lapsed.pop(sequence, None)
        self._flying[sequence] = InFlight(request, now, now + self._seconds)

    def close(self, sequence: int) -> InFlight[T] | None:
        """Takes out the request that an answer names, or None when there is none."""
        return self._flying.pop(sequence, None)

    def lapsed(self, sequence: int) -> T | None:
        """The request of this number if it was given up lately; it is told once."""
        return self._lapsed.pop(sequence, None)

    def expire(self, now: float) -> list[tuple[int, T]]:
        """Takes out every request whose answer is late, oldest first."""
        late = []
        while self._flying and next(iter(self._flying.values())).due <= now:
            sequence, entry = self._flying.popitem(last=False)
            self._lapsed[sequence] = entry.request
            late.append((sequence, entry.request))
        while len(self._lapsed) > _LAPSED_MOST:
            self._lapsed.popitem(last=False)
        return late

    def abandon(self) -> list[tuple[int, T]]:
        """Takes out everything, in the order it was sent: the connection is gone."""
        requests = [(sequence, entry.request) for sequence, entry in self._flying.items()]
        self._flying.clear()
        return requests

    def _advance(self) -> None:
        self._next = self._next + 1 if self._next < LAST_SEQUENCE else 1
