"""What a patient answers to a stop's notice: looked up by his phone and code, recorded once, changed while that is possible.

Law of this module: a notice is answered only by whom the booking belongs to (``booking.store.keeping.owning``), before the visit's time
and while the stop stands. A choice changes by the row count of its update. Giving back under a notice is the hospital's doing:
no deadline holds, nothing is counted. To keep a number that was only offered is to take it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, select, union, update

from booking.keeping_outcomes import HoldOver
from booking.requests import Caller
from booking.rules.rulebook import RuleBook
from booking.stop_clinic import CHOICES, RELEASE, Choice, ChoiceTooLate, Chosen, NothingToChoose, OpenNotice
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ending, thd_end_as
from booking.store.keeping.holding import Confirming, thd_confirm_held
from booking.store.mail import letters
from booking.store.mail.post import thd_post
from booking.store.money.charging import thd_charge_taken
from booking.store.roster.pictures import booking_view, bookings, thd_letterhead
from booking.store.schema import appointment, audit, clinic_stop, doctor, hold, phone_patient, slot, stop_notice
from booking.store.stops.plans import Moments
from booking.vault import Vault
from booking.views import BookingView

_HIS_PATIENTS = select(phone_patient.c.patient_id).where(
    phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.phone_print == bindparam("phone")
)
_HERE = appointment.c.hospital_id == bindparam("hospital")
_COMING = (_HERE, appointment.c.day >= bindparam("today"))
_HIS = union(
    select(appointment.c.id).where(*_COMING, appointment.c.phone_print == bindparam("phone")),
    select(appointment.c.id).where(*_COMING, appointment.c.patient_id.in_(bindparam("patients", expanding=True))),
)
_STANDING = (
    bookings()
    .add_columns(
        stop_notice.c.id.label("notice_id"),
        stop_notice.c.stop_id.label("notice_stop"),
        stop_notice.c.choice,
        stop_notice.c.created_at.label("asked_at"),
        clinic_stop.c.action,
        clinic_stop.c.old_doctor_id,
    )
    .join(
        stop_notice,
        and_(stop_notice.c.hospital_id == appointment.c.hospital_id, stop_notice.c.appointment_id == appointment.c.id),
    )
    .join(clinic_stop, clinic_stop.c.id == stop_notice.c.stop_id)
    .where(
        _HERE,
        appointment.c.id.in_(bindparam("ids", expanding=True)),
        stop_notice.c.back_at.is_(None),
        clinic_stop.c.status.in_(("approved", "done")),
    )
    .order_by(stop_notice.c.id.desc())
)
_OPEN = _STANDING.where(stop_notice.c.choice == "none", slot.c.start > bindparam("wall")).limit(8)
_ANSWERED = select(audit.c.subject_id).where(
    audit.c.hospital_id == bindparam("hospital"),
    audit.c.subject == "appointment",
    audit.c.subject_id.in_(bindparam("ids", expanding=True)),
    audit.c.action == "stop-choice",
    audit.c.trace == bindparam("trace"),
)
_OF_CODE = _STANDING.where(appointment.c.code == bindparam("code")).limit(1)
_CHOOSE = (
    update(stop_notice)
    .where(stop_notice.c.id == bindparam("row_id"), stop_notice.c.choice == bindparam("was"))
    .values(
        choice=bindparam("becomes"),
        chosen_at=bindparam("at"),
        phone_state=case((stop_notice.c.phone_state == "due", "done"), else_=stop_notice.c.phone_state),
    )
)
_OFFERED = select(hold.c.appointment_id).where(
    hold.c.hospital_id == bindparam("hospital"),
    hold.c.appointment_id == bindparam("row_id"),
    hold.c.waiting_id.is_not(None),
)
_BY_KEY = select(appointment.c.patient_id).where(_HERE, appointment.c.request_key == bindparam("key"))
_NUMBER = select(doctor.c.number).where(
    doctor.c.hospital_id == bindparam("hospital"), doctor.c.id == bindparam("doctor")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """He wants another time: whom to look for (the doctor whom he had booked first) and for whom to book."""

    booking: BookingView
    patient: int
    doctor: str


def thd_open_notice(conn: Connection, vault: Vault, caller: Caller, wall: datetime) -> OpenNotice | None:
    """The latest notice of the caller's bookings that nobody has answered; what was given back or has begun asks nothing any more.

    The one that this very request has answered already, before a crash, comes first.
    """
    ids = _thd_his(conn, vault, caller, wall)
    if not ids:
        return None
    by_this = {"hospital": caller.hospital, "ids": ids, "trace": caller.trace}
    answered = conn.execute(_ANSWERED, by_this).scalars().all()
    if answered:
        row = conn.execute(_STANDING.limit(1), {"hospital": caller.hospital, "ids": list(answered)}).one_or_none()
        return None if row is None else _open(vault, row)
    rows = conn.execute(_OPEN, {"hospital": caller.hospital, "ids": ids, "wall": wall})
    return next((_open(vault, row) for row in rows if row.action == RELEASE or row.live is not None), None)


def thd_choose(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, caller: Caller, code: str, choice: Choice, moments: Moments
) -> Chosen | Wanted | NothingToChoose | ChoiceTooLate:
    """Record what was chosen and do it. Rebooking is recorded when another number is booked (``thd_rebooked``)."""
    row = _thd_of_code(conn, vault, caller, code, moments.wall)
    if row is None or choice not in CHOICES[row.action]:
        return NothingToChoose()
    view = booking_view(vault, row)
    if row.choice == choice and choice is not Choice.REBOOK:
        return Chosen(choice=choice, booking=view, again=True)
    if row.start <= moments.wall or row.choice == Choice.REBOOK or (row.action != RELEASE and row.live is None):
        return ChoiceTooLate(booking=view)
    if choice is Choice.REBOOK:
        number = conn.execute(_NUMBER, {"hospital": caller.hospital, "doctor": row.old_doctor_id}).scalar_one()
        return Wanted(booking=view, patient=row.patient_id, doctor=number)
    if choice is Choice.GIVE_BACK and row.action != RELEASE:
        view = _thd_give_back(conn, vault, rules, caller, row, moments)
    if choice is Choice.KEEP and row.status == "held":
        kept = _thd_take(conn, vault, rules, caller, row, moments)
        if isinstance(kept, HoldOver):
            return ChoiceTooLate(booking=view)
        view = kept or view
    _thd_record(conn, caller, row, choice, moments)
    return Chosen(choice=choice, booking=view)


def thd_given_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, caller: Caller, code: str, moments: Moments
) -> Chosen | None:
    """Give the booking back under its notice that nobody has answered yet; None when it has no such notice."""
    row = _thd_of_code(conn, vault, caller, code, moments.wall)
    if row is None or row.action == RELEASE or row.choice != "none" or row.start <= moments.wall:
        return None
    chosen = thd_choose(conn, vault, rules, caller, code, Choice.GIVE_BACK, moments)
    return chosen if isinstance(chosen, Chosen) else None


def thd_rebooked(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, caller: Caller, code: str, moments: Moments
) -> bool:
    """Another number was booked under the notice: record it, and end the booking that stood. Again changes nothing."""
    row = _thd_of_code(conn, vault, caller, code, moments.wall)
    if row is None or row.choice == Choice.REBOOK:
        return False
    if row.live is not None:
        _thd_give_back(conn, vault, rules, caller, row, moments)
    _thd_record(conn, caller, row, Choice.REBOOK, moments)
    return True


def thd_booked_for(conn: Connection, hospital_id: int, key: str) -> int | None:
    """Whom the request of this key has booked for already."""
    found: int | None = conn.execute(_BY_KEY, {"hospital": hospital_id, "key": key}).scalar_one_or_none()
    return found


def _thd_take(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, caller: Caller, row: Any, moments: Moments
) -> BookingView | HoldOver | None:
    """The number that was offered to him is booked, as by a yes; None: he holds it for another reason, to pay for it perhaps."""
    if conn.execute(_OFFERED, {"hospital": caller.hospital, "row_id": row.id}).first() is None:
        return None
    confirming = Confirming(asking=caller.phone, actor=caller.channel, trace=caller.trace, at=moments.at)
    taken = thd_confirm_held(conn, vault, caller.hospital, row.id, confirming)
    if isinstance(taken, HoldOver):
        return taken
    thd_charge_taken(conn, caller.hospital, row.id, rules, moments.at)
    return taken.booking


def _thd_give_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, caller: Caller, row: Any, moments: Moments
) -> BookingView:
    ending = Ending(
        by="hospital", actor=caller.channel, trace=caller.trace, at=moments.at, wall=moments.wall, rules=rules
    )
    ended = thd_end_as(conn, vault, caller.hospital, row.id, row.status, ending)
    head = thd_letterhead(conn, caller.hospital)
    parties = ended.parties_beside(caller.phone)
    thd_post(conn, vault, caller.hospital, letters.cancelled(head, parties), moments.at)
    return ended.booking


def _thd_record(conn: Connection, caller: Caller, row: Any, choice: Choice, moments: Moments) -> None:
    values = {"row_id": row.notice_id, "was": row.choice, "becomes": str(choice), "at": moments.at}
    if conn.execute(_CHOOSE, values).rowcount != 1:
        raise TryAgain  # chosen beside us
    note = Note(
        hospital=caller.hospital,
        at=moments.at,
        action="stop-choice",
        subject="appointment",
        subject_id=row.id,
        actor=caller.channel,
        trace=caller.trace,
        detail=f"stop={row.notice_stop} choice={choice}",
    )
    thd_note(conn, note)


def _thd_of_code(conn: Connection, vault: Vault, caller: Caller, code: str, wall: datetime) -> Any | None:
    ids = _thd_his(conn, vault, caller, wall)
    if not ids:
        return None
    return conn.execute(_OF_CODE, {"hospital": caller.hospital, "ids": ids, "code": code}).one_or_none()


def _thd_his(conn: Connection, vault: Vault, caller: Caller, wall: datetime) -> list[int]:
    if caller.phone is None:
        return []
    who: dict[str, Any] = {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone), "today": wall.date()}
    patients = list(conn.execute(_HIS_PATIENTS, who).scalars())
    return list(conn.execute(_HIS, {**who, "patients": patients}).scalars())


def _open(vault: Vault, row: Any) -> OpenNotice:
    return OpenNotice(
        stop=row.notice_stop,
        action=row.action,
        choice=row.choice,
        ended=row.live is None,
        booking=replace(booking_view(vault, row), status=row.status),
        asked_at=row.asked_at,
    )
