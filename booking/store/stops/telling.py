"""What a stop does to bookings, a batch at a time: end or change them, and tell each patient once.

Law of this module: what has been done to a booking and the row that says so (``stop_notice``, unique by stop and booking) are one
transaction, so that a batch may be run again after any crash, by any process: nobody is told twice, nobody is forgotten. Who
runs a batch holds the stop's row. Numbers of a stop are off sale meanwhile, so no booking is added behind the batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from booking import notices
from booking.clock import stored
from booking.rules.rulebook import RuleBook
from booking.rules.service import stop_terms
from booking.stop_clinic import RELEASE, SUBSTITUTE
from booking.store.faults import TryAgain
from booking.store.keeping.ending import STALE_TEXTS, Ending, thd_end
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import (
    DOCTOR_COLUMNS,
    DOCTOR_FROM,
    booking_view,
    bookings,
    doctor_view,
    thd_letterhead,
)
from booking.store.schema import appointment, doctor, outbox, slot, stop_notice
from booking.store.stops.offers import thd_offer_back, thd_whose
from booking.store.stops.plans import SLOT_HERE, TO_END, Moments, live_of_slot
from booking.store.stops.stopping import Stop, thd_finish, thd_locked_stop
from booking.store.stops.waiting_list import thd_back_to_waiting, thd_end_waiting
from booking.vault import Vault
from booking.views import BookingView, DoctorView

BATCH_MOST = 100
_USEFUL = timedelta(hours=2)
"""A notice is worth sending until the visit, and this long in any case: who sits in the waiting room must hear of it, too."""

_LIVE_HERE = (
    select(appointment.c.id)
    .select_from(slot)
    .join(appointment, and_(*live_of_slot()))
    .where(SLOT_HERE, appointment.c.status.in_(TO_END))
    .order_by(appointment.c.id)
    .limit(bindparam("most"))
)
_TO_RELEASE = _LIVE_HERE.where(slot.c.stop_id == bindparam("stop"))
_OF_DOCTOR = _LIVE_HERE.where(appointment.c.doctor_id == bindparam("doctor"))
_WITH_NOTICE = _LIVE_HERE.outerjoin(
    stop_notice,
    and_(
        stop_notice.c.hospital_id == slot.c.hospital_id,
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.appointment_id == appointment.c.id,
    ),
)
_UNTOLD = _WITH_NOTICE.where(stop_notice.c.id.is_(None))
_UNTOLD_BACK = _WITH_NOTICE.where(
    or_(
        and_(stop_notice.c.id.is_not(None), stop_notice.c.back_at.is_(None)),
        and_(stop_notice.c.id.is_(None), appointment.c.created_at > bindparam("decided")),
    )
)
_THOSE = (
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.id.in_(bindparam("ids", expanding=True)),
)
_LOCK = select(appointment.c.id).where(*_THOSE, appointment.c.live == 1).order_by(appointment.c.id).with_for_update()
_OTHER_DOCTOR = (
    update(appointment)
    .where(*_THOSE, appointment.c.live == 1, appointment.c.doctor_id == bindparam("was"))
    .values(doctor_id=bindparam("becomes"))
)
_ROWS = bookings().where(*_THOSE).order_by(appointment.c.id)
_RELEASED = (
    select(stop_notice.c.appointment_id, stop_notice.c.choice)
    .where(
        stop_notice.c.hospital_id == bindparam("hospital"),
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.back_at.is_(None),
    )
    .order_by(stop_notice.c.appointment_id)
    .limit(bindparam("most"))
)
_BACK = (
    update(stop_notice)
    .where(
        stop_notice.c.hospital_id == bindparam("hospital"),
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.appointment_id == bindparam("booking"),
        stop_notice.c.back_at.is_(None),
    )
    .values(back_at=bindparam("at"), outbox_id=bindparam("text"), phone_state=bindparam("phoned"))
)
_STALE = tuple(kind for kind in STALE_TEXTS if kind != "offer")
"""Of bookings that stand: only the offer's text asks for the yes without which the number goes to the next."""
_WITHDRAW_TEXTS = (
    update(outbox)
    .where(
        outbox.c.hospital_id == bindparam("hospital"),
        outbox.c.appointment_id.in_(bindparam("ids", expanding=True)),
        outbox.c.status == "pending",
        outbox.c.kind.in_(_STALE),
    )
    .values(status="expired", settled_at=bindparam("at"))
)
_DOCTOR = (
    select(*DOCTOR_COLUMNS)
    .select_from(DOCTOR_FROM)
    .where(doctor.c.hospital_id == bindparam("hospital"), doctor.c.id == bindparam("doctor"))
)


Words = Callable[[int, BookingView], str]
"""An appointment's id and its picture into a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one patient is told: ``to`` None when no text reaches him; ``start`` is the visit's."""

    appointment: int
    to: str | None
    body: str
    start: datetime


