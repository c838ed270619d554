"""Stops as lists show them: what was announced, how far it is, how many were told and what they chose."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select

from booking.stop_clinic import RELEASE, StopView
from booking.store.roster.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, doctor_view
from booking.store.schema import clinic_session, clinic_stop, doctor, stop_notice

LIST_MOST = 200
_STOPS = (
    select(clinic_stop, clinic_session.c.day, clinic_session.c.period)
    .join(clinic_session, clinic_session.c.id == clinic_stop.c.session_id)
    .where(clinic_stop.c.hospital_id == bindparam("hospital"))
    .order_by(clinic_stop.c.id.desc())
    .limit(LIST_MOST)
)
_CHOICES = (
    select(stop_notice.c.stop_id, stop_notice.c.choice, stop_notice.c.phone_state, func.count().label("notices"))
    .where(
        stop_notice.c.hospital_id == bindparam("hospital"),
        stop_notice.c.stop_id.in_(bindparam("stops", expanding=True)),
    )
    .group_by(stop_notice.c.stop_id, stop_notice.c.choice, stop_notice.c.phone_state)
)
_DOCTORS = (
    select(*DOCTOR_COLUMNS)
    .select_from(DOCTOR_FROM)
    .where(doctor.c.hospital_id == bindparam("hospital"), doctor.c.id.in_(bindparam("ids", expanding=True)))
)
_TO_FINISH = (
    select(clinic_stop.c.id)
    .join(clinic_session, clinic_session.c.id == clinic_stop.c.session_id)
    .where(
        clinic_stop.c.hospital_id == bindparam("hospital"),
        or_(
            clinic_stop.c.status.in_(("approved", "withdrawing")),
            and_(
                clinic_stop.c.status == "done",
                clinic_stop.c.action == RELEASE,
                clinic_session.c.day >= bindparam("today"),
            ),
        ),
    )
    .order_by(clinic_stop.c.id)
)


def thd_stops(conn: Connection, hospital_id: int, since: date) -> tuple[StopView, ...]:
    """Stops of sessions from this day on, the latest announced first (at most 200)."""
    rows = conn.execute(_STOPS.where(clinic_session.c.day >= since), {"hospital": hospital_id}).all()
    return _thd_views(conn, hospital_id, rows)


def thd_stop_view(conn: Connection, hospital_id: int, stop_id: int) -> StopView | None:
    query: Select[Any] = _STOPS.where(clinic_stop.c.id == stop_id)
    return next(iter(_thd_views(conn, hospital_id, conn.execute(query, {"hospital": hospital_id}).all())), None)


def thd_to_finish(conn: Connection, hospital_id: int, today: date) -> list[int]:
    """Stops with work left, and those that must stay without live bookings: a number sold beside the announcement is found so."""
    return list(conn.execute(_TO_FINISH, {"hospital": hospital_id, "today": today}).scalars())


def _thd_views(conn: Connection, hospital_id: int, rows: Any) -> tuple[StopView, ...]:
    if not rows:
        return ()
    counted = conn.execute(_CHOICES, {"hospital": hospital_id, "stops": [row.id for row in rows]}).all()
    ids = sorted({one for row in rows for one in (row.old_doctor_id, row.new_doctor_id) if one is not None})
    found = conn.execute(_DOCTORS, {"hospital": hospital_id, "ids": ids})
    doctors = {row.doctor_id: doctor_view(row) for row in found}
    return tuple(_view(row, [one for one in counted if one.stop_id == row.id], doctors) for row in rows)


def _view(row: Any, counted: Any, doctors: Any) -> StopView:
    chosen: Counter[str] = Counter()
    for one in counted:
        chosen[one.choice] += one.notices
    return StopView(
        id=row.id,
        doctor=doctors[row.old_doctor_id],
        day=row.day,
        period=row.period,
        action=row.action,
        status=row.status,
        since=row.from_start,
        until=row.to_start,
        substitute=doctors.get(row.new_doctor_id),
        shift_minutes=row.shift_minutes or 0,
        place=row.new_place,
        reason=row.reason,
        by=row.actor,
        decided_by=row.decided_by,
        told=chosen.total(),
        unreached=sum(one.notices for one in counted if one.phone_state == "due"),
        chosen=tuple(sorted(chosen.items())),
    )
