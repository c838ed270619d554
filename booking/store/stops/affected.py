"""The bookings that a stop concerns: found a batch at a time, locked, given another doctor, their old texts withdrawn.

Law of this module: what is found is read without a lock. Whoever changes it counts what was changed, and starts over when a patient
was faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from booking.store.faults import TryAgain
from booking.store.keeping.ending import STALE_TEXTS
from booking.store.roster.pictures import bookings
from booking.store.schema import appointment, outbox, slot, stop_notice
from booking.store.stops.plans import SLOT_HERE, TO_END, Moments, live_of_slot
from booking.store.stops.stopping import Stop

_LIVE_HERE = (
    select(appointment.c.id)
    .select_from(slot)
    .join(appointment, and_(*live_of_slot()))
    .where(SLOT_HERE, appointment.c.status.in_(TO_END))
    .order_by(appointment.c.id)
    .limit(bindparam("most"))
)
TO_RELEASE = _LIVE_HERE.where(slot.c.stop_id == bindparam("stop"))
OF_DOCTOR = _LIVE_HERE.where(appointment.c.doctor_id == bindparam("doctor"))
_WITH_NOTICE = _LIVE_HERE.outerjoin(
    stop_notice,
    and_(
        stop_notice.c.hospital_id == slot.c.hospital_id,
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.appointment_id == appointment.c.id,
    ),
)
UNTOLD = _WITH_NOTICE.where(stop_notice.c.id.is_(None))
UNTOLD_BACK = _WITH_NOTICE.where(
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


def thd_ids(conn: Connection, query: Any, stop: Stop, most: int, **more: Any) -> list[int]:
    """The first ``most`` by one of this module's queries: TO_RELEASE, OF_DOCTOR (``doctor``), UNTOLD, UNTOLD_BACK (``decided``)."""
    here = {"hospital": stop.hospital, "session": stop.session, "stop": stop.id, "most": most}
    return list(conn.execute(query, {**here, **more}).scalars())


def thd_other_doctor(conn: Connection, stop: Stop, ids: Sequence[int], was: int, becomes: int) -> None:
    """Theirs is another doctor now. Raises TryAgain."""
    values = {"hospital": stop.hospital, "ids": list(ids), "was": was, "becomes": becomes}
    if ids and conn.execute(_OTHER_DOCTOR, values).rowcount != len(ids):
        raise TryAgain  # one of them ended beside us


def thd_lock(conn: Connection, stop: Stop, ids: Sequence[int]) -> None:
    """So that none ends until this transaction does. Raises TryAgain."""
    if ids and len(conn.execute(_LOCK, {"hospital": stop.hospital, "ids": list(ids)}).all()) != len(ids):
        raise TryAgain  # one of them ended beside us


def thd_withdraw_texts(conn: Connection, stop: Stop, ids: Sequence[int], moments: Moments) -> None:
    """What waits to be sent and tells of them as they were."""
    conn.execute(_WITHDRAW_TEXTS, {"hospital": stop.hospital, "ids": list(ids), "at": moments.at})


def thd_rows(conn: Connection, stop: Stop, ids: Sequence[int]) -> Sequence[Any]:
    """The bookings' rows as pictures are made of them, in id order."""
    return conn.execute(_ROWS, {"hospital": stop.hospital, "ids": list(ids)}).all() if ids else []
