"""A server with whatever flow a test gives it, and the bytes of its calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ivr.agi.call import Call
from ivr.agi.server import AgiServer
from ivr.metrics import IvrMetrics

HEADER = "agi_network: yes\nagi_network_script: {}\nagi_uniqueid: 1784000000.7\nagi_callerid: 13800138000\n\n"


class Line:
    """One connection, as Asterisk holds its other end; ``protocol`` None when the server would not have it."""

    def __init__(self, server: AgiServer, wires, host: str) -> None:
        self.protocol = server.buildProtocol(IPv4Address("TCP", host, 40000))
        self.wires = wires
        self.result = self.raised = None
        if self.protocol is not None:
            self.protocol.makeConnection(self.wires)

    def open(self, script: str = "test") -> Line:
        """Sends the environment."""
        return self.send(HEADER.format(script).encode())

    def send(self, *lines: str | bytes) -> Line:
        for line in lines:
            self.protocol.dataReceived(line if isinstance(line, bytes) else f"{line}\n".encode())
        return self

    def sent(self) -> list[str]:
        """The lines since the last time."""
        data = self.wires.value()
        self.wires.clear()
        return data.decode().splitlines()

    def lose(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def serve(timer: Clock, metrics: IvrMetrics) -> Callable[..., AgiServer]:
    def make(script: Callable[[Call], Awaitable[str]], **options) -> AgiServer:
        return AgiServer(script, clock=timer, tally=metrics, **options)

    return make


@pytest.fixture
def connect(new_wires) -> Callable[..., Line]:
    return lambda server, host="127.0.0.1": Line(server, new_wires(), host)


@pytest.fixture
def call(serve, connect) -> Callable[..., Line]:
    """``call(flow)``: a connection whose environment is read and whose flow has begun; what a flow raises is kept in ``raised``."""

    def begin(flow: Callable[[Call], Awaitable[object]]) -> Line:
        async def script(call: Call) -> str:
            try:
                line.result = await flow(call)
            except Exception as error:
                line.raised = error
                raise
            return "done"

        line = connect(serve(script))
        return line.open()

    return begin
