"""A connection within one process, without sockets: what one end writes the other reads on the reactor's next turn.

For tests (with ``twisted.internet.task.Clock``) and for a demo whose SMSC needs no port. Behaves like TCP where protocols
notice: order is kept, bytes may be delivered in bites, closing delivers what was written, cutting does not, a paused end gets nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, IStreamClientEndpoint, ITransport
from twisted.python.failure import Failure
from zope.interface import implementer

_NOWHERE = IPv4Address("TCP", "127.0.0.1", 0)


@implementer(ITransport)
class LoopbackEnd:
    """One end's transport. ``bite`` bytes at most are read at once (0: all there are)."""

    disconnecting = False

    def __init__(self, reactor: Any, protocol: IProtocol, bite: int = 0) -> None:
        self.protocol = protocol
        self.other: LoopbackEnd | None = None
        self._reactor = reactor
        self._bite = bite
        self._arrived: deque[bytes] = deque()
        self._reading = True
        self._closing: Exception | None = None
        self._woken = False

    def write(self, data: bytes) -> None:
        if self.other is not None and not self.disconnecting:
            self.other._arrive(data)

    def writeSequence(self, data: Any) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        if self.other is not None and not self.disconnecting:
            self.disconnecting = True
            self.other._end(ConnectionDone())
            self._end(ConnectionDone())

    def abortConnection(self) -> None:
        if self.other is not None:
            other, self.disconnecting = self.other, True
            other._arrived.clear()
            other._end(ConnectionLost())
            self._end(ConnectionLost())

    def getPeer(self) -> IAddress:
        return _NOWHERE

    def getHost(self) -> IAddress:
        return _NOWHERE

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """Nothing fills up here: the other end is told to wait by nobody."""

    def unregisterProducer(self) -> None:
        pass

    def pauseProducing(self) -> None:
        self._reading = False

    def resumeProducing(self) -> None:
        self._reading = True
        self._wake()

    def _arrive(self, data: bytes) -> None:
        self._arrived.append(data)
        self._wake()

    def _end(self, why: Exception) -> None:
        if self._closing is None:
            self._closing = why
            self._wake()

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            self._reactor.callLater(0, self._turn)

    def _turn(self) -> None:
        self._woken = False
        if self.other is None:
            return
        if self._arrived and self._reading and not self.disconnecting:
            self.protocol.dataReceived(self._next_bite())
            self._wake()
        elif self._closing is not None and (not self._arrived or self.disconnecting):
            self.other = None
            self.protocol.connectionLost(Failure(self._closing))  # type: ignore[no-untyped-call]

    def _next_bite(self) -> bytes:
        data = b"".join(self._arrived)
        self._arrived.clear()
        if self._bite and len(data) > self._bite:
            self._arrived.append(data[self._bite :])
            data = data[: self._bite]
        return data


@implementer(IStreamClientEndpoint)
class LoopbackEndpoint:
    """Connects to ``server``'s protocols; set ``server`` to None and nobody listens there."""

    def __init__(self, reactor: Any, server: IProtocolFactory | None, *, bite: int = 0) -> None:
        self.server = server
        self.connections: list[LoopbackEnd] = []
        self._reactor = reactor
        self._bite = bite

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        if self.server is None:
            return fail(ConnectionRefusedError("nobody listens"))  # type: ignore[no-untyped-call]
        client, server = protocolFactory.buildProtocol(_NOWHERE), self.server.buildProtocol(_NOWHERE)
        if client is None or server is None:
            return fail(ConnectionRefusedError("no protocol"))  # type: ignore[no-untyped-call]
        near = LoopbackEnd(self._reactor, client, self._bite)
        far = LoopbackEnd(self._reactor, server, self._bite)
        near.other, far.other = far, near
        self.connections.append(near)
        server.makeConnection(far)
        client.makeConnection(near)
        return succeed(client)


def settle(clock: Any, seconds: float = 0.0) -> None:
    """Moves a ``Clock`` on and lets everything happen that follows at once."""
    clock.advance(seconds)
    while any(call.getTime() <= clock.seconds() for call in clock.getDelayedCalls()):
        clock.advance(0)
