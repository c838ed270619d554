"""Many small writes into one transaction: while one batch is being written, further items gather into the next.

Law: an idle gathering writes at once (no timer, so a lone text waits for nothing); a busy one writes everything that came
meanwhile, at most ``most`` items at a time, in the order in which they came. Each item gets its own result. An outage
(``Busy``) fails the batch, and every one of its callers hears it; any other error is blamed on one item only: the batch is
written again one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

from booking.outcomes import Busy

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """``write`` commits a batch and returns one result per item, in order; it raises ``Busy`` when the store is out."""

    def __init__(self, write: Callable[[list[Item]], Awaitable[Sequence[Result]]], *, most: int = 200) -> None:
        self._write = write
        self._most = most
        self._waiting: deque[tuple[Item, Deferred[Result]]] = deque()
        self._writing = False

    @property
    def waiting(self) -> int:
        """Items that are not yet in a transaction."""
        return len(self._waiting)

    async def put(self, item: Item) -> Result:
        """Returns when ``item`` is committed. Raises Busy, or what writing this item alone raised."""
        result: Deferred[Result] = Deferred()
        self._waiting.append((item, result))
        if not self._writing:
            Deferred.fromCoroutine(self._empty())
        return await result

    async def _empty(self) -> None:
        self._writing = True
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                await self._one_batch(batch)
        finally:
            self._writing = False

    async def _one_batch(self, batch: list[tuple[Item, Deferred[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            if isinstance(error, Busy) or len(batch) == 1:
                for _, waiter in batch:
                    waiter.errback(error)
                return
            for one in batch:
                await self._one_batch([one])
            return
        for (_, waiter), result in zip(batch, results, strict=True):
            waiter.callback(result)
