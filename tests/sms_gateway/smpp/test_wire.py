"""The thin shell: no delay on the wire, waiting for those who do not read, and an end that always comes."""

from __future__ import annotations

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from zope.interface import implementer

from sms_gateway.smpp import events as ev
from sms_gateway.smpp.pdu import BindTransceiver, EnquireLink, EnquireLinkResp, encode
from sms_gateway.smpp.session import Role, Session
from sms_gateway.smpp.vigil import Patience
from sms_gateway.smpp.wire import SmppWire


class Owner:
    def __init__(self) -> None:
        self.log: list = []

    def opened(self, wire):
        self.log.append("opened")

    def told(self, wire, event):
        self.log.append(event)

    def ended(self, wire):
        self.log.append("ended")


class Transport(StringTransport):
    """A StringTransport that can be cut, and knows whether it was."""

    aborted = False

    def abortConnection(self):
        self.aborted = True


@implementer(ITCPTransport)
class TcpTransport(Transport):
    """Remembers what was asked of its socket."""

    def __init__(self):
        super().__init__()
        self.options: dict[str, bool] = {}

    def setTcpNoDelay(self, enabled):
        self.options["no delay"] = enabled

    def setTcpKeepAlive(self, enabled):
        self.options["keep alive"] = enabled


def connected(role=Role.SMSC, patience=None, transport=None):
    clock, owner = Clock(), Owner()
    wire = SmppWire(Session(role, 0.0, patience=patience), clock, owner)
    transport = transport or Transport()
    wire.makeConnection(transport)
    return clock, owner, wire, transport


def test_small_packets_do_not_wait():
    """TCP_NODELAY is set: a reply never waits for the other side's acknowledgement."""
    _, _, _, transport = connected(transport=TcpTransport())
    assert transport.options == {"no delay": True, "keep alive": True}


def test_what_the_session_says_is_written_at_once():
    """An enquire_link is answered in the same turn."""
    _, owner, wire, transport = connected()
    wire.dataReceived(encode(EnquireLink(sequence=3)))
    assert transport.value() == encode(EnquireLinkResp(sequence=3))
    assert owner.log == ["opened"]


def test_a_peer_that_does_not_read_is_not_read():
    """While our answers pile up at the peer, nothing more is taken from it; its silence is not held against it."""
    clock, owner, wire, transport = connected()
    transport.producer.pauseProducing()
    assert transport.producerState == "paused"
    wire.stop_reading("another reason")
    clock.advance(100)
    assert owner.log == ["opened"]
    transport.producer.resumeProducing()
    assert transport.producerState == "paused"
    wire.read_on("another reason")
    wire.read_on("no reason at all")
    assert transport.producerState == "producing"
    clock.advance(0.9)
    assert owner.log == ["opened"]
    clock.advance(0.2)
    assert owner.log == ["opened", ev.Silent("bind"), "ended"]


def test_the_timer_is_moved_to_what_is_due_first():
    """A timer set for later gives way to one that is due sooner."""
    clock, owner, wire, _ = connected(Role.ESME, Patience(bind=5))
    wire.session.bind(BindTransceiver(system_id="x"), 0.0)
    wire.flush()
    wire.dataReceived(b"\0")
    clock.advance(5)
    assert owner.log[1:] == [ev.Silent("bind"), "ended"]


def test_a_sooner_end_moves_the_timer():
    """A stalled PDU is noticed although the next thing due had been later."""
    clock, owner, wire, _ = connected(patience=Patience(bind=30, rest=2))
    wire.dataReceived(b"\0")
    clock.advance(2)
    assert owner.log[1:] == [ev.Silent("rest of a PDU"), "ended"]


def test_the_end_is_told_once_and_forced_after_a_while():
    """A peer that does not let the connection close is cut off after five seconds; nothing is told after the end."""
    clock, owner, wire, transport = connected()
    wire.close()
    wire.close()
    wire.flush()
    wire.stop_reading("too late")
    wire.read_on("too late")
    assert transport.disconnecting
    assert owner.log == ["opened", "ended"]
    assert not transport.aborted
    clock.advance(5)
    assert transport.aborted
    wire.connectionLost()
    assert owner.log == ["opened", "ended"]


def test_a_connection_that_closes_needs_no_cutting():
    """When the close succeeds the timer is gone."""
    clock, _, wire, transport = connected()
    wire.close()
    wire.connectionLost()
    wire.stopProducing()
    assert clock.getDelayedCalls() == []
    assert not transport.aborted


def test_cutting_is_at_once():
    """An abort does not wait for anybody."""
    clock, owner, wire, transport = connected()
    wire.abort()
    assert transport.aborted
    assert owner.log == ["opened", "ended"]
    assert clock.getDelayedCalls() == []
