"""The thin Twisted shell around a Session: bytes in, events to the owner, bytes out, one timer. No decisions are made here.

The connection has TCP_NODELAY: a reply must not wait for the acknowledgement of the response before it. Reading stops
while the owner asks for it and while the peer does not read what we wrote, so a peer can make us hold neither texts nor
answers without bound; while reading is stopped the session's timers stand still, since silence is then our own doing.
"""

from __future__ import annotations

from typing import Final, Protocol

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from sms_gateway.smpp.events import Event
from sms_gateway.smpp.session import Session

_LINGER: Final = 5.0
"""Seconds that the last bytes may take to leave before the connection is cut."""
_CATCH_UP: Final = 1.0
"""Seconds after reading goes on in which what had waited may arrive before timers count again."""


class Owner(Protocol):
    def opened(self, wire: SmppWire) -> None: ...

    def told(self, wire: SmppWire, event: Event) -> None: ...

    def ended(self, wire: SmppWire) -> None:
        """The session is over; called once, when nothing more will be told."""
        ...


@implementer(IPushProducer)
class SmppWire(TwistedProtocol):
    def __init__(self, session: Session, reactor: IReactorTime, owner: Owner) -> None:
        self.session = session
        self._reactor = reactor
        self._owner = owner
        self._timer: IDelayedCall | None = None
        self._linger: IDelayedCall | None = None
        self._stopped_for: set[str] = set()
        self._not_before = 0.0
        self._ended = False
        self._telling = False

    def connectionMade(self) -> None:
        assert self.transport is not None
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)  # type: ignore[attr-defined]
        self._owner.opened(self)
        self.flush()

    def dataReceived(self, data: bytes) -> None:
        # What these PDUs call forth leaves together: one write and one look at the timer for a chunk, not for each PDU in it.
        self._telling = True
        try:
            self._tell(self.session.receive(data, self._reactor.seconds()))
        finally:
            self._telling = False
        self.flush()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if self._linger is not None and self._linger.active():
            self._linger.cancel()
        self._end()

    def flush(self) -> None:
        """Writes what the session has to say, sets the timer, and closes when the session is over; while a chunk is being
        read, at its end."""
        if self._ended or self._telling:
            return
        assert self.transport is not None
        data = self.session.take_output()
        if data:
            self.transport.write(data)
        if self.session.closed:
            self.close()
        else:
            self._arm()

    def close(self) -> None:
        """Ends the session now; what was written still leaves, if the peer takes it."""
        assert self.transport is not None
        if self._ended:
            return
        self._linger = self._reactor.callLater(_LINGER, self._cut)
        self.transport.unregisterProducer()  # type: ignore[attr-defined]
        self.transport.loseConnection()
        self._end()

    def abort(self) -> None:
        """Cuts the connection."""
        self._end()
        self._cut()

    def stop_reading(self, reason: str) -> None:
        """Lets the peer wait, until every reason is gone."""
        if not self._stopped_for and not self._ended:
            self.transport.pauseProducing()  # type: ignore[union-attr]
        self._stopped_for.add(reason)

    def read_on(self, reason: str) -> None:
        if reason not in self._stopped_for:
            return
        self._stopped_for.discard(reason)
        if not self._stopped_for and not self._ended:
            self._not_before = self._reactor.seconds() + _CATCH_UP
            self.transport.resumeProducing()  # type: ignore[union-attr]
            self._arm()

    def pauseProducing(self) -> None:
        self.stop_reading("peer does not read")

    def resumeProducing(self) -> None:
        self.read_on("peer does not read")

    def stopProducing(self) -> None:
        """The transport is going away; connectionLost follows."""

    def _cut(self) -> None:
        self.transport.abortConnection()  # type: ignore[union-attr]

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._owner.told(self, event)

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._tell(self.session.connection_lost())
        self._owner.ended(self)

    def _arm(self) -> None:
        wake = self.session.next_wake
        if wake is None or self._stopped_for:
            return
        wake = max(wake, self._not_before)
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= wake:
                return  # it will look again then; moving it on every PDU would cost more
            self._timer.cancel()
        self._timer = self._reactor.callLater(max(wake - self._reactor.seconds(), 0), self._tick)

    def _tick(self) -> None:
        if not self._stopped_for:
            self._tell(self.session.tick(max(self._reactor.seconds(), 0)))
            self.flush()
