"""The demo's stage: the simulated SMSC opens before the hotline and closes after it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from hotline.demo.folder import Ports, Stock
from hotline.demo.stage import Stage
from hotline.demo.words import READY, Scene

AT_ONCE = SynchronousTestCase()


class Hotline:
    def __init__(self, reactor: MemoryReactorClock, error: Exception | None = None) -> None:
        self.reactor = reactor
        self.error = error
        self.listening_at_open: list[int] = []
        self.closed = False

    async def open(self) -> None:
        self.listening_at_open = [server[0] for server in self.reactor.tcpServers]
        if self.error:
            raise self.error

    async def close(self) -> None:
        self.closed = True


def scene() -> Scene:
    counts = Stock(departments=12, doctors=60, slots=15180, bookings=0)
    free = (datetime.fromisoformat("2026-07-15 08:00"),)
    return Scene(command="hotline", folder=Path("var/demo"), ports=Ports(), stock=counts, free=free)


def test_the_play_opens_and_closes() -> None:
    """The SMSC listens before the hotline connects; the last line says ready; closing says that bookings are kept."""
    reactor, said = MemoryReactorClock(), list[str]()
    hotline = Hotline(reactor)
    stage = Stage(hotline, reactor=reactor, ports=Ports(), scene=scene, say=said.append)
    AT_ONCE.successResultOf(Deferred.fromCoroutine(stage.open()))
    assert hotline.listening_at_open == [Ports().smsc]
    assert said[-1] == READY
    AT_ONCE.successResultOf(Deferred.fromCoroutine(stage.close()))
    assert hotline.closed
    assert "kept" in said[-1]


def test_a_play_that_cannot_open_promises_nothing() -> None:
    """When the hotline cannot open, nothing is promised and no farewell said: the error goes to whoever opened it."""
    reactor, said = MemoryReactorClock(), list[str]()
    stage = Stage(
        Hotline(reactor, CannotListenError("127.0.0.1", 4573, OSError("in use"))),
        reactor=reactor, ports=Ports(), scene=scene, say=said.append,
    )  # fmt: skip
    AT_ONCE.failureResultOf(Deferred.fromCoroutine(stage.open()), CannotListenError)
    assert said == []
    AT_ONCE.successResultOf(Deferred.fromCoroutine(stage.close()))
    assert said == []


def test_a_stage_that_never_opened_closes_quietly() -> None:
    """When the SMSC's own port is taken there is nothing to say goodbye to."""
    reactor, said = MemoryReactorClock(), list[str]()
    hotline = Hotline(reactor)
    stage = Stage(hotline, reactor=reactor, ports=Ports(), scene=scene, say=said.append)
    AT_ONCE.successResultOf(Deferred.fromCoroutine(stage.close()))
    assert hotline.closed
    assert said == []
