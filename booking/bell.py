"""Tells whoever delivers effects that committed work is waiting. Only a hint: deliverers poll as well, so a lost ring costs a second."""

from __future__ import annotations

from collections.abc import Callable


class Bell:
    """``ring`` calls every listener, in the reactor thread, after a commit."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def ring(self) -> None:
        for listener in self._listeners:
            listener()
