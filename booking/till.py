"""Requests are sold in batches: while one batch is written, the next one gathers.

Law of this module: every request gets a verdict of its own. When a batch fails for any reason but an outage, its requests are
put one by one, so that a neighbour's failure never fails another; an outage (Busy) fails the batch, and each may be put again
under its own key. Order of arrival is order of sale.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

from booking.outcomes import Busy

BATCH_MOST = 256
WAITING_MOST = 10_000

R = TypeVar("R")
A = TypeVar("A")


class Till(Generic[R, A]):
    """``write`` puts a batch into the store and gives one answer for each of its requests, in order."""

    def __init__(
        self,
        write: Callable[[Sequence[R]], Awaitable[Sequence[A]]],
        *,
        batch_most: int = BATCH_MOST,
        waiting_most: int = WAITING_MOST,
    ) -> None:
        self._write = write
        self._batch_most = batch_most
        self._waiting_most = waiting_most
        self._waiting: deque[tuple[R, Deferred[A]]] = deque()
        self._open = False

    async def sell(self, request: R) -> A:
        """This request's answer, or its own failure; Busy when too many wait already or the store is out."""
        if len(self._waiting) >= self._waiting_most:
            raise Busy("too many wait at the till")
        answer: Deferred[A] = Deferred()
        self._waiting.append((request, answer))
        if not self._open:
            self._open = True
            Deferred.fromCoroutine(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                count = min(self._batch_most, len(self._waiting))
                await self._serve([self._waiting.popleft() for _ in range(count)])
        finally:
            self._open = False

    async def _serve(self, batch: Sequence[tuple[R, Deferred[A]]]) -> None:
        try:
            answers = await self._write([request for request, _ in batch])
        except Exception as error:
            if isinstance(error, Busy) or len(batch) == 1:
                for _, waiting in batch:
                    waiting.errback(error)
                return
            for each in batch:
                await self._serve([each])
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            waiting.callback(answer)
