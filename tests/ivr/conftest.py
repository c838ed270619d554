"""A telephone in memory: Asterisk's side of FastAGI on one end, our server on the other, no socket, no wall clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from booking.clock import FixedClock
from booking.reception import Reception
from booking.stops import Stops
from booking.waiting_room import WaitingRoom
from hotline.dialer.caller import ScriptedCaller
from hotline.dialer.media import Question
from hotline.dialer.peer import Asked, Broken, Event, Failed, Peer, environment
from ivr.agi.protocol import AgiProtocol
from ivr.agi.server import AgiServer
from ivr.metrics import IvrMetrics
from ivr.service import IvrSettings, Switchboard
from ivr.speech.voice import Voice

HOME = IPv4Address("TCP", "127.0.0.1", 40000)


@implementer(ITCPTransport)
class Wires(StringTransport):
    """A TCP connection in memory that can be half closed."""

    half_closed = False
    aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def abortConnection(self) -> None:
        self.aborted = True


def lose(line: AgiProtocol) -> None:
    line.connectionLost(Failure(ConnectionDone()))


class Telephone:
    """One call. ``pump`` carries bytes both ways until nobody has anything to say."""

    def __init__(self, server: AgiServer, peer: Peer, voice: Voice | None = None) -> None:
        self.peer = peer
        self.voice = voice
        self.wires = Wires()
        self.sent = b""
        self.events: list[Event] = []
        self.answered: list[tuple[Question, str]] = []
        self.lost = False
        line = server.buildProtocol(HOME)
        assert line is not None
        self.line = line
        line.makeConnection(self.wires)

    @property
    def variables(self) -> dict[str, str]:
        return self.peer.variables

    @property
    def heard(self) -> list[str]:
        """The words of each prompt list, in order."""
        return [self.words(event.question) for event in self.events if isinstance(event, Asked)]

    def words(self, question: Question) -> str:
        assert self.voice is not None
        return "".join(map(self.voice.words, question.files))

    @property
    def failure(self) -> str | None:
        return next((event.why for event in self.events if isinstance(event, Failed)), None)

    def pump(self) -> None:
        while not self.lost:
            ours = self.wires.value()
            self.wires.clear()
            self.sent += ours
            self.events += self.peer.feed(ours)
            theirs = self.peer.take()
            if theirs:
                self.line.dataReceived(theirs)
            if not self.wires.value() and (self.peer.closed or self.wires.half_closed or self.wires.aborted):
                self.end()
            elif not theirs and not self.wires.value():
                break
        assert not [event for event in self.events if isinstance(event, Broken)]

    def end(self) -> None:
        self.lost = True
        lose(self.line)

    def key(self, script: Iterable[str]) -> Telephone:
        """Answers the questions from the script, one part each; its end is where the caller waits in silence no more and hangs up."""
        caller = ScriptedCaller(script)
        self.pump()
        while (question := self.peer.question) is not None and not self.lost:
            before = len(caller.pressed)
            caller.attend(self.peer)
            self.answered += [(question, keys) for keys in caller.pressed[before:]]
            self.pump()
        return self


@pytest.fixture
def new_wires() -> type[Wires]:
    return Wires


@pytest.fixture
def timer() -> Clock:
    """The reactor's clock; nothing moves unless the test moves it."""
    return Clock()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> IvrMetrics:
    return IvrMetrics(registry)


@pytest.fixture
def counted(registry: CollectorRegistry) -> Callable[..., float]:
    """``counted("refused", why="busy")``: a metric's value, 0 when it never moved."""

    def value(name: str, **labels: str) -> float:
        return registry.get_sample_value(f"hotline_ivr_{name}", labels) or 0.0

    return value


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return Voice(tmp_path, "/sounds")


@pytest.fixture
def switchboard(
    timer: Clock,
    reception: Reception,
    room: WaitingRoom,
    stops: Stops,
    voice: Voice,
    clock: FixedClock,
    metrics: IvrMetrics,
) -> Switchboard:
    """The flows of the hotline over the small hospital; ``dataclasses.replace`` makes another one of it."""
    return Switchboard(
        settings=IvrSettings(),
        timer=timer,
        reception=reception,
        room=room,
        stops=stops,
        speaker=voice,
        clock=clock,
        metrics=metrics,
    )


@pytest.fixture
def dial(timer: Clock, metrics: IvrMetrics, switchboard: Switchboard, voice: Voice) -> Callable[..., Telephone]:
    """Calls the hotline; ``.key(...)`` then keys."""

    def begin(
        caller: str | None = "13800138000",
        *,
        board: Switchboard = switchboard,
        script: str = "hotline",
        has_file: Callable[[str], bool] = lambda _: True,
    ) -> Telephone:
        server = AgiServer(board, clock=timer, tally=metrics)
        peer = Peer(environment(caller, "1784000000.7", script), has_file=has_file)
        return Telephone(server, peer, voice)

    return begin
