"""``hotline bench reports``: every report of a day and of a month over a made-up year, beside the count of the same days' bookings.

One large hospital (``hotline.bench.year``). A database that was filled with as many bookings before is measured as it is: the year of ten
million takes a quarter of an hour and 25 GB on MariaDB (``scripts/mariadb-up --server innodb-buffer-pool-size=5G …``).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from booking.store.engine import make_engine
from booking.store.reading import reading_engine
from booking.store.revision import patient_engine
from booking.store.schema import appointment
from hotline.bench.process import PAGE
from hotline.bench.rows import Row, median
from hotline.bench.year import FIRST_DAY, VAULT, Tell, made, make, year_of
from hotline.reports.catalogue import REPORTS
from hotline.reports.report import Asked, Report
from hotline.reports.sql import here

MOST_S = 600
LONG_LIST = "no-shows"


def run(*, url: str | None, bookings: int, days: int = 365, rounds: int = 3, tell: Tell) -> Iterator[Row]:
    """Rows for the database at ``url`` (made afresh, unless it holds such a year already), else for a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        where = url or f"sqlite:///{Path(folder) / 'reports.db'}"
        filling = patient_engine(make_engine(where))
        if made(filling) != (bookings, days):
            make(filling, year_of(bookings, days), tell)
        filling.dispose()
        engine = reading_engine(where, most_s=MOST_S, monotonic=time.monotonic)
        yield from _rows(engine, bookings, days, rounds)
        engine.dispose()


def _rows(engine: Engine, bookings: int, days: int, rounds: int) -> Iterator[Row]:
    begun = FIRST_DAY + timedelta(days=days * 2 // 3)
    month = begun.replace(day=1), (begun.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for span, (first, last) in (("a day", (begun, begun)), ("a month", month)):
        for report in REPORTS.values():
            yield _timed(
                engine, report, f"{report.name} of {span}, {bookings:,} bookings, {engine.name}", (first, last), rounds
            )
    yield _memory(engine, *month)


def _timed(engine: Engine, report: Report, case: str, days: tuple[date, date], rounds: int) -> Row:
    pairs = [(_seconds(engine, report, *days), _count_seconds(engine, *days)) for _ in range(rounds)]
    return Row(
        bench="reports",
        case=case,
        value=median([pair[0] for pair in pairs]),
        unit="s",
        yardstick="counting the same days' bookings",
        yardstick_value=median([pair[1] for pair in pairs]),
        better="lower",
    )


def _asked(report: Report, first: date, last: date) -> Asked:
    return Asked(hospital=1, first=first, last=last, today=last, by=report.by)


def _seconds(engine: Engine, report: Report, first: date, last: date) -> float:
    begun = time.perf_counter()
    with engine.connect() as conn:
        for _ in report.lines(conn, VAULT, _asked(report, first, last)):
            pass
    return time.perf_counter() - begun


def _count_seconds(engine: Engine, first: date, last: date) -> float:
    counted = select(func.count()).select_from(appointment)
    counted = counted.where(here(appointment.c.hospital_id, 1), appointment.c.day.between(first, last))
    begun = time.perf_counter()
    with engine.connect() as conn:
        conn.execute(counted).scalar_one()
    return time.perf_counter() - begun


def _memory(engine: Engine, first: date, last: date) -> Row:
    """Resident megabytes at the end of the longest list, beside those at its hundredth line."""
    early = 0.0
    report = REPORTS[LONG_LIST]
    lines = 0
    with engine.connect() as conn:
        for lines, _ in enumerate(report.lines(conn, VAULT, _asked(report, first, last)), 1):
            if lines == 100:
                early = _resident_mb()
    return Row(
        bench="reports",
        case=f"{LONG_LIST} of a month: memory at line {lines:,}",
        value=_resident_mb(),
        unit="MB",
        yardstick="at its line 100",
        yardstick_value=early,
        better="lower",
    )


def _resident_mb() -> float:
    return int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[1]) * PAGE / 1e6
