"""How MariaDB finds what is hot: each statement that the daily work really sends is explained on filled tables.

The statements are not listed here: the work is done, the driver is overheard, and everything it sent is put to EXPLAIN. No table that
grows is read from end to end, and nothing big is sorted.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pymysql.cursors
import pytest
from open_house import open_house
from sqlalchemy import create_engine, event, text
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from booking.bell import Bell
from booking.keeping_outcomes import Cancelled
from booking.outcomes import Booked
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.audit import thd_seal
from booking.store.cluster.leases import thd_fence, thd_take_lease
from booking.store.engine import _prepare_mariadb, make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.mail.arrivals import Incoming
from booking.store.mail.inbox import thd_take, thd_unanswered
from booking.store.mail.outbox import Sent, thd_claim, thd_reclaim, thd_settle
from booking.store.mail.receipts import thd_receipt
from hotline.bench.rush_stage import FIRST_DAY, NAME, NOW, VAULT, Stage, furnish, identity, phone
from hotline.jobs import thd_expire_texts

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

STAGE = Stage(name="plans", doctors=100, days=10, numbers=20, wishes=3_000)
GROWING = {
    "slot",
    "appointment",
    "outbox",
    "outbox_part",
    "inbox",
    "audit",
    "patient",
    "phone_patient",
    "clinic_session",
}
FEW = 1_000
"""Rows that may be read, or sorted, without an index of their own: a session's, a doctor's fortnight."""
AT_ONCE = SynchronousTestCase()

_FILL = [
    "INSERT INTO appointment (hospital_id, code, slot_id, session_id, doctor_id, patient_id, day, status, live, channel,"
    " phone_print, phone_sealed, fee_fen, request_key, created_at)"
    " SELECT s.hospital_id, LPAD(s.id, 8, '0'), s.id, s.session_id, s.doctor_id, f.patient_id, DATE(s.start), 'booked', 1, 'sms',"
    " f.phone_print, f.phone_sealed, 5000, CONCAT('fill:', s.id), '2026-07-13'"
    " FROM slot s JOIN phone_patient f ON f.id = (SELECT MIN(id) FROM phone_patient) + MOD(s.id * 7, 2900)"
    " WHERE s.seq <= 10 AND DATE(s.start) > '2026-07-16'",
    "UPDATE slot SET taken = 1 WHERE id IN (SELECT slot_id FROM appointment)",
    "INSERT INTO outbox (hospital_id, kind, lane, to_print, to_sealed, body_sealed, dedupe, status, due_at, expires_at, attempts,"
    " resent, smsc, appointment_id, created_at, settled_at) SELECT hospital_id, k.kind, 1, phone_print, phone_sealed, REPEAT('x', 300),"
    " CONCAT(k.kind, ':', id), 'sent', created_at, '2026-07-20', 1, 0, 'cmcc', id, created_at, created_at"
    " FROM appointment JOIN (SELECT 'confirmation' AS kind UNION SELECT 'doctor' UNION SELECT 'reminder') k",
    "INSERT INTO outbox_part (hospital_id, outbox_id, smsc, message_id, state) SELECT hospital_id, id, 'cmcc', CONCAT('m', id), 'DELIVRD'"
    " FROM outbox",
    "INSERT INTO audit (hospital_id, at, action, subject, subject_id, actor, trace, detail)"
    " SELECT hospital_id, created_at, 'booked', 'appointment', id, 'sms', '-', '-' FROM appointment",
    "INSERT INTO inbox (hospital_id, smsc, bind, sequence, source_print, source_sealed, destination, text_sealed, digest_print,"
    " complete, status, received_at) SELECT hospital_id, 'cmcc', 'b', id, phone_print, phone_sealed, '12580', 'x',"
    " UNHEX(SHA2(id, 256)), 1, 'answered', created_at FROM appointment",
]


class Overheard(pymysql.cursors.Cursor):
    """The driver's cursor, remembering what it sent."""

    sent: dict[str, str] = {}  # noqa: RUF012 - one ear for all connections of this module

    def execute(self, query, args=None):
        if isinstance(query, str):  # many rows at once come here as bytes, and were remembered before
            self.sent.setdefault(query, self.mogrify(query, args))
        return super().execute(query, args)

    def executemany(self, query, args):
        rows = list(args)
        self.sent.setdefault(query, self.mogrify(query, rows[0]))
        return super().executemany(query, rows)


