"""What a benchmark reads of another process: its CPU seconds and its resident memory, from /proc."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A server under measurement: it has printed its port on its first line of output."""

    pid: int
    port: int
    output: IO[str]

    def line(self) -> str:
        """Its next line; waits for it. Raises when it ended instead."""
        line = self.output.readline()
        if not line:
            raise RuntimeError("a measured process ended before its time")
        return line

    def cpu_seconds(self) -> float:
        """Time on a processor that its threads of now have had; in nanoseconds, where ``stat`` counts hundredths of a second."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9

    def resident_mb(self) -> float:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE / 1e6


@contextmanager
def child(module: str, *args: str, cpu: int | None = None) -> Iterator[Child]:
    """Runs ``python -m module args`` until the block ends; pinned to one processor where ``cpu`` is given and the machine has two."""
    process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", module, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if cpu is not None and (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(process.pid, {cpu})
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"{module} ended before it was ready")
        yield Child(pid=process.pid, port=int(first), output=process.stdout)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
