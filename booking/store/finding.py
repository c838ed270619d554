"""What is free: a doctor's open times, who is open on a day, what words find. Looks only; a look never promises a slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, func, select

from booking.outcomes import DoctorTimes, FoundDepartment, FoundDoctors, NoSuchDoctor, NothingFound, SearchOutcome
from booking.rules.names import abbreviates
from booking.store.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, doctor_view, thd_doctors
from booking.store.prepared import Prepared
from booking.store.schema import clinic_session, department, doctor, slot
from booking.views import DepartmentView, DoctorView, OpenDoctor, OpenTime

NEAREST_MOST = 3
ASKED_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Starts on sale: later than ``after``, before ``until`` (hospital wall clock)."""

    after: datetime
    until: datetime

    def on(self, day: date) -> Span:
        """The part of this span that lies on ``day``; empty when none does."""
        begin = datetime.combine(day, time())
        return Span(
            after=max(self.after, begin - timedelta(microseconds=1)), until=min(self.until, begin + timedelta(days=1))
        )


def _open_in(slots: FromClause, sessions: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        slots.c.hospital_id == bindparam("hospital"),
        slots.c.taken == 0,
        slots.c.start > bindparam("after"),
        slots.c.start < bindparam("until"),
        sessions.c.status == "open",
    )


_OPEN_HERE = _open_in(slot, clinic_session)
_SLOT_FROM = slot.join(clinic_session, clinic_session.c.id == slot.c.session_id)
_TIMES = (
    select(slot.c.start, slot.c.seq)
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE, slot.c.doctor_id == bindparam("doctor"))
    .order_by(slot.c.start)
)
_COUNTED, _COUNTED_SESSION = slot.alias(), clinic_session.alias()
_TOTAL = (
    select(func.count())
    .select_from(_COUNTED.join(_COUNTED_SESSION, _COUNTED_SESSION.c.id == _COUNTED.c.session_id))
    .where(*_open_in(_COUNTED, _COUNTED_SESSION), _COUNTED.c.doctor_id == bindparam("doctor"))
    .scalar_subquery()
)
# Counted beside, not by a window over all that is free: SQLite then stops at ``most`` rows (38 to 17 µs for 40 free slots).
_FIRST_TIMES = Prepared(_TIMES.add_columns(_TOTAL.label("total")).limit(bindparam("most")))
_LATER = _TIMES.where(slot.c.start >= bindparam("wanted")).limit(NEAREST_MOST)
_EARLIER = (
    select(slot.c.start, slot.c.seq)
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE, slot.c.doctor_id == bindparam("doctor"), slot.c.start < bindparam("wanted"))
    .order_by(slot.c.start.desc())
    .limit(NEAREST_MOST)
)
_FREE_DAYS = (
    select(slot.c.doctor_id, clinic_session.c.day, func.count().label("free"), func.min(slot.c.start).label("first"))
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE)
    .group_by(slot.c.doctor_id, clinic_session.c.day)
    .order_by(func.min(slot.c.start), slot.c.doctor_id)
)
_FREE_DAYS_OF = _FREE_DAYS.where(slot.c.doctor_id.in_(bindparam("doctors", expanding=True)))
_DEPARTMENTS = (
    select(department.c.id, department.c.code, department.c.name, department.c.location)
    .where(department.c.hospital_id == bindparam("hospital"))
    .order_by(department.c.code)
)
_DOCTORS = select(*DOCTOR_COLUMNS).select_from(DOCTOR_FROM).where(doctor.c.hospital_id == bindparam("hospital"))
_IN_DEPARTMENT = _DOCTORS.where(doctor.c.department_id == bindparam("department"))
_BY_ID = _DOCTORS.where(doctor.c.id.in_(bindparam("doctors", expanding=True)))
_BY_WORDS = _DOCTORS.where(
    (func.instr(doctor.c.name, bindparam("words")) > 0) | (func.instr(doctor.c.speciality, bindparam("words")) > 0)
)


def thd_doctor(conn: Connection, hospital: int, number: str) -> DoctorView | NoSuchDoctor:
    """The doctor of this number."""
    card = thd_doctors(conn, hospital, [number]).get(number)
    return NoSuchDoctor(number=number) if card is None else card.view


def thd_times(conn: Connection, hospital: int, number: str, span: Span, most: int) -> DoctorTimes | NoSuchDoctor:
    """The doctor's free slots within ``span``: the first ``most``, and how many there are."""
    card = thd_doctors(conn, hospital, [number]).get(number)
    if card is None:
        return NoSuchDoctor(number=number)
    rows = _FIRST_TIMES.rows(conn, {**_where(hospital, span), "doctor": card.id, "most": max(most, 1)})
    found = tuple(OpenTime(start=start, seq=seq) for start, seq, _ in rows[:most])
    return DoctorTimes(doctor=card.view, open=found, total=rows[0][-1] if rows else 0)


