"""Who holds a lease: a process, unlike any other, and whether it still runs."""

from __future__ import annotations

import os
import random
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """This process, unlike any other: machine since its start, process namespace, process, a draw; then words for people."""

    machine: str
    pid: int
    draw: str
    host: str

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.draw}/{self.host}"[:80]

    @classmethod
    def of_this_process(cls, rng: random.Random, proc: Path = PROC) -> Holder:
        return cls(_machine(proc), os.getpid(), f"{rng.getrandbits(32):08x}", socket.gethostname()[:30])

    def is_gone(self, other: str, proc: Path = PROC) -> bool:
        """Whether that holder was a process of this machine and is no more; False when nobody can tell."""
        parts = other.split("/")
        if len(parts) < 3 or parts[0] != self.machine or not parts[1].isdecimal():
            return False
        if int(parts[1]) == self.pid:
            return parts[2] != self.draw
        return (proc / "self").exists() and not (proc / parts[1]).exists()


def _machine(proc: Path) -> str:
    """The machine's start and the process namespace: a number means the same process only where both agree."""
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")[:12]
        return f"{boot}.{os.stat(proc / 'self/ns/pid').st_ino}"
    except OSError:
        return "unknown"
