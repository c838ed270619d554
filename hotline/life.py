"""One process from its first turn to its last: opens the house, waits for a signal, closes it, and says how it went.

The first SIGTERM or SIGINT closes the house in order (what was begun is finished); the second ends the process at once. A house that
cannot be opened is closed again as far as it was open. Exit codes: 0 closed in order, 1 closing failed, 3 an outside thing was
in the way (a port in use).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from booking.outcomes import Busy

_log = Logger()
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class House(Protocol):
    """What lives: ``close`` must work after an ``open`` that failed half-way."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class Life:
    """``reactor`` is the process's own. ``install`` and ``leave`` stand for ``signal.signal`` and ``os._exit``."""

    def __init__(
        self,
        house: House,
        reactor: Any,
        *,
        install: Callable[[int, Callable[[int, FrameType | None], None]], object] = signal.signal,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._house = house
        self._reactor = reactor
        self._install = install
        self._leave = leave
        self._stop: Deferred[None] = Deferred()
        self._signalled = False
        self.exit_code = 0

    def run(self) -> int:
        """Returns the exit code when all is over."""
        for number in SIGNALS:
            self._install(number, self._on_signal)
        self._reactor.callWhenRunning(self._begin)
        self._reactor.run(installSignalHandlers=False)
        return self.exit_code

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._signalled:
            self._leave(128 + number)
            return
        self._signalled = True
        self._reactor.callFromThread(self._stop.callback, None)

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._live()).addBoth(lambda _: self._reactor.stop())

    async def _live(self) -> None:
        try:
            await self._house.open()
        except CannotListenError as error:
            self.exit_code = 3
            _log.error(
                "Cannot listen on {where}: {why}",
                where=f"{error.interface or '*'}:{error.port}",
                why=str(error.socketError),
            )
        except Busy as busy:
            self.exit_code = 3
            _log.error("Cannot start: {why}", why=str(busy))
        except Exception:  # whatever it was, what is open must be closed
            self.exit_code = 1
            _log.failure("Cannot start")
        else:
            await self._stop
            _log.info("Stopping: finishing what was begun; a second signal ends at once")
        try:
            await self._house.close()
        except Exception:
            self.exit_code = self.exit_code or 1
            _log.failure("The close failed")
