"""The connection of a ``Peer`` to a FastAGI server, and the two kinds of caller at its other end.

Nothing is decided here: bytes go to the peer, the caller is told when something is asked, bytes go back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as Shape

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from hotline.dialer.media import KEYS, Question
from hotline.dialer.peer import Event, Peer

SPOKEN_PER_SECOND = (
    4.0  # Mandarin syllables in a prompt's words: a screen shows at once what a telephone takes time to say
)


class Caller(Shape):
    def attend(self, peer: Peer) -> None:
        """Something is heard or asked: answer now, or later through the line."""
        ...


class Line(Protocol):
    """One call. ``ended`` fires when the connection is gone, whoever ended it."""

    def __init__(self, peer: Peer, caller: Caller, tell: Callable[[Event], None]) -> None:
        self.peer = peer
        self.ended: Deferred[None] = Deferred()
        self._caller = caller
        self._tell = tell

    def connectionMade(self) -> None:
        self.flush()

    def dataReceived(self, data: bytes) -> None:
        for event in self.peer.feed(data):
            self._tell(event)
        self._caller.attend(self.peer)
        self.flush()

    def flush(self) -> None:
        """Sends what the peer has to say; to be called after each ``press``, ``lapse`` and ``hang_up``."""
        assert self.transport is not None
        out = self.peer.take()
        if out:
            self.transport.write(out)
        if self.peer.closed:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.peer.closed = True
        self.ended.callback(None)


class PatientCaller:
    """Somebody at a keyboard: has as long for a key as a caller who must first hear the prompt out."""

    def __init__(self, clock: IReactorTime, spoken: Callable[[Question], str]) -> None:
        self._clock = clock
        self._spoken = spoken
        self._timer: IDelayedCall | None = None
        self.line: Line | None = None

    def attend(self, peer: Peer) -> None:
        question = peer.question
        if question is None:
            self._stop()
        elif question.most:
            self._wait(len(self._spoken(question)) / SPOKEN_PER_SECOND + question.first_s)
        else:
            peer.lapse()

    def key(self, char: str) -> bool:
        """A key of the keyboard; False when it is no telephone key or nobody listens."""
        assert self.line is not None
        peer = self.line.peer
        question = peer.question
        heard = char in KEYS and peer.press(char)
        if heard and question is not None and peer.question is question:
            self._wait(question.next_s)
        elif heard:
            self._stop()
        self.line.flush()
        return heard

    def hang_up(self) -> None:
        assert self.line is not None
        self._stop()
        self.line.peer.hang_up()
        self.line.flush()

    def _wait(self, seconds: float) -> None:
        self._stop()
        self._timer = self._clock.callLater(seconds, self._lapse)

    def _lapse(self) -> None:
        self._timer = None
        assert self.line is not None
        self.line.peer.lapse()
        self.attend(self.line.peer)
        self.line.flush()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
