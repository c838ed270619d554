"""What a hospital offers: departments, doctors, clinic sessions and their numbered slots, as an import or the demo brings them.

Law of this module: everything is put by its natural key (hospital code; department code; doctor number; doctor, day and
period), so that the same import again changes nothing. A session that stands may gain slots, reserve more or fewer of its
numbers for the window and change place, fee or type; a slot that exists is never moved or removed here, because somebody may
hold it. Numbers that become sellable raise the stock's version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.roster.directories import thd_roster_changed
from booking.store.roster.stock import thd_freed
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
    campus: str = ""


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
    """``slots`` numbers, the first ``per_start`` of them at ``first`` (hospital wall clock), the next ``minutes_per_slot`` later;
    ``period`` AM, PM or NIGHT. The last ``window`` numbers are reserved for the window, for good or until ``window_minutes``
    before the first start; ``phone_most`` is how many of all the telephone may sell (None: all).
    """

    doctor: str
    day: date
    period: str
    first: time
    minutes_per_slot: int
    slots: int
    place: str = ""
    fee_fen: int = 0
    clinic_type: str = "普通"
    window: int = 0
    window_minutes: int | None = None
    phone_most: int | None = None
    per_start: int = 1

    @property
    def window_until(self) -> datetime | None:
        """From when the window's reserve is sold by all; None: never, or there is no reserve."""
        if self.window_minutes is None or not self.window:
            return None
        return datetime.combine(self.day, self.first) - timedelta(minutes=self.window_minutes)

    def pool(self, seq: int) -> str:
        """Who may sell number ``seq``."""
        return "window" if self.slots - self.window < seq <= self.slots else "open"


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


_SESSION_FIELDS = ("place", "fee_fen", "clinic_type", "phone_most", "window_until")
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
    return _thd_put(conn, department, "code", wanted, ("name", "location", "campus"))


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
        values = {field: getattr(row, field) for field in _SESSION_FIELDS}
        if key not in standing:
            names = dict(zip(("doctor_id", "day", "period"), key, strict=True))
            new.append({"hospital_id": hospital_id, "status": "open", **names, **values})
        elif standing[key][1:] != tuple(values.values()):
            changed.append({"row_id": standing[key][0], **{f"new_{name}": value for name, value in values.items()}})
    if new:
        conn.execute(insert(clinic_session), new)
    _thd_change(conn, clinic_session, _SESSION_FIELDS, changed)
    if changed:  # the telephone may have been given more of them
        thd_freed(conn, hospital_id)
    slots = _thd_put_slots(conn, hospital_id, doctors, rows)
    return Counts(new=len(new), changed=len(changed), slots=slots)


def _thd_put_slots(conn: Connection, hospital_id: int, doctors: dict[str, int], rows: Sequence[SessionRow]) -> int:
    sessions = _thd_sessions(conn, hospital_id, rows)
    standing = _thd_slots(conn, hospital_id, rows)
    seqs = {(each.session, each.seq): each for each in standing}
    starts = {(each.doctor, each.start): each.session for each in standing}
    new, moved = [], []
    for row in rows:
        doctor_id = doctors[row.doctor]
        session_id = sessions[doctor_id, row.day, row.period][0]
        for seq, start in _starts(row):
            found = seqs.get((session_id, seq))
            if found is not None:
                if found.movable and found.pool != row.pool(seq):
                    moved.append({"row_id": found.id, "new_pool": row.pool(seq)})
            elif starts.setdefault((doctor_id, start), session_id) == session_id:
                new.append({"hospital_id": hospital_id, "session_id": session_id, "doctor_id": doctor_id,
                            "start": start, "seq": seq, "taken": 0, "pool": row.pool(seq)})  # fmt: skip
    if new:
        conn.execute(insert(slot), new)
    _thd_change(conn, slot, ("pool",), moved)
    if new or moved:
        thd_freed(conn, hospital_id)
    return len(new)


def _starts(row: SessionRow) -> Iterator[tuple[int, datetime]]:
    first = datetime.combine(row.day, row.first)
    step = timedelta(minutes=row.minutes_per_slot)
    return ((nth + 1, first + nth // row.per_start * step) for nth in range(row.slots))


def _thd_sessions(
    conn: Connection, hospital_id: int, rows: Sequence[SessionRow]
) -> dict[tuple[int, date, str], tuple[Any, ...]]:
    """By doctor, day and period: the id, then what a put may change."""
    days = [row.day for row in rows]
    table = clinic_session.c
    fields = (table[field] for field in _SESSION_FIELDS)
    found = conn.execute(
        select(table.doctor_id, table.day, table.period, table.id, *fields).where(
            table.hospital_id == hospital_id, table.day.between(min(days), max(days))
        )
    )
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    id: int
    session: int
    doctor: int
    seq: int
    start: datetime
    pool: str
    movable: bool  # nobody holds it, no doctor added it and no clerk keeps it back


def _thd_slots(conn: Connection, hospital_id: int, rows: Sequence[SessionRow]) -> list[_Standing]:
    first = datetime.combine(min(row.day for row in rows), time())
    end = datetime.combine(max(row.day for row in rows), time()) + timedelta(days=2)
    found = conn.execute(
        select(
            slot.c.id,
            slot.c.session_id,
            slot.c.doctor_id,
            slot.c.seq,
            slot.c.start,
            slot.c.pool,
            slot.c.taken,
            slot.c.extra,
        )
        .where(slot.c.hospital_id == hospital_id, slot.c.start >= first, slot.c.start < end)
        .order_by(slot.c.id)
    )
    return [
        _Standing(
            id=row.id,
            session=row.session_id,
            doctor=row.doctor_id,
            seq=row.seq,
            start=row.start,
            pool=row.pool,
            movable=not row.taken and not row.extra and row.pool != "withheld",
        )
        for row in found
    ]


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
    if wanted:
        thd_roster_changed(conn, wanted[0]["hospital_id"])
    return Counts(new=len(new), changed=len(old))


def _thd_change(conn: Connection, table: Table, fields: Sequence[str], rows: list[dict[str, Any]]) -> None:
    if rows:
        changes: dict[str, Any] = {field: bindparam(f"new_{field}") for field in fields}
        conn.execute(update(table).where(table.c.id == bindparam("row_id")).values(changes), rows)
