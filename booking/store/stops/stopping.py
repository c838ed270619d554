"""Stop-clinic (停诊) as rows: a stop announced, approved or refused, withdrawn; the session and its numbers change with it.

Law of this module: numbers leave sale in the transaction that announces, and come back in the one that refuses, finishes or
withdraws; in between ``slot.stop_id`` keeps them. What happens to bookings is done afterwards, in batches
(``booking.store.stops.telling``), while the stop is ``approved`` or ``withdrawing``: so a crash leaves a stop that says what is still
to be done. The stop's row is locked first (where there is one), then its session's, then slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from booking.stop_clinic import MOVE, RELEASE, SUBSTITUTE, Announced, Decided, NotAnnounced, NotDecided, StopPlan
from booking.store.audit import Note, thd_note
from booking.store.roster.stock import thd_freed
from booking.store.schema import clinic_session, clinic_stop, slot, waiting
from booking.store.stops.plans import SLOT_HERE, Moments, thd_bounds, thd_busy, thd_ready, thd_session_of

_STOP = (
    select(clinic_stop, clinic_session.c.day, clinic_session.c.period)
    .join(clinic_session, clinic_session.c.id == clinic_stop.c.session_id)
    .where(clinic_stop.c.hospital_id == bindparam("hospital"), clinic_stop.c.id == bindparam("stop"))
)
_LOCK_STOP = (
    select(clinic_stop.c.id)
    .where(clinic_stop.c.hospital_id == bindparam("hospital"), clinic_stop.c.id == bindparam("stop"))
    .with_for_update()
)
_STOPPED_BY = and_(SLOT_HERE, slot.c.stop_id == bindparam("stop"))
_ON_SALE_AGAIN = update(slot).where(_STOPPED_BY).values(stop_id=None)
_SESSION_NOW = (
    select(clinic_session.c.doctor_id, clinic_session.c.place, clinic_session.c.status)
    .where(clinic_session.c.hospital_id == bindparam("hospital"), clinic_session.c.id == bindparam("session"))
    .with_for_update()
)
_SESSION_ROW = update(clinic_session).where(
    clinic_session.c.hospital_id == bindparam("hospital"), clinic_session.c.id == bindparam("session")
)
_STATUS = update(clinic_stop).where(
    clinic_stop.c.hospital_id == bindparam("hospital"),
    clinic_stop.c.id == bindparam("stop"),
    clinic_stop.c.status == bindparam("was"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop's row."""

    id: int
    hospital: int
    session: int
    action: str
    status: str
    since: datetime | None
    until: datetime | None
    old_doctor: int
    new_doctor: int
    shift: timedelta
    old_place: str | None
    new_place: str | None
    by: str
    decided_at: datetime | None
    day: date
    period: str

    @property
    def whole(self) -> bool:
        return self.since is None and self.until is None


def thd_announce(conn: Connection, plan: StopPlan, moments: Moments, approval: bool) -> Announced | NotAnnounced:
    """Take the numbers off sale and write the stop; without ``approval`` it is approved at once."""
    ready = thd_ready(conn, plan, moments, approval)
    if isinstance(ready, NotAnnounced):
        return ready
    values = {
        "hospital_id": plan.hospital,
        "session_id": ready.session,
        "action": plan.action,
        "status": "announced",
        "from_start": ready.since,
        "to_start": ready.until,
        "old_doctor_id": ready.doctor.id,
        "new_doctor_id": None if ready.substitute is None else ready.substitute.id,
        "shift_minutes": plan.shift_minutes,
        "old_place": ready.place,
        "new_place": plan.place,
        "reason": plan.reason[:100],
        "actor": plan.by[:40],
        "created_at": moments.at,
    }
    stop_id: int = conn.execute(insert(clinic_stop).returning(clinic_stop.c.id), values).scalar_one()
    _thd_off_sale(conn, plan.hospital, ready.session, stop_id, ready.since, ready.until)
    stop = thd_stop(conn, plan.hospital, stop_id)
    assert stop is not None, "it was written just now"
    if plan.action == RELEASE and stop.whole:
        _thd_session(conn, stop, status="stopped")
    thd_note(conn, _note(stop, moments, "stop-announced", plan.action))
    if not approval:
        _thd_approve(conn, stop, moments, moments.by)
    return Announced(stop=stop_id, status="announced" if approval else "approved", concerned=ready.concerned)


