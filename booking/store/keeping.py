"""Bookings that stand: whose they are, and giving one back.

Law of this module: a booking is the caller's when it was made from his phone or its patient is registered to it; to anybody
else it does not exist. A cancel frees the number in the same transaction, once: the row that ends ``live`` does the rest.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, bindparam, func, or_, select, union, update

from booking.outcomes import Cancelled, CancelOutcome, NoSuchBooking, TooLateToCancel
from booking.requests import Caller, CancelBooking
from booking.rules.policy import HousePolicy
from booking.rules.verdicts import may_cancel
from booking.store import letters
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.letters import Parties, phones_to_tell, thd_registered_phones
from booking.store.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, booking_view, bookings, doctor_view, thd_letterhead
from booking.store.post import thd_post
from booking.store.schema import appointment, doctor, phone_patient, slot
from booking.store.shelf import thd_put_back
from booking.vault import Vault
from booking.views import BookingView, DoctorView

_HIS_PATIENTS = select(phone_patient.c.patient_id).where(
    phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.phone_print == bindparam("phone")
)
_HERE = appointment.c.hospital_id == bindparam("hospital")
_BY_PHONE = appointment.c.phone_print == bindparam("phone")
_BY_PATIENT = appointment.c.patient_id.in_(bindparam("patients", expanding=True))
_THOSE = (_HERE, appointment.c.id.in_(bindparam("ids", expanding=True)))

# Made from his phone, or for one of his patients: two looks into an index. For an OR both engines read all bookings.
_LIVE_IDS = union(
    *(select(appointment.c.id).where(_HERE, whose, appointment.c.live == 1) for whose in (_BY_PHONE, _BY_PATIENT))
)
_LATEST_IDS = union(*(select(func.max(appointment.c.id)).where(_HERE, whose) for whose in (_BY_PHONE, _BY_PATIENT)))
_COMING = bookings().where(*_THOSE, slot.c.start > bindparam("now")).order_by(slot.c.start, appointment.c.id)
_LATEST = (
    select(*DOCTOR_COLUMNS)
    .select_from(appointment.join(DOCTOR_FROM, doctor.c.id == appointment.c.doctor_id))
    .where(*_THOSE)
    .order_by(appointment.c.id.desc())
    .limit(1)
)
_ONE = bookings().where(_HERE, appointment.c.code == bindparam("code"), or_(_BY_PHONE, _BY_PATIENT))
_CANCEL = (
    update(appointment)
    .where(appointment.c.id == bindparam("row_id"), appointment.c.live == 1)
    .values(live=None, status="cancelled", cancelled_at=bindparam("now"))
)


def thd_bookings_of(conn: Connection, vault: Vault, caller: Caller, now: datetime) -> tuple[BookingView, ...]:
    """The caller's live bookings that start after ``now``, soonest first."""
    if caller.phone is None:
        return ()
    rows = conn.execute(_COMING, {**_thd_those(conn, vault, caller, _LIVE_IDS), "now": now})
    return tuple(booking_view(vault, row) for row in rows)


def thd_last_doctor(conn: Connection, vault: Vault, caller: Caller) -> DoctorView | None:
    """The doctor whom the caller booked last, whatever became of the booking."""
    if caller.phone is None:
        return None
    row = conn.execute(_LATEST, _thd_those(conn, vault, caller, _LATEST_IDS)).one_or_none()
    return None if row is None else doctor_view(row)


def thd_booking(conn: Connection, vault: Vault, caller: Caller, code: str) -> BookingView | NoSuchBooking:
    """The caller's booking of this code, cancelled or not."""
    row = _thd_one(conn, vault, caller, code)
    return NoSuchBooking(code=code) if row is None else booking_view(vault, row)


def thd_cancel(
    conn: Connection, vault: Vault, policy: HousePolicy, request: CancelBooking, moments: tuple[datetime, datetime]
) -> CancelOutcome:
    """Give the booking back; ``moments`` are now on the hospital's wall and in UTC. Cancelling twice is cancelling once."""
    now, now_utc = moments
    row = _thd_one(conn, vault, request.caller, request.code)
    if row is None:
        return NoSuchBooking(code=request.code)
    if row.status == "cancelled":
        return Cancelled(booking=booking_view(vault, row), again=True)
    if not may_cancel(policy, row.start, now):
        return TooLateToCancel(booking=booking_view(vault, row))
    if conn.execute(_CANCEL, {"row_id": row.id, "now": now_utc}).rowcount != 1:
        raise TryAgain  # cancelled beside us: the next run reads it so
    thd_put_back(conn, row.slot_id)
    booking = replace(booking_view(vault, row), status="cancelled")
    parties = _thd_parties(conn, vault, request.caller, row, booking)
    head = thd_letterhead(conn, request.caller.hospital)
    thd_post(conn, vault, request.caller.hospital, letters.cancelled(head, parties), now_utc)
    thd_note(conn, _note(request.caller, row, now_utc))
    return Cancelled(booking=booking)


def _thd_one(conn: Connection, vault: Vault, caller: Caller, code: str) -> Any | None:
    if caller.phone is None:
        return None
    return conn.execute(_ONE, {**_thd_who(conn, vault, caller), "code": code}).one_or_none()


def _thd_parties(conn: Connection, vault: Vault, caller: Caller, row: Any, booking: BookingView) -> Parties:
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    registered = thd_registered_phones(conn, vault, caller.hospital, [row.patient_id]).get(row.patient_id, [])
    return Parties(
        appointment_id=row.id,
        booking=booking,
        patient_phones=phones_to_tell(caller.phone, held, registered),
        doctor_phone=None if row.doctor_phone_sealed is None else vault.open(row.doctor_phone_sealed),
    )


def _note(caller: Caller, row: Any, now_utc: datetime) -> Note:
    return Note(
        hospital=caller.hospital,
        at=now_utc,
        action="cancelled",
        subject="appointment",
        subject_id=row.id,
        actor=caller.channel,
        trace=caller.trace,
        detail=f"slot={row.slot_id}",
    )


def _thd_those(conn: Connection, vault: Vault, caller: Caller, ids: CompoundSelect[int]) -> dict[str, Any]:
    """The caller's bookings that ``ids`` finds."""
    found = conn.execute(ids, _thd_who(conn, vault, caller)).scalars()
    return {"hospital": caller.hospital, "ids": [booking for booking in found if booking is not None]}


def _thd_who(conn: Connection, vault: Vault, caller: Caller) -> dict[str, Any]:
    assert caller.phone is not None, "a withheld number has no bookings"
    who = {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone)}
    return {**who, "patients": list(conn.execute(_HIS_PATIENTS, who).scalars())}
