"""``hotline bench sms``: a text in, parsed, its query answered, the answer out, with one and with fifty texts in flight."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from booking.store.engine import make_engine
from hotline.bench.process import child
from hotline.bench.rows import Row, median, percentile
from hotline.bench.rush_stage import Stage, furnish

TEXT = "CX00000"
WARM = 50
GATEWAY_CPU, SMSC_CPU = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Waits in milliseconds from deliver_sm sent to the answer's last part received; CPU milliseconds of the gateway per text."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


ONE = Stage(name="sms", doctors=1, days=1, numbers=40, wishes=40)


def _pass(what: str, window: int, count: int, *args: str) -> Passed:
    with (
        child("hotline.bench.smsc_load", TEXT, str(window), str(count), str(WARM), cpu=SMSC_CPU) as smsc,
        child("hotline.bench.sms_child", what, str(smsc.port), *args, cpu=GATEWAY_CPU) as gateway,
    ):
        before = gateway.cpu_seconds()
        told = json.loads(smsc.line())
        cpu = gateway.cpu_seconds() - before
        waits = [wait * 1e3 for wait in told["waits"]]
        return Passed(
            per_s=count / told["seconds"],
            p50_ms=median(waits),
            p99_ms=percentile(waits, 0.99),
            cpu_ms=cpu / (count + WARM) * 1e3,
        )


def _ours(window: int, count: int) -> Passed:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'sms.db'}"
        engine = make_engine(url)
        furnish(engine, ONE)
        engine.dispose()
        return _pass("ours", window, count, url)


def run(*, rounds: int = 3, windows: tuple[int, ...] = (1, 50), count: int = 1_000) -> Iterator[Row]:
    """Rows for each number of texts in flight; figures are medians over interleaved rounds."""
    for window in windows:
        pairs = [(_ours(window, count), _pass("echo", window, count)) for _ in range(rounds)]
        for field, unit, better in (
            ("p50_ms", "ms", "lower"),
            ("p99_ms", "ms", "lower"),
            ("per_s", "texts/s", "higher"),
            ("cpu_ms", "ms", "lower"),
        ):
            yield Row(
                bench="sms",
                case=f"query answered, K={window}, {field.removesuffix('_ms')}",
                value=median([getattr(pair[0], field) for pair in pairs]),
                unit=unit,
                yardstick="same session, no parsing, no store",
                yardstick_value=median([getattr(pair[1], field) for pair in pairs]),
                better=better,
            )
