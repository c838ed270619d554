"""What a hospital offers: departments, doctors, clinic sessions and their numbered slots, as an import or the demo brings them.

Law of this module: everything is put by its natural key (hospital code; department code; doctor number; doctor, day and
period), so that the same import again changes nothing. A session that stands may gain slots and change place, fee or type; a
slot that exists is never moved or removed here, because somebody may hold it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.schema import clinic_session, department, doctor, hospital, slot
from booking.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalRow:
    """``short_name`` signs texts (【仁和】); ``phone`` is the number that patients may call."""

    code: str
    name: str
    short_name: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    code: str
    name: str
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRow:
    """``number`` has five digits; ``phone`` (E.164) is where the doctor's texts go, None for none."""

    number: str
    name: str
    title: str
    department_code: str
    speciality: str = ""
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """``slots`` numbers of ``minutes_per_slot`` each, the first at ``first`` (hospital wall clock); ``period`` AM, PM or NIGHT."""

    doctor: str
    day: date
    period: str
    first: time
    minutes_per_slot: int
    slots: int
    place: str = ""
    fee_fen: int = 0
    clinic_type: str = "普通"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a put did: rows new, rows that stood and were written again, and slots new (sessions only)."""

    new: int
    changed: int
    slots: int = 0


class UnknownKey(Exception):
    """A row names a department or doctor that the hospital does not have; ``key`` is that code or number."""

    def __init__(self, key: str) -> None:
        super().__init__(f"not on the roster: {key}")
        self.key = key


_HOSPITAL = select(hospital.c.id).where(hospital.c.code == bindparam("code"))


def thd_hospital(conn: Connection, code: str) -> int | None:
    """The hospital's id, or None."""
    found: int | None = conn.execute(_HOSPITAL, {"code": code}).scalar_one_or_none()
    return found


def thd_put_hospital(conn: Connection, row: HospitalRow) -> int:
    """Make or change the hospital of this code; returns its id."""
    standing = thd_hospital(conn, row.code)
    if standing is None:
        try:
            new: int = conn.execute(insert(hospital).returning(hospital.c.id), asdict(row)).scalar_one()
        except IntegrityError:  # two processes start on an empty database at once
            raise TryAgain from None
        return new
    conn.execute(update(hospital).where(hospital.c.id == standing), asdict(row))
    return standing


def thd_put_departments(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[DepartmentRow]) -> Counts:
    """Make or change departments by code. ``vault`` is not used: all puts share one shape."""
    wanted = [{"hospital_id": hospital_id, **asdict(row)} for row in rows]
    return _thd_put(conn, department, "code", wanted, ("name", "location"))


def thd_put_doctors(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[DoctorRow]) -> Counts:
    """Make or change doctors by number; raises UnknownKey for a department that is not there."""
    departments = _thd_ids(conn, department, "code", hospital_id)
    wanted = []
    for row in rows:
        if row.department_code not in departments:
            raise UnknownKey(row.department_code)
        wanted.append(
            {
                "hospital_id": hospital_id,
                "number": row.number,
                "name": row.name,
                "title": row.title,
                "speciality": row.speciality,
                "department_id": departments[row.department_code],
                "phone_sealed": vault.seal(row.phone) if row.phone else None,
            }
        )
    fields = ("name", "title", "speciality", "department_id", "phone_sealed")
    return _thd_put(conn, doctor, "number", wanted, fields)


def thd_put_sessions(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[SessionRow]) -> Counts:
    """Make sessions with their slots, or widen and change those that stand; raises UnknownKey for a doctor that is not there."""
    if not rows:
        return Counts(new=0, changed=0)
    doctors = _thd_ids(conn, doctor, "number", hospital_id)
    standing = _thd_sessions(conn, hospital_id, rows)
    new, changed = [], []
    for row in rows:
        if row.doctor not in doctors:
            raise UnknownKey(row.doctor)
        key = (doctors[row.doctor], row.day, row.period)
        values = {"place": row.place, "fee_fen": row.fee_fen, "clinic_type": row.clinic_type}
        if key not in standing:
            names = dict(zip(("doctor_id", "day", "period"), key, strict=True))
            new.append({"hospital_id": hospital_id, "status": "open", **names, **values})
        elif standing[key][1:] != tuple(values.values()):
            changed.append({"row_id": standing[key][0], **{f"new_{name}": value for name, value in values.items()}})
    if new:
        conn.execute(insert(clinic_session), new)
    _thd_change(conn, clinic_session, ("place", "fee_fen", "clinic_type"), changed)
    slots = _thd_put_slots(conn, hospital_id, doctors, rows)
    return Counts(new=len(new), changed=len(changed), slots=slots)


