"""A year of one large hospital, made up: sessions, numbers, bookings with what became of them, and the audit of all that.

Made by INSERT … SELECT, some days at a time, every row from a hash of its number: the same call makes the same year. One hospital and
not twenty, because that is the harder case: a report walks one hospital's rows. Of a hundred numbers 80 are sold and stand, 5 were
sold and given back. On MariaDB the keys are taken off the big tables first and put back when they are full: sorted once, they take a
third of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, inspect, text

from booking.store.schema import department, doctor, hospital, metadata, patient
from booking.store.transaction import writing
from booking.vault import Vault
from hotline.bench import year_money
from hotline.bench.keys import put_back, take_off

SEQS = 24  # numbers of a session
VARIANTS = 10
BOOKED_OF_100 = 85  # 80 stand, 5 were given back
DEPARTMENTS = 40
FIRST_DAY = date(2025, 7, 1)
DAYS_AT_ONCE = 10
VAULT = Vault(bytes(range(32)))

Tell = Callable[[str], None]

TIMES = """
CREATE TABLE year_time (day DATE NOT NULL, period VARCHAR(10) NOT NULL, variant INTEGER NOT NULL, seq INTEGER NOT NULL,
 start DATETIME NOT NULL, made_at DATETIME NOT NULL, arrived_at DATETIME NOT NULL, visited_at DATETIME NOT NULL,
 PRIMARY KEY (day, period, variant, seq))
"""
SESSIONS = """
INSERT INTO clinic_session (id, hospital_id, doctor_id, day, period, place, fee_fen, clinic_type, status)
SELECT :before + d.id * 2 - CASE t.period WHEN 'AM' THEN 1 ELSE 0 END, 1, d.id, t.day, t.period, '门诊楼',
  CASE d.id % 5 WHEN 0 THEN 5000 WHEN 1 THEN 3000 ELSE 1000 END, CASE WHEN d.id % 5 < 2 THEN '专家' ELSE '普通' END, 'open'
FROM year_time t JOIN doctor d ON d.hospital_id = 1 WHERE t.day = :day AND t.variant = 0 AND t.seq = 1
"""
SLOTS = """
INSERT INTO slot (id, hospital_id, session_id, doctor_id, start, seq, taken, pool, extra)
SELECT (s.id - 1) * 24 + t.seq, 1, s.id, s.doctor_id, t.start, t.seq,
  CASE WHEN ((s.id - 1) * 24 + t.seq) * 2654435761 % 1000003 % 100 < 80 THEN 1 ELSE 0 END,
  CASE WHEN t.seq = 5 THEN 'window' ELSE 'open' END, CASE WHEN t.seq = 24 AND s.id % 10 = 0 THEN 1 ELSE 0 END
FROM clinic_session s JOIN year_time t ON t.day = s.day AND t.period = s.period AND t.variant = 0
WHERE s.hospital_id = 1 AND s.id BETWEEN :first AND :last
"""
BOOKINGS = """
INSERT INTO appointment (id, hospital_id, code, slot_id, session_id, doctor_id, patient_id, day, status, live, channel,
  phone_print, phone_sealed, fee_fen, request_key, created_at, cancelled_at, ended_by, arrived_at, visited_at, category)
SELECT a.id, 1, CAST(20000000 + a.id AS CHAR), a.slot_id, a.session_id, a.doctor_id, a.patient_id, a.day, a.status, a.live,
  CASE a.lot % 10 WHEN 0 THEN 'agent' WHEN 1 THEN 'sms' WHEN 2 THEN 'sms' WHEN 3 THEN 'phone' ELSE 'web' END,
  p.identity_print, p.identity_sealed, a.fee_fen, CAST(a.id AS CHAR), a.made_at,
  CASE WHEN a.live IS NULL THEN a.made_at END, CASE WHEN a.live IS NULL THEN 'patient' END,
  CASE WHEN a.status IN ('arrived', 'visited') THEN a.arrived_at END, CASE WHEN a.status = 'visited' THEN a.visited_at END,
  CASE a.lot % 4 WHEN 0 THEN '自费' WHEN 1 THEN '公费' ELSE '医保' END
