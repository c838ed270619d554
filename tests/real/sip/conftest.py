"""A private Asterisk for the tests in this folder, and the servers that it may call: live, dead, crashing, silent.

Everything waits for an event, never for a length of time; every port is asked of the kernel first.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from overheard import Ear
from ports import free_port
from waiting import PATIENCE, wait_until

from ivr.speech.catalog import CATALOG

PROJECT = Path(__file__).resolve().parents[3]
SCRIPTS = PROJECT / "scripts"
HERE = Path(__file__).parent
NEVER = 600
"""Seconds: longer than any test waits, so that what comes has not come because this was over."""


class Gone(Exception):
    """Asterisk has closed the connection."""


@dataclass
class Conversation:
    """One AGI call as the server sees it."""

    env: dict[str, str]
    stream: socket.SocketIO
    wire: socket.socket
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def path(self) -> str:
        return self.env.get("agi_network_script", "")

    def ask(self, command: str) -> str:
        """Sends one command, waits for its one-line reply."""
        self.wire.sendall(command.encode() + b"\n")
        return self._line()

    def until_gone(self) -> None:
        """Listens only."""
        with contextlib.suppress(Gone):
            while True:
                self._line()

    def _line(self) -> str:
        line = self.stream.readline()
        if not line:
            raise Gone
        return line.decode().rstrip("\n")


Behaviour = Callable[[Conversation], None]


@dataclass
class StandIn:
    """A FastAGI server in a thread for each call; says what ``behaviour`` does and remembers who called."""

    behaviour: Behaviour
    calls: queue.Queue[Conversation] = field(default_factory=queue.Queue)
    probes: int = 0
    healthy: bool = True

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"agi://127.0.0.1:{self.port}"

    def close(self) -> None:
        for wire in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()

    def met(self, within: float = PATIENCE) -> Conversation:
        """The next call that reaches this server; fails when none does in ``within`` seconds."""
        return self.calls.get(timeout=within)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                self._open.append(wire)
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, Gone), wire, wire.makefile("rb", buffering=0) as stream:
            env = {}
            while (line := stream.readline().decode(errors="replace").strip()) != "":
                name, _, value = line.partition(": ")
                env[name] = value
            call = Conversation(env, stream, wire)
            if call.path == "health":
                self.probes += 1
                if not self.healthy:
                    call.until_gone()
                return
            self.calls.put(call)
            self.behaviour(call)


@dataclass(frozen=True)
class Asterisk:
    run: Path
    sip: int
    ami: int
    witness: StandIn

    @property
    def heard(self) -> Path:
        """Where it writes down what its callers hear."""
        return self.run / "log" / "heard"

    def cli(self, command: str) -> str:
        done = subprocess.run([self.run / "cli", command], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    def set(self, **names: str | int) -> None:
        """Changes globals of the dialplan for the calls that come."""
        for name, value in names.items():
            self.cli(f"dialplan set global {name} {value}".rstrip())

    def call(self, number: str = "13800138000", does: str = "listen") -> None:
        """A telephone rings up, and listens or does what it is ``told``."""
        self.cli(f"channel originate Local/{number}@phones extension {does}@callers")

    def hang_up_all(self) -> None:
        self.cli("channel request hangup all")
        self.wait_for_silence()

    def ear(self, number: str = "") -> Ear:
        """Hears what is played to this caller, from the next call on; without a number what is played to anybody."""
        return Ear(self.heard, number)

    def channels(self) -> int:
        return int(self.cli("core show channels count").split()[0])

    def wait_for_silence(self) -> None:
        """Returns when no call is up."""
        wait_until(lambda: not self.channels(), why=lambda: self.cli("core show channels"), every=0.05)

    def ended(self, within: float = PATIENCE) -> None:
        """Returns when the caller's own leg has ended."""
        self._witnessed("ended", within)

    def agent(self, within: float = PATIENCE) -> Conversation:
        """The agent's leg, once an agent has the caller."""
        return self._witnessed("agent", within)

    def told(self) -> Conversation:
        """The caller's own leg, which does what it is told."""
        return self._witnessed("told", PATIENCE)

    def _witnessed(self, path: str, within: float) -> Conversation:
        until = time.monotonic() + within
        while True:
            call = self.witness.calls.get(timeout=max(0.01, until - time.monotonic()))
            if call.path == path:
                return call