def thd_decide(
    conn: Connection, hospital_id: int, stop_id: int, approve: bool, moments: Moments
) -> Decided | NotDecided:
    """Another person than who announced it approves or refuses a stop that waits for that."""
    stop = thd_locked_stop(conn, hospital_id, stop_id)
    if stop is None:
        return NotDecided(reason="NO_STOP")
    if stop.status != "announced":
        return NotDecided(reason="NOT_WAITING")
    if stop.by == moments.by:
        return NotDecided(reason="SAME_PERSON")
    if not approve:
        _thd_reopen(conn, stop)
        _thd_status(conn, stop, "refused", decided_by=moments.by[:40], decided_at=moments.at)
        thd_note(conn, _note(stop, moments, "stop-refused"))
        thd_freed(conn, hospital_id)
        return Decided(stop=stop_id, status="refused")
    if stop.action == SUBSTITUTE:
        span = thd_bounds(conn, stop.hospital, stop.session)
        if thd_busy(conn, stop.hospital, stop.new_doctor, *span):
            return NotDecided(reason="SUBSTITUTE_BUSY")
    _thd_approve(conn, stop, moments, moments.by)
    return Decided(stop=stop_id, status="approved")


def thd_withdraw(conn: Connection, hospital_id: int, stop_id: int, moments: Moments) -> Decided | NotDecided:
    """The doctor comes after all. When nobody was told yet the numbers are on sale again at once; else after all have been told.
    What a later stop has changed again is put back by that one first.
    """
    stop = thd_locked_stop(conn, hospital_id, stop_id)
    if stop is None:
        return NotDecided(reason="NO_STOP")
    if stop.status not in ("announced", "approved", "done") or stop.day < moments.wall.date():
        return NotDecided(reason="NOT_STANDING")
    if stop.status == "announced":
        _thd_reopen(conn, stop)
        _thd_status(conn, stop, "withdrawn", withdrawn_at=moments.at)
        thd_note(conn, _note(stop, moments, "stop-withdrawn"))
        thd_freed(conn, hospital_id)
        return Decided(stop=stop_id, status="withdrawn")
    if _thd_overtaken(conn, stop):
        return NotDecided(reason="OVERTAKEN")
    if stop.action == SUBSTITUTE and thd_session_of(conn, hospital_id, stop.old_doctor, stop.day, stop.period):
        return NotDecided(reason="SESSION_TAKEN")
    if stop.action != RELEASE:
        _thd_off_sale(conn, hospital_id, stop.session, stop.id, None, None)
        _thd_change(conn, stop, back=True)
    elif stop.whole:
        _thd_session(conn, stop, status="open")  # its numbers stay off sale until their old holders have been asked
    _thd_status(conn, stop, "withdrawing", withdrawn_at=moments.at)
    thd_note(conn, _note(stop, moments, "stop-withdrawn"))
    return Decided(stop=stop_id, status="withdrawing")


def thd_finish(conn: Connection, stop: Stop, moments: Moments) -> None:
    """Everybody is told: what may be sold is on sale (again), and the stop is done or withdrawn."""
    if stop.status == "withdrawing":
        _thd_reopen(conn, stop)
        _thd_status(conn, stop, "withdrawn")
    else:
        if stop.action != RELEASE:
            conn.execute(_ON_SALE_AGAIN, _those(stop))
        _thd_status(conn, stop, "done")
    thd_note(conn, _note(stop, moments, "stop-told"))
    thd_freed(conn, stop.hospital)


def thd_stop(conn: Connection, hospital_id: int, stop_id: int) -> Stop | None:
    row = conn.execute(_STOP, {"hospital": hospital_id, "stop": stop_id}).one_or_none()
    return None if row is None else _stop(row)


def thd_locked_stop(conn: Connection, hospital_id: int, stop_id: int) -> Stop | None:
    """The stop, which nobody else changes until this transaction ends."""
    if conn.execute(_LOCK_STOP, {"hospital": hospital_id, "stop": stop_id}).one_or_none() is None:
        return None
    return thd_stop(conn, hospital_id, stop_id)


# What a stop does to its session


def _thd_overtaken(conn: Connection, stop: Stop) -> bool:
    """Whether a later stop has changed again what this one would put back: that one is withdrawn first."""
    session = conn.execute(_SESSION_NOW, {"hospital": stop.hospital, "session": stop.session}).one()
    if stop.action == SUBSTITUTE:
        return bool(session.doctor_id != stop.new_doctor)
    if stop.action == MOVE:
        return stop.new_place is not None and bool(session.place != stop.new_place)
    return not stop.whole and bool(session.status != "open")


