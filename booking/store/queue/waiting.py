"""Who waits for a number of a session that is full (候补): one's own places, leaving, the end of waiting.

Law of this module: a waiting row ends once, by row count: offered a number (``booking.store.queue.offering``), left by the patient, or
lapsed when the session is not sold any more; then he is told. Who has got a number of it otherwise has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from booking import offers
from booking.clock import on_wall
from booking.requests import Caller, Channel
from booking.rules.facts import Offer
from booking.rules.onsale import slot_ruling
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import Reason
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.queue.offering import Hands
from booking.store.roster.numbers import thd_numbers
from booking.store.roster.pictures import (
    DOCTOR_COLUMNS,
    booking_view,
    bookings,
    doctor_view,
    patient_view,
    thd_letterhead,
)
from booking.store.schema import appointment, audit, clinic_session, department, doctor, hold, patient, waiting
from booking.vault import Vault
from booking.views import BookingView, PatientView, WaitingView
from booking.waiting_outcomes import LeftWaiting, NotWaiting

END_MOST = 100
OVER = frozenset({Reason.CUTOFF, Reason.NOT_ON_SALE})
"""Reasons for which a session is not sold any more."""

_HERE = waiting.c.hospital_id == bindparam("hospital")
_AHEAD = waiting.alias()
_PLACE = (
    select(func.count())
    .select_from(_AHEAD)
    .where(
        _AHEAD.c.hospital_id == waiting.c.hospital_id,
        _AHEAD.c.session_id == waiting.c.session_id,
        _AHEAD.c.status == "waiting",
        _AHEAD.c.id <= waiting.c.id,
    )
    .scalar_subquery()
)
_PICTURES = (
    select(
        waiting.c.id,
        waiting.c.session_id,
        waiting.c.patient_id,
        waiting.c.phone_sealed,
        waiting.c.status,
        waiting.c.appointment_id,
        clinic_session.c.day,
        clinic_session.c.period,
        patient.c.name_sealed,
        patient.c.identity_sealed,
        _PLACE.label("place"),
        *DOCTOR_COLUMNS,
    )
    .select_from(
        waiting.join(clinic_session, clinic_session.c.id == waiting.c.session_id)
        .join(patient, patient.c.id == waiting.c.patient_id)
        .join(doctor, doctor.c.id == waiting.c.doctor_id)
        .join(department, department.c.id == doctor.c.department_id)
    )
    .where(_HERE, waiting.c.live == 1)
    .order_by(waiting.c.id)
)
_OF_PHONE = _PICTURES.where(waiting.c.phone_print == bindparam("phone"))
_OF_PATIENT = _PICTURES.where(
    waiting.c.patient_id == bindparam("patient"), waiting.c.session_id == bindparam("session")
)
_WAITING_FOR = _PICTURES.where(
    waiting.c.session_id.in_(bindparam("sessions", expanding=True)), waiting.c.status == "waiting"
).limit(END_MOST)
_LEAVE = (
    update(waiting)
    .where(_HERE, waiting.c.id.in_(bindparam("ids", expanding=True)), waiting.c.status == "waiting")
    .values(status=bindparam("became"), live=None)
)
# Who found a number there himself did not wait in vain, whatever way he got it.
_SERVED = (
    select(waiting.c.id)
    .join(
        appointment,
        and_(
            appointment.c.hospital_id == waiting.c.hospital_id,
            appointment.c.patient_id == waiting.c.patient_id,
            appointment.c.session_id == waiting.c.session_id,
            appointment.c.live == 1,
        ),
    )
    .where(_HERE, waiting.c.id.in_(bindparam("ids", expanding=True)))
)
_HELD = (
    bookings()
    .add_columns(hold.c.until_at)
    .join(hold, (hold.c.hospital_id == appointment.c.hospital_id) & (hold.c.appointment_id == appointment.c.id))
    .where(appointment.c.hospital_id == bindparam("hospital"), appointment.c.id.in_(bindparam("ids", expanding=True)))
)
_SETTLED_BY = (
    select(audit.c.action)
    .select_from(waiting)
    .join(audit, (audit.c.hospital_id == waiting.c.hospital_id) & (audit.c.subject_id == waiting.c.appointment_id))
    .where(
        _HERE,
        waiting.c.phone_print == bindparam("phone"),
        audit.c.subject == "appointment",
        or_(
            and_(waiting.c.status == "won", audit.c.action == "confirmed"),
            and_(waiting.c.status == "left", audit.c.action == "cancelled"),
        ),
        audit.c.trace == bindparam("trace"),
    )
    .limit(1)
)
_SESSIONS = select(waiting.c.session_id).where(_HERE, waiting.c.live == 1, waiting.c.status == "waiting").distinct()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A number that is held for somebody who waited."""

    waiting: WaitingView
    appointment_id: int
    booking: BookingView


def thd_place(conn: Connection, vault: Vault, hospital_id: int, patient_id: int, session_id: int) -> WaitingView | None:
    """The patient's place on the session's list, or the number that is offered to him."""
    rows = conn.execute(_OF_PATIENT, {"hospital": hospital_id, "patient": patient_id, "session": session_id}).all()
    return _thd_views(conn, vault, hospital_id, rows)[0] if rows else None


def thd_mine(conn: Connection, vault: Vault, caller: Caller) -> tuple[WaitingView, ...]:
    """What the caller's phone waits for, and what is offered to it, first joined first."""
    return tuple(_thd_views(conn, vault, caller.hospital, _thd_of_phone(conn, vault, caller)))


