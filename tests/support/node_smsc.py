"""Node's SMSC (npm's smpp, which nobody here wrote) as a child process, and the operator who owns it and keeps the books."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import begin, end
from waiting import PATIENCE, wait_until

SCRIPT = Path(__file__).parents[1] / "real" / "smsc" / "smsc.js"
CACHE = Path(os.environ.get("HOTLINE_CACHE", "/var/cache/hotline"))
SERVICE = "12580"
Event = dict[str, Any]


class NodeSmsc:
    """One life of the SMSC: commands in, events out; all are kept. ``heard`` is told each one in the reading thread."""

    def __init__(self, port: int, heard: Callable[[Event], None] = lambda event: None) -> None:
        self._heard = heard
        self._events: list[Event] = []
        self._lock, self._mouth = threading.Lock(), threading.Lock()
        self._process = begin(
            ["node", str(SCRIPT), str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_PATH": str(CACHE / "node/node_modules")},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait(lambda event: event["event"] == "listening")

    def _read(self) -> None:
        for line in self._process.stdout:
            event = json.loads(line)
            with self._lock:
                self._events.append(event)
            self._heard(event)

    def tell(self, **command: Any) -> None:
        with self._mouth:
            self._process.stdin.write(json.dumps(command, ensure_ascii=False) + "\n")
            self._process.stdin.flush()

    def seen(self, kind: str) -> list[Event]:
        with self._lock:
            return [event for event in self._events if event["event"] == kind]

    def count(self, kind: str) -> int:
        return len(self.seen(kind))

    def wait(self, wanted: Callable[[Event], bool], seconds: float = PATIENCE) -> Event:
        """The first event that is wanted, past or to come."""
        looked_at = 0

        def found() -> Event | None:
            nonlocal looked_at
            with self._lock:
                fresh, looked_at = self._events[looked_at:], len(self._events)
            return next((event for event in fresh if wanted(event)), None)

        return wait_until(found, seconds, lambda: f"not seen in {seconds} s; last events: {self._events[-5:]}")

    def wait_for(self, kind: str, times: int = 1, seconds: float = PATIENCE) -> None:
        """Returns when ``times`` events of that kind have been."""
        wait_until(lambda: self.count(kind) >= times, seconds, f"no {kind} number {times} in {seconds} s")

    def kill(self) -> None:
        """As a power cut ends it."""
        end(self._process)
        self._reader.join(10)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait(10)
        self.kill()


class Operator:
    """Keeps what was not acknowledged over the lives of its SMSC; with ``redelivers`` sends it again at every bind, as operators do."""

    def __init__(self, port: int, *, redelivers: bool = False) -> None:
        self.port, self._redelivers = port, redelivers
        self.given: dict[str, dict[str, Any]] = {}
        self._acked: set[str] = set()
        self._lock = threading.Lock()
        self.lives: list[NodeSmsc] = []
        self.begin_life()

    def begin_life(self) -> None:
        """Its SMSC is there (again)."""
        self.lives.append(NodeSmsc(self.port, self._heard))

    @property
    def smsc(self) -> NodeSmsc:
        return self.lives[-1]

    def _heard(self, event: Event) -> None:
        if event["event"] == "acked" and event["status"] == 0:
            with self._lock:
                self._acked.add(event["id"])
        if event["event"] == "bound" and self._redelivers:
            self.again(self.unacked())

    def deliver(self, *deliveries: dict[str, Any]) -> None:
        for delivery in deliveries:
            with self._lock:
                name = str(len(self.given))
                self.given[name] = {"to": SERVICE, **delivery}
            self.again({name})

    def again(self, names: set[str], **how: Any) -> None:
        """Those deliveries once more, in the order in which they were first made."""
        for name in sorted(names, key=int):
            self.smsc.tell(do="deliver", id=name, **self.given[name], **how)

    def acked(self) -> set[str]:
        with self._lock:
            return set(self._acked)

    def unacked(self) -> set[str]:
        with self._lock:
            return self.given.keys() - self._acked

    def wait_acked(self) -> None:
        wait_until(lambda: not self.unacked(), why=lambda: f"not acknowledged: {len(self.unacked())}")

    def answers(self) -> dict[str, list[str]]:
        """Whole texts that the SMSC accepted, by phone. A text of which a part came twice stands twice; one with a part missing, never."""
        parts: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for life in self.lives:
            for event in life.seen("submit"):
                udh = (event["udh"] or [""])[0]
                group, number = (udh[4:8], int(udh[8:10], 16)) if udh else ("", 1)
                key = event["to"].lstrip("+"), group if udh else event["message_id"]
                parts[key][number].append(event.get("text") or bytes.fromhex(event["hex"]).decode("utf-16-be"))
        found: dict[str, list[str]] = defaultdict(list)
        for (to, group), by_number in parts.items():
            total = int(group[2:4], 16) if len(group) == 4 else 1
            if len(by_number) == total:
                copies = max(len(copies) for copies in by_number.values())
                whole = "".join(by_number[number][0] for number in sorted(by_number))
                found[to].extend([whole] * copies)
        return found

    def wait_answers(self, phones: set[str]) -> dict[str, list[str]]:
        """Returns when each of ``phones`` has an answer."""

        def missing() -> list[str]:
            return sorted(phones - self.answers().keys())

        wait_until(lambda: not missing(), why=lambda: f"unanswered: {missing()[:5]} of {len(missing())}", every=0.1)
        return self.answers()

    def close(self) -> None:
        for life in self.lives:
            life.close()
