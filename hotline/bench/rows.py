"""One line of a benchmark's result, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``value`` and ``yardstick_value`` have the same ``unit`` and come from the same run; ``better`` is ``lower`` or ``higher``."""

    bench: str
    case: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    better: str

    @property
    def ratio(self) -> float:
        return self.value / self.yardstick_value if self.yardstick_value else float("inf")

    def as_json(self) -> str:
        figures = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}
        better = figures.pop("better")
        return json.dumps({**figures, "ratio": round(self.ratio, 3), "better": better}, ensure_ascii=False)


def as_table(rows: Iterable[Row]) -> str:
    """A table for people: one row a case, the yardstick beside it."""
    lines = [f"{'case':<58}{'value':>12} {'unit':<10}{'yardstick':>12}  {'ratio':>6}  yardstick is"]
    lines += [
        f"{row.bench + ': ' + row.case:<58}{row.value:>12.3f} {row.unit:<10}{row.yardstick_value:>12.3f}"
        f"  {row.ratio:>6.2f}  {row.yardstick} ({row.better} is better)"
        for row in rows
    ]
    return "\n".join(lines)


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of a non-empty list; ``share`` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: list[float]) -> float:
    return percentile(values, 0.5)
