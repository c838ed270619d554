"""``hotline run`` as a process on a folder of its own: what the real tests start, kill, stop and ask."""

from __future__ import annotations

import json
import re
import secrets
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

from ports import free_port
from processes import HOTLINE, begin, end, hotline
from waiting import PATIENCE, wait_until

_TOML = """[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "{url}"
[privacy]
key_file = "key"
[prompts]
directory = "{prompts}"
synthesiser = "none"
[emergency]
spool = "{spool}"
[log]
format = "json"
[drain]
seconds = {drain}
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


class Daemon:
    """One `hotline run` on the settings in ``toml``, with ports of its own; ``roles`` as on the command line."""

    def __init__(self, toml: Path, roles: str, *, environ: Mapping[str, str] | None = None) -> None:
        self.toml, self.roles, self.environ = toml, roles, environ
        self.agi, self.metrics = free_port(), free_port()
        self.log = toml.parent / f"log.{self.agi}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where Asterisk finds it."""
        return f"agi://127.0.0.1:{self.agi}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        ports = (f"fastagi.listen=tcp:{self.agi}:", f"metrics.listen=tcp:{self.metrics}:")
        options = [word for port in ports for word in ("--set", f"{port}interface=127.0.0.1")]
        command = [*HOTLINE, "run", "-c", str(self.toml), "--role", self.roles, *options]
        with self.log.open("ab") as log:
            self.process = begin(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environ and {**self.environ}
            )

    def wait_ready(self, seconds: float = PATIENCE) -> None:
        wait_until(self._ready, seconds, self.said, every=0.05)

    def _ready(self) -> bool:
        assert self.alive, self.said()
        try:
            return bool(self.readiness()["ready"])
        except (OSError, HTTPException):
            return False

    def readiness(self) -> dict[str, object]:
        """What /readyz says, ready or not."""
        try:
            told: dict[str, object] = json.loads(self.page("/readyz"))
        except urllib.error.HTTPError as error:
            with error:
                told = json.load(error)
        return told

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}", timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def counted(self, name: str, **labels: str) -> float:
        """The sum of all series of that metric with these labels."""
        found = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", self.page("/metrics"), re.MULTILINE)
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(value) for series, value in found if all(label in series for label in wanted))

    def active(self) -> int:
        """Calls that it believes to be up."""
        return round(self.counted("hotline_ivr_active_calls"))

    def wait_idle(self) -> None:
        """Returns when it has no call: it may hear of a call's end a moment after Asterisk."""
        wait_until(lambda: not self.active(), why=self.said)

    def resident_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8")[-3000:]

    def lines(self) -> list[dict[str, object]]:
        """Its log."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    def kill(self) -> None:
        """As the power does: SIGKILL; it must have been alive until now."""
        assert self.process is not None
        assert self.alive, self.said()
        end(self.process)

    def stop(self) -> int:
        """As systemd does: SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """Whatever state it is in: gone."""
        if self.process is not None:
            end(self.process)

    def called(self) -> socket.socket:
        """A call as Asterisk connects it: the environment is sent, the hotline's first command is there to be read."""
        line = socket.create_connection(("127.0.0.1", self.agi), timeout=PATIENCE)
        line.sendall(
            b"agi_network_script: hotline\nagi_uniqueid: 1.1\nagi_callerid: 13800138000\nagi_channel: SIP/x\n\n"
        )
        return line


class House(Daemon):
    """The folder, the keys and the settings of a hospital, and its first daemon.

    ``smsc`` (a port): it has an account there. ``url`` of its database, else a SQLite file. ``prompts`` and ``spool``: folders that it
    shares with an Asterisk, else its own. ``drain``: seconds that a stop waits for what was begun.
    """

    def __init__(
        self,
        folder: Path,
        roles: str,
        *,
        smsc: int | None = None,
        url: str | None = None,
        prompts: Path | None = None,
        spool: Path | None = None,
        environ: Mapping[str, str] | None = None,
        drain: float = 5.0,
    ) -> None:
        for name, secret in (("key", secrets.token_hex(32)), ("password", "hotline")):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(secret)
        text = _TOML.format(
            url=url or f"sqlite:///{folder}/hotline.db",
            prompts=prompts or folder / "prompts",
            spool=spool or folder / "spool",
            drain=drain,
        )
        toml = folder / "hotline.toml"
        toml.write_text(text + ("" if smsc is None else _SMSC.format(port=smsc)), encoding="utf-8")
        super().__init__(toml, roles, environ=environ)

    def upgrade(self) -> None:
        """Makes its tables, as `hotline db upgrade` does."""
        done = hotline("db", "upgrade", "-c", self.toml)
        assert done.returncode == 0, done.stderr
