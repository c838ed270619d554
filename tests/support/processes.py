"""Processes that tests begin. What a fixture did not end, because it failed half-way, ends with the test session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HOTLINE = (sys.executable, "-c", "from hotline.cli.main import main; main()")
_begun: list[subprocess.Popen[Any]] = []


def begin(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """``subprocess.Popen`` that is remembered."""
    process = subprocess.Popen(command, **options)
    _begun.append(process)
    return process


def hotline(*words: object, seconds: float = 120, **options: Any) -> subprocess.CompletedProcess[str]:
    """A short `hotline` command, run to its end."""
    return subprocess.run(
        [*HOTLINE, *map(str, words)], capture_output=True, text=True, check=False, timeout=seconds, **options
    )


def end(process: subprocess.Popen[Any]) -> None:
    """Whatever state it is in: gone, its pipes closed."""
    if process.poll() is None:
        process.kill()
        process.wait(30)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None and not pipe.closed:
            pipe.close()


def end_all() -> list[str]:
    """Ends what still runs; says what that was."""
    left = [process for process in _begun if process.poll() is None]
    for process in left:
        end(process)
    _begun.clear()
    return [str(process.args) for process in left]
