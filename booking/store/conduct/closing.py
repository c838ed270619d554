"""Bookings whose patient did not come: ended when the hospital's rules say so, and entered against him where they count.

Law of this module: a booking is closed once, by the row count of a conditional update; who reads beside us waits for our lock
and finds it closed. ``noshow`` is the fact that he did not come; whether it counts is a row of conduct. What is due is judged
on the hospital's wall clock, again under the lock, so that who arrives in between has arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, select, tuple_, update

from booking.rules.arrival import Closing, close_at
from booking.store.audit import Note, thd_note
from booking.store.conduct.arriving import Desk, thd_paid
from booking.store.conduct.behaviour import NOSHOW, Entered, thd_enter, thd_judge
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money.refunding import thd_unused
from booking.store.money.turn import Turn
from booking.store.roster.pictures import bookings, offer_of
from booking.store.schema import appointment, slot
from booking.vault import Vault

PAGE = 500
CLOSE_MOST = 200

Place = tuple[int, int, str, int]
"""Where a page ended: doctor, session, channel, booking, as ``ix_appointment_day`` has them."""

_START: Place = (0, 0, "", 0)
_HERE = appointment.c.hospital_id == bindparam("hospital")
_KEY = (appointment.c.doctor_id, appointment.c.session_id, appointment.c.channel, appointment.c.id)
# First the keys alone, from the index alone; then those rows with all that hangs on them: in one statement MariaDB at times
# begins at the doctors and reads all bookings there ever were.
_OPEN = (
    select(*_KEY)
    .where(
        _HERE,
        appointment.c.day == bindparam("day"),
        appointment.c.status == "booked",
        tuple_(*_KEY) > tuple_(*(bindparam(name) for name in ("doctor", "session", "channel", "booking"))),
    )
    .order_by(*_KEY)
    .limit(bindparam("most", type_=Integer))
)
_THOSE = bookings().where(
    _HERE, appointment.c.id.in_(bindparam("ids", expanding=True)), appointment.c.status == "booked"
)
# Slots before bookings, in id order, as every writer does.
_LOCK_SLOTS = (
    select(slot.c.id)
    .where(slot.c.hospital_id == bindparam("hospital"), slot.c.id.in_(bindparam("slots", expanding=True)))
    .order_by(slot.c.id)
    .with_for_update()
)
_LOCK = (
    select(appointment.c.id)
    .where(_HERE, appointment.c.id.in_(bindparam("ids", expanding=True)), appointment.c.status == "booked")
    .order_by(appointment.c.id)
    .with_for_update()
)
_CLOSE = (
    update(appointment)
    .where(_HERE, appointment.c.id.in_(bindparam("ids", expanding=True)), appointment.c.status == "booked")
    .values(status="noshow")
)
_RELEASED = (
    update(appointment)
    .where(_HERE, appointment.c.id.in_(bindparam("ids", expanding=True)), appointment.c.ended_by == "void")
    .values(status="noshow")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Bookings that are to be closed, by booking and slot; ``after`` is where the next page begins, None: there is none."""

    bookings: tuple[tuple[int, int], ...]
    after: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """How many were closed, how many of their numbers are sellable again, how many no-shows count, how many bans followed."""

    closed: int = 0
    released: int = 0
    counted: int = 0
    bans: int = 0

    def __add__(self, other: Closed) -> Closed:
        return Closed(
            closed=self.closed + other.closed,
            released=self.released + other.released,
            counted=self.counted + other.counted,
            bans=self.bans + other.bans,
        )


def thd_due(conn: Connection, desk: Desk, day: date, after: Place | None) -> Due:
    """Which of a page of the day's bookings are due to be closed."""
    doctor, session, channel, booking = after or _START
    place = {"doctor": doctor, "session": session, "channel": channel, "booking": booking}
    keys = conn.execute(_OPEN, {"hospital": desk.hospital, "day": day, "most": PAGE, **place}).all()
    if not keys:
        return Due(bookings=(), after=None)
    rows = conn.execute(_THOSE, {"hospital": desk.hospital, "ids": [key.id for key in keys]}).all()
    due = tuple((row.id, row.slot_id) for row, _ in _thd_closings(conn, desk, rows))
    last = keys[-1] if len(keys) == PAGE else None
    return Due(bookings=due, after=None if last is None else (last.doctor_id, last.session_id, last.channel, last.id))


