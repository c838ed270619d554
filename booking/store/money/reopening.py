"""A number that was held, or whose hold ran out, is the payer's because he has paid.

Law of this module: a number is taken back by the row count of a conditional update, never by an earlier read. How a hold becomes
a booking, with its texts, is ``holding``'s; a payment that came while the number was still held counts, even past the hold's time.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.keeping.holding import Confirming, thd_confirm_held
from booking.store.money.tickets import Ticket
from booking.store.money.turn import Turn
from booking.store.schema import appointment, hold, slot
from booking.vault import Vault

_MOMENT = timedelta(minutes=1)
_LENGTHEN = (
    update(hold)
    .where(hold.c.hospital_id == bindparam("hospital"), hold.c.appointment_id == bindparam("booking"))
    .values(until_at=bindparam("until"))
)
_RETAKE = (
    update(slot)
    .where(slot.c.id == bindparam("row_id"), slot.c.taken == 0, slot.c.stop_id.is_(None), slot.c.pool != "withheld")
    .values(taken=1)
)
_OTHER = select(appointment.c.id).where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.patient_id == bindparam("patient"),
    appointment.c.session_id == bindparam("session"),
    appointment.c.live == 1,
)
_REVIVE = (
    update(appointment)
    .where(appointment.c.id == bindparam("row_id"), appointment.c.live.is_(None), appointment.c.ended_by == "expired")
    .values(live=1, status="held", cancelled_at=None, ended_by=None)
)


def thd_stand(conn: Connection, vault: Vault, turn: Turn, ticket: Ticket) -> None:
    """The held number is a booking now, and everybody is told."""
    until = {"hospital": turn.hospital, "booking": ticket.appointment_id, "until": turn.at + _MOMENT}
    if conn.execute(_LENGTHEN, until).rowcount != 1:
        raise TryAgain  # confirmed or ended beside us
    confirming = Confirming(asking=None, actor=turn.clerk or turn.actor or "payments", trace=turn.trace, at=turn.at)
    thd_confirm_held(conn, vault, turn.hospital, ticket.appointment_id, confirming)


def thd_reopen(conn: Connection, turn: Turn, ticket: Ticket) -> bool:
    """Hold the number again for the payer of an expired hold, if it is free, still to come, and he has no other there."""
    who = {"hospital": turn.hospital, "patient": ticket.patient_id, "session": ticket.session_id}
    if ticket.offer.stopped or ticket.offer.start <= turn.wall or conn.execute(_OTHER, who).first() is not None:
        return False
    if conn.execute(_RETAKE, {"row_id": ticket.slot_id}).rowcount != 1:
        return False
    try:
        revived = conn.execute(_REVIVE, {"row_id": ticket.appointment_id}).rowcount
    except IntegrityError:  # he, or somebody else, got a booking there beside us
        raise TryAgain from None
    if revived != 1:
        raise TryAgain
    held = {"hospital_id": turn.hospital, "appointment_id": ticket.appointment_id, "until_at": turn.at + _MOMENT}
    conn.execute(insert(hold), held)
    thd_note(conn, _note(turn, ticket))
    return True


def _note(turn: Turn, ticket: Ticket) -> Note:
    return Note(
        hospital=turn.hospital,
        at=turn.at,
        action="reopened",
        subject="appointment",
        subject_id=ticket.appointment_id,
        actor=turn.actor or "payments",
        trace=turn.trace,
        detail=f"slot={ticket.slot_id}",
    )
