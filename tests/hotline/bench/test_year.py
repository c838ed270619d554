"""The made-up year of the reports' benchmark is a year that could have been."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from booking.store.database import make_engine
from hotline.bench import reports
from hotline.bench.year import VAULT, made, make, year_of
from hotline.reports.catalogue import REPORTS
from hotline.reports.report import Asked


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('year')}/year.db")
    told = []
    make(engine, year_of(2_000, days=20), told.append)
    assert told[-1].startswith("posting")
    yield engine
    engine.dispose()


def one(engine, statement):
    with engine.connect() as conn:
        return conn.execute(text(statement)).scalar_one()


def test_there_are_as_many_bookings_as_wanted(engine):
    """A few more rather than fewer; the database remembers what it was made for."""
    assert 2_000 <= one(engine, "SELECT count(*) FROM appointment") < 2_500
    assert made(engine) == (2_000, 20)
    assert made(make_engine("sqlite://")) is None


def test_ten_million_are_a_large_hospital():
    """Six or seven hundred doctors, as the largest have."""
    assert 600 < year_of(10_000_000).doctors < 700


def test_its_rows_agree_with_each_other(engine):
    """A number is taken where a booking stands, every booking has its audit row, the books balance, nothing refers to nothing."""
    standing = "SELECT count(*) FROM slot s LEFT JOIN appointment a ON a.slot_id = s.id AND a.live = 1 WHERE s.taken <> (a.id IS NOT NULL)"
    assert one(engine, standing) == 0
    assert one(engine, "SELECT count(*) FROM appointment") == one(
        engine, "SELECT count(*) FROM audit WHERE action = 'booked'"
    )
    assert one(engine, "SELECT sum(amount_fen) FROM posting") == 0
    assert one(engine, "SELECT count(*) FROM pragma_foreign_key_check") == 0


def test_reports_told_by_day_add_up_to_the_reports_of_the_whole(engine):
    """Every additive report says the same of the year, day by day, month by month or at once."""
    for name in ("booking-rate", "no-show", "volume", "workload", "takings", "accounts"):
        totals = [_totals(engine, REPORTS[name], by) for by in (("day",), ("month",), REPORTS[name].by)]
        assert totals[0] == totals[1] == totals[2], name
        assert any(totals[0].values()), name


def _totals(engine, report, by):
    asked = Asked(hospital=1, first=date(2025, 7, 1), last=date(2025, 7, 20), today=date(2026, 1, 1), by=by)
    shown, sums = report.shown(by), {}
    with engine.connect() as conn:
        lines = list(report.lines(conn, VAULT, asked))
    for line in lines if len(lines) == 1 or by == ("month",) else lines[:-1]:
        for column, cell in zip(shown, line, strict=True):
            if column.added:
                sums[column.name] = sums.get(column.name, 0) + cell
    return sums


def test_the_benchmark_measures_every_report(engine):
    """A row for a day and one for a month of every report, and one for memory; the year that is there is not made again."""
    told = []
    url = engine.url.render_as_string(hide_password=False)
    rows = list(reports.run(url=url, bookings=2_000, days=20, rounds=1, tell=told.append))
    assert len(rows) == 2 * len(REPORTS) + 1
    assert told == []
    assert all(row.yardstick_value > 0 for row in rows[:-1])
