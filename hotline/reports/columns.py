"""What the columns of a report are: their names, what they measure, how they add up. Pure.

A query answers base figures only; shares and averages are quotients of two of them, so that the line of totals can be right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["text", "word", "day", "moment", "utc", "count", "money", "rate", "minutes"]
"""``word``: one of the program's own words (a channel, a state). ``moment`` is on the hospital's wall, ``utc`` is kept in UTC and shown on
the wall. ``money``: fen. ``rate``: a share of 1. ``minutes``: read in seconds, shown in minutes with one decimal.
"""

HOSPITAL_AHEAD = timedelta(hours=8)  # Asia/Shanghai, which has had no summer time since 1991
ADDED: frozenset[Kind] = frozenset({"count", "money"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``of``: the quotient of these two base figures; ``base``: read and added up, not shown."""

    name: str
    title: str
    kind: Kind
    of: tuple[str, str] | None = None
    base: bool = False

    @property
    def added(self) -> bool:
        return self.of is None and self.kind in ADDED


def cells(columns: Sequence[Column], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The shown cells of one line. A quotient of nothing is None."""
    return tuple(_cell(column, values) for column in columns if not column.base)


def _cell(column: Column, values: Mapping[str, Any]) -> Any:
    value: Any = values[column.name] if column.of is None else _quotient(*(values[name] for name in column.of))
    match column.kind:
        case "count" | "money":
            return int(value or 0)
        case "minutes":
            return None if value is None else round(float(value) / 60, 1)
        case "utc":
            return None if value is None else value + HOSPITAL_AHEAD
        case "rate":
            return None if value is None else float(value)
        case _:
            return value


def _quotient(part: Any, whole: Any) -> Decimal | None:
    return None if not whole or part is None else Decimal(part) / Decimal(whole)


@dataclass(slots=True)
class Totals:
    """Adds up line after line; ``line`` is the last one of a report."""

    columns: Sequence[Column]
    lines: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, values: Mapping[str, Any]) -> None:
        self.lines += 1
        for column in self.columns:
            if column.added:
                self.sums[column.name] = self.sums.get(column.name, 0) + int(values[column.name] or 0)

    def line(self) -> tuple[Any, ...]:
        """合计 in the first column; None where a column does not add up."""
        values = {column.name: self.sums.get(column.name) for column in self.columns}
        shown = [column for column in self.columns if not column.base]
        return ("合计", *(self._total(column, values) for column in shown[1:]))

    def _total(self, column: Column, values: Mapping[str, Any]) -> Any:
        return _cell(column, values) if column.added or column.of is not None else None
