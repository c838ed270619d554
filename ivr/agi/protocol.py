"""One FastAGI connection: one command in flight, a deadline at every moment, nothing sent to a caller who is gone.

States: OPENING (reading the environment) → LIVE → DEAD (the caller hung up: what waits is told at once, replies are dropped)
→ CLOSING (our half is closed) → CLOSED. Asterisk ends an AGI session when it reads the end of our half; it may still write
a last ``HANGUP``, so we wait for its end before we let go.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol as Interface

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from ivr.agi.ends import CallEnded, CallerHungUp, CommandFailed, DeadlinePassed, OutOfStep, TwoCommands
from ivr.agi.environment import AgiEnvironment
from ivr.agi.watch import Watch
from ivr.agi.wire import EnvironmentRead, Fault, HangupSeen, Reply, Wire

# Seconds. A command's own limit is its class's, given with it.
OPENING_MOST = 5
THINKING_MOST = 60  # between an answer and the next command: a store that is gone answers Busy long before
AFTER_HANGUP_MOST = 10  # for the flow to finish what it is writing
CLOSING_MOST = 2


class State(Enum):
    OPENING = auto()
    LIVE = auto()
    DEAD = auto()
    CLOSING = auto()
    CLOSED = auto()


LIVE = State.LIVE  # looked at for every command; as a member of its class it would cost twice


class House(Interface):
    """Whose connection it is: the server, as its connections see it."""

    @property
    def draining(self) -> bool:
        """Flows are to end at their next step."""
        ...

    def opened(self, line: AgiProtocol, env: AgiEnvironment) -> None:
        """The environment is read: a call begins."""
        ...

    def overdue(self, line: AgiProtocol) -> None:
        """The flow neither asked nor ended in time."""
        ...

    def fault(self, kind: str) -> None: ...

    def left(self, line: AgiProtocol) -> None:
        """The connection is no more; ``line.untouched`` when it never said anything."""
        ...


class AgiProtocol(Protocol):
    """What ``Call`` sends its commands through."""

    def __init__(self, house: House, watch: Watch) -> None:
        self._house = house
        self._watch = watch
        self._wire = Wire()
        self._waiting: Deferred[Reply] | None = None
        self.state = State.OPENING
        self.deadline: float = watch.ticks + OPENING_MOST
        self.commands = 0

    def connectionMade(self) -> None:
        tcp = ITCPTransport(self.transport, None)
        if tcp is not None:
            tcp.setTcpNoDelay(True)
        self._watch.add(self)

    @property
    def untouched(self) -> bool:
        return self._wire.untouched

    @property
    def draining(self) -> bool:
        return self._house.draining

    def ask(self, line: bytes, seconds: float) -> Deferred[Reply]:
        """Sends one command. The answer is a reply of code 200, or ``CommandFailed``, ``CallerHungUp``, ``DeadlinePassed``, ``OutOfStep``."""
        if self._waiting is not None:
            raise TwoCommands(line)
        if self.state is not LIVE:
            raise CallerHungUp
        self.commands += 1
        self.deadline = self._watch.ticks + 1 + seconds
        waiting = self._waiting = Deferred()
        assert self.transport is not None
        self.transport.write(line)
        return waiting

    def hangup_within(self, seconds: float) -> Deferred[Reply]:
        """Waits: ``CallerHungUp`` if the caller goes within ``seconds``, else a plain reply. Asterisk tells a hang-up after the ``-1`` it causes."""
        if self._waiting is not None:
            raise TwoCommands("hangup_within")
        if self.state is not State.LIVE:
            raise CallerHungUp
        waiting = self._waiting = Deferred()
        timer = self._watch.clock.callLater(seconds, self._replied, Reply(200))

        def stop(result: Reply | Failure) -> Reply | Failure:
            if timer.active():
                timer.cancel()
            return result

        return waiting.addBoth(stop)

    def dataReceived(self, data: bytes) -> None:
        for event in self._wire.feed(data):
            if isinstance(event, Reply):
                self._replied(event)
            else:
                self._happened(event)

    def _happened(self, event: EnvironmentRead | HangupSeen | Fault) -> None:
        if isinstance(event, EnvironmentRead):
            self.state = State.LIVE
            self.deadline = self._watch.ticks + THINKING_MOST
            self._house.opened(self, event.env)
        elif isinstance(event, HangupSeen):
            self._hung_up()
        else:
            self._give_up(event.kind, OutOfStep(event.kind))

    def _replied(self, reply: Reply) -> None:
        waiting = self._waiting
        if waiting is None:
            if self.state is State.LIVE:
                self._give_up("unasked-reply", OutOfStep("unasked-reply"))
            return
        if reply.code == 511:
            self._hung_up()
            return
        self._waiting = None
        self.deadline = self._watch.ticks + THINKING_MOST
        if reply.code == 200:
            waiting.callback(reply)
        else:
            waiting.errback(CommandFailed(reply))

    def _hung_up(self) -> None:
        if self.state is State.LIVE:
            self.state = State.DEAD
            self.deadline = self._watch.ticks + AFTER_HANGUP_MOST
            self._tell(CallerHungUp())

    def _tell(self, end: CallEnded) -> None:
        if (waiting := self._waiting) is not None:
            self._waiting = None
            waiting.errback(end)

    def expire(self) -> None:
        """The deadline has passed; what that means depends on what was waited for."""
        if self.state is State.OPENING:
            self._give_up("opening-late", DeadlinePassed())
        elif self._waiting is not None:
            self._give_up("answer-late", DeadlinePassed())
        elif self.state in (State.LIVE, State.DEAD):
            self._house.fault("flow-late")
            self.deadline = self._watch.ticks + CLOSING_MOST
            self._house.overdue(self)
        else:
            self.abort()

    def _give_up(self, kind: str, end: CallEnded) -> None:
        """Out of step or out of time: the flow is told, and Asterisk by a ``failure`` line."""
        if self.state in (State.CLOSING, State.CLOSED):
            return
        self._house.fault(kind)
        self.close(failure=kind)
        self._tell(end)

    def close(self, failure: str | None = None) -> None:
        """Ends the AGI session: the dialplan goes on. ``failure`` (plain ASCII words) makes AGISTATUS say FAILURE. Again: nothing."""
        if self.state in (State.CLOSING, State.CLOSED):
            return
        self.state = State.CLOSING
        self.deadline = self._watch.ticks + 1 + CLOSING_MOST
        assert self.transport is not None
        if failure is not None:
            self.transport.write(b"failure " + failure.encode("ascii", "replace") + b"\n")
        tcp = ITCPTransport(self.transport, None)
        if tcp is not None:
            tcp.loseWriteConnection()
        else:
            self.transport.loseConnection()

    def abort(self) -> None:
        tcp = ITCPTransport(self.transport, None)
        if tcp is not None:
            tcp.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.state = State.CLOSED
        self._watch.discard(self)
        self._tell(CallerHungUp())
        self._house.left(self)