def _thd_put_slots(conn: Connection, hospital_id: int, doctors: dict[str, int], rows: Sequence[SessionRow]) -> int:
    sessions = _thd_sessions(conn, hospital_id, rows)
    seqs, starts = _thd_slots(conn, hospital_id, rows)
    new = []
    for row in rows:
        doctor_id = doctors[row.doctor]
        session_id = sessions[doctor_id, row.day, row.period][0]
        for seq, start in _starts(row):
            if (session_id, seq) not in seqs and (doctor_id, start) not in starts:
                starts.add((doctor_id, start))
                new.append({"hospital_id": hospital_id, "session_id": session_id, "doctor_id": doctor_id,
                            "start": start, "seq": seq, "taken": 0})  # fmt: skip
    if new:
        conn.execute(insert(slot), new)
    return len(new)


def _starts(row: SessionRow) -> Iterator[tuple[int, datetime]]:
    first = datetime.combine(row.day, row.first)
    return ((seq + 1, first + timedelta(minutes=seq * row.minutes_per_slot)) for seq in range(row.slots))


def _thd_sessions(
    conn: Connection, hospital_id: int, rows: Sequence[SessionRow]
) -> dict[tuple[int, date, str], tuple[int, str, int, str]]:
    days = [row.day for row in rows]
    table = clinic_session.c
    found = conn.execute(
        select(table.doctor_id, table.day, table.period, table.id, table.place, table.fee_fen, table.clinic_type).where(
            table.hospital_id == hospital_id, table.day.between(min(days), max(days))
        )
    )
    return {(row[0], row[1], row[2]): (row[3], row[4], row[5], row[6]) for row in found}


def _thd_slots(
    conn: Connection, hospital_id: int, rows: Sequence[SessionRow]
) -> tuple[set[tuple[int, int]], set[tuple[int, datetime]]]:
    first = datetime.combine(min(row.day for row in rows), time())
    end = datetime.combine(max(row.day for row in rows), time()) + timedelta(days=2)
    found = conn.execute(
        select(slot.c.session_id, slot.c.seq, slot.c.doctor_id, slot.c.start).where(
            slot.c.hospital_id == hospital_id, slot.c.start >= first, slot.c.start < end
        )
    ).all()
    return {(row[0], row[1]) for row in found}, {(row[2], row[3]) for row in found}


def _thd_ids(conn: Connection, table: Table, key: str, hospital_id: int) -> dict[str, int]:
    found = conn.execute(select(table.c[key], table.c.id).where(table.c.hospital_id == hospital_id))
    return {row[0]: row[1] for row in found}


def _thd_put(conn: Connection, table: Table, key: str, wanted: list[dict[str, Any]], fields: Sequence[str]) -> Counts:
    standing = _thd_ids(conn, table, key, wanted[0]["hospital_id"]) if wanted else {}
    new = [row for row in wanted if row[key] not in standing]
    if new:
        conn.execute(insert(table), new)
    old = [
        {"row_id": standing[row[key]], **{f"new_{field}": row[field] for field in fields}}
        for row in wanted
        if row[key] in standing
    ]
    _thd_change(conn, table, fields, old)
    return Counts(new=len(new), changed=len(old))


def _thd_change(conn: Connection, table: Table, fields: Sequence[str], rows: list[dict[str, Any]]) -> None:
    if rows:
        changes: dict[str, Any] = {field: bindparam(f"new_{field}") for field in fields}
        conn.execute(update(table).where(table.c.id == bindparam("row_id")).values(changes), rows)