@pytest.fixture(scope="module")
def filled(new_mariadb) -> Iterator[str]:
    """A hospital in its second week: thousands of bookings, texts and audit rows."""
    with new_mariadb() as url:
        engine = make_engine(url)
        furnish(engine, STAGE)
        with engine.begin() as conn:
            for statement in _FILL:
                conn.exec_driver_sql(statement)
        store = ImmediateDatabase(engine, NOW)
        while store.now(thd_seal, NOW.utc().replace(tzinfo=None)).rows:
            pass
        with engine.connect() as conn:
            conn.exec_driver_sql(
                "SET GLOBAL innodb_max_purge_lag_wait=0"
            )  # what was changed counts no more in estimates
            names = ", ".join(sorted(GROWING))
            conn.exec_driver_sql(f"ANALYZE TABLE {names}").all()
            assert conn.execute(text("SELECT COUNT(*) FROM appointment")).scalar_one() > 5_000
        engine.dispose()
        yield url


def the_work(store: ImmediateDatabase, hospital: int) -> None:
    """What doors and jobs do all day."""
    rules = StandingRules(house_rules())
    reception = Reception(open_house(store, VAULT, NOW, Bell(), random.Random(1), rules))
    now = NOW.utc().replace(tzinfo=None)
    caller = Caller(hospital=hospital, phone=phone(2_950), channel=Channel.SMS)
    start = datetime.combine(FIRST_DAY, datetime.min.time()).replace(hour=8, minute=3)

    def done(coroutine):
        return AT_ONCE.successResultOf(Deferred.fromCoroutine(coroutine))

    def wish(doctor: str, key: str) -> BookSlot:
        return BookSlot(caller=caller, doctor=doctor, start=start, who=Named(NAME), key=key)

    booked = done(reception.book(wish("00001", "k:1")))
    assert isinstance(booked, Booked)
    done(reception.book(wish("00001", "k:1")))
    done(reception.book(wish("00001", "k:2")))
    done(reception.book(wish("99999", "k:3")))
    done(reception.times(hospital, "00002", None, 3))
    done(reception.times(hospital, "00002", FIRST_DAY, 3))
    done(reception.bookings_of(caller))
    done(reception.last_doctor(caller))
    done(reception.booking(caller, booked.booking.code))
    done(reception.patients_of(caller))
    cancel = CancelBooking(caller=caller, code=booked.booking.code, key="k:4")
    assert isinstance(done(reception.cancel(cancel)), Cancelled)
    fresh = Caller(hospital=hospital, phone="+8613800138000", channel=Channel.SMS)
    done(reception.register(RegisterPhone(caller=fresh, identity=identity(9_999), name="李四")))

    letters = store.now(thd_claim, VAULT, [hospital], "cmcc", 50, now + timedelta(minutes=1))
    store.now(thd_settle, [Sent(letter.id, ("m1",)) for letter in letters], now)
    store.now(thd_reclaim, "cmcc")
    store.now(thd_receipt, "cmcc", "m5", "DELIVRD", now)
    text_in = Incoming(hospital=hospital, smsc="cmcc", bind="c", sequence=1, source="+8613900000001", destination="12580",
                       text="CX", concat=None, digest=b"d", at=now)  # fmt: skip
    store.now(thd_take, VAULT, [text_in])
    store.now(thd_unanswered, VAULT, "cmcc", 100)
    store.now(thd_expire_texts, now)
    store.now(thd_seal, now)
    held = store.now(thd_take_lease, hospital, "job:x", "me", 60.0, now)
    store.now(thd_fence, held)


