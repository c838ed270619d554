"""Numbers held for somebody who decides or pays: confirmed, or over.

Law of this module: a hold ends once. Confirming deletes the ``hold`` row and moves ``held`` to ``booked`` by row count; expiry
ends only what is still ``held`` (``booking.store.keeping.ending``): of two at one moment exactly one wins. The texts of a booking go out
when it is confirmed, never before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from booking import offers
from booking.keeping_outcomes import ConfirmOutcome, HoldOver, NoSuchBooking, NotPaidYet
from booking.outcomes import Booked
from booking.requests import ConfirmBooking
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ended, Ending, thd_end
from booking.store.keeping.owning import thd_own
from booking.store.mail import letters
from booking.store.mail.letters import Parties, phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.money.charging import thd_awaits_payment
from booking.store.roster.pictures import booking_view, bookings, thd_letterhead
from booking.store.schema import appointment, hold, waiting
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView

EXPIRE_MOST = 100

_HERE = appointment.c.hospital_id == bindparam("hospital")
_ONE = bookings().where(_HERE, appointment.c.id == bindparam("row_id"))
_TAKE = delete(hold).where(
    hold.c.hospital_id == bindparam("hospital"),
    hold.c.appointment_id == bindparam("row_id"),
    hold.c.until_at > bindparam("now"),
)
_CONFIRM = (
    update(appointment)
    .where(_HERE, appointment.c.id == bindparam("row_id"), appointment.c.status == "held", appointment.c.live == 1)
    .values(status="booked")
)
_WON = (
    update(waiting)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.appointment_id == bindparam("row_id"),
        waiting.c.status == "offered",
    )
    .values(status="won", live=None)
)
_WAITS_NO_MORE = (
    update(waiting)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.patient_id == bindparam("patient"),
        waiting.c.session_id == bindparam("session"),
        waiting.c.live == 1,
        waiting.c.status == "waiting",
    )
    .values(status="left", live=None)
)
_OVER = (
    select(hold.c.appointment_id, hold.c.waiting_id)
    .where(hold.c.hospital_id == bindparam("hospital"), hold.c.until_at <= bindparam("now"))
    .order_by(hold.c.until_at)
    .limit(EXPIRE_MOST)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """Who confirms: the phone that asks (None: nobody's, a payment came in), actor and trace for the audit, now in UTC."""

    asking: str | None
    actor: str
    trace: str
    at: datetime


def thd_confirm(conn: Connection, vault: Vault, request: ConfirmBooking, at: datetime) -> ConfirmOutcome:
    """The caller wants the number that is held for him. Confirming twice is confirming once."""
    caller = request.caller
    row = thd_own(conn, vault, caller, request.code)
    if row is None:
        return NoSuchBooking(code=request.code)
    if row.status == "held" and thd_awaits_payment(conn, caller.hospital, row.id):
        return NotPaidYet(booking=booking_view(vault, row))
    confirming = Confirming(asking=caller.phone, actor=caller.channel, trace=caller.trace, at=at)
    return _thd_settled(conn, vault, caller.hospital, row, confirming)


def thd_confirm_held(
    conn: Connection, vault: Vault, hospital_id: int, appointment_id: int, confirming: Confirming
) -> Booked | HoldOver:
    """The same for a caller that knows the appointment: what a payment does, and a yes to an offer."""
    row = conn.execute(_ONE, {"hospital": hospital_id, "row_id": appointment_id}).one()
    return _thd_settled(conn, vault, hospital_id, row, confirming)


def thd_expire_holds(conn: Connection, vault: Vault, hospital_id: int, ending: Ending) -> int:
    """End up to 100 holds whose time is over; how many. Their numbers are offered on, and who held them is told."""
    rows = conn.execute(_OVER, {"hospital": hospital_id, "now": ending.at}).all()
    ended = thd_end(conn, vault, hospital_id, [row.appointment_id for row in rows], ending, only_held=True)
    if ended:
        offered = {row.appointment_id for row in rows if row.waiting_id is not None}
        head = thd_letterhead(conn, hospital_id)
        texts = [text for each in ended for text in _lapsed(head, each, waited=each.appointment_id in offered)]
        thd_post(conn, vault, hospital_id, texts, ending.at)
    return len(ended)


def _thd_settled(
    conn: Connection, vault: Vault, hospital_id: int, row: Any, confirming: Confirming
) -> Booked | HoldOver:
    booking = booking_view(vault, row)
    if row.status == "cancelled":
        return HoldOver(booking=booking)
    if row.status != "held":
        return Booked(booking=booking, again=True)
    this = {"hospital": hospital_id, "row_id": row.id}
    if conn.execute(_CONFIRM, this).rowcount != 1:
        raise TryAgain  # expired or confirmed beside us: the next run reads it so
    if conn.execute(_TAKE, {**this, "now": confirming.at}).rowcount != 1:
        return _thd_too_late(conn, this, booking)
    conn.execute(_WON, this)
    conn.execute(_WAITS_NO_MORE, {"hospital": hospital_id, "patient": row.patient_id, "session": row.session_id})
    booking = replace(booking, status="booked")
    _thd_tell(conn, vault, hospital_id, row, booking, confirming)
    thd_note(conn, _note(hospital_id, row, confirming))
    return Booked(booking=booking)


def _thd_too_late(conn: Connection, this: dict[str, Any], booking: BookingView) -> HoldOver:
    """Its time is over though the job has not come yet: held it stays, until the job ends it."""
    back = update(appointment).where(_HERE, appointment.c.id == bindparam("row_id")).values(status="held")
    conn.execute(back, this)
    return HoldOver(booking=booking)


def _thd_tell(  # noqa: PLR0917 - one step of a confirmation, all of it named there
    conn: Connection, vault: Vault, hospital_id: int, row: Any, booking: BookingView, confirming: Confirming
) -> None:
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    registered = thd_registered_phones(conn, vault, hospital_id, [row.patient_id]).get(row.patient_id, ())
    parties = Parties(
        appointment_id=row.id,
        booking=booking,
        patient_phones=phones_to_tell(confirming.asking, held, registered),
        doctor_phone=None if row.doctor_phone_sealed is None else vault.open(row.doctor_phone_sealed),
    )
    head = thd_letterhead(conn, hospital_id)
    thd_post(conn, vault, hospital_id, letters.booked(head, parties), confirming.at)


def _lapsed(head: Letterhead, ended: Ended, *, waited: bool) -> Sequence[OutgoingText]:
    words = offers.offer_lapsed if waited else offers.hold_lapsed
    return [
        OutgoingText(
            to=phone,
            body=words(head, ended.booking),
            kind="offer-over",
            lane=NOTICES,
            dedupe=f"offer-over:{ended.appointment_id}" + (f":{nth}" if nth else ""),
            appointment_id=ended.appointment_id,
        )
        for nth, phone in enumerate(ended.parties.patient_phones)
    ]


def _note(hospital_id: int, row: Any, confirming: Confirming) -> Note:
    return Note(
        hospital=hospital_id,
        at=confirming.at,
        action="confirmed",
        subject="appointment",
        subject_id=row.id,
        actor=confirming.actor,
        trace=confirming.trace,
        detail=f"slot={row.slot_id}",
    )
