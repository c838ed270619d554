"""A booking moved to another time, in one transaction: the old number is released only when the new one is won.

Law of this module: the old booking ends (``changed``, which counts for nothing) and the new one is sold by the till's own judge, so
that limits are judged without the old one; when the new number is not to be had, ``NotMoved`` undoes all of it. The code stays
the patient's: it moves to the new appointment, which remembers in ``moved_from`` whose place it took, and the old one is left a
fresh code that nobody was told. What was paid goes along (``money.carrying``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from booking import offers
from booking.keeping_outcomes import Changed, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import Booked, Held
from booking.requests import BookSlot, Caller, ChangeBooking, Known
from booking.rules.cancelling import cancel_until, change_ruling
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.store.audit import Note, thd_note
from booking.store.keeping.ending import Ended, thd_end_as
from booking.store.keeping.keeping import ending_by, refused_cancel
from booking.store.keeping.owning import thd_own
from booking.store.mail import letters
from booking.store.mail.letters import Parties
from booking.store.mail.post import ANSWERS, NOTICES, OutgoingText, thd_post
from booking.store.money.carrying import thd_carry
from booking.store.money.turn import Turn
from booking.store.roster.pictures import booking_view, bookings, offer_of, thd_doctors, thd_letterhead
from booking.store.schema import appointment, hold, patient, slot
from booking.store.selling.codes import thd_fresh_codes
from booking.store.selling.judging import Answer
from booking.store.selling.selling import thd_sell
from booking.store.selling.shelf import thd_shelf
from booking.store.selling.terms import Terms
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView

Moved = Changed | NoSuchBooking | TooLateToCancel | NeverCancelled

_HERE = appointment.c.hospital_id == bindparam("hospital")
_BY_KEY = bookings().where(_HERE, appointment.c.request_key == bindparam("key"))
_BY_ID = bookings().where(_HERE, appointment.c.id == bindparam("row_id"))
_BEFORE = select(appointment.c.moved_from).where(_HERE, appointment.c.id == bindparam("row_id"))
_LOCK_PATIENT = select(patient.c.id).where(patient.c.id == bindparam("row_id")).with_for_update()
# Patient first, then all numbers that may change hands, in id order: two that swap never wait for each other in a ring.
_LOCK_SLOTS = (
    select(slot.c.id)
    .where(
        (slot.c.id == bindparam("old"))
        | (
            (slot.c.hospital_id == bindparam("hospital"))
            & (slot.c.doctor_id == bindparam("doctor"))
            & (slot.c.start == bindparam("at"))
        )
    )
    .order_by(slot.c.id)
    .with_for_update()
)
_RECODE = update(appointment).where(_HERE, appointment.c.id == bindparam("row_id")).values(code=bindparam("new_code"))

_STAND = update(appointment).where(_HERE, appointment.c.id == bindparam("row_id")).values(status="booked")
_NO_HOLD = delete(hold).where(hold.c.hospital_id == bindparam("hospital"), hold.c.appointment_id == bindparam("row_id"))

_STAYS = frozenset({Reason.TOO_LATE_TO_CANCEL, Reason.NEVER_CANCELLED})
"""The old booking cannot be moved, wherever to: that is told first, or the patient would look for a time in vain."""


class NotMoved(Exception):
    """The new number is not to be had: the transaction is undone, the old booking stands. ``answer`` says why."""

    def __init__(self, answer: Answer | TooLateToCancel | NeverCancelled) -> None:
        super().__init__(type(answer).__name__)
        self.answer = answer


def thd_change(conn: Connection, vault: Vault, terms: Terms, request: ChangeBooking) -> Moved:
    """Move the caller's booking. The same key again, or the time that it has, is answered with the booking as it stands."""
    done = conn.execute(_BY_KEY, {"hospital": terms.hospital, "key": request.key}).one_or_none()
    if done is not None:
        return _thd_done(conn, vault, terms.hospital, done)
    old = thd_own(conn, vault, request.caller, request.code)
    if old is None or old.status == "cancelled":
        return NoSuchBooking(code=request.code)
    before, number = booking_view(vault, old), request.doctor or old.number
    if old.start == request.start and old.number == number:
        return Changed(booking=before, before=before, again=True)
    if old.status != "booked":
        return TooLateToCancel(booking=before)
    ruling = _thd_ruling(conn, terms, request, old, number)
    if ruling.reason in _STAYS:
        return _refused(terms, request, old, before, ruling)
    ended, new = _thd_swap(conn, vault, terms, request, old, number)
    if not ruling.allowed:  # the till would sell it, but not to somebody who moves
        raise NotMoved(_refused(terms, request, old, before, ruling))
    return _thd_moved(conn, vault, terms, request, ended, new)


def _refused(
    terms: Terms, request: ChangeBooking, old: Any, before: BookingView, ruling: Ruling
) -> TooLateToCancel | NeverCancelled:
    return refused_cancel(before, ruling, cancel_until(terms.rules, offer_of(old), request.caller.channel))


def _thd_done(conn: Connection, vault: Vault, hospital_id: int, done: Any) -> Changed:
    moved_from = conn.execute(_BEFORE, {"hospital": hospital_id, "row_id": done.id}).scalar_one()
    before = conn.execute(_BY_ID, {"hospital": hospital_id, "row_id": moved_from or done.id}).one()
    booking = booking_view(vault, done)
    return Changed(booking=booking, before=replace(booking_view(vault, before), code=booking.code), again=True)


