"""The daemon as systemd runs it: told ready, fed to the watchdog, its log JSON, its stop in order."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

HOTLINE = (sys.executable, "-c", "from hotline.cli.main import main; main()")
TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "sqlite:///{folder}/hotline.db"
[privacy]
key_file = "key"
[fastagi]
listen = "tcp:{agi}:interface=127.0.0.1"
[metrics]
listen = "tcp:{metrics}:interface=127.0.0.1"
[prompts]
directory = "prompts"
synthesiser = "none"
[emergency]
spool = "spool"
[drain]
seconds = 5.0
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Daemon:
    """`hotline run --role ivr,jobs` beside a systemd that only listens."""

    def __init__(self, folder: Path, systemd: socket.socket) -> None:
        self.folder, self.systemd = folder, systemd
        self.agi, self.metrics = free_port(), free_port()
        (folder / "key").write_text("ab" * 32)
        (folder / "key").chmod(0o600)
        self.toml = folder / "hotline.toml"
        self.toml.write_text(TOML.format(folder=folder, agi=self.agi, metrics=self.metrics), encoding="utf-8")

    def start(self) -> None:
        environ = {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "400000", "PATH": "/usr/bin:/bin"}
        with (self.folder / "out").open("w") as out:
            command = [*HOTLINE, "run", "-c", str(self.toml), "--role", "ivr,jobs"]
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environ)

    def hears(self, word: bytes, seconds: float = 15) -> None:
        """Waits until systemd was told ``word``."""
        self.systemd.settimeout(seconds)
        while word not in self.systemd.recv(200):
            pass

    def ready(self) -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/readyz", timeout=5) as answer:
                told: dict[str, object] = json.load(answer)
        except urllib.error.HTTPError as error:
            told = json.load(error)
            error.close()
        return told


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        one = Daemon(tmp_path, systemd)
        yield one
        process = getattr(one, "process", None)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(5)


def hotline(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HOTLINE, *map(str, args)], capture_output=True, text=True, check=False, timeout=60)


def test_an_empty_database_is_refused_with_what_to_type(daemon: Daemon) -> None:
    """The daemon never starts on another revision, and says how to get to its own."""
    refused = hotline("run", "-c", daemon.toml, "--role", "ivr,jobs")
    assert refused.returncode == 1
    assert "type `hotline db upgrade`" in refused.stderr


def test_from_ready_to_a_stop_in_the_middle_of_a_call(daemon: Daemon) -> None:
    """READY when the doors are open, the watchdog fed, a caller's step finished after SIGTERM, exit code 0, JSON log lines."""
    assert hotline("db", "upgrade", "-c", daemon.toml).returncode == 0
    daemon.start()
    daemon.hears(b"READY=1")
    daemon.hears(b"WATCHDOG=1", 2)
    assert daemon.ready()["ready"]

    with socket.create_connection(("127.0.0.1", daemon.agi), timeout=5) as asterisk:
        asterisk.sendall(
            b"agi_network_script: hotline\nagi_uniqueid: 1.1\nagi_callerid: 13800138000\nagi_channel: SIP/x\n\n"
        )
        assert asterisk.recv(1000)
        asked = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        daemon.hears(b"STOPPING=1", 5)
        for _ in range(20):
            asterisk.sendall(b"200 result=0\n")
            if not asterisk.recv(1000):
                break
    assert daemon.process.wait(10) == 0
    assert time.monotonic() - asked < 8

    lines = [json.loads(line) for line in (daemon.folder / "out").read_text(encoding="utf-8").splitlines()]
    assert {"time", "level", "namespace", "message", "trace"} <= set.intersection(*(set(line) for line in lines))
    assert any(line["trace"].startswith("1.1-") for line in lines)
    assert "13800138000" not in (daemon.folder / "out").read_text(encoding="utf-8")


def test_two_signals_end_it_at_once(daemon: Daemon) -> None:
    """Whoever asks twice does not wait for the caller."""
    assert hotline("db", "upgrade", "-c", daemon.toml).returncode == 0
    daemon.start()
    daemon.hears(b"READY=1")
    with socket.create_connection(("127.0.0.1", daemon.agi), timeout=5) as asterisk:
        asterisk.sendall(
            b"agi_network_script: hotline\nagi_uniqueid: 1.2\nagi_callerid: 13800138000\nagi_channel: SIP/x\n\n"
        )
        assert asterisk.recv(1000)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.hears(b"STOPPING=1", 5)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(2) == 128 + signal.SIGTERM