def thd_offered(conn: Connection, vault: Vault, caller: Caller, waiting_id: int | None = None) -> Offered | None:
    """The offer to the caller's phone that ends first; or that of this place, if it is one of his."""
    rows = [row for row in _thd_of_phone(conn, vault, caller) if row.status == "offered"]
    rows = [row for row in rows if waiting_id is None or row.id == waiting_id]
    offered = [
        Offered(waiting=view, appointment_id=row.appointment_id, booking=view.booking)
        for row, view in zip(rows, _thd_views(conn, vault, caller.hospital, rows), strict=True)
        if view.booking is not None
    ]
    return min(offered, key=lambda each: (each.waiting.until is None, each.waiting.until), default=None)


def thd_settled_by(conn: Connection, vault: Vault, caller: Caller) -> bool | None:
    """What this very request has said to an offer already, before a crash: yes, no, or nothing (None)."""
    if caller.phone is None:
        return None
    asked = {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone), "trace": caller.trace}
    said = conn.execute(_SETTLED_BY, asked).scalar_one_or_none()
    return None if said is None else said == "confirmed"


def thd_leave(
    conn: Connection, vault: Vault, caller: Caller, waiting_id: int, at: datetime
) -> LeftWaiting | NotWaiting:
    """Take the caller's place off the list; an offered number is answered, not left."""
    rows = [row for row in _thd_of_phone(conn, vault, caller) if row.id == waiting_id and row.status == "waiting"]
    if not rows:
        return NotWaiting()
    left = LeftWaiting(waiting=_thd_views(conn, vault, caller.hospital, rows)[0])
    if conn.execute(_LEAVE, {"hospital": caller.hospital, "ids": [waiting_id], "became": "left"}).rowcount != 1:
        raise TryAgain  # a number is offered to him at this moment
    thd_noted(conn, caller, waiting_id, "left-waiting", at)
    return left


def thd_end_waiting(conn: Connection, vault: Vault, hospital_id: int, hands: Hands) -> int:
    """End the waiting for sessions that are not sold any more, and tell who waited in vain; how many (at most 100)."""
    sessions = list(conn.execute(_SESSIONS, {"hospital": hospital_id}).scalars())
    if not sessions:
        return 0
    numbers = thd_numbers(conn, hospital_id, sessions)
    alive = {each.offer.session for each in numbers if not _is_over(hands.rules, each.offer, hands.wall)}
    over = sorted(set(sessions) - alive)
    rows = conn.execute(_WAITING_FOR, {"hospital": hospital_id, "sessions": over}).all() if over else []
    if not rows:
        return 0
    served = set(conn.execute(_SERVED, {"hospital": hospital_id, "ids": [row.id for row in rows]}).scalars())
    in_vain = [row for row in rows if row.id not in served]
    for became, ids in (("left", sorted(served)), ("lapsed", [row.id for row in in_vain])):
        if conn.execute(_LEAVE, {"hospital": hospital_id, "ids": ids, "became": became}).rowcount != len(ids):
            raise TryAgain
    _thd_tell(conn, vault, hospital_id, in_vain, hands.at)
    return len(rows)


def _thd_of_phone(conn: Connection, vault: Vault, caller: Caller) -> Sequence[Any]:
    if caller.phone is None:
        return ()
    return conn.execute(_OF_PHONE, {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone)}).all()


def _thd_views(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[Any]) -> list[WaitingView]:
    ids = [row.appointment_id for row in rows if row.status == "offered"]
    held = {row.id: row for row in conn.execute(_HELD, {"hospital": hospital_id, "ids": ids})} if ids else {}
    return [_view(vault, row, held.get(row.appointment_id)) for row in rows]


def _view(vault: Vault, row: Any, held: Any | None) -> WaitingView:
    who: PatientView = patient_view(vault, row.patient_id, row.name_sealed, row.identity_sealed)
    return WaitingView(
        id=row.id,
        doctor=doctor_view(row),
        day=row.day,
        period=row.period,
        patient=who,
        place=0 if row.status == "offered" else row.place,
        booking=None if held is None else booking_view(vault, held),
        until=None if held is None else on_wall(held.until_at),
        offered_at=None if held is None else held.created_at,
    )


def _is_over(rules: RuleBook, offer: Offer, wall: datetime) -> bool:
    """A stop may be withdrawn, a closed hour ends: only what comes too late for good is over."""
    return offer.start <= wall or slot_ruling(rules, offer, Channel.PHONE, wall).reason in OVER


def _thd_tell(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[Any], at: datetime) -> None:
    head = thd_letterhead(conn, hospital_id)
    registered = thd_registered_phones(conn, vault, hospital_id, [row.patient_id for row in rows])
    texts = [
        OutgoingText(
            to=phone,
            body=offers.waiting_over(head, vault.open(row.name_sealed), doctor_view(row), row.day, row.period),
            kind="offer-over",
            lane=NOTICES,
            dedupe=f"waiting-over:{row.id}" + (f":{nth}" if nth else ""),
            expires_at=at + timedelta(days=1),
        )
        for row in rows
        for nth, phone in enumerate(
            phones_to_tell(None, vault.open(row.phone_sealed), registered.get(row.patient_id, ()))
        )
    ]
    thd_post(conn, vault, hospital_id, texts, at)


def thd_noted(conn: Connection, caller: Caller, waiting_id: int, action: str, at: datetime) -> None:
    """What the caller did about his place, for the audit."""
    note = Note(
        hospital=caller.hospital,
        at=at,
        action=action,
        subject="waiting",
        subject_id=waiting_id,
        actor=caller.channel,
        trace=caller.trace,
    )
    thd_note(conn, note)
