"""A province at release hour, simulated event by event: who waits how long, who hears Busy, what is full first. Pure.

Law of the model: a process has one till for its hospital and serves it in batches, as ``booking.till`` does: while one is written the next
one gathers, ``BATCH_MOST`` at a time, ``WAITING_MOST`` may wait, the rest hear Busy and ask again after a pause, a few times. A batch takes
the process's own time, then a lane of its shard's database. When a hospital's numbers are gone, it answers from memory and its shard
rests. Times come from a measured machine (``Costs``); nothing else is assumed of it.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from booking.till import BATCH_MOST, WAITING_MOST

TICK_SECONDS = 0.1
"""Callers of one process within a tick come together: nobody's wait is known finer than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of one machine: of the process for a sale and for a refusal, of the database for a commit and for each row set in it."""

    sold: float
    refused: float
    commit: float
    row: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """``at_once``: the share of all who call within ``rush_seconds`` of the hour, evenly; the others follow over ``tail_seconds``, ever fewer.
    ``share``: what part of its costs' speed each process has (cores for one process; 1: a core of its own). ``lanes``: batches that a
    shard's database writes side by side.
    """

    hospitals: int = 200
    patients: int = 2_000_000
    numbers: int = 6_000
    processes: int = 200
    shards: int = 4
    lanes: int = 2
    share: float = 1.0
    at_once: float = 0.3
    rush_seconds: float = 10.0
    tail_seconds: float = 600.0
    retries: int = 3
    pause_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What callers met with. ``p99`` and ``worst`` are seconds from asking to the answer, over everybody answered."""

    asked: int
    sold: int
    refused: int
    busy: int
    gave_up: int
    p50: float
    p99: float
    worst: float
    process_use: float
    shard_use: float
    first: str

    @property
    def busy_rate(self) -> float:
        """The share of all askings, repeated ones too, that heard Busy."""
        return self.busy / max(1, self.sold + self.refused + self.busy)


@dataclass(slots=True)
class _Process:
    hospital: int
    shard: int
    waiting: deque[tuple[float, int]] = field(default_factory=deque)
    many: int = 0
    works: bool = False
    used: float = 0.0


@dataclass(slots=True)
class _Shard:
    lanes: list[float]
    used: float = 0.0
    worst_queue: float = 0.0


def weights(hospitals: int) -> list[float]:
    """Hospitals by size: the first has several times the callers of the last (Zipf, exponent 0.5)."""
    raw = [1 / (rank + 1) ** 0.5 for rank in range(hospitals)]
    return [one / sum(raw) for one in raw]


def arrivals(province: Province, callers: int, rng: random.Random) -> list[tuple[float, int]]:
    """When so many callers of one hospital ask, tick by tick."""
    ticks: Counter[int] = Counter()
    for _ in range(callers):
        if rng.random() < province.at_once:
            at = rng.random() * province.rush_seconds
        else:
            at = province.rush_seconds + min(rng.expovariate(3 / province.tail_seconds), province.tail_seconds)
        ticks[int(at / TICK_SECONDS)] += 1
    return [(tick * TICK_SECONDS, number) for tick, number in sorted(ticks.items())]


class Simulation:
    """One release hour. ``run`` may be called once."""

    def __init__(self, province: Province, costs: Costs, rng: random.Random) -> None:
        self._province, self._costs, self._rng = province, costs, rng
        self._left = [province.numbers] * province.hospitals
        self._processes = [
            _Process(n % province.hospitals, n % province.hospitals % province.shards)
            for n in range(province.processes)
        ]
        self._shards = [_Shard([0.0] * province.lanes) for _ in range(province.shards)]
        self._events: list[tuple[float, int, _Process, int, int, tuple[tuple[float, int], ...]]] = []
        self._order = count()
        self._waits: Counter[int] = Counter()
        self._sold = self._refused = self._busy = self._gave_up = 0
        self._first = ""
        self._end = 0.0

    def run(self, given: Sequence[Sequence[tuple[float, int]]] | None = None) -> Outcome:
        """``given``: each process's arrivals, instead of the province's curve."""
        for process, times in zip(self._processes, given or self._curves(), strict=True):
            for at, number in times:
                self._put(at, process, number, 0, ())
        while self._events:
            now, _, process, number, tries, batch = heapq.heappop(self._events)
            if batch:
                self._answered(now, process, batch)
            else:
                self._asked(now, process, number, tries)
        return self._told()

    def _curves(self) -> list[list[tuple[float, int]]]:
        province = self._province
        each = [round(province.patients * weight) for weight in weights(province.hospitals)]
        beside = Counter(process.hospital for process in self._processes)
        return [
            arrivals(province, each[process.hospital] // beside[process.hospital], self._rng)
            for process in self._processes
        ]

    def _put(self, at: float, process: _Process, number: int, tries: int, batch: tuple[tuple[float, int], ...]) -> None:
        heapq.heappush(self._events, (at, next(self._order), process, number, tries, batch))

    def _asked(self, now: float, process: _Process, number: int, tries: int) -> None:
        taken = min(number, WAITING_MOST - process.many)
        if taken:
            process.waiting.append((now, taken))
            process.many += taken
        if over := number - taken:
            self._refuse(now, process, over, tries)
        if not process.works:
            self._serve(now, process)

    def _refuse(self, now: float, process: _Process, over: int, tries: int) -> None:
        self._busy += over
        self._break(now, f"the till of hospital {process.hospital + 1}: {WAITING_MOST} wait, others hear Busy")
        if tries < self._province.retries:
            self._put(now + self._province.pause_seconds, process, over, tries + 1, ())
        else:
            self._gave_up += over

    def _serve(self, now: float, process: _Process) -> None:
        batch, room = [], BATCH_MOST
        while process.waiting and room:
            at, many = process.waiting.popleft()
            batch.append((at, min(many, room)))
            if many > room:
                process.waiting.appendleft((at, many - room))
            room -= batch[-1][1]
        number = BATCH_MOST - room
        process.many -= number
        process.works = True
        sold = min(number, self._left[process.hospital])
        self._left[process.hospital] -= sold
        self._sold += sold
        self._refused += number - sold
        own = (sold * self._costs.sold + (number - sold) * self._costs.refused) / self._province.share
        process.used += own
        self._put(self._written(now + own, process, sold), process, 0, 0, tuple(batch))

    def _written(self, ready: float, process: _Process, sold: int) -> float:
        """When the shard has committed it."""
        if not sold:
            return ready
        shard = self._shards[process.shard]
        free = heapq.heappop(shard.lanes)
        begun, lasts = max(ready, free), self._costs.commit + sold * self._costs.row
        heapq.heappush(shard.lanes, begun + lasts)
        shard.used += lasts
        shard.worst_queue = max(shard.worst_queue, begun - ready)
        if begun - ready > 1.0:
            self._break(ready, f"the database of shard {process.shard + 1}: a batch waits longer than 1 s for it")
        return begun + lasts

    def _answered(self, now: float, process: _Process, batch: tuple[tuple[float, int], ...]) -> None:
        for at, many in batch:
            self._waits[round((now - at) * 1000)] += many
        self._end = max(self._end, now)
        process.works = False
        if process.waiting:
            if now - process.waiting[0][0] > 1.0:
                self._break(now, f"the process of hospital {process.hospital + 1}: its callers wait longer than 1 s")
            self._serve(now, process)

    def _break(self, now: float, what: str) -> None:
        if not self._first:
            self._first = f"{now:.1f} s: {what}"

    def _told(self) -> Outcome:
        asked = self._sold + self._refused + self._gave_up
        rush = max(min(self._end, self._province.rush_seconds), TICK_SECONDS)
        lanes = self._province.lanes
        return Outcome(
            asked=asked,
            sold=self._sold,
            refused=self._refused,
            busy=self._busy,
            gave_up=self._gave_up,
            p50=self._percentile(0.5),
            p99=self._percentile(0.99),
            worst=max(self._waits, default=0) / 1000,
            process_use=max(process.used for process in self._processes) / rush,
            shard_use=max(shard.used for shard in self._shards) / rush / lanes,
            first=self._first or "nothing",
        )

    def _percentile(self, share: float) -> float:
        wanted, seen = share * self._waits.total(), 0
        for wait, many in sorted(self._waits.items()):
            seen += many
            if seen >= wanted:
                return wait / 1000
        return 0.0
