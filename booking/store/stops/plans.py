"""Whether a stop can be announced, and whom it would concern: only looks.

Law of this module: the session's row is locked by whoever looks, so that of two who announce at once the second sees the first.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, select

from booking.stop_clinic import MOVE, RELEASE, SUBSTITUTE, Concerned, NotAnnounced, StopPlan
from booking.store.roster.pictures import DoctorCard, thd_doctors
from booking.store.schema import appointment, clinic_session, clinic_stop, slot, waiting

UNFINISHED = ("announced", "approved", "withdrawing")
TO_END = ("held", "booked", "arrived")
"""Live bookings that a stop concerns: a visit that took place, or was missed, is past changing."""

_SESSION = (
    select(clinic_session.c.id, clinic_session.c.status, clinic_session.c.place)
    .where(
        clinic_session.c.hospital_id == bindparam("hospital"),
        clinic_session.c.doctor_id == bindparam("doctor"),
        clinic_session.c.day == bindparam("day"),
        clinic_session.c.period == bindparam("period"),
    )
    .with_for_update()
)
_UNDER_WAY = select(clinic_stop.c.id).where(
    clinic_stop.c.hospital_id == bindparam("hospital"),
    clinic_stop.c.session_id == bindparam("session"),
    clinic_stop.c.status.in_(UNFINISHED),
)
SLOT_HERE = and_(slot.c.hospital_id == bindparam("hospital"), slot.c.session_id == bindparam("session"))
_WAITING = select(func.count()).where(
    waiting.c.hospital_id == bindparam("hospital"), waiting.c.session_id == bindparam("session"), waiting.c.live == 1
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Now, in UTC and on the hospital's wall, and who acts; ``rng`` draws the codes of numbers offered back."""

    at: datetime
    wall: datetime
    by: str
    trace: str = "-"
    rng: random.Random = field(default_factory=random.SystemRandom, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A plan that can be announced, with the rows it is about."""

    doctor: DoctorCard
    session: int
    place: str
    since: datetime | None
    until: datetime | None
    substitute: DoctorCard | None
    concerned: Concerned


def thd_plan(conn: Connection, plan: StopPlan, moments: Moments, approval: bool) -> Concerned | NotAnnounced:
    """Whom the plan would concern, or why it is none: changes nothing."""
    ready = thd_ready(conn, plan, moments, approval)
    return ready if isinstance(ready, NotAnnounced) else ready.concerned


def thd_ready(conn: Connection, plan: StopPlan, moments: Moments, approval: bool) -> Ready | NotAnnounced:
    numbers = [plan.doctor] if plan.substitute is None else [plan.doctor, plan.substitute]
    cards = thd_doctors(conn, plan.hospital, numbers)
    doctor = cards.get(plan.doctor)
    if doctor is None:
        return NotAnnounced(reason="NO_DOCTOR")
    session = thd_session_of(conn, plan.hospital, doctor.id, plan.day, plan.period)
    if session is None:
        return NotAnnounced(reason="NO_SESSION")
    if plan.day < moments.wall.date():
        return NotAnnounced(reason="PAST")
    since, until = _at(plan.day, plan.since), _at(plan.day, plan.until)
    every, free = _thd_numbers(conn, plan.hospital, session.id, since, until)
    if not free:
        return NotAnnounced(reason="ALREADY_STOPPED" if every else "NO_NUMBERS")
    substitute = cards.get(plan.substitute) if plan.substitute is not None else None
    wrong = _thd_wrong(conn, plan, doctor, session, substitute, moments)
    if wrong is not None:
        return NotAnnounced(reason=wrong)
    bookings, held = _thd_bookings(conn, plan.hospital, session.id, since, until)
    whole = since is None and until is None
    waits = conn.execute(_WAITING, {"hospital": plan.hospital, "session": session.id}).scalar_one() if whole else 0
    concerned = Concerned(
        doctor=doctor.view, numbers=free, bookings=bookings, held=held, waiting=waits, approval=approval
    )
    return Ready(
        doctor=doctor, session=session.id, place=session.place, since=since, until=until,
        substitute=substitute, concerned=concerned,
    )  # fmt: skip


def _thd_wrong(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, plan: StopPlan, doctor: DoctorCard, session: Any, substitute: DoctorCard | None, moments: Moments
) -> str | None:
    if plan.action == RELEASE:
        return None
    if plan.action not in (SUBSTITUTE, MOVE):
        return "BAD_ACTION"
    if plan.since is not None or plan.until is not None:
        return "PART_OF_MOVE"
    here = {"hospital": plan.hospital, "session": session.id}
    if conn.execute(_UNDER_WAY, here).first() is not None:
        return "ANOTHER_STOP"
    first, last = thd_bounds(conn, plan.hospital, session.id)
    if plan.action == SUBSTITUTE:
        return _thd_wrong_substitute(conn, plan, doctor, substitute, (first, last))
    return _thd_wrong_move(conn, plan, doctor, session, (first, last), moments)


def _thd_wrong_substitute(
    conn: Connection, plan: StopPlan, doctor: DoctorCard, substitute: DoctorCard | None, span: tuple[datetime, datetime]
) -> str | None:
    if substitute is None:
        return "NO_SUBSTITUTE"
    if substitute.id == doctor.id:
        return "SAME_DOCTOR"
    if substitute.view.title != doctor.view.title:
        return "OTHER_GRADE"
    taken = thd_session_of(conn, plan.hospital, substitute.id, plan.day, plan.period)
    if taken is not None or thd_busy(conn, plan.hospital, substitute.id, *span):
        return "SUBSTITUTE_BUSY"
    return None


def _thd_wrong_move(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection,
    plan: StopPlan,
    doctor: DoctorCard,
    session: Any,
    span: tuple[datetime, datetime],
    moments: Moments,
) -> str | None:
    shift = timedelta(minutes=plan.shift_minutes)
    first, last = span[0] + shift, span[1] + shift
    if not shift and plan.place in (None, session.place):
        return "NO_CHANGE"
    if (first.date(), last.date()) != (plan.day, plan.day):
        return "OTHER_DAY"
    if shift and (first <= moments.wall or span[0] <= moments.wall):
        return "PAST"
    if shift and thd_busy(conn, plan.hospital, doctor.id, first, last, but=session.id):
        return "DOCTOR_BUSY"
    return None


def thd_session_of(conn: Connection, hospital_id: int, doctor_id: int, day: date, period: str) -> Any:
    values = {"hospital": hospital_id, "doctor": doctor_id, "day": day, "period": period}
    return conn.execute(_SESSION, values).one_or_none()


def thd_busy(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, hospital_id: int, doctor_id: int, first: datetime, last: datetime, but: int = 0
) -> bool:
    """Whether the doctor has numbers of another session within these times."""
    query = select(slot.c.id).where(
        slot.c.hospital_id == hospital_id, slot.c.doctor_id == doctor_id, slot.c.start.between(first, last),
        slot.c.session_id != but,
    )  # fmt: skip
    return conn.execute(query.limit(1)).first() is not None


def thd_bounds(conn: Connection, hospital_id: int, session_id: int) -> tuple[datetime, datetime]:
    query = select(func.min(slot.c.start), func.max(slot.c.start)).where(SLOT_HERE)
    row = conn.execute(query, {"hospital": hospital_id, "session": session_id}).one()
    assert row[0] is not None, "a session without numbers is no session"
    return row[0], row[1]


def _thd_numbers(
    conn: Connection, hospital_id: int, session_id: int, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    """How many numbers the part has, and how many of them no stop has yet."""
    free = func.sum(case((slot.c.stop_id.is_(None), 1), else_=0))
    query = _within(select(func.count(), free).select_from(slot).where(SLOT_HERE), since, until)
    row = conn.execute(query, {"hospital": hospital_id, "session": session_id}).one()
    return row[0], int(row[1] or 0)


def _thd_bookings(
    conn: Connection, hospital_id: int, session_id: int, since: datetime | None, until: datetime | None
) -> tuple[int, int]:
    query = select(func.count(), func.sum(case((appointment.c.status == "held", 1), else_=0)))
    query = query.join_from(slot, appointment, and_(*live_of_slot())).where(
        SLOT_HERE, slot.c.stop_id.is_(None), appointment.c.status.in_(TO_END)
    )
    row = conn.execute(_within(query, since, until), {"hospital": hospital_id, "session": session_id}).one()
    return row[0], int(row[1] or 0)


def live_of_slot() -> tuple[Any, ...]:
    """How a slot finds its live booking: through the unique index."""
    return (
        appointment.c.hospital_id == slot.c.hospital_id,
        appointment.c.slot_id == slot.c.id,
        appointment.c.live == 1,
    )


def _within(query: Select[int, Any], since: datetime | None, until: datetime | None) -> Select[int, Any]:
    query = query if since is None else query.where(slot.c.start >= since)
    return query if until is None else query.where(slot.c.start < until)


def _at(day: date, clock: time | None) -> datetime | None:
    return None if clock is None else datetime.combine(day, clock)
