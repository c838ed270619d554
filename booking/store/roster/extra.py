"""Extra numbers (加号) that a doctor or clerk adds, and who may sell a number: everybody, the window, nobody.

Law of this module: a number once made is never removed here; an extra one comes after the session's last, at its last start or at
one that is named. What becomes sellable is offered to who waits for the session in the same transaction, before anybody else;
an extra number for a named patient is made and sold in one. A sold number is not moved between pools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.outcomes import AlreadyBooked, Booked, Held, NoSuchDoctor, NotRegistered
from booking.requests import BookSlot, Caller, Channel, Known
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.queue.offering import Hands, thd_offer_on
from booking.store.roster.numbers import thd_lock_numbers
from booking.store.roster.pictures import thd_doctors
from booking.store.roster.stock import thd_freed
from booking.store.schema import audit, clinic_session, patient, slot
from booking.store.selling.judging import Refused
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms
from booking.vault import Vault
from booking.views import BookingView

POOLS = ("open", "window", "withheld")

_SESSION = select(clinic_session.c.id).where(
    clinic_session.c.hospital_id == bindparam("hospital"),
    clinic_session.c.doctor_id == bindparam("doctor"),
    clinic_session.c.day == bindparam("day"),
    clinic_session.c.period == bindparam("period"),
)
_LAST = select(func.max(slot.c.seq).label("seq"), func.max(slot.c.start).label("start")).where(
    slot.c.hospital_id == bindparam("hospital"), slot.c.session_id == bindparam("session")
)
_PATIENT = select(patient.c.id).where(
    patient.c.hospital_id == bindparam("hospital"), patient.c.identity_print == bindparam("print")
)
_POOL = (
    update(slot)
    .where(
        slot.c.hospital_id == bindparam("hospital"),
        slot.c.session_id == bindparam("session"),
        slot.c.seq.in_(bindparam("seqs", expanding=True)),
        slot.c.taken == 0,
    )
    .values(pool=bindparam("becomes"))
)
_ADDED = select(audit.c.detail).where(
    audit.c.hospital_id == bindparam("hospital"),
    audit.c.subject == "clinic_session",
    audit.c.subject_id == bindparam("session"),
    audit.c.action == "extra",
    audit.c.detail.like(bindparam("said")),
)
_DUE = select(clinic_session.c.id).where(
    clinic_session.c.hospital_id == bindparam("hospital"), clinic_session.c.window_until <= bindparam("now")
)
_RELEASE = (
    update(slot)
    .where(
        slot.c.hospital_id == bindparam("hospital"),
        slot.c.session_id.in_(bindparam("sessions", expanding=True)),
        slot.c.pool == "window",
    )
    .values(pool="open")
)
_RELEASED = (
    update(clinic_session)
    .where(
        clinic_session.c.hospital_id == bindparam("hospital"),
        clinic_session.c.id.in_(bindparam("sessions", expanding=True)),
    )
    .values(window_until=None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """``count`` numbers more for the session, by a doctor or clerk (``by``); ``at``: their start; ``identity``: sold to this
    patient at once, then ``count`` is 1.
    """

    doctor: str
    day: date
    period: str
    count: int
    by: str
    key: str
    at: time | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The numbers that were made, how many of them are offered to who waited, and the booking made of one."""

    numbers: tuple[int, ...]
    offered: int = 0
    booking: BookingView | None = None


@dataclass(frozen=True, slots=True)
class NoSession:
    """The doctor has no session that day at that time of day."""


class NotAdded(Exception):
    """The named patient may not have the number: it is not made. ``answer`` says why."""

    def __init__(self, answer: NotRegistered | AlreadyBooked | Refused) -> None:
        super().__init__(type(answer).__name__)
        self.answer = answer


def thd_add_extra(
    conn: Connection, vault: Vault, hospital_id: int, extra: Extra, hands: Hands
) -> Added | NoSuchDoctor | NoSession:
    """Make the numbers; raises NotAdded when the named patient may not have his. The same key again makes no more of them."""
    card = thd_doctors(conn, hospital_id, [extra.doctor]).get(extra.doctor)
    if card is None:
        return NoSuchDoctor(number=extra.doctor)
    session = _thd_session(conn, hospital_id, card.id, extra.day, extra.period)
    if session is None:
        return NoSession()
    thd_lock_numbers(conn, hospital_id, session)
    before = _thd_before(conn, vault, hospital_id, session, extra, hands)
    if before is not None:
        return before
    last = conn.execute(_LAST, {"hospital": hospital_id, "session": session}).one()
    start = last.start if extra.at is None else datetime.combine(extra.day, extra.at)
    if start is None:
        return NoSession()
    numbers = tuple(range((last.seq or 0) + 1, (last.seq or 0) + 1 + extra.count))
    rows = [_row(hospital_id, session, card.id, start, seq) for seq in numbers]
    try:
        conn.execute(insert(slot), rows)
    except IntegrityError:
        raise TryAgain from None  # another adds numbers at this moment
    thd_note(conn, _note(hospital_id, session, extra, numbers, hands))
    booking = None
    if extra.identity is not None:
        booking = _thd_sold(conn, vault, hospital_id, extra, start, hands)
    offered = thd_offer_on(conn, vault, hospital_id, [session], hands)
    thd_freed(conn, hospital_id)
    return Added(numbers=numbers, offered=offered, booking=booking)