FROM (
  SELECT l.id * 2 + :odd AS id, l.id AS slot_id, l.session_id, l.doctor_id, l.id * 48271 % :patients + 1 AS patient_id, s.day,
    s.fee_fen, t.made_at, t.arrived_at, t.visited_at, l.id * 7919 % 10007 AS lot,
    CASE WHEN :odd = 1 THEN 'cancelled' WHEN l.id * 40503 % 10007 % 100 < 88 THEN 'visited'
      WHEN l.id * 40503 % 10007 % 100 < 95 THEN 'noshow' WHEN l.id * 40503 % 10007 % 100 < 97 THEN 'arrived' ELSE 'booked' END AS status,
    CASE WHEN :odd = 0 THEN 1 END AS live
  FROM clinic_session s JOIN year_time t ON t.day = s.day AND t.period = s.period AND t.variant = s.id * 7919 % 10
  JOIN slot l ON l.hospital_id = 1 AND l.session_id = s.id AND l.seq = t.seq
  WHERE s.id BETWEEN :first AND :last AND l.id * 2654435761 % 1000003 % 100 BETWEEN :low AND :high
) a JOIN patient p ON p.id = a.patient_id
"""
AUDIT = """
INSERT INTO audit (hospital_id, at, action, subject, subject_id, actor, trace, detail)
SELECT 1, {at}, '{action}', 'appointment', id, {actor}, '-', '' FROM appointment
WHERE id BETWEEN :first_slot * 2 AND :last_slot * 2 + 1 AND {at} IS NOT NULL
"""
_ASKED_BY = "CASE channel WHEN 'agent' THEN 'agent' || (id % 30) ELSE channel END"
AUDITS = (
    AUDIT.format(at="created_at", action="booked", actor=_ASKED_BY),
    AUDIT.format(at="cancelled_at", action="cancelled", actor=_ASKED_BY),
    AUDIT.format(at="arrived_at", action="arrived", actor="'desk' || (id % 20)"),
)

STAGES: dict[str, tuple[tuple[str, dict[str, int]], ...]] = {
    "slot": ((SLOTS, {}),),
    "appointment": ((BOOKINGS, {"odd": 0, "low": 0, "high": 79}), (BOOKINGS, {"odd": 1, "low": 80, "high": 84})),
    "audit": tuple((statement, {}) for statement in AUDITS),
    "charge": ((year_money.CHARGES, {}),),
    "refund": ((year_money.REFUNDS, {}),),
    "entry": ((year_money.ENTRIES, {}),),
    "posting": ((year_money.POSTINGS, {}),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """How much is made: so many doctors, each with a morning and an afternoon on every one of ``days``."""

    bookings: int  # wanted: a few more are made
    doctors: int
    days: int
    patients: int

    @property
    def sessions_a_day(self) -> int:
        return self.doctors * 2

    def spans(self) -> Iterator[dict[str, int]]:
        """The numbers of sessions and slots, some days at a time."""
        for begun in range(0, self.days, DAYS_AT_ONCE):
            first = begun * self.sessions_a_day + 1
            last = min(begun + DAYS_AT_ONCE, self.days) * self.sessions_a_day
            yield {"first": first, "last": last, "first_slot": (first - 1) * SEQS + 1, "last_slot": last * SEQS}


def year_of(bookings: int, days: int = 365) -> Year:
    """A year with about so many bookings, a few more rather than fewer."""
    doctors = -(-bookings * 1001 * 100 // (1000 * BOOKED_OF_100 * SEQS * 2 * days))
    return Year(bookings=bookings, doctors=doctors, days=days, patients=min(499_979, max(997, bookings // 20)))


def make(engine: Engine, year: Year, tell: Tell) -> None:
    """Drops every table of the database, makes them anew and fills them, one after the other."""
    _afresh(engine)
    with writing(engine).begin() as conn:
        _patient_rows(conn, year.patients)
        _roster_rows(conn, year)
    tell(f"{year.doctors} doctors, {year.days} days, {year.patients} patients")
    for table, statements in STAGES.items():
        keys = take_off(engine, table)
        for span in year.spans():
            with writing(engine).begin() as conn:
                _prepare(conn)
                for statement, values in statements:
                    conn.execute(text(statement), _wanted(statement, {**span, **values, "patients": year.patients}))
        tell(f"{table}: filled")
        put_back(engine, table, keys)
        tell(f"{table}: {len(keys)} keys put back")
    with writing(engine).begin() as conn:
        conn.execute(text("CREATE TABLE year_made (bookings INTEGER NOT NULL, days INTEGER NOT NULL)"))
        conn.execute(
            text("INSERT INTO year_made VALUES (:bookings, :days)"), {"bookings": year.bookings, "days": year.days}
        )


def made(engine: Engine) -> tuple[int, int] | None:
    """For how many bookings and days this database was made; None: it was not made here, or not to the end."""
    if not inspect(engine).has_table("year_made"):
        return None
    with engine.connect() as conn:
        bookings, days = conn.execute(text("SELECT bookings, days FROM year_made")).one()
    return bookings, days


def _wanted(statement: str, values: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in values.items() if re.search(rf":{name}\b", statement)}


def _afresh(engine: Engine) -> None:
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with writing(engine).begin() as conn:
        for table, layout in (("year_made", None), ("year_time", TIMES), ("year_part", year_money.PART_TABLE)):
            conn.execute(text(f"DROP TABLE IF EXISTS {table}"))
            if layout is not None:
                conn.execute(text(layout))
        names = ("items", "step", "account", "fee_item", "sign", "part")
        conn.execute(text(year_money.PUT_PART), [dict(zip(names, part, strict=True)) for part in year_money.PARTS])


def _prepare(conn: Connection) -> None:
    """On MariaDB: ``||`` joins texts as on SQLite, statements may take their time, foreign keys hold by how the rows are made."""
    if conn.dialect.name != "sqlite":
        mode = "sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')"
        conn.execute(text(f"SET SESSION {mode}, max_statement_time = 0, foreign_key_checks = 0, unique_checks = 0"))


def _patient_rows(conn: Connection, patients: int) -> None:
    sealed, at = VAULT.seal("1101051949123100210"), datetime.combine(FIRST_DAY, time())
    for begun in range(1, patients + 1, 5_000):
        rows = [
            {"id": nth, "hospital_id": 1, "identity_print": VAULT.fingerprint(str(nth)), "identity_sealed": sealed,
             "name_sealed": sealed, "created_at": at}
            for nth in range(begun, min(begun + 5_000, patients + 1))
        ]  # fmt: skip
        conn.execute(insert(patient), rows)


def _roster_rows(conn: Connection, year: Year) -> None:
    name = {"name": "测试医院", "short_name": "测试", "address": "-", "phone": "12580"}
    conn.execute(insert(hospital), [{"id": 1, "code": "year", **name}])
    rows: list[dict[str, Any]] = [
        {"id": nth, "hospital_id": 1, "code": f"{nth:02d}", "name": f"{nth} 科", "location": "", "campus": ""}
        for nth in range(1, DEPARTMENTS + 1)
    ]
    conn.execute(insert(department), rows)
    rows = [
        {"id": nth, "hospital_id": 1, "number": f"{nth:05d}", "name": f"医生{nth}", "title": "主任医师",
         "department_id": nth % DEPARTMENTS + 1, "speciality": ""}
        for nth in range(1, year.doctors + 1)
    ]  # fmt: skip
    conn.execute(insert(doctor), rows)
    for begun in range(0, year.days, DAYS_AT_ONCE):
        days = range(begun, min(begun + DAYS_AT_ONCE, year.days))
        times = [row for nth in days for row in _times(FIRST_DAY + timedelta(days=nth))]
        places = ", ".join(f":{name}" for name in times[0])
        conn.execute(text(f"INSERT INTO year_time ({', '.join(times[0])}) VALUES ({places})"), times)  # noqa: S608 - our own words
        for nth in days:
            day = FIRST_DAY + timedelta(days=nth)
            conn.execute(text(SESSIONS), {"before": nth * year.sessions_a_day, "day": day.isoformat()})


def _times(day: date) -> Iterator[dict[str, Any]]:
    """When the numbers of a day begin, and when their patients book, come and are seen: in ten variants of punctuality."""
    for period, first in (("AM", time(8)), ("PM", time(14))):
        for variant in range(VARIANTS):
            for seq in range(1, SEQS + 1):
                start = datetime.combine(day, first) + timedelta(minutes=8 * (seq - 1))
                seen = start - timedelta(hours=8) + timedelta(minutes=3 * variant - 8)  # UTC
                yield {
                    "day": day.isoformat(), "period": period, "variant": variant, "seq": seq, "start": _text(start),
                    "made_at": _text(seen - timedelta(days=2, hours=variant)),
                    "arrived_at": _text(seen - timedelta(minutes=15)), "visited_at": _text(seen),
                }  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")  # as both engines keep it
