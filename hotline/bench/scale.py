"""``hotline bench scale``: two million patients of two hundred hospitals at release hour, simulated with what this machine is measured to cost.

First the rush of one hospital and one process is measured, small, for the simulation's costs; then another one, larger, which the simulation
must foretell; then the province, on ever fewer and ever more processes and shards.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from booking.store.engine import make_engine
from booking.till import BATCH_MOST
from hotline.bench.rows import Row, percentile
from hotline.bench.rush_stage import ENOUGH, FORTY, Stage, furnish
from hotline.bench.scale_model import Costs, Outcome, Province, Simulation

SMALL, LARGE = BATCH_MOST, 1_000
"""Callers that wait at once: in the run that is measured for the costs, and in the one that is foretold."""
OWN_SHARE = 0.6
"""How much of a sale's time is the process's own: 0.15 ms of 0.25 ms (docs/benchmarks.md); the rest is the database's."""

PROVINCES = (
    ("one process a hospital, 1 shard", Province(shards=1)),
    ("one process a hospital, 4 shards", Province(shards=4)),
    ("one process a hospital, 20 shards", Province(shards=20)),
    ("four processes a hospital, 4 shards", Province(processes=800, shards=4)),
    ("four processes a hospital, 20 shards", Province(processes=800, shards=20)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A real run: decisions a second, and the 99th percentile of the waits."""

    per_s: float
    p50: float
    p99: float


def sell(url: str, stage: Stage, waiting: int, wishes: int, again: int = 0) -> dict[str, Measured]:
    """A rush in a process of its own on fresh tables."""
    engine = make_engine(url)
    hospital = furnish(engine, stage)
    engine.dispose()
    asked = {
        "url": url,
        "hospital": hospital,
        "stage": asdict(stage),
        "waiting": waiting,
        "wishes": wishes,
        "again": again,
    }
    command = [sys.executable, "-m", "hotline.bench.rush_ours", json.dumps(asked)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own module
    return {name: _measured(tally) for name, tally in told.items()}


def _measured(tally: dict[str, object]) -> Measured:
    waits = [float(wait) for wait in tally["waits"]]  # type: ignore[attr-defined]
    seconds = float(tally["seconds"])  # type: ignore[arg-type]
    return Measured(per_s=len(waits) / seconds, p50=percentile(waits, 0.5), p99=percentile(waits, 0.99))


def costs_of(alone: Measured, small: Measured, sold_out: Measured) -> Costs:
    """``alone``: one caller at a time; ``small``: ``SMALL`` at a time, one batch each time; the difference is what one more in a batch costs."""
    batch, lone = SMALL / small.per_s, alone.p50
    each = max((batch - lone) / (SMALL - 1), batch / SMALL / 2)
    return Costs(
        sold=each * OWN_SHARE,
        refused=1 / sold_out.per_s,
        commit=max(lone - each, 0.0001),
        row=each * (1 - OWN_SHARE),
    )


def foretold(costs: Costs, waiting: int, wishes: int) -> tuple[float, float]:
    """Decisions a second and the p99 wait of one process whose ``waiting`` callers are followed by others at once."""
    batch = min(waiting, BATCH_MOST)
    seconds = costs.commit + batch * (costs.sold + costs.row)
    rounds = -(-waiting // batch)
    one_go = Province(hospitals=1, patients=waiting, numbers=wishes, processes=1, shards=1, lanes=1)
    outcome = Simulation(one_go, costs, _dice()).run([[(0.0, waiting)]])
    assert outcome.sold == min(waiting, wishes)
    return batch / seconds, max(outcome.p99, rounds * seconds)


def measure(url: str, share: int) -> tuple[Costs, Measured]:
    """This machine's costs, and the larger run that is to be foretold."""
    alone = sell(url, ENOUGH, 1, 300 // share)["first"]
    small = sell(url, ENOUGH, SMALL, 4_000 // share)["first"]
    late = sell(url, FORTY, LARGE, FORTY.wishes, 20_000 // share)["again"]
    return costs_of(alone, small, late), sell(url, ENOUGH, LARGE, 4_000 // share)["first"]


def run(*, url: str | None = None, quick: bool = False) -> Iterator[Row]:
    """Rows for the database at ``url`` (its tables are made afresh!), else for a SQLite file."""
    share = 4 if quick else 1
    with tempfile.TemporaryDirectory() as folder:
        costs, large = measure(url or f"sqlite:///{Path(folder) / 'scale.db'}", share)
    per_s, p99 = foretold(costs, LARGE, 4_000 // share)
    case = f"one process, K={LARGE}, simulated"
    yield _row(f"{case}: decisions", per_s, "decisions/s", "the same, measured", large.per_s, better="higher")
    yield _row(f"{case}: p99", p99 * 1e3, "ms", "the same, measured", large.p99 * 1e3)
    for name, whole in PROVINCES:
        tenth = replace(whole, hospitals=20, patients=100_000, processes=whole.processes // 10)
        province = tenth if quick else whole
        yield from _told(name, province, Simulation(province, costs, _dice()).run())


def _dice() -> random.Random:
    """The same callers in every run."""
    return random.Random(1)  # noqa: S311 - when who calls is no secret


def _told(name: str, province: Province, outcome: Outcome) -> Iterator[Row]:
    """The yardstick is what a caller is promised: an answer within a second, and never Busy."""
    yield _row(f"{name}: p99", outcome.p99 * 1e3, "ms", "a second", 1e3)
    yield _row(f"{name}: worst", outcome.worst * 1e3, "ms", "a second", 1e3)
    answered = (1 - outcome.busy_rate) * 100
    yield _row(f"{name}: never told Busy", answered, "%", "ninety-nine of a hundred", 99.0, better="higher")
    yield _row(
        f"{name}: work of the busiest process, whole hour", outcome.process_use * 100, "%", "the first 10 s", 100.0
    )
    yield _row(
        f"{name}: work of the busiest database, whole hour", outcome.shard_use * 100, "%", "the first 10 s", 100.0
    )
    yield _row(
        f"{name}: breaks first at {outcome.first}", outcome.sold, "sold", "numbers there are", _numbers(province)
    )


def _numbers(province: Province) -> float:
    return float(province.hospitals * province.numbers)


def _row(case: str, value: float, unit: str, yardstick: str, beside: float, *, better: str = "lower") -> Row:
    return Row(
        bench="scale", case=case, value=value, unit=unit, yardstick=yardstick, yardstick_value=beside, better=better
    )
