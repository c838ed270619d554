"""What is free: a doctor's open times, who is open on a day, what words find. Looks only; a look never promises a slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, func, select

from booking.directory import Directory, DoctorEntry
from booking.outcomes import NoSuchDoctor
from booking.search_outcomes import DoctorTimes, FoundDepartment, FoundDoctors, NothingFound, SearchOutcome
from booking.store.prepared import Prepared
from booking.store.roster.directories import Directories
from booking.store.roster.pictures import thd_doctors
from booking.store.schema import clinic_session, doctor, slot
from booking.views import DepartmentView, DoctorView, OpenDoctor, OpenTime

NEAREST_MOST = 3
ASKED_MOST = 2
ALL_RATHER = 100
"""For more doctors than this all of the hospital are looked at, and those not meant passed over."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """By doctor's row id and the start that was asked for: his nearest open times, and who else of his department is open that day."""

    near: dict[tuple[int, datetime], tuple[OpenTime, ...]]
    others: dict[tuple[int, datetime], tuple[OpenDoctor, ...]]


NOTHING = Instead(near={}, others={})


def _open_in(slots: FromClause, sessions: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        slots.c.hospital_id == bindparam("hospital"),
        slots.c.taken == 0,
        slots.c.pool == "open",
        slots.c.stop_id.is_(None),
        slots.c.start > bindparam("after"),
        slots.c.start < bindparam("until"),
        sessions.c.status == "open",
    )


_OPEN_HERE = _open_in(slot, clinic_session)
_SLOT_FROM = slot.join(clinic_session, clinic_session.c.id == slot.c.session_id)
# Numbers that share a start are one time to a caller, the lowest of them his.
_STARTS = (
    select(slot.c.start, func.min(slot.c.seq).label("seq"))
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE, slot.c.doctor_id == bindparam("doctor"))
    .group_by(slot.c.start)
)
_TIMES = _STARTS.order_by(slot.c.start)
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
_EARLIER = _STARTS.where(slot.c.start < bindparam("wanted")).order_by(slot.c.start.desc()).limit(NEAREST_MOST)
# A doctor's first free start is one look into ix_slot_start, however many numbers he has: nothing is counted before it is told.
_FIRST = (
    select(slot.c.start)
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE, slot.c.doctor_id == doctor.c.id)
    .order_by(slot.c.start)
    .limit(1)
    .correlate(doctor)
    .scalar_subquery()
)
_FIRSTS = select(doctor.c.id, _FIRST.label("first")).where(doctor.c.hospital_id == bindparam("hospital"))
_FIRSTS_OF_ALL = Prepared(_FIRSTS)
_FIRSTS_OF = Prepared(_FIRSTS.where(doctor.c.id.in_(bindparam("doctors", expanding=True))))
_FREE_THAT_DAY = Prepared(
    select(clinic_session.c.day, func.count())
    .select_from(_SLOT_FROM)
    .where(*_OPEN_HERE, slot.c.doctor_id == bindparam("doctor"))
    .group_by(clinic_session.c.day)
    .order_by(clinic_session.c.day)
    .limit(1)
)
_DAY = timedelta(days=1)


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


def thd_instead(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection,
    directories: Directories,
    hospital: int,
    span: Span,
    asked: Sequence[tuple[int, datetime]],
    full: Sequence[tuple[int, datetime]],
) -> Instead:
    """What helps those who were refused: the doctor's nearest times, and for ``full`` his colleagues' of that day."""
    near = thd_nearest(conn, hospital, span, asked)
    if not full:
        return Instead(near=near, others={})
    directory = directories.thd_of(conn, hospital)
    by_day = thd_others(conn, directory, hospital, span, {(doctor_id, start.date()) for doctor_id, start in full})
    return Instead(near=near, others={wish: by_day.get((wish[0], wish[1].date()), ()) for wish in full})


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


