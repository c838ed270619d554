"""``hotline run`` as a process on a database of its own: what the real tests start, kill, stop and ask."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HOTLINE = (sys.executable, "-c", "from hotline.cli.main import main; main()")
_TOML = """[hospital]
code = "house"
name = "测试医院"
short_name = "测试"
[database]
url = "{url}"
[privacy]
key_file = "key"
[fastagi]
listen = "tcp:{agi}:interface=127.0.0.1"
[metrics]
listen = "tcp:{metrics}:interface=127.0.0.1"
[prompts]
directory = "{folder}/prompts"
synthesiser = "none"
[emergency]
spool = "{folder}/spool"
[drain]
seconds = 5.0
"""
_SMSC = """[[smsc]]
name = "real"
host = "127.0.0.1"
port = {port}
system_id = "hotline"
password_file = "password"
service_number = "12580"
rate = 0.0
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class House:
    """``roles`` as on the command line; with ``smsc`` (a port) it has an account there; ``url`` of its database, else a SQLite file."""

    def __init__(self, folder: Path, roles: str, smsc: int | None = None, url: str | None = None) -> None:
        self.folder, self.roles = folder, roles
        self.agi, self.metrics = free_port(), free_port()
        for name, secret in (("key", secrets.token_hex(32)), ("password", "secret")):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(secret)
        self.toml, self.log = folder / "hotline.toml", folder / "log"
        url = url or f"sqlite:///{folder}/hotline.db"
        text = _TOML.format(folder=folder, agi=self.agi, metrics=self.metrics, url=url)
        self.toml.write_text(text + ("" if smsc is None else _SMSC.format(port=smsc)), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [*HOTLINE, "run", "-c", str(self.toml), "--role", self.roles]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait_ready(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not self._ready():
            assert self.alive, self.log.read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < end, f"not ready in {seconds} s"
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            return bool(json.loads(self.page("/readyz"))["ready"])
        except OSError:
            return False

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def counted(self, name: str, label: str = "") -> float:
        """The sum of a metric's series whose line holds ``label``."""
        lines = self.page("/metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and label in line)

    def resident_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000

    def kill(self) -> None:
        """SIGKILL; it must have been alive until now."""
        assert self.process is not None
        assert self.alive, self.log.read_text(encoding="utf-8")[-3000:]
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def end(self) -> None:
        """Whatever state it is in: gone."""
        if self.alive:
            self.kill()
