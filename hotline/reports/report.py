"""A report: its name, its columns, the one query that answers it; told line by line, so that memory stays flat however long it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select

from booking.vault import Vault
from hotline.reports.columns import Column, Totals, cells

AT_ONCE = 500  # rows that are fetched together


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which days (both included) of which hospital; ``by``: what to group by, in this order; ``today`` on the hospital's wall."""

    hospital: int
    first: date
    last: date
    today: date
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``dims``: what it can be grouped by, and the columns that each brings; ``by``: when nothing is asked.

    A list (``dims`` empty) tells rows as they are. ``masked`` turns a row with sealed columns into what may be shown.
    """

    name: str
    title: str
    about: str
    measures: tuple[Column, ...]
    statement: Callable[[Asked], Select[Any]]
    dims: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    totals: bool = False
    apart: frozenset[str] = (
        frozenset()
    )  # grouped by any of these, base figures are repeated and nothing can be added up
    masked: Callable[[Vault, Mapping[str, Any]], Mapping[str, Any]] | None = None

    def columns(self, by: Sequence[str]) -> tuple[Column, ...]:
        return (*(column for name in by for column in self.dims[name]), *self.measures)

    def shown(self, by: Sequence[str]) -> tuple[Column, ...]:
        return tuple(column for column in self.columns(by) if not column.base)

    def lines(self, conn: Connection, vault: Vault, asked: Asked) -> Iterator[tuple[Any, ...]]:
        """One tuple a line in the order of ``shown(asked.by)``; the last one the totals, where they mean something.

        ``conn`` must not be used for anything else until the last line was told.
        """
        columns = self.columns(asked.by)
        totals = Totals(columns)
        streamed = conn.execution_options(stream_results=True, yield_per=AT_ONCE)
        with streamed.execute(self.statement(asked)) as result:
            for row in result.mappings():
                values = dict(row) if self.masked is None else self.masked(vault, dict(row))
                totals.add(values)
                yield cells(columns, values)
        if self.totals and totals.lines > 1 and not self.apart.intersection(asked.by):
            yield totals.line()
