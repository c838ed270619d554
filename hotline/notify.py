"""Tells systemd how we are (sd_notify(3)): READY once every door is open, STOPPING at the first signal, WATCHDOG while the reactor turns.

Without ``NOTIFY_SOCKET`` in the environment every call does nothing. A socket that does not answer is no reason to stop.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from twisted.application.internet import TimerService
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger


def send_datagram(address: str, message: bytes) -> None:
    """One datagram to a Unix socket; ``@`` in front is Linux's abstract namespace. Never blocks."""
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sender:
        sender.sendto(message, name)


class Notifier:
    _log = Logger()

    def __init__(self, environ: Mapping[str, str], send: Callable[[str, bytes], None] = send_datagram) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._watchdog_usec = environ.get("WATCHDOG_USEC", "")
        self._send = send

    def ready(self, status: str) -> None:
        self._say(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        self._say("STOPPING=1\nSTATUS=draining")

    def alive(self) -> None:
        self._say("WATCHDOG=1")

    def watchdog(self, reactor: IReactorTime) -> TimerService | None:
        """A service that says we are alive twice in each of systemd's periods; None where systemd does not watch."""
        if not self._address or not self._watchdog_usec.isdecimal():
            return None
        timer = TimerService(int(self._watchdog_usec) / 2_000_000, self.alive)  # type: ignore[no-untyped-call]
        timer.clock = reactor
        return timer

    def _say(self, message: str) -> None:
        if not self._address:
            return
        try:
            self._send(self._address, message.encode())
        except OSError as error:
            self._log.warn("systemd cannot be told {what}: {error}", what=message.partition("\n")[0], error=error)