def _thd_ruling(conn: Connection, terms: Terms, request: ChangeBooking, old: Any, number: str) -> Ruling:
    card = thd_doctors(conn, terms.hospital, [number]).get(number)
    wish: dict[str, Any] = {
        "hospital": terms.hospital,
        "doctor": 0 if card is None else card.id,
        "at": request.start,
    }
    conn.execute(_LOCK_PATIENT, {"row_id": old.patient_id})
    conn.execute(_LOCK_SLOTS, {**wish, "old": old.slot_id})
    asked = (wish["doctor"], request.start)
    found = thd_shelf(conn, terms.hospital, [asked]).get(asked)
    new = offer_of(old) if found is None else found[0].offer
    ruling = change_ruling(terms.rules, offer_of(old), new, request.caller.channel, terms.now)
    if found is None and ruling.reason not in _STAYS:  # no such doctor or time: the till finds the words
        return ALLOWED
    return ruling


def _thd_swap(  # noqa: PLR0917 - one step of a change, all of it named there
    conn: Connection, vault: Vault, terms: Terms, request: ChangeBooking, old: Any, number: str
) -> tuple[Ended, BookingView]:
    caller = request.caller
    ending = ending_by(caller, terms.rules, (terms.now, terms.now_utc), by="changed", rng=terms.rng)
    ended = thd_end_as(conn, vault, terms.hospital, old.id, old.status, ending)
    wish = BookSlot(
        caller=caller,
        doctor=number,
        start=request.start,
        who=Known(old.patient_id),
        key=request.key,
        instead_of=old.id,
    )
    answer = thd_sell(conn, vault, terms, [wish])[0]
    if isinstance(answer, Held):  # to be paid for: who moves must not lose both numbers, so that it stands and is owed
        _thd_stand(conn, terms.hospital, request.key)
    elif not isinstance(answer, Booked):
        raise NotMoved(answer)
    row = conn.execute(_BY_KEY, {"hospital": terms.hospital, "key": request.key}).one()
    thd_carry(conn, _turn(vault, terms, caller), old.id, row.id)
    return ended, replace(answer.booking, status="booked")


def _turn(vault: Vault, terms: Terms, caller: Caller) -> Turn:
    return Turn(
        hospital=terms.hospital,
        at=terms.now_utc,
        wall=terms.now,
        rules=terms.rules,
        trace=caller.trace,
        actor=caller.channel,
        vault=vault,
    )


def _thd_stand(conn: Connection, hospital_id: int, key: str) -> None:
    row = conn.execute(_BY_KEY, {"hospital": hospital_id, "key": key}).one()
    conn.execute(_STAND, {"hospital": hospital_id, "row_id": row.id})
    conn.execute(_NO_HOLD, {"hospital": hospital_id, "row_id": row.id})


def _thd_moved(  # noqa: PLR0917 - one step of a change, all of it named there
    conn: Connection, vault: Vault, terms: Terms, request: ChangeBooking, ended: Ended, new: BookingView
) -> Changed:
    here = {"hospital": terms.hospital}
    row = conn.execute(_BY_KEY, {**here, "key": request.key}).one()
    spare = thd_fresh_codes(conn, terms.hospital, terms.rng, 1)[0]
    conn.execute(_RECODE, {**here, "row_id": ended.appointment_id, "new_code": spare})
    conn.execute(_RECODE, {**here, "row_id": row.id, "new_code": request.code})
    booking = replace(new, code=request.code)
    moved = Changed(booking=booking, before=replace(ended.booking, status="cancelled"))
    doctor_phone = None if row.doctor_phone_sealed is None else vault.open(row.doctor_phone_sealed)
    parties = replace(
        ended.parties_beside(request.caller.phone),
        appointment_id=row.id,
        booking=booking,
        doctor_phone=doctor_phone,
    )
    head = thd_letterhead(conn, terms.hospital)
    thd_post(conn, vault, terms.hospital, _texts(head, moved, parties, ended), terms.now_utc)
    thd_note(conn, _note(request, row, ended, terms.now_utc))
    return moved


def _texts(head: Letterhead, moved: Changed, parties: Parties, ended: Ended) -> list[OutgoingText]:
    words = offers.changed(head, moved.booking, moved.before)
    found = [
        OutgoingText(
            to=phone,
            body=words,
            kind="changed",
            lane=ANSWERS,
            dedupe=f"changed:{parties.appointment_id}" + (f":{nth}" if nth else ""),
            appointment_id=parties.appointment_id,
        )
        for nth, phone in enumerate(parties.patient_phones)
    ]
    if moved.before.doctor.number != moved.booking.doctor.number:
        news, lost = replace(parties, patient_phones=()), replace(ended.parties, patient_phones=())
        return [*found, *letters.booked(head, news), *letters.cancelled(head, lost)]
    if parties.doctor_phone is not None:
        found.append(
            OutgoingText(
                to=parties.doctor_phone,
                body=offers.doctor_changed(head, moved.booking, moved.before),
                kind="doctor-changed",
                lane=NOTICES,
                dedupe=f"doctor-changed:{parties.appointment_id}",
                appointment_id=parties.appointment_id,
            )
        )
    return found


def _note(request: ChangeBooking, row: Any, ended: Ended, at: datetime) -> Note:
    return Note(
        hospital=request.caller.hospital,
        at=at,
        action="changed",
        subject="appointment",
        subject_id=row.id,
        actor=request.caller.channel,
        trace=request.caller.trace,
        detail=f"from={ended.appointment_id} slot={row.slot_id}",
    )
