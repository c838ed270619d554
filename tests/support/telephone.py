"""A SIP telephone that does what it is told while it talks: it keys when it hears the question, not when a time is over.

sipp makes the call and ends it; its twin socket tells when the exchange has answered, and takes the word to hang up.
"""

from __future__ import annotations

import re
import socket
import subprocess
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from keypad import Keypad
from overheard import Ear
from ports import free_port
from processes import begin, end
from waiting import PATIENCE

SCENARIO = Path(__file__).parents[1] / "real" / "sip" / "caller.xml"
END = b"\x1b"  # of a message on the twin socket
LIFE = 300  # seconds: of a telephone that everybody has forgotten


class Answered(NamedTuple):
    """What the telephone knows once the call is up: the call's id, and where the exchange listens."""

    call: str
    sound: int


class Telephone:
    """Rings up 12580 from ``number``, at the SIP port ``exchange``; ``ear`` is its own."""

    def __init__(self, folder: Path, number: str, exchange: int, ear: Ear) -> None:
        self._ear = ear
        self._sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sound.bind(("127.0.0.1", 0))
        self._keypad = Keypad(self._sound)
        names = {"caller": number, "sound": self._sound.getsockname()[1]}
        keys = " ".join(f"-key {name} {value}" for name, value in names.items())
        port = free_port(socket.SOCK_DGRAM)
        self._errors = folder / f"telephone.{port}"
        with socket.create_server(("127.0.0.1", 0)) as twin:
            twin.settimeout(PATIENCE)
            command = (
                f"sipp 127.0.0.1:{exchange} -sf {SCENARIO} -s 12580 -i 127.0.0.1 -p {port} -m 1 -timeout {LIFE} {keys}"
            )
            words = f"{command} -3pcc 127.0.0.1:{twin.getsockname()[1]} -nostdin -trace_err -error_file {self._errors}"
            quiet = subprocess.DEVNULL
            self._process = begin(words.split(), cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet)
            self._twin, _ = twin.accept()
        self._twin.settimeout(PATIENCE)

    def hears(self, question: str) -> None:
        self._ear.hears(question)

    def keys(self, keys: str, at: str) -> None:
        """Presses these keys once the question ``at`` is heard."""
        self.hears(at)
        self.presses(keys)

    def presses(self, keys: str) -> None:
        """At once."""
        self._keypad.press(keys, self._answered.sound)

    def answers(self, *answers: tuple[str, str]) -> None:
        """Question by question: what is heard, what is keyed."""
        for question, keys in answers:
            self.keys(keys, at=question)

    def hangs_up(self, at: str) -> None:
        """Once this is heard; returns when the call is over."""
        self.hears(at)
        self._do("Hang up")
        self._ended()

    def is_hung_up_on(self, keys: str, at: str) -> None:
        """Its last keys; returns when the other side has ended the call."""
        self.hears(at)
        self._do("Stay")
        self.presses(keys)
        self._ended()

    def close(self) -> None:
        self._sound.close()
        self._twin.close()
        end(self._process)

    def _ended(self) -> None:
        assert self._process.wait(PATIENCE) == 0, self._trouble()

    def _trouble(self) -> str:
        return self._errors.read_text() if self._errors.exists() else f"sipp ended with {self._process.poll()}"

    def _do(self, order: str) -> None:
        self._twin.sendall(f"Call-ID: {self._answered.call}\r\nOrder: {order}\r\n".encode() + END)

    @cached_property
    def _answered(self) -> Answered:
        told = b""
        while not told.endswith(END):
            piece = self._twin.recv(4096)
            assert piece, self._trouble()
            told += piece
        found = re.search(r"Call-ID: (\S+)\s+Sound: (\d+)", told.decode())
        assert found, told
        return Answered(found[1], int(found[2]))
