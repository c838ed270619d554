"""systemd is told how we are, where systemd is there."""

from __future__ import annotations

import socket
from pathlib import Path

from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from hotline.notify import Notifier, send_datagram


def test_ready_and_stopping_are_told() -> None:
    """READY with a status line once doors are open, STOPPING at the first signal."""
    said: list[tuple[str, bytes]] = []
    notifier = Notifier({"NOTIFY_SOCKET": "/run/x"}, send=lambda address, message: said.append((address, message)))
    notifier.ready("ivr, sms")
    notifier.stopping()
    assert said == [("/run/x", b"READY=1\nSTATUS=ivr, sms"), ("/run/x", b"STOPPING=1\nSTATUS=draining")]


def test_without_systemd_nothing_is_said() -> None:
    """In a terminal there is nobody to tell, and no watchdog."""
    said: list[object] = []
    notifier = Notifier({}, send=lambda address, message: said.append(message))
    notifier.ready("x")
    assert said == []
    assert notifier.watchdog(Clock()) is None


def test_the_watchdog_is_fed_twice_a_period() -> None:
    """With WATCHDOG_USEC=10 s, systemd hears from us at once and each 5 s, and no more after the stop."""
    said: list[bytes] = []
    clock = Clock()
    environ = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "10000000"}
    timer = Notifier(environ, send=lambda address, message: said.append(message)).watchdog(clock)
    assert timer is not None
    timer.startService()
    clock.pump([5, 5])
    timer.stopService()
    clock.pump([5, 5])
    assert said == [b"WATCHDOG=1"] * 3


def test_a_deaf_systemd_does_not_stop_us() -> None:
    """A notify socket that is gone is logged and otherwise ignored."""
    with capturedLogs() as logged:
        Notifier({"NOTIFY_SOCKET": "/nowhere/at/all"}).ready("x")
    assert [event["what"] for event in logged] == ["READY=1"]


def test_the_datagram_reaches_a_unix_socket(tmp_path: Path) -> None:
    """What is said arrives as one datagram, at a path and in the abstract namespace."""
    for address, name in (
        (str(tmp_path / "s"), str(tmp_path / "s")),
        (f"@hotline-{tmp_path.name}", f"\0hotline-{tmp_path.name}"),
    ):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.bind(name)
            send_datagram(address, b"READY=1")
            assert receiver.recv(100) == b"READY=1"
