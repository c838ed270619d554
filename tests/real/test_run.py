"""The daemon as systemd runs it: told ready, fed to the watchdog, its log JSON, its stop in order."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import hotline
from real_house import House
from waiting import PATIENCE

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]


LONG = 10 * PATIENCE
"""Seconds that a stop may wait for calls: whatever ends here has not ended because they were over."""


class Systemd(socket.socket):
    """The other side of sd_notify: it only listens."""

    def __init__(self, path: Path) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bind(str(path))
        self.settimeout(PATIENCE)

    def hears(self, word: bytes) -> None:
        """Waits until it was told ``word``."""
        while word not in self.recv(200):
            pass


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    with Systemd(tmp_path / "notify") as listening:
        yield listening


@pytest.fixture
def daemon(tmp_path: Path, systemd: Systemd) -> Iterator[House]:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000", "PATH": "/usr/bin:/bin"}
    house = House(tmp_path, "ivr,jobs", environ=environ, drain=LONG)
    yield house
    house.end()


@pytest.fixture
def ready(daemon: House, systemd: Systemd) -> House:
    """The daemon, up and reported ready."""
    daemon.upgrade()
    daemon.start()
    systemd.hears(b"READY=1")
    return daemon


def test_an_empty_database_is_refused_with_what_to_type(daemon: House) -> None:
    """The daemon never starts on another revision, and says how to get to its own."""
    refused = hotline("run", "-c", daemon.toml, "--role", "ivr,jobs")
    assert refused.returncode == 1
    assert "type `hotline db upgrade`" in refused.stderr


def test_from_ready_to_a_stop_in_the_middle_of_a_call(ready: House, systemd: Systemd) -> None:
    """READY when the doors are open, the watchdog fed, a caller's step finished after SIGTERM, exit code 0, JSON log lines."""
    systemd.hears(b"WATCHDOG=1")
    assert ready.readiness()["ready"]

    with ready.called() as asterisk:
        assert asterisk.recv(1000)
        ready.process.send_signal(signal.SIGTERM)
        systemd.hears(b"STOPPING=1")
        for _ in range(20):
            asterisk.sendall(b"200 result=0\n")
            if not asterisk.recv(1000):
                break
    assert ready.process.wait(PATIENCE) == 0

    lines = ready.lines()
    assert len(lines) == len(ready.log.read_text(encoding="utf-8").splitlines()), "every line is JSON"
    assert {"time", "level", "namespace", "message", "trace"} <= set.intersection(*(set(line) for line in lines))
    assert any(line["trace"].startswith("1.1-") for line in lines)
    assert "13800138000" not in ready.log.read_text(encoding="utf-8")


def test_two_signals_end_it_at_once(ready: House, systemd: Systemd) -> None:
    """Whoever asks twice does not wait for the caller, who has long."""
    with ready.called() as asterisk:
        assert asterisk.recv(1000)
        ready.process.send_signal(signal.SIGTERM)
        systemd.hears(b"STOPPING=1")
        ready.process.send_signal(signal.SIGTERM)
        assert ready.process.wait(PATIENCE) == 128 + signal.SIGTERM
