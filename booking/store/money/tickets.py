"""A booking as money sees it: what it is for, who pays, whether it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from booking.rules.facts import Offer
from booking.store.money.ledger import Labels
from booking.store.roster.pictures import bookings, offer_of
from booking.store.schema import appointment, doctor

_THOSE = (
    bookings()
    .add_columns(appointment.c.ended_by, appointment.c.category, doctor.c.department_id)
    .where(appointment.c.hospital_id == bindparam("hospital"), appointment.c.id.in_(bindparam("ids", expanding=True)))
)
# Rows are locked in id order, so that who ends a booking and who is paid for it meet here, one after the other.
_LOCK = (
    select(appointment.c.id)
    .where(appointment.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(appointment.c.id)
    .with_for_update()
)
_ID = select(appointment.c.id).where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.code == bindparam("code")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """``told_fen`` is the fee that the patient was told."""

    appointment_id: int
    code: str
    status: str
    live: bool
    ended_by: str | None
    slot_id: int
    session_id: int
    patient_id: int
    channel: str
    told_fen: int
    offer: Offer
    category: str
    clinic_type: str
    department_id: int
    doctor_id: int
    phone_sealed: bytes | None

    def labels(self, clerk: str) -> Labels:
        return Labels(
            clinic_type=self.clinic_type,
            category=self.category,
            department_id=self.department_id,
            doctor_id=self.doctor_id,
            clerk=clerk,
        )


def thd_tickets(conn: Connection, hospital_id: int, appointment_ids: Sequence[int]) -> dict[int, Ticket]:
    """Those of these bookings that exist."""
    if not appointment_ids:
        return {}
    rows = conn.execute(_THOSE, {"hospital": hospital_id, "ids": list(appointment_ids)})
    return {row.id: _ticket(row) for row in rows}


def thd_locked_ticket(conn: Connection, hospital_id: int, appointment_id: int) -> Ticket:
    """This booking as it stands until the transaction ends."""
    conn.execute(_LOCK, {"ids": [appointment_id]})
    return thd_tickets(conn, hospital_id, [appointment_id])[appointment_id]


def thd_ticket_id(conn: Connection, hospital_id: int, code: str) -> int | None:
    """The booking of this code."""
    found: int | None = conn.execute(_ID, {"hospital": hospital_id, "code": code}).scalar_one_or_none()
    return found


def _ticket(row: Any) -> Ticket:
    return Ticket(
        appointment_id=row.id,
        code=row.code,
        status=row.status,
        live=row.live == 1,
        ended_by=row.ended_by,
        slot_id=row.slot_id,
        session_id=row.session_id,
        patient_id=row.patient_id,
        channel=row.channel,
        told_fen=row.fee_fen,
        offer=offer_of(row),
        category=row.category,
        clinic_type=row.clinic_type,
        department_id=row.department_id,
        doctor_id=row.doctor_id,
        phone_sealed=row.phone_sealed,
    )
