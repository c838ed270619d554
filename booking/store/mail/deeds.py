"""Which request did a thing: the audit rows know, by the trace of whoever asked."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from booking.store.schema import appointment, audit

_CANCELLED_BY = (
    select(audit.c.id)
    .select_from(audit)
    .join(appointment, (appointment.c.hospital_id == audit.c.hospital_id) & (appointment.c.id == audit.c.subject_id))
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.code == bindparam("code"),
        audit.c.subject == "appointment",
        audit.c.action == "cancelled",
        audit.c.trace == bindparam("trace"),
    )
    .limit(1)
)


def thd_cancelled_by(conn: Connection, hospital: int, code: str, trace: str) -> bool:
    """Whether the booking of this code was cancelled by the request that carries ``trace``."""
    found = conn.execute(_CANCELLED_BY, {"hospital": hospital, "code": code, "trace": trace}).first()
    return found is not None
