"""Freed numbers go to who waits for them (候补): held at once for the first whom the rules allow, and offered to him by text.

Law of this module: who frees a number offers it in the same transaction (``booking.store.keeping.ending``), so that nobody slips in
between; a job looks again for what became free otherwise. An offer is a hold that the till's own judge granted, hence never more
than a sale would be; a waiting row goes from ``waiting`` to ``offered`` once, by row count. First come, first served, by id.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from booking import offers
from booking.clock import stored
from booking.outcomes import AlreadyBooked, Held
from booking.requests import BookSlot, Caller, Channel, Known
from booking.rules.rulebook import RuleBook
from booking.rules.service import waiting_terms
from booking.store.faults import TryAgain
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import thd_letterhead
from booking.store.schema import appointment, clinic_session, doctor, hold, slot, waiting
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms
from booking.vault import Vault

TRIES_MOST = 20
"""How many who wait for one session are looked at in one transaction; a job comes back for the rest."""
SESSIONS_MOST = 10
"""Of how many sessions one transaction of the job offers numbers: it holds the locks of all of them."""

_WAITERS = (
    select(
        waiting.c.id,
        waiting.c.session_id,
        waiting.c.patient_id,
        waiting.c.phone_sealed,
        waiting.c.channel,
        waiting.c.appointment_id,
        doctor.c.number,
    )
    .select_from(waiting.join(doctor, doctor.c.id == waiting.c.doctor_id))
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.session_id.in_(bindparam("sessions", expanding=True)),
        waiting.c.status == "waiting",
    )
    .order_by(waiting.c.session_id, waiting.c.id)
)
_FREE = (
    select(slot.c.session_id, slot.c.start)
    .select_from(slot.join(clinic_session, clinic_session.c.id == slot.c.session_id))
    .where(
        slot.c.hospital_id == bindparam("hospital"),
        slot.c.session_id.in_(bindparam("sessions", expanding=True)),
        slot.c.taken == 0,
        slot.c.stop_id.is_(None),
        slot.c.pool != "withheld",
        slot.c.start > bindparam("now"),
        clinic_session.c.status == "open",
    )
    .order_by(slot.c.session_id, slot.c.start, slot.c.seq)
)
_WANTED = (
    select(waiting.c.session_id)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.live == 1,
        waiting.c.status == "waiting",
        waiting.c.session_id > bindparam("after"),
    )
    .distinct()
    .order_by(waiting.c.session_id)
    .limit(SESSIONS_MOST)
)
_BECOMES = (
    update(waiting)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.id == bindparam("row_id"),
        waiting.c.status == "waiting",
    )
    .values(status=bindparam("became"), live=bindparam("alive"), appointment_id=bindparam("booking"))
)
_MADE = select(appointment.c.id).where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.code == bindparam("code")
)
_FOR_HIM = (
    update(hold)
    .where(hold.c.hospital_id == bindparam("hospital"), hold.c.appointment_id == bindparam("booking"))
    .values(waiting_id=bindparam("waiter"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """By which rules, when (hospital's wall and UTC) and under which trace numbers change hands; ``rng`` draws their codes."""

    rules: RuleBook
    wall: datetime
    at: datetime
    trace: str
    rng: random.Random


def thd_offer_on(conn: Connection, vault: Vault, hospital_id: int, sessions: Iterable[int], hands: Hands) -> int:
    """Offer what is free in these sessions to those who wait for it; how many offers were made."""
    here = {"hospital": hospital_id, "sessions": sorted(set(sessions))}
    if not here["sessions"]:
        return 0
    waiters = conn.execute(_WAITERS, here).all()
    if not waiters or not waiting_terms(hands.rules).open:
        return 0
    wanted = sorted({row.session_id for row in waiters})
    free = conn.execute(_FREE, {**here, "sessions": wanted, "now": hands.wall}).all()
    starts = {session: [row.start for row in rows] for session, rows in groupby(free, key=lambda row: row.session_id)}
    return sum(
        _thd_session(conn, vault, hospital_id, list(rows)[:TRIES_MOST], starts.get(session, []), hands)
        for session, rows in groupby(waiters, key=lambda row: row.session_id)
    )


def thd_offer_free(conn: Connection, vault: Vault, hospital_id: int, hands: Hands, after: int) -> tuple[int, int]:
    """Offer whatever is free to those who wait, for whatever reason: an extra number, a stop withdrawn, a session widened. Of some
    sessions, ``after`` this one; how many offers were made, and after which to go on (-1: that was all).
    """
    sessions = list(conn.execute(_WANTED, {"hospital": hospital_id, "after": after}).scalars())
    made = thd_offer_on(conn, vault, hospital_id, sessions, hands)
    return made, sessions[-1] if len(sessions) == SESSIONS_MOST else -1


def _thd_session(  # noqa: PLR0917 - one step of an offer, all of it named there
    conn: Connection, vault: Vault, hospital_id: int, waiters: list[Any], starts: Sequence[datetime], hands: Hands
) -> int:
    made = 0
    for start in starts:
        for waiter in tuple(waiters):
            became = _thd_offer(conn, vault, hospital_id, waiter, start, hands)
            if became != "waiting":
                waiters.remove(waiter)
            if became == "offered":
                made += 1
                break
    return made


def _thd_offer(  # noqa: PLR0917 - one step of an offer, all of it named there
    conn: Connection, vault: Vault, hospital_id: int, waiter: Any, start: datetime, hands: Hands
) -> str:
    """What the waiting row is now: offered, left (he has a booking there), or still waiting."""
    phone = vault.open(waiter.phone_sealed)
    caller = Caller(hospital=hospital_id, phone=phone, channel=Channel(waiter.channel), trace=hands.trace)
    kept = min(timedelta(minutes=waiting_terms(hands.rules).answer_minutes), start - hands.wall)
    wish = BookSlot(
        caller=caller,
        doctor=waiter.number,
        start=start,
        who=Known(waiter.patient_id),
        # Whose offer ended with a part of the session waits on: the next one is no repetition of it.
        key=f"wait:{waiter.id}" + (f":{waiter.appointment_id}" if waiter.appointment_id else ""),
        hold=kept,
    )
    terms = Terms(hospital=hospital_id, rules=hands.rules, now=hands.wall, now_utc=hands.at, rng=hands.rng)
    try:
        answer = thd_sell(conn, vault, terms, [wish])[0]
    except IntegrityError:  # he books it himself at this moment
        raise TryAgain from None
    if isinstance(answer, AlreadyBooked):
        _thd_becomes(conn, hospital_id, waiter.id, "left", None)
        return "left"
    if not isinstance(answer, Held):
        return "waiting"
    booking_id = conn.execute(_MADE, {"hospital": hospital_id, "code": answer.booking.code}).scalar_one()
    _thd_becomes(conn, hospital_id, waiter.id, "offered", booking_id)
    conn.execute(_FOR_HIM, {"hospital": hospital_id, "booking": booking_id, "waiter": waiter.id})
    registered = thd_registered_phones(conn, vault, hospital_id, [waiter.patient_id]).get(waiter.patient_id, ())
    body = offers.offered(thd_letterhead(conn, hospital_id), answer.booking, answer.until)
    texts = [
        OutgoingText(
            to=to,
            body=body,
            kind="offer",
            lane=NOTICES,
            dedupe=f"offer:{booking_id}" + (f":{nth}" if nth else ""),
            expires_at=stored(answer.until),
            appointment_id=booking_id,
        )
        for nth, to in enumerate(phones_to_tell(None, phone, registered))
    ]
    thd_post(conn, vault, hospital_id, texts, hands.at)
    return "offered"


def _thd_becomes(conn: Connection, hospital_id: int, waiter: int, became: str, booking: int | None) -> None:
    values = {"hospital": hospital_id, "row_id": waiter, "became": became, "booking": booking}
    if conn.execute(_BECOMES, {**values, "alive": 1 if became == "offered" else None}).rowcount != 1:
        raise TryAgain  # he leaves at this moment
