"""Sessions that an undone import took from sale because ended bookings still point to them: opened again when they come back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, select, update

from booking.store.roster.roster import SessionRow
from booking.store.schema import clinic_session, clinic_stop, doctor, slot


def thd_reopen(conn: Connection, hospital_id: int, rows: Sequence[SessionRow]) -> None:
    """Those of these sessions that no stop (停诊) closed are on sale again, with the numbers that were kept back with them."""
    if not rows:
        return
    stopped = exists().where(clinic_stop.c.hospital_id == hospital_id, clinic_stop.c.session_id == clinic_session.c.id)
    days = {row.day for row in rows}
    found = conn.execute(
        select(clinic_session.c.id, doctor.c.number, clinic_session.c.day, clinic_session.c.period)
        .select_from(clinic_session.join(doctor, doctor.c.id == clinic_session.c.doctor_id))
        .where(
            clinic_session.c.hospital_id == hospital_id,
            clinic_session.c.day.between(min(days), max(days)),
            clinic_session.c.status == "stopped",
            ~stopped,
        )
    )
    wanted = {(row.doctor, row.day, row.period) for row in rows}
    for row in found.all():
        if (row.number, row.day, row.period) in wanted:
            conn.execute(update(clinic_session).where(clinic_session.c.id == row.id).values(status="open"))
            mine = (slot.c.hospital_id == hospital_id, slot.c.session_id == row.id, slot.c.pool == "withheld")
            conn.execute(update(slot).where(*mine).values(pool="open"))
