"""Many small writes into one transaction: while one batch is being written, further items gather into the next.

Law: an idle gathering writes at once, so a lone text waits for nothing, unless its item says that it has ``patience``: then it
rides along with whatever comes first within that time. A busy one writes everything that came meanwhile, at most ``most`` items at a
time, in the order in which they came. Each item gets its own result. An outage (``Busy``) fails the batch, and every one of
its callers hears it; any other error is blamed on one item only: the batch is written again one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from booking.outcomes import Busy

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """``write`` commits a batch (which may be empty) and returns one result per item, in order; it raises ``Busy`` when the
    store is out. ``reactor`` is an IReactorTime."""

    _log = Logger()

    def __init__(
        self, write: Callable[[list[Item]], Awaitable[Sequence[Any]]], *, reactor: Any, most: int = 200
    ) -> None:
        self._write = write
        self._reactor = reactor
        self._most = most
        self._waiting: deque[tuple[Item, Deferred[Any]]] = deque()
        self._writing = False
        self._nudged = False
        self._urgent = 0
        self._later: IDelayedCall | None = None

    @property
    def waiting(self) -> int:
        """Items that are not yet in a transaction."""
        return len(self._waiting)

    async def put(self, item: Item, patience: float = 0.0) -> Any:
        """Returns its result when ``item`` is committed. Raises Busy, or what writing this item alone raised."""
        result: Deferred[Any] = Deferred()
        self._waiting.append((item, result))
        if not patience:
            self._urgent += 1
            self._start()
        elif self._later is None:
            self._later = self._reactor.callLater(patience, self._patience_ended)
        return await result

    def nudge(self) -> None:
        """Write once more soon, also when nothing waits."""
        self._nudged = True
        self._start()

    def _patience_ended(self) -> None:
        self._later = None
        self.nudge()

    def _start(self) -> None:
        if not self._writing:
            Deferred.fromCoroutine(self._empty())

    async def _empty(self) -> None:
        self._writing = True
        try:
            while self._urgent or self._nudged:
                await self._one_batch(self._next_batch())
        finally:
            self._writing = False

    def _next_batch(self) -> list[tuple[Item, Deferred[Any]]]:
        """The oldest ``most`` items, patient or not. What is left over must not wait for another reason."""
        batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        self._urgent = len(self._waiting)
        self._nudged = False
        if self._later is not None:
            self._later.cancel()
            self._later = None
        return batch

    async def _one_batch(self, batch: list[tuple[Item, Deferred[Any]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            await self._failed(batch, error)
            return
        for (_, waiter), result in zip(batch, results, strict=True):
            waiter.callback(result)

    async def _failed(self, batch: list[tuple[Item, Deferred[Any]]], error: Exception) -> None:
        if not isinstance(error, Busy) and len(batch) != 1:
            self._log.failure("a batch of {count} is written one by one", count=len(batch))
            for one in batch:
                await self._one_batch([one])
            return
        for _, waiter in batch:
            waiter.errback(error)
