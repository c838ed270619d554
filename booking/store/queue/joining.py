"""Onto the waiting list of a session that is full (候补).

Law of this module: nobody waits beside a free number. Who joins locks the session's numbers first, as who frees one does
(``booking.store.keeping.ending``): either he sees the number free, or the other sees him waiting. One patient waits once for a session
(unique index over ``live``); his place is the order of ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from booking.outcomes import AlreadyBooked, NoSuchDoctor, NoSuchTime, NotRegistered
from booking.requests import BookSlot, Caller, JoinWaiting, Named
from booking.rules.onsale import slot_ruling
from booking.rules.ruling import Reason
from booking.rules.service import waiting_terms
from booking.store.faults import TryAgain
from booking.store.queue.offering import Hands
from booking.store.queue.waiting import OVER, thd_noted, thd_place
from booking.store.roster.numbers import Number, thd_lock_numbers, thd_numbers
from booking.store.roster.pictures import booking_view, bookings, thd_doctors
from booking.store.schema import appointment, clinic_session, slot, waiting
from booking.store.selling.patrons import Nobody, thd_patrons
from booking.store.selling.phones import Phones
from booking.vault import Vault
from booking.views import DoctorView, OpenTime
from booking.waiting_outcomes import NoWaitingList, StillOpen, WaitOutcome, Waits

NEAREST_MOST = 3
_NEVER_FREE = OVER | {Reason.CLINIC_STOPPED}
"""Where no number can become free: who has put himself on the list before waits on, or is told by the stop."""

_BY_START = select(slot.c.session_id).where(
    slot.c.hospital_id == bindparam("hospital"),
    slot.c.doctor_id == bindparam("doctor"),
    slot.c.start == bindparam("at"),
)
_BY_PERIOD = select(clinic_session.c.id).where(
    clinic_session.c.hospital_id == bindparam("hospital"),
    clinic_session.c.doctor_id == bindparam("doctor"),
    clinic_session.c.day == bindparam("day"),
    clinic_session.c.period == bindparam("period"),
)
_ENDED = select(waiting.c.id).where(
    waiting.c.hospital_id == bindparam("hospital"),
    waiting.c.request_key == bindparam("key"),
    waiting.c.live.is_(None),
)
_BOOKED = bookings().where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.patient_id == bindparam("patient"),
    appointment.c.session_id == bindparam("session"),
    appointment.c.live == 1,
)


def thd_join(conn: Connection, vault: Vault, request: JoinWaiting, hands: Hands) -> WaitOutcome:
    """Put the patient on the session's list, or say why not. The same patient again keeps his place."""
    hospital_id, caller = request.caller.hospital, request.caller
    card = thd_doctors(conn, hospital_id, [request.doctor]).get(request.doctor)
    if card is None:
        return NoSuchDoctor(number=request.doctor)
    session = _thd_session(conn, hospital_id, card.id, request)
    if session is None:
        return NoSuchTime(doctor=card.view, open=())
    patron = _thd_patron(conn, vault, request, hands.wall)  # patients are locked before numbers, as at the till
    thd_lock_numbers(conn, hospital_id, session)
    refused = _refused(hands, thd_numbers(conn, hospital_id, [session]), caller.channel, card.view)
    if refused is not None:
        return refused
    if isinstance(patron, Nobody):
        name = request.who.name if isinstance(request.who, Named) else None
        return NotRegistered(name=name, several=patron is Nobody.SEVERAL)
    here = {"hospital": hospital_id, "patient": patron, "session": session}
    booked = conn.execute(_BOOKED, here).first()
    if booked is not None and booked.status != "held":
        return AlreadyBooked(booking=booking_view(vault, booked))
    standing = thd_place(conn, vault, hospital_id, patron, session)
    if standing is not None:
        return Waits(waiting=standing, again=True)
    _thd_put(conn, vault, request, (session, card.id, patron), hands)
    place = thd_place(conn, vault, hospital_id, patron, session)
    assert place is not None, "it was put just now"
    thd_noted(conn, caller, place.id, "waits", hands.at)
    return Waits(waiting=place)


def thd_may_wait(conn: Connection, caller: Caller, doctor: str, start: datetime, hands: Hands) -> bool:
    """Whether the list of that session is open: it has numbers, none of them free, and is sold still. Only looks."""
    card = thd_doctors(conn, caller.hospital, [doctor]).get(doctor)
    if card is None:
        return False
    session = conn.execute(_BY_START, {"hospital": caller.hospital, "doctor": card.id, "at": start}).scalars().first()
    if session is None:
        return False
    return _refused(hands, thd_numbers(conn, caller.hospital, [session]), caller.channel, card.view) is None


def _thd_session(conn: Connection, hospital_id: int, doctor_id: int, request: JoinWaiting) -> int | None:
    here = {"hospital": hospital_id, "doctor": doctor_id}
    if request.start is not None:
        return conn.execute(_BY_START, {**here, "at": request.start}).scalars().first()
    return conn.execute(_BY_PERIOD, {**here, "day": request.day, "period": request.period}).scalars().first()


def _refused(
    hands: Hands, numbers: Sequence[Number], channel: str, view: DoctorView
) -> StillOpen | NoWaitingList | None:
    rulings = [(each, slot_ruling(hands.rules, each.offer, channel, hands.wall)) for each in numbers]
    free = [each for each, ruling in rulings if ruling.allowed and not each.taken]
    if free:
        open_ = tuple(OpenTime(start=each.offer.start, seq=each.seq) for each in free[:NEAREST_MOST])
        return StillOpen(doctor=view, open=open_)
    if not waiting_terms(hands.rules).open or all(ruling.reason in _NEVER_FREE for _, ruling in rulings):
        return NoWaitingList(doctor=view)
    return None


def _thd_patron(conn: Connection, vault: Vault, request: JoinWaiting, at: datetime) -> int | Nobody:
    wish = BookSlot(caller=request.caller, doctor=request.doctor, start=at, who=request.who, key=request.key)
    patron = thd_patrons(conn, vault, Phones(vault), request.caller.hospital, [wish])[0]
    return patron if isinstance(patron, Nobody) else patron.view.id


def _thd_key(conn: Connection, request: JoinWaiting) -> str:
    """Under which the place is put: who asks again under the key of a place that has ended since gets a new one."""
    key, here = request.key, request.caller.hospital
    while (ended := conn.execute(_ENDED, {"hospital": here, "key": key}).scalar_one_or_none()) is not None:
        key = f"{request.key}:{ended}"
    return key


def _thd_put(conn: Connection, vault: Vault, request: JoinWaiting, whom: tuple[int, int, int], hands: Hands) -> None:
    session, doctor_id, patient_id = whom
    assert request.caller.phone is not None, "who cannot be called back cannot wait"
    row = {
        "hospital_id": request.caller.hospital,
        "session_id": session,
        "doctor_id": doctor_id,
        "patient_id": patient_id,
        "phone_print": vault.fingerprint(request.caller.phone),
        "phone_sealed": vault.seal(request.caller.phone),
        "channel": request.caller.channel,
        "status": "waiting",
        "live": 1,
        "request_key": _thd_key(conn, request),
        "created_at": hands.at,
    }
    try:
        conn.execute(insert(waiting), row)
    except IntegrityError:
        raise TryAgain from None  # he joins twice at once: the next run finds his place
