"""Work of Python's own, done while a statement runs: both drivers give the interpreter's lock up meanwhile.

Law of this module: what is done beside touches neither the connection nor anything that the statement's thread changes until its
result is asked for. Little work is not worth a thread (50 µs): it is done when its result is asked for. The threads stay: whoever
starts a new one waits until it runs, and it then keeps the interpreter's lock for up to 5 ms, before the statement is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

WORTH = 16
"""So many pieces are worth a thread."""

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="store-beside")
"""As many as batches are under way (``booking.till``); none is started before the first has work."""


class Beside(Generic[T]):
    """``work`` begins at once when it has enough ``pieces``; ``result()`` waits for it and raises what it raised."""

    def __init__(self, work: Callable[[], T], pieces: int) -> None:
        self._work = work
        self._begun: Future[T] | None = _THREADS.submit(work) if pieces >= WORTH else None

    def result(self) -> T:
        return self._work() if self._begun is None else self._begun.result()
