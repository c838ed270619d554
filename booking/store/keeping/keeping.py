"""Bookings that stand: a caller's own, and giving one back.

Law of this module: whose a booking is, ``booking.store.keeping.owning`` says. A cancel that the rules allow ends the booking
(``booking.store.keeping.ending``), is told to patient and doctor and counted as the rules say, in one transaction.
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, bindparam, func, select, union

from booking.clock import on_wall
from booking.keeping_outcomes import Cancelled, CancelOutcome, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.requests import Caller, CancelBooking, Channel
from booking.rules.cancelling import cancel_ruling, cancel_until
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import CancelRuling, Reason, Ruling
from booking.store.conduct.behaviour import Entered, thd_enter, thd_judge
from booking.store.keeping.ending import Ended, Ending, thd_end_as
from booking.store.keeping.owning import BY_PATIENT, BY_PHONE, thd_own, thd_who
from booking.store.mail import letters
from booking.store.mail.post import thd_post
from booking.store.roster.pictures import (
    DOCTOR_COLUMNS,
    DOCTOR_FROM,
    booking_view,
    bookings,
    doctor_view,
    offer_of,
    thd_letterhead,
)
from booking.store.schema import appointment, doctor, slot
from booking.store.stops.choices import thd_given_back
from booking.store.stops.plans import Moments
from booking.vault import Vault
from booking.views import BookingView, DoctorView

_HERE = appointment.c.hospital_id == bindparam("hospital")
_THOSE = (_HERE, appointment.c.id.in_(bindparam("ids", expanding=True)))

# Made from his phone, or for one of his patients: two looks into an index. For an OR both engines read all bookings.
_LIVE_IDS = union(
    *(select(appointment.c.id).where(_HERE, whose, appointment.c.live == 1) for whose in (BY_PHONE, BY_PATIENT))
)
_LATEST_IDS = union(*(select(func.max(appointment.c.id)).where(_HERE, whose) for whose in (BY_PHONE, BY_PATIENT)))
_COMING = bookings().where(*_THOSE, slot.c.start > bindparam("now")).order_by(slot.c.start, appointment.c.id)
_LATEST = (
    select(*DOCTOR_COLUMNS)
    .select_from(appointment.join(DOCTOR_FROM, doctor.c.id == appointment.c.doctor_id))
    .where(*_THOSE)
    .order_by(appointment.c.id.desc())
    .limit(1)
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
    row = thd_own(conn, vault, caller, code)
    return NoSuchBooking(code=code) if row is None else booking_view(vault, row)


def thd_cancel(
    conn: Connection, vault: Vault, rules: RuleBook, request: CancelBooking, moments: tuple[datetime, datetime]
) -> CancelOutcome:
    """Give the booking back; ``moments`` are now on the hospital's wall and in UTC. Cancelling twice is cancelling once.

    A held number is let go: that is no cancel, nothing was confirmed and nothing counts. Nor does what is given back under a
    notice of another doctor, time or room that waits for an answer.
    """
    caller = request.caller
    row = thd_own(conn, vault, caller, request.code)
    if row is None:
        return NoSuchBooking(code=request.code)
    if row.status == "cancelled":
        return Cancelled(booking=booking_view(vault, row), again=True)
    if row.status == "held":
        return Cancelled(booking=_thd_ended(conn, vault, row, caller, rules, moments).booking)
    if row.status == "booked":
        told = Moments(at=moments[1], wall=moments[0], by=caller.channel, trace=caller.trace)
        given_back = thd_given_back(conn, vault, rules, caller, request.code, told)
        if given_back is not None:
            return Cancelled(booking=given_back.booking)
    ruling = _cancel_ruling(rules, row, caller, moments[0])
    if not ruling.ruling.allowed:
        return refused_cancel(
            booking_view(vault, row), ruling.ruling, cancel_until(rules, offer_of(row), caller.channel)
        )
    ended = _thd_ended(conn, vault, row, caller, rules, moments)
    thd_count(conn, vault, rules, caller.hospital, ended, ruling.counts_as, moments)
    head = thd_letterhead(conn, caller.hospital)
    thd_post(conn, vault, caller.hospital, letters.cancelled(head, ended.parties_beside(caller.phone)), moments[1])
    return Cancelled(booking=ended.booking)


def refused_cancel(booking: BookingView, ruling: Ruling, until: datetime | None) -> TooLateToCancel | NeverCancelled:
    """The refusal that a ruling against a cancel is; ``until`` is when it ceased to be possible."""
    if ruling.reason is Reason.NEVER_CANCELLED:
        return NeverCancelled(booking=booking)
    return TooLateToCancel(booking=booking, until=until)


def ending_by(
    caller: Caller,
    rules: RuleBook,
    moments: tuple[datetime, datetime],
    *,
    by: str | None = None,
    rng: random.Random | None = None,
) -> Ending:
    """An ending that this caller asks for."""
    wall, at = moments
    by = by or ("agent" if caller.channel is Channel.AGENT else "patient")
    who = {"by": by, "actor": caller.channel, "trace": caller.trace}
    return Ending(**who, at=at, wall=wall, rules=rules, rng=rng or random.SystemRandom())


def thd_count(  # noqa: PLR0917 - one step of a cancel, all of it named there
    conn: Connection,
    vault: Vault,
    rules: RuleBook,
    hospital_id: int,
    ended: Ended,
    counts_as: str | None,
    moments: tuple[datetime, datetime],
) -> None:
    """Enter the cancel in the patient's conduct, once: rules of tomorrow may count it. If those of today do, draw the consequences."""
    wall, at = moments
    kind = counts_as or ("same-day-cancel" if ended.offer.day == wall.date() else "cancel")
    thd_enter(conn, hospital_id, [Entered(appointment_id=ended.appointment_id, kind=kind)], wall)
    if counts_as is not None:
        thd_judge(conn, vault, rules, hospital_id, [ended.patient_id], wall, at)


def _cancel_ruling(rules: RuleBook, row: Any, caller: Caller, wall: datetime) -> CancelRuling:
    if row.status != "booked":  # he has arrived, or the visit has passed
        return CancelRuling(ruling=Ruling(reason=Reason.TOO_LATE_TO_CANCEL, rule="status"))
    return cancel_ruling(rules, offer_of(row), caller.channel, wall, booked_at=on_wall(row.created_at))


def _thd_ended(  # noqa: PLR0917 - one step of a cancel, all of it named there
    conn: Connection,
    vault: Vault,
    row: Any,
    caller: Caller,
    rules: RuleBook,
    moments: tuple[datetime, datetime],
) -> Ended:
    return thd_end_as(conn, vault, caller.hospital, row.id, row.status, ending_by(caller, rules, moments))


def _thd_those(conn: Connection, vault: Vault, caller: Caller, ids: CompoundSelect[int]) -> dict[str, Any]:
    """The caller's bookings that ``ids`` finds."""
    found = conn.execute(ids, thd_who(conn, vault, caller)).scalars()
    return {"hospital": caller.hospital, "ids": [booking for booking in found if booking is not None]}
