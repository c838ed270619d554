"""Requests are sold in batches: while one batch is written, the next one gathers.

Law of this module: every request gets a verdict of its own. When a batch fails for any reason but an outage, its requests are
put one by one, so that a neighbour's failure never fails another; an outage (Busy) fails the batch, and each may be put again
under its own key. Order of arrival is order of sale: a batch begins when the one before it holds its locks (``locked``), or is
done; from then on the one before it cannot be overtaken. Only a batch that has to be put again may be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from booking.outcomes import Busy
from booking.store.faults import fault_name

BATCH_MOST = 384
WAITING_MOST = 10_000
TOGETHER_MOST = 2
"""Batches under way: while the database writes one, the next is judged."""

R = TypeVar("R")
A = TypeVar("A")

Locked = Callable[[], None]


def alone() -> None:
    """``locked`` of a request whose batch failed: others may come before it."""


class Till(Generic[R, A]):
    """``write`` puts a batch into the store and gives one answer for each of its requests, in order. It calls ``locked`` (in the
    reactor's thread) when nothing that comes later can come before this batch any more, or never.
    """

    log = Logger()

    def __init__(
        self,
        write: Callable[[Sequence[R], Locked], Awaitable[Sequence[A]]],
        *,
        batch_most: int = BATCH_MOST,
        waiting_most: int = WAITING_MOST,
    ) -> None:
        self._write = write
        self._batch_most = batch_most
        self._waiting_most = waiting_most
        self._waiting: deque[tuple[R, Deferred[A]]] = deque()
        self._under_way = 0
        self._answering = False
        self._begun: object | None = None  # the batch that does not hold its locks yet

    def sell(self, request: R) -> Deferred[A]:
        """This request's answer, or its own failure; Busy (raised at once) when too many wait already or the store is out."""
        if len(self._waiting) >= self._waiting_most:
            raise Busy("too many wait at the till")
        answer: Deferred[A] = Deferred()
        self._waiting.append((request, answer))
        self._next()
        return answer

    def _next(self) -> None:
        """A batch begins, unless the one before it may still be overtaken."""
        if not self._waiting or self._answering or self._begun is not None or self._under_way >= TOGETHER_MOST:
            return
        count = min(self._batch_most, len(self._waiting))
        batch = [self._waiting.popleft() for _ in range(count)]
        self._under_way += 1
        self._begun = batch
        Deferred.fromCoroutine(self._work(batch))

    async def _work(self, batch: Sequence[tuple[R, Deferred[A]]]) -> None:
        try:
            await self._serve(batch, lambda: self._locked(batch))
        finally:
            self._under_way -= 1
            self._locked(batch)
            self._next()

    def _locked(self, batch: object) -> None:
        if self._begun is batch:
            self._begun = None
            self._next()

    async def _serve(self, batch: Sequence[tuple[R, Deferred[A]]], locked: Locked) -> None:
        try:
            answers = await self._write([request for request, _ in batch], locked)
        except Exception as error:
            if isinstance(error, Busy) or len(batch) == 1:
                for _, waiting in batch:
                    waiting.errback(error)
                return
            self.log.warn(  # noqa: G010 - so Twisted names it
                "{count} requests are put one by one after {fault}", count=len(batch), fault=fault_name(error)
            )
            for each in batch:
                await self._serve([each], alone)
            return
        self._answering = True  # who asks again at once does not go alone, but with all the others of his batch
        try:
            for (_, waiting), answer in zip(batch, answers, strict=True):
                waiting.callback(answer)
        finally:
            self._answering = False