def thd_tell_some(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, hospital_id: int, stop_id: int, moments: Moments, most: int
) -> bool:
    """One batch of a stop that was approved or is being withdrawn; whether more is left to do."""
    stop = thd_locked_stop(conn, hospital_id, stop_id)
    if stop is None or stop.status not in ("approved", "done", "withdrawing"):
        return False
    if stop.status == "withdrawing":
        told = _thd_back(conn, vault, rules, stop, moments, most)
    elif stop.action == RELEASE:
        told = _thd_release(conn, vault, rules, stop, moments, most)
    else:
        told = _thd_keep(conn, vault, rules, stop, moments, most)
    if not told and stop.status != "done":
        thd_finish(conn, stop, moments)
    return bool(told)


def thd_words(conn: Connection, vault: Vault, stop: Stop, appointments: Sequence[int]) -> list[Notice]:
    """What the patients of these bookings are told of the stop, as it stands now."""
    head = thd_letterhead(conn, stop.hospital)
    if stop.action == RELEASE:
        return _thd_notices(conn, vault, stop, appointments, lambda _, view: notices.released(head, view))
    if stop.action == SUBSTITUTE:
        instead_of = _thd_doctor(conn, stop.hospital, stop.old_doctor)
        return _thd_notices(
            conn, vault, stop, appointments, lambda _, view: notices.substituted(head, view, instead_of)
        )
    return _thd_notices(
        conn, vault, stop, appointments, lambda _, view: notices.moved(head, view, view.start - stop.shift)
    )


def thd_post_notices(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, stop: Stop, told: Sequence[Notice], kind: str, moments: Moments
) -> dict[int, int]:
    """Post them under names that are posted once; the outbox row of each appointment that a text reaches."""
    reached = [notice for notice in told if notice.to is not None]
    texts = [
        OutgoingText(
            to=notice.to or "",
            body=notice.body,
            kind="stop",
            lane=NOTICES,
            dedupe=f"{kind}:{stop.id}:{notice.appointment}",
            expires_at=stored(max(notice.start, moments.wall + _USEFUL)),
            appointment_id=notice.appointment,
        )
        for notice in reached
    ]
    posted = thd_post(conn, vault, stop.hospital, texts, moments.at)
    return dict(zip((notice.appointment for notice in reached), posted, strict=True))


# The stop


