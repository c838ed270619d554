"""Threads that wait for jobs: the part of a thread pool that the store needs, and no more of it.

Twisted's own pool hands each job through a team of workers and a queue written in Python: a C queue and threads that
stay took 5 % off the processor time of a text in a busy gateway. Jobs are taken in the order they came.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")

Done = Callable[[bool, Any], None]
"""Called in the job's thread: True and its result, or False and a Failure."""


class Pool(Protocol):
    """What ``Database`` needs of a pool: ``Workers``, or a pool without threads in tests."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def callInThreadWithCallback(self, done: Done, thd: Callable[[], Any]) -> None: ...


def hop(reactor: Any, pool: Pool, thd: Callable[[], T]) -> Deferred[T]:
    """``thd()`` in one of the pool's threads; its result, in the thread of ``reactor`` (an IReactorFromThreads)."""
    result: Deferred[T] = Deferred()

    def thd_done(succeeded: bool, value: Any) -> None:
        reactor.callFromThread(result.callback if succeeded else result.errback, value)

    pool.callInThreadWithCallback(thd_done, thd)
    return result


class Workers:
    """``most`` threads named after ``name``, all started at once: an idle one costs only its stack."""

    def __init__(self, most: int, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Done, Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._thd_work, name=f"{name}-{nth}", daemon=True) for nth in range(most)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when the jobs given until now are done and the threads have ended."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def callInThreadWithCallback(self, done: Done, thd: Callable[[], Any]) -> None:
        self._jobs.put((done, thd))

    def _thd_work(self) -> None:
        while (job := self._jobs.get()) is not None:
            done, thd = job
            try:
                result = thd()
            except BaseException:
                done(False, Failure())  # type: ignore[no-untyped-call]
            else:
                done(True, result)
            del job, done, thd  # what a job holds must not live until the next one comes
