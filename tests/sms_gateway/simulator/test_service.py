"""The simulated SMSC as a listening service: where it listens, and that it stops."""

from __future__ import annotations

from twisted.internet.testing import MemoryReactorClock

from sms_gateway.simulator import Simulator, make_simulator_service


def test_it_listens_where_it_is_told_and_stops():
    """The service opens its port when started and closes it when stopped."""
    reactor = MemoryReactorClock()
    service = make_simulator_service("tcp:2775:interface=127.0.0.1", Simulator(reactor), reactor)
    service.startService()
    assert reactor.tcpServers[0][0] == 2775
    assert reactor.tcpServers[0][3] == "127.0.0.1"
    assert isinstance(service.port, int)
    service.stopService()
