"""Drives ``smsc.js`` (node's SMSC) from a test: commands in, events out, and what an operator's store would keep."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CACHE = Path(os.environ.get("HOTLINE_CACHE", "/var/cache/hotline"))
SCRIPT = Path(__file__).parent / "smsc.js"


class Peer:
    """One life of the SMSC. ``kill`` ends it as a power cut would."""

    def __init__(self, port: int) -> None:
        self.events: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(CACHE / "node/node_modules")},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait(lambda event: event["event"] == "listening")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._lock:
                self.events.append(json.loads(line))

    def tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
        self._process.stdin.flush()

    def seen(self, kind: str) -> list[dict[str, Any]]:
        with self._lock:
            return [event for event in self.events if event["event"] == kind]

    def wait(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 20) -> dict[str, Any]:
        """The first event that is wanted, past or to come."""
        end = time.monotonic() + seconds
        at = 0
        while time.monotonic() < end:
            with self._lock:
                fresh, at = self.events[at:], len(self.events)
            for event in fresh:
                if wanted(event):
                    return event
            time.sleep(0.01)
        raise AssertionError(f"not seen in {seconds} s; last events: {self.events[-5:]}")

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def close(self) -> None:
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._end()

    def _end(self) -> None:
        self._process.wait(10)
        self._reader.join(5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