def thd_close(conn: Connection, vault: Vault, desk: Desk, due: Sequence[tuple[int, int]], trace: str) -> Closed:
    """Close those of these bookings that are still open and due."""
    conn.execute(_LOCK_SLOTS, {"hospital": desk.hospital, "slots": sorted({slot_id for _, slot_id in due})}).all()
    ids = conn.execute(_LOCK, {"hospital": desk.hospital, "ids": [booking for booking, _ in due]}).scalars().all()
    if not ids:
        return Closed()
    rows = conn.execute(_THOSE, {"hospital": desk.hospital, "ids": list(ids)}).all()
    closings = _thd_closings(conn, desk, rows)
    if not closings:
        return Closed()
    stopped = [row.id for row, closing in closings if closing.then == "void" and offer_of(row).stopped]
    freed = [row.id for row, closing in closings if closing.then == "release"]
    kept = [row.id for row, _ in closings if row.id not in {*stopped, *freed}]
    _thd_end(conn, vault, desk, stopped, "hospital", trace)
    _thd_end(conn, vault, desk, freed, "void", trace)
    if freed:
        conn.execute(_RELEASED, {"hospital": desk.hospital, "ids": freed})
    if kept and conn.execute(_CLOSE, {"hospital": desk.hospital, "ids": kept}).rowcount != len(kept):
        raise TryAgain
    _thd_refunds(conn, vault, desk, [(row, closing) for row, closing in closings if row.id in set(kept)], trace)
    thd_note(conn, *(_note(desk, row, closing, trace) for row, closing in closings))
    counted = [row for row, closing in closings if closing.counts]
    entries = [Entered(appointment_id=row.id, kind=NOSHOW) for row in counted]
    thd_enter(conn, desk.hospital, entries, desk.wall)
    patients = sorted({row.patient_id for row in counted})
    bans = thd_judge(conn, vault, desk.rules, desk.hospital, patients, desk.wall, desk.at)
    return Closed(closed=len(closings), released=len(freed), counted=len(counted), bans=len(bans))


def _thd_closings(conn: Connection, desk: Desk, rows: Sequence[Any]) -> list[tuple[Any, Closing]]:
    paid = thd_paid(conn, desk.hospital, [row.id for row in rows])
    closings = [(row, _closing(desk, row, paid=row.id in paid)) for row in rows]
    return [(row, closing) for row, closing in closings if closing is not None and closing.at <= desk.wall]


def _closing(desk: Desk, row: Any, *, paid: bool) -> Closing | None:
    """Who is only put behind those in time keeps his number until the day is over. Who had a number of a stopped clinic (停诊) and
    was not told anything else by then was not absent: the hospital ends his booking, and it counts for nothing.
    """
    offer, midnight = offer_of(row), datetime.combine(row.day + timedelta(days=1), time())
    if offer.stopped:
        return Closing(at=midnight, then="void", counts=False)
    closing = close_at(desk.rules, offer, paid=paid, channel=row.channel)
    if closing is None or closing.then != "behind":
        return closing
    return Closing(at=max(closing.at, midnight), then="noshow", counts=closing.counts)


def _thd_end(  # noqa: PLR0917 - one step of thd_close
    conn: Connection, vault: Vault, desk: Desk, ids: Sequence[int], by: str, trace: str
) -> None:
    if not ids:
        return
    ending = Ending(by=by, actor="jobs", trace=trace, at=desk.at, wall=desk.wall, rules=desk.rules)
    if len(thd_end(conn, vault, desk.hospital, ids, ending)) != len(ids):
        raise TryAgain


def _thd_refunds(conn: Connection, vault: Vault, desk: Desk, kept: Sequence[tuple[Any, Closing]], trace: str) -> None:
    """What the rules give back for numbers that were paid for and not used. Released ones are seen to where they end."""
    who = {"trace": trace, "actor": "jobs"}
    turn = Turn(hospital=desk.hospital, at=desk.at, wall=desk.wall, rules=desk.rules, vault=vault, **who)
    for then in sorted({closing.then for _, closing in kept}):
        thd_unused(conn, turn, [row.id for row, closing in kept if closing.then == then], then)


def _note(desk: Desk, row: Any, closing: Closing, trace: str) -> Note:
    return Note(
        hospital=desk.hospital,
        at=desk.at,
        action="closed" if offer_of(row).stopped else "noshow",
        subject="appointment",
        subject_id=row.id,
        actor="jobs",
        trace=trace,
        detail=f"then={closing.then} counts={int(closing.counts)}",
    )