def _thd_release(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    if stop.whole and (waited := thd_end_waiting(conn, vault, stop, moments, most)):
        return waited
    ids = _thd_ids(conn, _TO_RELEASE, stop, most)
    if not ids:
        return 0
    if not stop.whole:
        thd_back_to_waiting(conn, stop, ids)
    ended = thd_end(conn, vault, stop.hospital, ids, _ending(stop, rules, moments))
    if len(ended) != len(ids) or any(each.was not in TO_END for each in ended):
        raise TryAgain  # one of them was given back, or seen, beside us: he is not told
    _thd_tell(conn, vault, rules, stop, ids, moments)
    return len(ids)


def _thd_keep(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    if stop.action == SUBSTITUTE:
        ids = _thd_ids(conn, _OF_DOCTOR, stop, most, doctor=stop.old_doctor)
        _thd_other_doctor(conn, stop, ids, stop.old_doctor, stop.new_doctor)
    else:
        ids = _thd_ids(conn, _UNTOLD, stop, most)
        _thd_lock(conn, stop, ids)
    if ids:
        _thd_withdraw_texts(conn, stop, ids, moments)
        _thd_tell(conn, vault, rules, stop, ids, moments)
    return len(ids)


def _thd_tell(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, ids: Sequence[int], moments: Moments
) -> None:
    told = thd_words(conn, vault, stop, ids)
    phoned_first = stop_terms(rules).practice == "phone-first"
    posted = {} if phoned_first else thd_post_notices(conn, vault, stop, told, "stop", moments)
    _thd_enter(conn, [_row(stop, notice.appointment, posted, moments) for notice in told])


def _thd_enter(conn: Connection, rows: list[dict[str, Any]]) -> None:
    try:
        if rows:
            conn.execute(insert(stop_notice), rows)
    except IntegrityError:  # told beside us: the next run sees it
        raise TryAgain from None


def _row(stop: Stop, appointment_id: int, posted: dict[int, int], moments: Moments) -> dict[str, Any]:
    return {
        "hospital_id": stop.hospital,
        "stop_id": stop.id,
        "appointment_id": appointment_id,
        "outbox_id": posted.get(appointment_id),
        "choice": "none",
        "phone_state": "none" if appointment_id in posted else "due",
        "created_at": moments.at,
    }


# The stop withdrawn


def _thd_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    if stop.action == RELEASE:
        return _thd_back_released(conn, vault, rules, stop, moments, most)
    if stop.action == SUBSTITUTE:
        ids = _thd_ids(conn, _OF_DOCTOR, stop, most, doctor=stop.new_doctor)
        _thd_other_doctor(conn, stop, ids, stop.new_doctor, stop.old_doctor)
    else:
        ids = _thd_ids(conn, _UNTOLD_BACK, stop, most, decided=stop.decided_at)
        _thd_lock(conn, stop, ids)
    if ids:
        _thd_withdraw_texts(conn, stop, ids, moments)
        head = thd_letterhead(conn, stop.hospital)
        told = _thd_notices(conn, vault, stop, ids, lambda _, view: notices.back_kept(head, view))
        _thd_tell_back(conn, vault, stop, told, moments)
    return len(ids)


def _thd_back_released(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    """Who has booked again meanwhile has what he wants; whose visit would be past has nothing to come back to."""
    found = conn.execute(_RELEASED, {"hospital": stop.hospital, "stop": stop.id, "most": most}).all()
    ids = [row.appointment_id for row in found]
    if not ids:
        return 0
    _thd_withdraw_texts(conn, stop, ids, moments)
    rows = conn.execute(_ROWS, {"hospital": stop.hospital, "ids": ids}).all()
    rebooked = {row.appointment_id for row in found if row.choice == "rebook"}
    silent = {row.id for row in rows if row.start <= moments.wall} | rebooked
    card = thd_whose(conn, stop)
    offers = {
        row.id: thd_offer_back(conn, vault, rules, stop, row, card, moments) for row in rows if row.id not in silent
    }
    head = thd_letterhead(conn, stop.hospital)

    def words(row_id: int, view: BookingView) -> str:
        offer = offers.get(row_id)
        if offer is None:
            return notices.back_released(head, replace(view, doctor=card.view))
        return notices.back_offered(head, offer.booking, offer.until)

    told = _thd_notices(conn, vault, stop, [row_id for row_id in ids if row_id not in silent], words)
    _thd_tell_back(conn, vault, stop, told, moments)
    for appointment_id in sorted(silent):
        _thd_mark_back(conn, stop, appointment_id, None, "none", moments)
    return len(ids)


def _thd_tell_back(conn: Connection, vault: Vault, stop: Stop, told: Sequence[Notice], moments: Moments) -> None:
    posted = thd_post_notices(conn, vault, stop, told, "stop-back", moments)
    for notice in told:
        text = posted.get(notice.appointment)
        if not _thd_mark_back(conn, stop, notice.appointment, text, "none" if text else "due", moments):
            # Booked after the change, so that only its end is news.
            _thd_enter(conn, [{**_row(stop, notice.appointment, posted, moments), "back_at": moments.at}])


def _thd_mark_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, stop: Stop, appointment_id: int, text: int | None, phoned: str, moments: Moments
) -> bool:
    values = {"hospital": stop.hospital, "stop": stop.id, "booking": appointment_id, "at": moments.at}
    return conn.execute(_BACK, {**values, "text": text, "phoned": phoned}).rowcount == 1


# Rows


def _thd_ids(conn: Connection, query: Any, stop: Stop, most: int, **more: Any) -> list[int]:
    here = {"hospital": stop.hospital, "session": stop.session, "stop": stop.id, "most": most}
    return list(conn.execute(query, {**here, **more}).scalars())


def _thd_other_doctor(conn: Connection, stop: Stop, ids: Sequence[int], was: int, becomes: int) -> None:
    values = {"hospital": stop.hospital, "ids": list(ids), "was": was, "becomes": becomes}
    if ids and conn.execute(_OTHER_DOCTOR, values).rowcount != len(ids):
        raise TryAgain  # one of them ended beside us


def _thd_lock(conn: Connection, stop: Stop, ids: Sequence[int]) -> None:
    if ids and len(conn.execute(_LOCK, {"hospital": stop.hospital, "ids": list(ids)}).all()) != len(ids):
        raise TryAgain  # one of them ended beside us


def _thd_withdraw_texts(conn: Connection, stop: Stop, ids: Sequence[int], moments: Moments) -> None:
    conn.execute(_WITHDRAW_TEXTS, {"hospital": stop.hospital, "ids": list(ids), "at": moments.at})


def _thd_notices(conn: Connection, vault: Vault, stop: Stop, ids: Sequence[int], words: Words) -> list[Notice]:
    rows = conn.execute(_ROWS, {"hospital": stop.hospital, "ids": list(ids)}).all() if ids else []
    registered = thd_registered_phones(conn, vault, stop.hospital, [row.patient_id for row in rows])
    return [_notice(vault, row, registered.get(row.patient_id, []), words) for row in rows]


def _notice(vault: Vault, row: Any, registered: Sequence[str], words: Words) -> Notice:
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    phones = phones_to_tell(None, held, registered)
    view = booking_view(vault, row)
    return Notice(appointment=row.id, to=phones[0] if phones else None, body=words(row.id, view), start=view.start)


def _thd_doctor(conn: Connection, hospital_id: int, doctor_id: int) -> DoctorView:
    return doctor_view(conn.execute(_DOCTOR, {"hospital": hospital_id, "doctor": doctor_id}).one())


def _ending(stop: Stop, rules: RuleBook, moments: Moments) -> Ending:
    return Ending(
        by="hospital", actor=moments.by[:40], trace=f"stop:{stop.id}", at=moments.at, wall=moments.wall, rules=rules
    )
