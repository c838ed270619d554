"""Reports on a real MariaDB: through which index they walk, that they wait for nobody, and when they are broken off."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking.store.database import make_engine
from booking.store.reading import reading_engine, took_too_long
from hotline.bench.year import VAULT, make, year_of
from hotline.reports.catalogue import REPORTS
from hotline.reports.report import Asked

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

WALKS = {
    "booking-rate": ("slot", "ix_slot_day"),
    "no-show": ("appointment", "ix_appointment_day"),
    "punctuality": ("appointment", "ix_appointment_day"),
    "first-visits": ("appointment", "ix_appointment_day"),
    "volume": ("appointment", "ix_appointment_day"),
    "categories": ("appointment", "ix_appointment_day"),
    "workload": ("audit", "ix_audit_at"),
    "takings": ("posting", "ix_posting_day"),
    "takings-daily": ("posting", "ix_posting_day"),
    "takings-monthly": ("posting", "ix_posting_day"),
    "takings-items": ("posting", "ix_posting_day"),
    "accounts": ("posting", "ix_posting_day"),
    "receivables": ("charge", "ix_charge_status"),
    "no-shows": ("appointment", "ix_appointment_day"),
}
FIRST, LAST = date(2025, 8, 1), date(2025, 8, 31)


@pytest.fixture(scope="module")
def url(new_mariadb):
    """A year of six thousand bookings."""
    with new_mariadb() as url:
        engine = make_engine(url)
        make(engine, year_of(6_000, days=90), lambda _: None)
        engine.dispose()
        yield url


@pytest.fixture
def engine(url):
    engine = reading_engine(url, most_s=60, monotonic=time.monotonic)
    yield engine
    engine.dispose()


def asked(report):
    return Asked(hospital=1, first=FIRST, last=LAST, today=LAST, by=report.by)


def accesses(plan, found):
    """Every table of an EXPLAIN in JSON: name, how it is read, by which key."""
    if isinstance(plan, dict):
        if "table_name" in plan:
            found.append((plan["table_name"], plan["access_type"], plan.get("key")))
        for part in plan.values():
            accesses(part, found)
    elif isinstance(plan, list):
        for part in plan:
            accesses(part, found)
    return found


@pytest.mark.parametrize("name", WALKS)
def test_a_report_walks_its_days_in_an_index_and_nothing_else(engine, name):
    """The facts are read by a range of the days asked for; no other big table is read whole."""
    report = REPORTS[name]
    with engine.connect() as conn:
        sql = str(report.statement(asked(report)).compile(conn, compile_kwargs={"literal_binds": True}))
        plan = json.loads(conn.exec_driver_sql(f"EXPLAIN FORMAT=JSON {sql}").scalar_one())
    found = accesses(plan, [])
    if WALKS[name][0] in ("posting", "audit"):
        assert '"using_index": true' in json.dumps(plan)  # all that is read stands in the index
    table, index = WALKS[name]
    assert (table, "range", index) in found
    whole = {name for name, access, _ in found if access in ("ALL", "index") and not name.startswith("<")}
    assert not whole & {"slot", "appointment", "patient", "audit", "charge", "posting", "clinic_session"}, found


def test_a_report_waits_for_no_writer(engine, url):
    """While every booking and number of the period is locked by somebody who writes, the report tells what was committed."""
    writer = make_engine(url)
    report = REPORTS["booking-rate"]
    with writer.connect() as conn, engine.connect() as reading:
        before = list(report.lines(reading, VAULT, asked(report)))
        conn.execute(text("UPDATE slot SET taken = 1 - taken"))
        assert list(report.lines(reading, VAULT, asked(report))) == before
        conn.rollback()
    writer.dispose()


def test_a_report_cannot_write_to_mariadb(engine):
    """Its connections are in read-only transactions."""
    with engine.connect() as conn, pytest.raises(DBAPIError, match="READ ONLY"):
        conn.execute(text("UPDATE slot SET taken = 1"))


def test_mariadb_breaks_off_what_takes_too_long(url):
    """After the seconds given, and it is told from any other error."""
    engine = reading_engine(url, most_s=1, monotonic=time.monotonic)
    with engine.connect() as conn, pytest.raises(DBAPIError) as broken:
        conn.execute(text("SELECT count(*) FROM slot a, slot b, slot c"))
    assert took_too_long(broken.value)
    engine.dispose()


def test_lines_are_streamed_from_the_server(engine):
    """The first line is there before the server has been asked for the last: no result is held whole by the driver."""
    report = REPORTS["no-shows"]
    with engine.connect() as conn:
        lines = report.lines(conn, VAULT, asked(report))
        next(lines)
        assert type(conn.connection.cursor()).__name__ != "SSCursor"
        streamed = conn.connection.driver_connection._result
        assert streamed is not None
        assert streamed.unbuffered_active
        lines.close()