def _thd_approve(conn: Connection, stop: Stop, moments: Moments, by: str) -> None:
    _thd_change(conn, stop, back=False)
    _thd_status(conn, stop, "approved", decided_by=by[:40], decided_at=moments.at)
    thd_note(conn, _note(stop, moments, "stop-approved"))


def _thd_change(conn: Connection, stop: Stop, *, back: bool) -> None:
    """The session, its numbers and who waits become the substitute's, or get the new time and room; ``back``: as they were."""
    if stop.action == SUBSTITUTE:
        doctor_id = stop.old_doctor if back else stop.new_doctor
        _thd_session(conn, stop, doctor_id=doctor_id)
        here = {"hospital": stop.hospital, "session": stop.session}
        conn.execute(update(slot).where(SLOT_HERE).values(doctor_id=doctor_id), here)
        who = waiting.c.hospital_id == stop.hospital, waiting.c.session_id == stop.session, waiting.c.live == 1
        conn.execute(update(waiting).where(*who).values(doctor_id=doctor_id))
    if stop.action == MOVE and stop.new_place is not None:
        _thd_session(conn, stop, place=stop.old_place if back else stop.new_place)
    if stop.action == MOVE and stop.shift:
        _thd_shift(conn, stop, -stop.shift if back else stop.shift)


def _thd_shift(conn: Connection, stop: Stop, shift: timedelta) -> None:
    """Start by start, from the far end: no start is met twice."""
    here = {"hospital": stop.hospital, "session": stop.session}
    starts = conn.execute(select(slot.c.start).where(SLOT_HERE).distinct(), here).scalars().all()
    move = update(slot).where(SLOT_HERE, slot.c.start == bindparam("was")).values(start=bindparam("becomes"))
    for start in sorted(starts, reverse=shift > timedelta()):
        conn.execute(move, {**here, "was": start, "becomes": start + shift})


def _thd_off_sale(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, hospital_id: int, session_id: int, stop_id: int, since: datetime | None, until: datetime | None
) -> None:
    part = [] if since is None else [slot.c.start >= since]
    part += [] if until is None else [slot.c.start < until]
    off = update(slot).where(SLOT_HERE, slot.c.stop_id.is_(None), *part).values(stop_id=stop_id)
    conn.execute(off, {"hospital": hospital_id, "session": session_id})


def _thd_reopen(conn: Connection, stop: Stop) -> None:
    conn.execute(_ON_SALE_AGAIN, _those(stop))
    if stop.action == RELEASE and stop.whole:
        _thd_session(conn, stop, status="open")


def _thd_session(conn: Connection, stop: Stop, **values: Any) -> None:
    conn.execute(_SESSION_ROW.values(**values), {"hospital": stop.hospital, "session": stop.session})


def _thd_status(conn: Connection, stop: Stop, status: str, **values: Any) -> None:
    changed = _STATUS.values(status=status, **values)
    where = {"hospital": stop.hospital, "stop": stop.id, "was": stop.status}
    # The row is locked, but for one announced in this very transaction that is approved at once.
    done = conn.execute(changed, where).rowcount
    assert done == 1, "the stop's row is ours"


def _those(stop: Stop) -> dict[str, int]:
    return {"hospital": stop.hospital, "session": stop.session, "stop": stop.id}


def _stop(row: Any) -> Stop:
    return Stop(
        id=row.id,
        hospital=row.hospital_id,
        session=row.session_id,
        action=row.action,
        status=row.status,
        since=row.from_start,
        until=row.to_start,
        old_doctor=row.old_doctor_id,
        new_doctor=row.new_doctor_id or 0,
        shift=timedelta(minutes=row.shift_minutes or 0),
        old_place=row.old_place,
        new_place=row.new_place,
        by=row.actor,
        decided_at=row.decided_at,
        day=row.day,
        period=row.period,
    )


def _note(stop: Stop, moments: Moments, action: str, detail: str = "") -> Note:
    return Note(
        hospital=stop.hospital,
        at=moments.at,
        action=action,
        subject="clinic_stop",
        subject_id=stop.id,
        actor=moments.by[:40],
        trace=moments.trace,
        detail=detail,
    )
