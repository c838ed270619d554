"""How a measured child serves: it listens on a free loopback port, says which on its first line, and runs until it is told to stop."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import ServerFactory


def serve(factory: ServerFactory) -> None:
    port = reactor.listenTCP(0, factory, interface="127.0.0.1", backlog=2048)
    host = port.getHost()
    assert isinstance(host, IPv4Address)
    print(host.port, flush=True)
    reactor.run()