def thd_others(
    conn: Connection, directory: Directory, hospital: int, span: Span, asked: Iterable[tuple[int, date]]
) -> dict[tuple[int, date], tuple[OpenDoctor, ...]]:
    """For each (doctor's row id, day) asked for: up to 3 other doctors of his department who have free slots that day.

    One look for each department and day, however many ask.
    """
    found: dict[tuple[int, date], tuple[OpenDoctor, ...]] = {}
    seen: dict[tuple[int, date], tuple[OpenDoctor, ...]] = {}
    for doctor_id, day in asked:
        entry = directory.doctor(doctor_id)
        if entry is None:
            continue
        key = (entry.department_id, day)
        if key not in seen:
            members = directory.members(entry.department_id)
            seen[key] = _thd_open(conn, hospital, members, span.on(day), NEAREST_MOST + 1)[0]
        others = [each for each in seen[key] if each.doctor.number != entry.view.number]
        found[doctor_id, day] = tuple(others[:NEAREST_MOST])
    return found


def thd_departments(conn: Connection, directories: Directories, hospital: int) -> tuple[DepartmentView, ...]:
    """All departments, by code."""
    return directories.thd_of(conn, hospital).departments


def thd_doctors_in(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, directories: Directories, hospital: int, department_code: str, span: Span, most: int
) -> tuple[OpenDoctor, ...]:
    """The department's doctors who have free slots, each with the first day on which that is so, soonest first."""
    directory = directories.thd_of(conn, hospital)
    found = directory.department(department_code)
    return () if found is None else _thd_open(conn, hospital, directory.members(found.id), span, most)[0]


def thd_open_on(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, directories: Directories, hospital: int, span: Span, day: date, most: int
) -> FoundDoctors | NothingFound:
    """Who has free slots on ``day``, soonest first."""
    doctors, total = _thd_open(conn, hospital, directories.thd_of(conn, hospital).doctors, span.on(day), most)
    return FoundDoctors(doctors=doctors, total=total) if total else NothingFound(words=f"{day:%m%d}")


def thd_search(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, directories: Directories, hospital: int, words: str, span: Span, most: int
) -> SearchOutcome:
    """Whom the hospital's directory finds (``booking.directory``), with what is free of theirs, soonest first."""
    found = directories.thd_of(conn, hospital).find(words)
    doctors, total = _thd_open(conn, hospital, found.doctors, span, most)
    if found.department is not None:
        return FoundDepartment(department=found.department.view, doctors=doctors, total=total)
    if not found.doctors:
        return NothingFound(words="".join(words.split()))
    return FoundDoctors(doctors=doctors, total=total)


def _thd_open(
    conn: Connection, hospital: int, doctors: Sequence[DoctorEntry], span: Span, most: int
) -> tuple[tuple[OpenDoctor, ...], int]:
    """The first ``most`` of these doctors who have free slots, soonest first, and how many there are."""
    if not doctors:
        return (), 0
    where, by_id = _where(hospital, span), {entry.id: entry.view for entry in doctors}
    firsts, whose = (_FIRSTS_OF_ALL, {}) if len(by_id) > ALL_RATHER else (_FIRSTS_OF, {"doctors": list(by_id)})
    rows = firsts.rows(conn, {**where, **whose})
    free = sorted((_moment(first), row_id) for row_id, first in rows if first is not None and row_id in by_id)
    told = tuple(_thd_day(conn, where, by_id[row_id], row_id, first) for first, row_id in free[:most])
    return told, len(free)


def _thd_day(conn: Connection, where: dict[str, Any], view: DoctorView, doctor_id: int, first: datetime) -> OpenDoctor:
    """What is free of the doctor on the day of his first free slot."""
    here = {**where, "doctor": doctor_id, "after": first - timedelta(microseconds=1)}
    rows = _FREE_THAT_DAY.rows(conn, {**here, "until": min(where["until"], first + _DAY)})
    return OpenDoctor(doctor=view, day=rows[0][0], free=rows[0][1], first=first)


def _moment(first: Any) -> datetime:
    """SQLite tells a subquery's moment as text."""
    return datetime.fromisoformat(first) if isinstance(first, str) else first


def _times(rows: Iterable[Any]) -> tuple[OpenTime, ...]:
    return tuple(OpenTime(start=row.start, seq=row.seq) for row in rows)


def _where(hospital: int, span: Span) -> dict[str, Any]:
    return {"hospital": hospital, "after": span.after, "until": span.until}
