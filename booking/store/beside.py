"""Work of Python's own, done while a statement runs: both drivers give the interpreter's lock up meanwhile.

Law of this module: what is done beside touches neither the connection nor anything that the statement's thread changes until its
result is asked for. Little work is not worth a thread (50 µs): it is done when its result is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")

WORTH = 16
"""So many pieces are worth a thread."""


class Beside(Generic[T]):
    """``work`` begins at once when it has enough ``pieces``; ``result()`` waits for it and raises what it raised."""

    def __init__(self, work: Callable[[], T], pieces: int) -> None:
        self._work = work
        self._found: list[T] = []
        self._error: Exception | None = None
        self._thread: Thread | None = None
        if pieces >= WORTH:
            self._thread = Thread(target=self._thd_run, name="store-beside", daemon=True)
            self._thread.start()

    def result(self) -> T:
        if self._thread is not None:
            self._thread.join()
        else:
            self._thd_run()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _thd_run(self) -> None:
        try:
            self._found.append(self._work())
        except Exception as error:
            self._error = error
