"""``hotline bench rush``: a thousand patients at release hour, for one doctor's forty slots and for two hundred doctors'."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from booking.store.engine import make_engine
from hotline.bench import rush_raw
from hotline.bench.rows import Row, median, percentile
from hotline.bench.rush_stage import PATIENTS, SLOTS, asks, furnish


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    seconds: float
    sold: int
    waits: tuple[float, ...] = ()

    @property
    def per_s(self) -> float:
        return PATIENTS / self.seconds


def _ours(url: str, doctors: int) -> Sale:
    engine = make_engine(url)
    hospital = furnish(engine, doctors)
    engine.dispose()
    command = [sys.executable, "-m", "hotline.bench.rush_ours", url, str(hospital), str(doctors)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own module
    told = json.loads(out)
    return Sale(seconds=told["seconds"], sold=told["sold"], waits=tuple(told["waits"]))


def _raw(url: str, doctors: int) -> Sale:
    engine = make_engine(url)
    hospital = furnish(engine, doctors)
    seconds, sold = rush_raw.sell_all(engine, hospital, asks(doctors))
    engine.dispose()
    return Sale(seconds=seconds, sold=sold)


def run(*, url: str | None = None, rounds: int = 3) -> Iterator[Row]:
    """Rows for the database at ``url`` (its tables are made afresh!), else for a SQLite file with synchronous=FULL."""
    with tempfile.TemporaryDirectory() as folder:
        where = url or f"sqlite:///{Path(folder) / 'rush.db'}"
        engine = where.partition("+")[0].partition(":")[0].replace("mysql", "mariadb")
        for doctors in (1, 200):
            yield from _rows(engine, where, doctors, rounds)


def _rows(engine: str, url: str, doctors: int, rounds: int) -> Iterator[Row]:
    pairs = [(_ours(url, doctors), _raw(url, doctors)) for _ in range(rounds)]
    right = min(PATIENTS, doctors * SLOTS)
    for sale in (sale for pair in pairs for sale in pair):
        if sale.sold != right:
            raise RuntimeError(f"{sale.sold} sold where {right} were to be sold")
    case = f"{PATIENTS} patients, {doctors} doctor{'s' if doctors > 1 else ''}, {right} sold, {engine}"
    ours, raw = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    yield Row(
        bench="rush",
        case=case,
        value=median([sale.per_s for sale in ours]),
        unit="decisions/s",
        yardstick="raw driver, one by one",
        yardstick_value=median([sale.per_s for sale in raw]),
        better="higher",
    )
    yield Row(
        bench="rush",
        case=f"{case}: p99 wait",
        value=median([percentile(list(sale.waits), 0.99) for sale in ours]) * 1e3,
        unit="ms",
        yardstick="the last of the same queue, raw",
        yardstick_value=median([sale.seconds for sale in raw]) * 1e3,
        better="lower",
    )
