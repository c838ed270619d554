"""``hotline bench rush``: the release hour, with 1, 32 and 1,000 waiting at once, beside the same rows written one by one.

Three cases, because a refusal costs less than a booking: one doctor with a number for everybody (each decision writes its rows,
and so does each of the yardstick's), one doctor's forty numbers (then mostly refusals, then all of them from memory), and two
hundred doctors. Each run checks that exactly as many were sold as there were numbers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Engine

from booking.store.engine import make_engine
from hotline.bench import rush_raw
from hotline.bench.rows import Row, median, percentile
from hotline.bench.rush_stage import ENOUGH, FORTY, SPREAD, Stage, furnish

WAITING = {1: 300, 32: 2_000, 1_000: 4_000}
"""How many wait at once, and how many wishes that is measured with."""
THREADS = {1: 1_000, 8: 2_000, 32: 2_000}
"""The yardstick's threads, and its wishes."""
AGAIN = 50_000
"""Wishes for numbers that are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    seconds: float
    waits: tuple[float, ...]

    @property
    def per_s(self) -> float:
        return len(self.waits) / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where it is measured, how often, and with what part of the wishes."""

    url: str
    name: str
    rounds: int
    share: int

    def engine(self, threads: int = 8) -> Engine:
        return make_engine(self.url, connections=threads)

    def stage(self, stage: Stage) -> int:
        engine = self.engine()
        hospital = furnish(engine, stage)
        engine.dispose()
        return hospital

    def wishes(self, stage: Stage, most: int) -> int:
        return max(1, min(stage.wishes, most // self.share))


def run(*, url: str | None = None, rounds: int = 3) -> Iterator[Row]:
    """Rows for the database at ``url`` (its tables are made afresh!), else for a SQLite file with synchronous=FULL."""
    with tempfile.TemporaryDirectory() as folder:
        where = url or f"sqlite:///{Path(folder) / 'rush.db'}"
        engine = where.partition("+")[0].partition(":")[0].replace("mysql", "mariadb")
        bench = Bench(url=where, name=engine, rounds=rounds, share=1 if rounds > 1 else 10)
        yield from _selling(bench, ENOUGH, tuple(WAITING))
        yield from _selling(bench, SPREAD, (1_000,))
        yield from _sold_out(bench)


def _selling(bench: Bench, stage: Stage, waiting: tuple[int, ...]) -> Iterator[Row]:
    raw, ours = [], {count: list[Sale]() for count in waiting}
    for _ in range(bench.rounds):  # interleaved: what slows the machine slows both
        raw.append(_raw(bench, stage))
        for count, sales in ours.items():
            sales.append(_ours(bench, stage, count, bench.wishes(stage, WAITING[count]))["first"])
    one_by_one = median(raw)
    for count, sales in ours.items():
        case = f"{stage.name}, K={count}, {bench.name}"
        yield _row(case, median([sale.per_s for sale in sales]), "decisions/s", "raw, best of 1/8/32", one_by_one)
        yield from _waits(case, sales, one_by_one)


def _sold_out(bench: Bench) -> Iterator[Row]:
    again = AGAIN // bench.share
    runs = [_ours(bench, FORTY, 1_000, FORTY.wishes, again) for _ in range(bench.rounds)]
    raw = median([_raw(bench, FORTY) for _ in range(bench.rounds)])
    case = f"{FORTY.name}, K=1000, {bench.name}"
    first = [told["first"] for told in runs]
    yield _row(case, median([sale.per_s for sale in first]), "decisions/s", "raw, best of 1/8/32", raw)
    yield from _waits(case, first, raw)
    late = median([told["again"].per_s for told in runs])
    yield _row(f"sold out, K=1000, {bench.name}", late, "answers/s", "raw, best of 1/8/32", raw)


def _waits(case: str, sales: list[Sale], raw: float) -> Iterator[Row]:
    """Beside the time in which the yardstick serves as many as wait at once."""
    for share, name in ((0.5, "p50"), (0.99, "p99"), (1.0, "worst")):
        value = median([percentile(list(sale.waits), share) for sale in sales]) * 1e3
        queue = int(case.split("K=")[1].split(",", maxsplit=1)[0])
        row = _row(f"{case}: {name}", value, "ms", "the same queue, raw", queue / raw * 1e3)
        yield Row(**{**asdict(row), "better": "lower"})


def _row(case: str, value: float, unit: str, yardstick: str, beside: float) -> Row:
    return Row(
        bench="rush", case=case, value=value, unit=unit, yardstick=yardstick, yardstick_value=beside, better="higher"
    )


def _ours(bench: Bench, stage: Stage, waiting: int, wishes: int, again: int = 0) -> dict[str, Sale]:
    hospital = bench.stage(stage)
    asked = {
        "url": bench.url,
        "hospital": hospital,
        "stage": asdict(stage),
        "waiting": waiting,
        "wishes": wishes,
        "again": again,
    }
    command = [sys.executable, "-m", "hotline.bench.rush_ours", json.dumps(asked)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own module
    told = json.loads(out)
    _check(told["first"]["sold"], min(wishes, stage.sellable))
    if again:
        _check(told["again"]["sold"], 0)
    return {name: Sale(seconds=each["seconds"], waits=tuple(each["waits"])) for name, each in told.items()}


def _raw(bench: Bench, stage: Stage) -> float:
    """Decisions a second of the best number of threads."""
    best = 0.0
    for threads, most in THREADS.items():
        hospital = bench.stage(stage)
        engine = bench.engine(threads)
        wishes = stage.asks(bench.wishes(stage, most))
        seconds, sold = rush_raw.sell_all(engine, hospital, wishes, threads)
        engine.dispose()
        _check(sold, min(len(wishes), stage.sellable))
        best = max(best, len(wishes) / seconds)
    return best


def _check(sold: int, right: int) -> None:
    if sold != right:
        raise RuntimeError(f"{sold} sold where {right} were to be sold")
