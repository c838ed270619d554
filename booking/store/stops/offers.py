"""A stop is withdrawn: each patient who was released is offered his old number before anybody else.

Law of this module: the number comes back on sale and is held for him in one transaction, by the till's own judge, so that nobody
slips in between and no rule is passed over. It is the number of whoever holds the session now, not of whom he had booked first.
The hold is an offer like those of the waiting list (``booking.store.queue.offering``): Y takes it, N or no answer lets it go to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.outcomes import Held
from booking.requests import BookSlot, Caller, Channel, Known
from booking.rules.names import can_text
from booking.rules.rulebook import RuleBook
from booking.rules.service import waiting_terms
from booking.store.faults import TryAgain
from booking.store.roster.pictures import DoctorCard, thd_doctors
from booking.store.roster.stock import thd_freed
from booking.store.schema import appointment, clinic_session, doctor, hold, slot, waiting
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import Stop
from booking.vault import Vault
from booking.views import BookingView

_FREE = (
    update(slot)
    .where(
        slot.c.hospital_id == bindparam("hospital"),
        slot.c.id == bindparam("row_id"),
        slot.c.stop_id == bindparam("stop"),
        slot.c.taken == 0,
    )
    .values(stop_id=None)
)
_WHOSE = (
    select(doctor.c.number)
    .join(clinic_session, clinic_session.c.doctor_id == doctor.c.id)
    .where(clinic_session.c.hospital_id == bindparam("hospital"), clinic_session.c.id == bindparam("session"))
)
_MADE = select(appointment.c.id).where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.code == bindparam("code")
)
_FOR_HIM = (
    update(hold)
    .where(hold.c.hospital_id == bindparam("hospital"), hold.c.appointment_id == bindparam("booking"))
    .values(waiting_id=bindparam("waiter"))
)
_WAITS = select(waiting.c.id).where(
    waiting.c.hospital_id == bindparam("hospital"),
    waiting.c.patient_id == bindparam("patient"),
    waiting.c.session_id == bindparam("session"),
    waiting.c.live == 1,
)
_OFFERED = (
    update(waiting)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.id == bindparam("waiter"),
        waiting.c.status == "waiting",
    )
    .values(status="offered", appointment_id=bindparam("booking"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedBack:
    """A number kept for its old holder: how it looks now, and until when (hospital's wall)."""

    booking: BookingView
    until: datetime


def thd_whose(conn: Connection, stop: Stop) -> DoctorCard:
    """Who holds the stop's session now."""
    here = {"hospital": stop.hospital, "session": stop.session}
    number = conn.execute(_WHOSE, here).scalar_one()
    return thd_doctors(conn, stop.hospital, [number])[number]


def thd_offer_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, row: Any, card: DoctorCard, moments: Moments
) -> OfferedBack | None:
    """Hold his old number for him; None when it is gone, the rules forbid it, or no text could ask him."""
    free = {"hospital": stop.hospital, "row_id": row.slot_id, "stop": stop.id}
    if conn.execute(_FREE, free).rowcount != 1:
        return None
    thd_freed(conn, stop.hospital)
    if row.phone_sealed is None:
        return None
    phone = vault.open(row.phone_sealed)
    if not can_text(phone):
        return None
    wish = BookSlot(
        caller=Caller(hospital=stop.hospital, phone=phone, channel=Channel(row.channel), trace=f"stop:{stop.id}"),
        doctor=card.view.number,
        start=row.start,
        who=Known(row.patient_id),
        key=f"stop-back:{stop.id}:{row.id}",
        hold=min(timedelta(minutes=waiting_terms(rules).answer_minutes), row.start - moments.wall),
    )
    terms = Terms(hospital=stop.hospital, rules=rules, now=moments.wall, now_utc=moments.at, rng=moments.rng)
    try:
        answer = thd_sell(conn, vault, terms, [wish])[0]
    except IntegrityError:  # he books it himself at this moment
        raise TryAgain from None
    if not isinstance(answer, Held):
        return None
    _thd_as_offer(conn, stop, row, card.id, answer.booking.code, moments)
    return OfferedBack(booking=answer.booking, until=answer.until)


def _thd_as_offer(  # noqa: PLR0917 - one step of an offer, all of it named there
    conn: Connection, stop: Stop, row: Any, doctor_id: int, code: str, moments: Moments
) -> None:
    held = conn.execute(_MADE, {"hospital": stop.hospital, "code": code}).scalar_one()
    here = {"hospital": stop.hospital, "patient": row.patient_id, "session": stop.session, "booking": held}
    waiter = conn.execute(_WAITS, here).scalar_one_or_none()
    if waiter is not None:  # he has put himself on the list since: that place is what is answered
        if conn.execute(_OFFERED, {**here, "waiter": waiter}).rowcount != 1:
            raise TryAgain
        conn.execute(_FOR_HIM, {"hospital": stop.hospital, "booking": held, "waiter": waiter})
        return
    values = {
        "hospital_id": stop.hospital,
        "session_id": stop.session,
        "doctor_id": doctor_id,
        "patient_id": row.patient_id,
        "phone_print": row.phone_print,
        "phone_sealed": row.phone_sealed,
        "channel": row.channel,
        "status": "offered",
        "live": 1,
        "appointment_id": held,
        "request_key": f"stop-back:{stop.id}:{row.id}",
        "created_at": moments.at,
    }
    try:
        waiter = conn.execute(insert(waiting).returning(waiting.c.id), values).scalar_one()
    except IntegrityError:  # offered beside us
        raise TryAgain from None
    conn.execute(_FOR_HIM, {"hospital": stop.hospital, "booking": held, "waiter": waiter})
