"""Node's SMSC (npm's smpp, which nobody here wrote) as a child process that does what SMSCs do: what was not acknowledged comes again."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import defaultdict
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "real" / "smsc" / "smsc.js"
CACHE = Path(os.environ.get("HOTLINE_CACHE", "/var/cache/hotline"))


class Smsc:
    """Node's SMSC as a child process; every event it tells is kept."""

    def __init__(self, port: int) -> None:
        self.events: list[dict[str, object]] = []
        self.unacknowledged: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_PATH": str(CACHE / "node/node_modules")},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for("listening")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            with self._lock:
                self.events.append(event)
                if event["event"] == "acked" and event["status"] == 0:
                    self.unacknowledged.pop(str(event["id"]), None)
                if event["event"] == "bound":
                    again = list(self.unacknowledged.values())
            if event["event"] == "bound":
                for command in again:
                    self._say(command)

    def _say(self, command: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
        self._process.stdin.flush()

    def deliver(self, name: str, sender: str, words: str) -> None:
        command = {"do": "deliver", "id": name, "from": sender, "to": "12580", "text": words}
        with self._lock:
            self.unacknowledged[name] = command
        self._say(command)

    def count(self, kind: str) -> int:
        with self._lock:
            return sum(event["event"] == kind for event in self.events)

    def wait_for(self, kind: str, times: int = 1, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while self.count(kind) < times:
            assert time.monotonic() < end, f"no {kind} in {seconds} s"
            time.sleep(0.02)

    def answers(self) -> dict[str, list[str]]:
        """Whole texts by the phone they went to; the parts of a long one are joined, a repeated one stands twice."""
        parts: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        with self._lock:
            for event in self.events:
                if event["event"] == "submit":
                    head = str((event.get("udh") or [""])[0])
                    total, part = (int(head[-4:-2], 16), int(head[-2:], 16)) if head else (1, 1)
                    parts[str(event["to"]).lstrip("+")].append((total, part, str(event.get("text", event.get("hex")))))
        return {to: _joined(found) for to, found in parts.items()}

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _joined(parts: list[tuple[int, int, str]]) -> list[str]:
    """As many copies as the rarest part was sent: a kill between two parts leaves the first one alone, which is not an answer."""
    total = parts[0][0]
    by_part = {number: [words for _, part, words in parts if part == number] for number in range(1, total + 1)}
    copies = min(len(found) for found in by_part.values())
    return ["".join(by_part[number][copy] for number in range(1, total + 1)) for copy in range(copies)]