def _witness(call: Conversation) -> None:
    """An agent stays until the caller goes; a caller's own leg is the test's until it is over."""
    if call.path == "agent":
        call.until_gone()
    elif call.path == "told":
        call.over.wait()


@dataclass
class Told:
    """A caller who keys when the question is heard."""

    ear: Ear
    line: Conversation

    def keys(self, keys: str, at: str) -> None:
        """Presses these keys once ``at`` is heard. The last one may end the call while it is being pressed."""
        self.ear.hears(at)
        with contextlib.suppress(Gone):
            self.line.ask(f"EXEC SendDTMF {keys},100,80")

    def hangs_up(self) -> None:
        self.line.ask("HANGUP")


def _silence(folder: Path) -> None:
    """Every prompt as a moment of silence: what is tested is who speaks, and when, not how it sounds."""
    folder.mkdir(parents=True)
    for name in CATALOG:
        with wave.open(str(folder / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(2 * 400))


@pytest.fixture(scope="session")
def asterisk_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asterisk]:
    """Asterisk with our dialplan, up for the whole run of these tests."""
    witness = StandIn(_witness)
    run = tmp_path_factory.mktemp("asterisk")
    asterisk = Asterisk(run, free_port(socket.SOCK_DGRAM), free_port(), witness)
    sounds = run / "sounds"
    _silence(sounds / "zh")
    ports = f"--sip {asterisk.sip} --ami {asterisk.ami} --rtp 30000 --set TEST_WITNESS={witness.port}"
    command = [SCRIPTS / "asterisk-up", *ports.split(), "--site", HERE / "etc", "--sounds", sounds, run]
    try:
        up = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert up.returncode == 0, up.stderr
        asterisk.cli(f"logger add channel {asterisk.heard.name} verbose(3)")
        asterisk.cli("agi set debug on")  # tells the caller's number
        yield asterisk
    finally:
        subprocess.run([SCRIPTS / "asterisk-down", run], check=True, timeout=60)
        witness.close()


@pytest.fixture
def asterisk(asterisk_process: Asterisk) -> Iterator[Asterisk]:
    """The same Asterisk with no call up, nobody's old news, and every global as installed."""
    while not asterisk_process.witness.calls.empty():
        asterisk_process.witness.calls.get_nowait()
    nowhere = f"agi://127.0.0.1:{free_port()}"
    asterisk_process.set(
        HOTLINE_SERVER_1=nowhere,
        HOTLINE_SERVER_2="",
        HOTLINE_PROBE_SECONDS=NEVER,  # a test that means these limits sets them
        HOTLINE_CALL_SECONDS=NEVER,
        HOTLINE_EMERGENCY="emergency-agi",
        HOTLINE_QUEUE="hotline",
    )
    yield asterisk_process
    asterisk_process.hang_up_all()


@pytest.fixture
def rings(asterisk: Asterisk) -> Iterator[Callable[..., Told]]:
    """Somebody rings up and does what the test says."""
    lines: list[Conversation] = []

    def ring(number: str = "13800138000") -> Told:
        ear = asterisk.ear(number)
        asterisk.call(number, "told")
        lines.append(asterisk.told())
        return Told(ear, lines[-1])

    yield ring
    for line in lines:
        line.over.set()


@pytest.fixture
def stand_in() -> Iterator[Callable[[Behaviour], StandIn]]:
    """Makes FastAGI servers that behave as told; all are closed afterwards."""
    made: list[StandIn] = []

    def make(behaviour: Behaviour) -> StandIn:
        made.append(StandIn(behaviour))
        return made[-1]

    yield make
    for server in made:
        server.close()