def thd_nearest(
    conn: Connection, hospital: int, span: Span, asked: Iterable[tuple[int, datetime]]
) -> dict[tuple[int, datetime], tuple[OpenTime, ...]]:
    """For each (doctor's row id, start) asked for: the up to 3 free slots nearest in time, in order of start."""
    starts: dict[int, set[datetime]] = {}
    for doctor_id, wanted in asked:
        starts.setdefault(doctor_id, set()).add(wanted)
    found: dict[tuple[int, datetime], tuple[OpenTime, ...]] = {}
    for doctor_id, all_wanted in starts.items():
        where = {**_where(hospital, span), "doctor": doctor_id}
        # In a rush many ask for one doctor: then one look at all that is free is cheaper than two for each start.
        free = _times(conn.execute(_TIMES, where)) if len(all_wanted) > ASKED_MOST else None
        for wanted in all_wanted:
            around = _thd_around(conn, where, wanted) if free is None else free
            found[doctor_id, wanted] = _nearest(around, wanted)
    return found


def _thd_around(conn: Connection, where: dict[str, Any], wanted: datetime) -> tuple[OpenTime, ...]:
    at = {**where, "wanted": wanted}
    return (*_times(conn.execute(_EARLIER, at)), *_times(conn.execute(_LATER, at)))


def _nearest(free: Sequence[OpenTime], wanted: datetime) -> tuple[OpenTime, ...]:
    nearest = sorted(free, key=lambda open_: abs(open_.start - wanted))[:NEAREST_MOST]
    return tuple(sorted(nearest, key=lambda open_: open_.start))


def thd_departments(conn: Connection, hospital: int) -> tuple[DepartmentView, ...]:
    """All departments, by code."""
    return tuple(_department(row) for row in conn.execute(_DEPARTMENTS, {"hospital": hospital}))


def thd_doctors_in(
    conn: Connection, hospital: int, department_code: str, span: Span, most: int
) -> tuple[OpenDoctor, ...]:
    """The department's doctors who have free slots, each with the first day on which that is so, soonest first."""
    rows = conn.execute(_DEPARTMENTS, {"hospital": hospital}).all()
    found = [row for row in rows if row.code == department_code]
    return _thd_of_department(conn, hospital, found[0].id, span)[:most] if found else ()


def thd_open_on(conn: Connection, hospital: int, span: Span, day: date, most: int) -> FoundDoctors | NothingFound:
    """Who has free slots on ``day``, soonest first."""
    free = conn.execute(_FREE_DAYS, _where(hospital, span.on(day))).all()
    if not free:
        return NothingFound(words=f"{day:%m%d}")
    told = free[:most]
    rows = conn.execute(_BY_ID, {"hospital": hospital, "doctors": [row.doctor_id for row in told]}).all()
    return FoundDoctors(doctors=_open_doctors(told, rows), total=len(free))


def thd_search(conn: Connection, hospital: int, words: str, span: Span, most: int) -> SearchOutcome:
    """A department by name (whole, then part of it, then a name within the words); else doctors by name or speciality."""
    words = "".join(words.split())
    if not words:
        return NothingFound(words=words)
    departments = conn.execute(_DEPARTMENTS, {"hospital": hospital}).all()
    found = _best_department(departments, words)
    if found is not None:
        doctors = _thd_of_department(conn, hospital, found.id, span)
        return FoundDepartment(department=_department(found), doctors=doctors[:most], total=len(doctors))
    rows = conn.execute(_BY_WORDS, {"hospital": hospital, "words": words}).all()
    if not rows:
        return NothingFound(words=words)
    doctors = _thd_open(conn, hospital, rows, span)
    return FoundDoctors(doctors=doctors[:most], total=len(doctors))


def _best_department(rows: Sequence[Any], words: str) -> Any | None:
    for fits in (
        lambda name: name == words,
        lambda name: words in name,
        lambda name: name in words,
        lambda name: abbreviates(words, name),
    ):
        found = [row for row in rows if fits(row.name)]
        if found:
            return min(found, key=lambda row: (len(row.name), row.code))
    return None


def _thd_of_department(conn: Connection, hospital: int, department_id: int, span: Span) -> tuple[OpenDoctor, ...]:
    rows = conn.execute(_IN_DEPARTMENT, {"hospital": hospital, "department": department_id}).all()
    return _thd_open(conn, hospital, rows, span)


def _thd_open(conn: Connection, hospital: int, doctors: Sequence[Any], span: Span) -> tuple[OpenDoctor, ...]:
    if not doctors:
        return ()
    where = {**_where(hospital, span), "doctors": [row.doctor_id for row in doctors]}
    first: dict[int, Any] = {}
    for row in conn.execute(_FREE_DAYS_OF, where):
        first.setdefault(row.doctor_id, row)
    return _open_doctors(first.values(), doctors)


def _open_doctors(free: Iterable[Any], doctors: Sequence[Any]) -> tuple[OpenDoctor, ...]:
    views = {row.doctor_id: doctor_view(row) for row in doctors}
    return tuple(OpenDoctor(doctor=views[row.doctor_id], day=row.day, free=row.free, first=row.first) for row in free)


def _department(row: Any) -> DepartmentView:
    return DepartmentView(code=row.code, name=row.name, location=row.location)


def _times(rows: Iterable[Any]) -> tuple[OpenTime, ...]:
    return tuple(OpenTime(start=row.start, seq=row.seq) for row in rows)


def _where(hospital: int, span: Span) -> dict[str, Any]:
    return {"hospital": hospital, "after": span.after, "until": span.until}
