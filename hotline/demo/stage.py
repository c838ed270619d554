"""The demo as one house: the simulated SMSC in front of an ordinary hotline; opened, it says what to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort

from hotline.demo.folder import PASSWORD, SERVICE_NUMBER, Ports
from hotline.demo.overhearing import Overhearing
from hotline.demo.words import Scene, opening, overheard
from hotline.life import House
from sms_gateway.simulator.simulator import Simulator


class Stage:
    """``say`` prints one line. ``hotline`` is the root of an ordinary process."""

    def __init__(
        self,
        hotline: House,
        *,
        reactor: Any,
        ports: Ports,
        scene: Callable[[], Scene],
        say: Callable[[str], None],
    ) -> None:
        self.simulator = Simulator(reactor, service_number=SERVICE_NUMBER, accounts={"hotline": PASSWORD})
        self._hotline = hotline
        self._reactor = reactor
        self._ports = ports
        self._scene = scene
        self._say = say
        self._listening: IListeningPort | None = None
        self._opened = False
        Overhearing(self.simulator, lambda number, words: say(overheard(number, words)))

    async def open(self) -> None:
        """Raises CannotListenError when a port is taken."""
        listen = f"tcp:{self._ports.smsc}:interface=127.0.0.1"
        endpoint = serverFromString(self._reactor, listen)  # type: ignore[no-untyped-call]
        self._listening = await endpoint.listen(self.simulator)
        await self._hotline.open()
        self._opened = True
        for line in opening(self._scene()):
            self._say(line)

    async def close(self) -> None:
        await self._hotline.close()
        if self._listening is not None:
            await maybeDeferred(self._listening.stopListening)
        self.simulator.drop()
        if self._opened:
            self._say("再见，预约都已保存 / Goodbye; all bookings are kept.")
