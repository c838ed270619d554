"""The rush: as many wishes under way as callers wait, each asked again with its own key until it is answered, whoever dies meanwhile."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from processes import begin, end
from waiting import wait_until

from hotline.bench.rush_stage import Stage

SELLER = Path(__file__).with_name("soak_seller.py")
AGAIN_SECONDS = 0.05
CANCELS = 0.2
"""How many of those who got a number give it back."""


@dataclass
class Wish:
    key: str
    words: dict[str, Any]
    phone: str
    asked: int = 0


class Seller:
    """One selling process; what it says goes to ``heard``."""

    def __init__(self, number: int, hospital: int, urls: list[str], heard: Any) -> None:
        self.number, self._command = number, [sys.executable, str(SELLER), str(hospital), *urls]
        self._heard = heard
        self.live = False
        self.start()

    def start(self) -> None:
        self.process = begin(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        wait_until(lambda: self.live, why="the seller is not ready")

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout:
            told = json.loads(line)
            self.live = self.live or "ready" in told
            self._heard(self.number, told)

    def tell(self, **words: Any) -> bool:
        """Whether it could be said."""
        try:
            self.process.stdin.write(json.dumps(words).encode() + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def kill(self) -> None:
        self.live = False
        self.process.kill()
        self.process.wait()
        self._reader.join(10)
        end(self.process)

    def close(self) -> None:
        self.live = False
        self.process.stdin.close()
        self.process.wait(30)
        self._reader.join(10)
        end(self.process)


@dataclass
class Rush:
    """``callers`` wishes are under way at any time. ``sellers`` are processes on the same hospital."""

    hospital: int
    urls: list[str]
    stage: Stage
    rng: random.Random
    sellers: int = 2
    callers: int = 48
    pace: float = 0.0
    booked: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    bugs: list[str] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    leases: list[tuple[float, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[Wish, int]] = {}
        self._again: list[tuple[float, Wish]] = []
        self._next = 0
        self._open = True
        self._stopped = threading.Event()
        self.processes = [Seller(n, self.hospital, self.urls, self._heard) for n in range(self.sellers)]
        self._pump = threading.Thread(target=self._work, daemon=True)
        self._pump.start()

    def _wish(self) -> Wish:
        """The next patient's for the next number; past the last number, for one that somebody may have given back."""
        n, self._next = self._next, self._next + 1
        stage = self.stage
        numbers = stage.doctors * stage.days * stage.numbers
        at = n if n < numbers else self.rng.randrange(numbers)
        ask = stage.ask(at)
        phone = stage.ask((n + n // stage.wishes) % stage.wishes).phone  # nobody twice for the same session
        return Wish(f"w:{n}", {"book": [ask.doctor, ask.start.isoformat(), phone]}, phone)

    def _work(self) -> None:
        while not self._stopped.is_set():
            now = time.monotonic()
            with self._lock:
                due = [wish for at, wish in self._again if at <= now]
                self._again = [(at, wish) for at, wish in self._again if at > now]
                room = self.callers - len(self._under_way) - len(self._again) - len(due)
                fresh = [self._wish() for _ in range(room)] if self._open and room > 0 else []
            for wish in [*due, *fresh]:
                self._ask(wish)
            time.sleep(0.01 if self.pace == 0.0 else self.pace)

    def _ask(self, wish: Wish) -> None:
        live = [seller for seller in self.processes if seller.live]
        seller = self.rng.choice(live) if live else None
        with self._lock:
            if seller is None:
                self._again.append((time.monotonic() + AGAIN_SECONDS, wish))
                return
            wish.asked += 1
            self._under_way[wish.key] = (wish, seller.number)
        if not seller.tell(key=wish.key, **wish.words):
            self._lost(wish)

    def _lost(self, wish: Wish) -> None:
        with self._lock:
            if self._under_way.pop(wish.key, None) is not None:
                self._again.append((time.monotonic() + AGAIN_SECONDS, wish))

    def _heard(self, seller: int, told: dict[str, Any]) -> None:
        now = time.monotonic()
        if "lease" in told:
            self.leases.append((now, seller, told["lease"]))
        if "bug" in told:
            self.bugs.append(told["bug"])
        if "key" not in told:
            return
        with self._lock:
            found = self._under_way.pop(told["key"], None)
            if found is None:
                return
            wish, outcome = found[0], told["outcome"]
            self.outcomes[outcome] += 1
            if outcome in {"Busy", "Bug"}:
                if outcome == "Bug":
                    self.bugs.append(told["why"])
                self._again.append((now + AGAIN_SECONDS, wish))
                return
            self.answered_at.append(now)
            if outcome == "Booked":
                self.booked[wish.key] = told["code"]
                if self.rng.random() < CANCELS:
                    cancel = Wish(f"c{wish.key}", {"cancel": [told["code"], wish.phone]}, wish.phone)
                    self._again.append((now, cancel))
            elif outcome == "Cancelled":
                self.cancelled.add(wish.key[1:])

    def kill_seller(self, number: int) -> None:
        """As the power does; whom it left without an answer asks again, with the same key."""
        seller = self.processes[number]
        seller.kill()
        with self._lock:
            orphans = [wish for wish, at in self._under_way.values() if at == number]
            for wish in orphans:
                del self._under_way[wish.key]
                self._again.append((time.monotonic() + AGAIN_SECONDS, wish))
        seller.start()

    def wait_answers(self, since: float, count: int, seconds: float = 60.0) -> None:
        """Returns when ``count`` callers were answered after ``since``."""
        wait_until(
            lambda: len(self.answered_at) > count and self.answered_at[-count] > since,
            seconds,
            why=lambda: f"no answers any more: {self.outcomes}, {self.bugs[-3:]}",
        )

    def gap(self, since: float) -> float:
        """The longest time after ``since`` in which nobody was answered."""
        return longest(self.answered_at, since)

    def finish(self) -> None:
        """No new wishes; every wish under way is answered; the sellers end."""
        self._open = False
        wait_until(lambda: not self._under_way and not self._again, 90, why=lambda: f"unanswered: {self._under_way}")
        self.end()

    def end(self) -> None:
        self._stopped.set()
        self._pump.join(10)
        for seller in self.processes:
            if seller.live:
                seller.close()


def longest(moments: list[float], since: float) -> float:
    """The longest gap between two of these moments, from ``since`` on."""
    seen = [since, *(moment for moment in list(moments) if moment > since)]
    return max((after - before for before, after in pairwise(seen)), default=0.0)