@pytest.fixture(scope="module")
def sent(filled) -> tuple[str, dict[str, str]]:
    """Every statement of the work, once, with its values."""
    Overheard.sent.clear()
    engine = create_engine(
        filled, isolation_level="READ COMMITTED", pool_reset_on_return=None, connect_args={"cursorclass": Overheard}
    )
    event.listen(engine, "connect", _prepare_mariadb)
    store = ImmediateDatabase(engine, NOW)
    hospital = store.now(lambda conn: int(conn.execute(text("SELECT MIN(id) FROM hospital")).scalar_one()))
    the_work(store, hospital)
    engine.dispose()
    looks = {
        query: full
        for query, full in Overheard.sent.items()
        if query.lstrip("( ").split(None, 1)[0].upper() in {"SELECT", "UPDATE", "DELETE", "WITH"}
        and " FROM " in full.upper() + " FROM "
    }
    return filled, looks


def _steps(node: object) -> Iterator[dict[str, object]]:
    """Every table access of EXPLAIN FORMAT=JSON, and what it is sorted in."""
    if isinstance(node, list):
        for one in node:
            yield from _steps(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "table" and isinstance(value, dict):
                yield value
            if key == "filesort":
                for step in _steps(value):
                    yield step | {"sorted": True}
                continue
            yield from _steps(value)


def offences(plan: dict[str, object], tables: set[str]) -> list[str]:
    """What a growing table suffers."""
    found = []
    for step in _steps(plan):
        name, rows = str(step.get("table_name", "")).split(".")[-1], int(step.get("rows", 0) or 0)
        if step.get("access_type") in {"ALL", "index"} and rows > FEW and _big(name, tables):
            found.append(f"{name} is read from end to end ({step['access_type']}, {rows} rows)")
        if step.get("sorted") and rows > FEW and _big(name, tables):
            found.append(f"{rows} rows of {name} are sorted")
    return found


def _big(name: str, tables: set[str]) -> bool:
    """An alias counts as big as well: only tables that stay small by nature are let off."""
    return name in GROWING or name not in tables


def test_no_hot_statement_reads_or_sorts_a_growing_table(sent):
    """Neither booking nor answering nor any job gets slower with the years."""
    url, looks = sent
    assert len(looks) > 30, sorted(looks)
    engine = create_engine(url)
    bad: list[str] = []
    with engine.connect() as conn:
        tables = {row[0] for row in conn.exec_driver_sql("SHOW TABLES")}
        for query, full in sorted(looks.items()):
            told = conn.connection.cursor()
            told.execute(f"EXPLAIN FORMAT=JSON {full}")
            bad += [
                f"{what}: {' '.join(query.split())[:400]}" for what in offences(json.loads(told.fetchone()[0]), tables)
            ]
    engine.dispose()
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT * FROM appointment WHERE fee_fen = 7", "appointment is read from end to end"),
        ("SELECT id FROM outbox WHERE hospital_id = 1 ORDER BY body_sealed", "outbox"),
        ("UPDATE slot SET taken = 1 WHERE start > '2026-07-01' AND seq = 99", "slot is read from end to end"),
    ],
)
def test_the_test_sees_what_it_looks_for(filled, query, why):
    """Statements without an index are found out, or the test above proves nothing."""
    engine = create_engine(filled)
    with engine.connect() as conn:
        plan = json.loads(conn.exec_driver_sql(f"EXPLAIN FORMAT=JSON {query}").scalar_one())
        found = offences(plan, {row[0] for row in conn.exec_driver_sql("SHOW TABLES")})
    engine.dispose()
    assert any(why in one for one in found), found


def test_every_row_lies_by_its_id_and_every_index_begins_with_its_shard(filled):
    """Clustered by a growing id, so that new rows go to the end; the hospital leads, or something narrower than it.

    The audit is one chain of all hospitals.
    """
    narrower = {"smsc", "outbox_id", "inbox_id"}
    engine = create_engine(filled)
    with engine.connect() as conn:
        rows = conn.exec_driver_sql(
            "SELECT table_name, index_name, column_name, seq_in_index FROM information_schema.statistics WHERE table_schema = DATABASE()"
        ).all()
    engine.dispose()
    for table, index, column, place in rows:
        if index == "PRIMARY":
            assert column == "id", table
        elif place == 1 and table in GROWING and not index.startswith("fk_") and table != "audit":
            assert column == "hospital_id" or column in narrower, (table, index, column)
