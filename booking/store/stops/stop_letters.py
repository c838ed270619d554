"""What patients are told of a stop: the words, the text that brings them, and the row that says that they were told.

Law of this module: a text is posted under a name that is posted once, and the row (``stop_notice``) is unique by stop and booking.
Who runs both in one transaction tells each patient once, however often it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from booking import notices
from booking.clock import stored
from booking.stop_clinic import RELEASE, SUBSTITUTE
from booking.store.faults import TryAgain
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, booking_view, doctor_view, thd_letterhead
from booking.store.schema import doctor, stop_notice
from booking.store.stops.affected import thd_rows
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import Stop
from booking.vault import Vault
from booking.views import BookingView, DoctorView

_USEFUL = timedelta(hours=2)
"""A notice is worth sending until the visit, and this long in any case: who sits in the waiting room must hear of it, too."""

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


def thd_words(conn: Connection, vault: Vault, stop: Stop, appointments: Sequence[int]) -> list[Notice]:
    """What the patients of these bookings are told of the stop, as it stands now."""
    head = thd_letterhead(conn, stop.hospital)
    if stop.action == RELEASE:
        return thd_notices(conn, vault, stop, appointments, lambda _, view: notices.released(head, view))
    if stop.action == SUBSTITUTE:
        instead_of = _thd_doctor(conn, stop.hospital, stop.old_doctor)
        return thd_notices(conn, vault, stop, appointments, lambda _, view: notices.substituted(head, view, instead_of))
    return thd_notices(
        conn, vault, stop, appointments, lambda _, view: notices.moved(head, view, view.start - stop.shift)
    )


def thd_notices(conn: Connection, vault: Vault, stop: Stop, ids: Sequence[int], words: Words) -> list[Notice]:
    """``words`` for each of these bookings, and the first phone that takes texts."""
    rows = thd_rows(conn, stop, ids)
    registered = thd_registered_phones(conn, vault, stop.hospital, [row.patient_id for row in rows])
    return [_notice(vault, row, registered.get(row.patient_id, []), words) for row in rows]


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


def thd_enter(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Who is told from now on. Raises TryAgain when somebody told one of them beside us."""
    try:
        if rows:
            conn.execute(insert(stop_notice), rows)
    except IntegrityError:  # told beside us: the next run sees it
        raise TryAgain from None


def notice_row(stop: Stop, appointment_id: int, posted: dict[int, int], moments: Moments) -> dict[str, Any]:
    """The row that says so; whom none of the ``posted`` texts reaches is due for a call."""
    return {
        "hospital_id": stop.hospital,
        "stop_id": stop.id,
        "appointment_id": appointment_id,
        "outbox_id": posted.get(appointment_id),
        "choice": "none",
        "phone_state": "none" if appointment_id in posted else "due",
        "created_at": moments.at,
    }


def _notice(vault: Vault, row: Any, registered: Sequence[str], words: Words) -> Notice:
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    phones = phones_to_tell(None, held, registered)
    view = booking_view(vault, row)
    return Notice(appointment=row.id, to=phones[0] if phones else None, body=words(row.id, view), start=view.start)


def _thd_doctor(conn: Connection, hospital_id: int, doctor_id: int) -> DoctorView:
    return doctor_view(conn.execute(_DOCTOR, {"hospital": hospital_id, "doctor": doctor_id}).one())