def _thd_before(  # noqa: PLR0917 - one step of an extra number, all of it named there
    conn: Connection, vault: Vault, hospital_id: int, session: int, extra: Extra, hands: Hands
) -> Added | None:
    """What this very request made, when its commit was not heard of and it is run again."""
    where = {"hospital": hospital_id, "session": session, "said": f"% key={extra.key}"}
    said = conn.execute(_ADDED, where).scalar_one_or_none()
    if said is None:
        return None
    first, last = said.removeprefix("numbers=").split(" ")[0].split("-")
    booking = None
    if extra.identity is not None:  # the till knows the key
        booking = _thd_sold(conn, vault, hospital_id, extra, datetime.combine(extra.day, time()), hands)
    return Added(numbers=tuple(range(int(first), int(last) + 1)), booking=booking)


def thd_set_pool(  # noqa: PLR0917 - one change, all of it named there
    conn: Connection,
    vault: Vault,
    hospital_id: int,
    where: tuple[str, date, str],
    seqs: Sequence[int],
    pool: str,
    by: str,
    hands: Hands,
) -> int | NoSession:
    """Let everybody, the window or nobody sell these numbers of the session (doctor, day, period); how many were free to move."""
    number, day, period = where
    card = thd_doctors(conn, hospital_id, [number]).get(number)
    session = None if card is None else _thd_session(conn, hospital_id, card.id, day, period)
    if session is None:
        return NoSession()
    here = {"hospital": hospital_id, "session": session}
    moved = conn.execute(_POOL, {**here, "seqs": list(seqs), "becomes": pool}).rowcount if seqs else 0
    if moved:
        thd_note(conn, _pool_note(hospital_id, session, seqs, pool, by, hands))
        thd_offer_on(conn, vault, hospital_id, [session], hands)
        thd_freed(conn, hospital_id)
    return moved


def thd_release_windows(conn: Connection, vault: Vault, hospital_id: int, hands: Hands) -> int:
    """Let everybody sell the window's reserve of the sessions whose time for that has come; of how many sessions."""
    sessions = list(conn.execute(_DUE, {"hospital": hospital_id, "now": hands.wall}).scalars())
    if not sessions:
        return 0
    those = {"hospital": hospital_id, "sessions": sessions}
    conn.execute(_RELEASE, those)
    conn.execute(_RELEASED, those)
    thd_offer_on(conn, vault, hospital_id, sessions, hands)
    thd_freed(conn, hospital_id)
    return len(sessions)


def _thd_session(conn: Connection, hospital_id: int, doctor_id: int, day: date, period: str) -> int | None:
    where = {"hospital": hospital_id, "doctor": doctor_id, "day": day, "period": period}
    found: int | None = conn.execute(_SESSION, where).scalar_one_or_none()
    return found


def _thd_sold(  # noqa: PLR0917 - one step of an extra number, all of it named there
    conn: Connection, vault: Vault, hospital_id: int, extra: Extra, start: datetime, hands: Hands
) -> BookingView:
    assert extra.identity is not None, "no patient is named"
    assert extra.count == 1, "one number is one patient's"
    found = conn.execute(_PATIENT, {"hospital": hospital_id, "print": vault.fingerprint(extra.identity)}).scalar()
    if found is None:
        raise NotAdded(NotRegistered(name=None))
    wish = BookSlot(
        caller=Caller(hospital=hospital_id, phone=None, channel=Channel.AGENT, trace=hands.trace),
        doctor=extra.doctor,
        start=start,
        who=Known(found),
        key=extra.key,
    )
    terms = Terms(hospital=hospital_id, rules=hands.rules, now=hands.wall, now_utc=hands.at, rng=hands.rng)
    answer = thd_sell(conn, vault, terms, [wish])[0]
    if isinstance(answer, Booked | Held):
        return answer.booking
    assert not isinstance(answer, NoSuchDoctor), "he was found just now"
    raise NotAdded(answer)


def _row(hospital_id: int, session: int, doctor_id: int, start: datetime, seq: int) -> dict[str, Any]:
    return {
        "hospital_id": hospital_id,
        "session_id": session,
        "doctor_id": doctor_id,
        "start": start,
        "seq": seq,
        "taken": 0,
        "pool": "open",
        "extra": True,
    }


def _note(hospital_id: int, session: int, extra: Extra, numbers: Sequence[int], hands: Hands) -> Note:
    return Note(
        hospital=hospital_id,
        at=hands.at,
        action="extra",
        subject="clinic_session",
        subject_id=session,
        actor=extra.by,
        trace=hands.trace,
        detail=f"numbers={numbers[0]}-{numbers[-1]} key={extra.key}",
    )


def _pool_note(  # noqa: PLR0917 - one row's columns
    hospital_id: int, session: int, seqs: Sequence[int], pool: str, by: str, hands: Hands
) -> Note:
    return Note(
        hospital=hospital_id,
        at=hands.at,
        action="pool",
        subject="clinic_session",
        subject_id=session,
        actor=by,
        trace=hands.trace,
        detail=f"{pool}={','.join(map(str, seqs))}",
    )
