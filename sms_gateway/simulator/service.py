"""The simulated SMSC as a service that listens."""

from __future__ import annotations

from typing import Any

from twisted.application.internet import StreamServerEndpointService
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString

from sms_gateway.simulator.simulator import Simulator


class SimulatorService(StreamServerEndpointService):
    """Stopping it also cuts the connections that stand."""

    def __init__(self, endpoint: Any, simulator: Simulator) -> None:
        super().__init__(endpoint, simulator)  # type: ignore[no-untyped-call]
        self.simulator = simulator

    @property
    def port(self) -> int:
        """The port listened on, once it is (useful with port 0)."""
        waiting: Any = self._waitingForPort
        number: int = waiting.result.getHost().port
        return number

    def stopService(self) -> Deferred[None]:
        stopped: Deferred[None] = super().stopService()  # type: ignore[no-untyped-call]
        self.simulator.drop()
        return stopped


def make_simulator_service(listen: str, simulator: Simulator, reactor: Any) -> SimulatorService:
    """``listen`` is a Twisted endpoint description such as ``tcp:2775:interface=127.0.0.1``."""
    return SimulatorService(serverFromString(reactor, listen), simulator)  # type: ignore[no-untyped-call]
