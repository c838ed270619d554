"""Reminders before a visit: whom to remind now, and the text, posted once for each booking and time.

Law of this module: a reminder is a row of the outbox under the name ``reminder:<appointment>:<start>``: whoever looks again, after
whatever crash or beside whatever process, finds it. It dies with its booking (``booking.store.keeping.ending``) and with a change of
time or doctor (``booking.store.stops.telling``). Whose confirmation, or news of a change, came at the hour of reminding or later was
reminded by that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from booking import notices
from booking.clock import on_wall, stored
from booking.rules.cancelling import cancel_until
from booking.rules.rulebook import RuleBook
from booking.rules.service import reminder_at
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import booking_view, bookings, offer_of, thd_letterhead
from booking.store.schema import appointment, outbox, stop_notice
from booking.store.stops.plans import Moments
from booking.texts import Letterhead
from booking.vault import Vault

DAYS_AHEAD = 7
"""How many days before a visit a hospital's hour of reminding may lie at most."""
USEFUL = timedelta(hours=1)
"""A reminder that comes later than this before the visit is of no use: the patient is on his way, or will not come."""

_BOOKED = (
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.day == bindparam("day"),
    appointment.c.status == "booked",
)
_SESSIONS = (  # read off ix_appointment_day alone
    select(appointment.c.doctor_id, appointment.c.session_id)
    .where(*_BOOKED)
    .distinct()
    .order_by(appointment.c.doctor_id, appointment.c.session_id)
)
_OF_SESSION = (
    bookings()
    .where(*_BOOKED, appointment.c.doctor_id == bindparam("doctor"), appointment.c.session_id == bindparam("session"))
    .order_by(appointment.c.id)
)
_POSTED = select(outbox.c.dedupe).where(
    outbox.c.hospital_id == bindparam("hospital"), outbox.c.dedupe.in_(bindparam("names", expanding=True))
)
_TOLD = select(stop_notice.c.appointment_id, stop_notice.c.created_at, stop_notice.c.back_at).where(
    stop_notice.c.hospital_id == bindparam("hospital"),
    stop_notice.c.appointment_id.in_(bindparam("ids", expanding=True)),
)
_LOCK = (
    select(appointment.c.id)
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.id.in_(bindparam("ids", expanding=True)),
        appointment.c.status == "booked",
    )
    .order_by(appointment.c.id)
    .with_for_update()
)
_THOSE = bookings().where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A session of a day that has bookings."""

    day: date
    doctor: int
    session: int


def thd_sittings(conn: Connection, hospital_id: int, first: date, last: date) -> list[Sitting]:
    """Every session with bookings on these days."""
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    return [
        Sitting(day=day, doctor=row.doctor_id, session=row.session_id)
        for day in days
        for row in conn.execute(_SESSIONS, {"hospital": hospital_id, "day": day})
    ]


def thd_to_remind(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, hospital_id: int, sittings: Sequence[Sitting], moments: Moments
) -> list[int]:
    """The bookings of these sessions whose reminder is due, is not posted yet, and reaches somebody."""
    due: list[Any] = []
    for sitting in sittings:
        where = {"hospital": hospital_id, "day": sitting.day, "doctor": sitting.doctor, "session": sitting.session}
        due += [row for row in conn.execute(_OF_SESSION, where) if _due(rules, row, moments)]
    wanted = _thd_unreminded(conn, rules, hospital_id, due)
    phones = _thd_phones(conn, vault, hospital_id, wanted)
    return [row.id for row in wanted if phones[row.id] is not None]


def thd_remind(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, hospital_id: int, ids: Sequence[int], moments: Moments
) -> int:
    """Post the reminders of those of these bookings that stand as they did; how many."""
    standing = conn.execute(_LOCK, {"hospital": hospital_id, "ids": list(ids)}).scalars().all()
    if not standing:
        return 0
    rows = conn.execute(_THOSE, {"hospital": hospital_id, "ids": list(standing)}).all()
    wanted = _thd_unreminded(conn, rules, hospital_id, [row for row in rows if _due(rules, row, moments)])
    phones = _thd_phones(conn, vault, hospital_id, wanted)
    head = thd_letterhead(conn, hospital_id)
    texts = [_text(vault, rules, head, row, to, moments) for row in wanted if (to := phones[row.id]) is not None]
    thd_post(conn, vault, hospital_id, texts, moments.at)
    return len(texts)


def _due(rules: RuleBook, row: Any, moments: Moments) -> bool:
    at = reminder_at(rules, offer_of(row))
    if at is None or not at <= moments.wall < row.start - USEFUL:
        return False
    return on_wall(row.created_at) < at


def _thd_unreminded(conn: Connection, rules: RuleBook, hospital_id: int, rows: Sequence[Any]) -> list[Any]:
    if not rows:
        return []
    names = {"hospital": hospital_id, "names": [_name(row) for row in rows]}
    posted = set(conn.execute(_POSTED, names).scalars())
    rows = [row for row in rows if _name(row) not in posted]
    told = _thd_told(conn, hospital_id, [row.id for row in rows])
    return [row for row in rows if not _told_since(rules, row, told[row.id])]


def _thd_told(conn: Connection, hospital_id: int, ids: Sequence[int]) -> dict[int, list[datetime]]:
    """When each of these patients was told of changes (UTC)."""
    told: dict[int, list[datetime]] = defaultdict(list)
    for row in conn.execute(_TOLD, {"hospital": hospital_id, "ids": list(ids)}) if ids else ():
        told[row.appointment_id] += [row.created_at] if row.back_at is None else [row.back_at]
    return told


def _told_since(rules: RuleBook, row: Any, told: Sequence[datetime]) -> bool:
    at = reminder_at(rules, offer_of(row))
    return at is not None and any(on_wall(moment) >= at for moment in told)


def _thd_phones(conn: Connection, vault: Vault, hospital_id: int, rows: Sequence[Any]) -> dict[int, str | None]:
    registered = thd_registered_phones(conn, vault, hospital_id, sorted({row.patient_id for row in rows}))
    return {row.id: _phone(vault, row, registered.get(row.patient_id, [])) for row in rows}


def _phone(vault: Vault, row: Any, registered: Sequence[str]) -> str | None:
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    phones = phones_to_tell(None, held, registered)
    return phones[0] if phones else None


def _name(row: Any) -> str:
    return f"reminder:{row.id}:{row.start:%Y%m%d%H%M}"


def _text(  # noqa: PLR0917 - what a text is made of
    vault: Vault, rules: RuleBook, head: Letterhead, row: Any, to: str, moments: Moments
) -> OutgoingText:
    until = cancel_until(rules, offer_of(row), row.channel)
    still = until if until is not None and until > moments.wall else None
    return OutgoingText(
        to=to,
        body=notices.reminder(head, booking_view(vault, row), moments.wall, still),
        kind="reminder",
        lane=NOTICES,
        dedupe=_name(row),
        expires_at=stored(row.start - USEFUL),
        appointment_id=row.id,
    )
