"""The numbers of a session as the rules see them: locked by who must know whether one of them is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from booking.rules.facts import Offer
from booking.store.roster.pictures import offer_of
from booking.store.schema import clinic_session, department, doctor, slot

_LOCK = (
    select(slot.c.id)
    .where(slot.c.hospital_id == bindparam("hospital"), slot.c.session_id == bindparam("session"))
    .order_by(slot.c.id)
    .with_for_update()
)
_OF_SESSIONS = (
    select(
        slot.c.id.label("slot_id"),
        slot.c.session_id,
        slot.c.start,
        slot.c.seq,
        slot.c.taken,
        slot.c.pool,
        slot.c.stop_id,
        clinic_session.c.day,
        clinic_session.c.period,
        clinic_session.c.clinic_type,
        clinic_session.c.status.label("session_status"),
        doctor.c.number,
        department.c.code.label("department_code"),
        department.c.campus,
    )
    .select_from(
        slot.join(clinic_session, clinic_session.c.id == slot.c.session_id)
        .join(doctor, doctor.c.id == slot.c.doctor_id)
        .join(department, department.c.id == doctor.c.department_id)
    )
    .where(slot.c.hospital_id == bindparam("hospital"), slot.c.session_id.in_(bindparam("sessions", expanding=True)))
    .order_by(slot.c.session_id, slot.c.start, slot.c.seq)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of a session."""

    offer: Offer
    seq: int
    taken: bool


def thd_lock_numbers(conn: Connection, hospital_id: int, session_id: int) -> None:
    """Nobody takes or frees a number of this session until the transaction ends."""
    conn.execute(_LOCK, {"hospital": hospital_id, "session": session_id})


def thd_numbers(conn: Connection, hospital_id: int, sessions: Sequence[int]) -> list[Number]:
    """All numbers of these sessions, by start."""
    if not sessions:
        return []
    rows = conn.execute(_OF_SESSIONS, {"hospital": hospital_id, "sessions": list(sessions)})
    return [Number(offer=offer_of(row), seq=row.seq, taken=bool(row.taken)) for row in rows]
