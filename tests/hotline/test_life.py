"""A process opens its house, waits for a signal, closes it, and tells how it went."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from booking.outcomes import Busy
from hotline.life import Life


class Reactor(MemoryReactorClock):
    """Runs until it is stopped; a script of what happens meanwhile is played when it is started."""

    def __init__(self, script: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.script = script
        self.stops = 0

    def run(self, installSignalHandlers: bool = True) -> None:
        assert not installSignalHandlers
        for call, args, kwargs in self.whenRunningHooks:
            call(*args, **kwargs)
        self.script()

    def callFromThread(self, call: Callable[..., object], *args: object) -> None:
        call(*args)

    def stop(self) -> None:
        self.stops += 1


class House:
    def __init__(self, on_open: Exception | None = None, on_close: Exception | None = None) -> None:
        self.events: list[str] = []
        self.on_open = on_open
        self.on_close = on_close
        self.gate: Deferred[None] | None = None

    async def open(self) -> None:
        self.events.append("open")
        if self.on_open:
            raise self.on_open

    async def close(self) -> None:
        self.events.append("close")
        if self.gate is not None:
            await self.gate
        if self.on_close:
            raise self.on_close
        self.events.append("closed")


class Signals:
    """Stands for the operating system: what was installed, and sending it."""

    def __init__(self) -> None:
        self.installed: dict[int, Callable[[int, FrameType | None], None]] = {}
        self.left: list[int] = []

    def install(self, number: int, call: Callable[[int, FrameType | None], None]) -> None:
        self.installed[number] = call

    def send(self, number: int) -> None:
        self.installed[number](number, None)


def live(house: House, script: Callable[[Signals], None]) -> tuple[int, Signals, Reactor]:
    signals = Signals()
    reactor = Reactor(lambda: script(signals))
    return Life(house, reactor, install=signals.install, leave=signals.left.append).run(), signals, reactor


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_house_in_order(number: int) -> None:
    """SIGTERM and Ctrl-C alike: the house is closed, the reactor stops, the exit code is 0."""
    house = House()
    code, signals, reactor = live(house, lambda signals: signals.send(number))
    assert (code, house.events, reactor.stops, signals.left) == (0, ["open", "close", "closed"], 1, [])


def test_a_second_signal_ends_at_once() -> None:
    """Whoever asks twice does not want to wait."""
    house = House()
    house.gate = Deferred()

    def twice(signals: Signals) -> None:
        signals.send(signal.SIGTERM)
        signals.send(signal.SIGINT)

    _, signals, reactor = live(house, twice)
    assert (signals.left, reactor.stops) == ([130], 0)
    assert house.events == ["open", "close"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(CannotListenError("127.0.0.1", 4573, OSError("in use")), 3), (Busy("no database"), 3), (ValueError("bug"), 1)],
)
def test_a_house_that_cannot_open_is_closed_again(error: Exception, code: int) -> None:
    """A port in use or a silent database is exit code 3, a bug 1; what was open already is closed."""
    house = House(on_open=error)
    got, _, reactor = live(house, lambda signals: None)
    assert (got, house.events, reactor.stops) == (code, ["open", "close", "closed"], 1)


def test_a_close_that_fails_is_exit_code_1() -> None:
    """A failure while closing is told and shows in the exit code, and the process still ends."""
    got, _, reactor = live(House(on_close=ValueError("bug")), lambda signals: signals.send(signal.SIGTERM))
    assert (got, reactor.stops) == (1, 1)
    got, _, _ = live(House(on_open=Busy(), on_close=ValueError("bug")), lambda signals: None)
    assert got == 3
