"""The waiting list of a session that is called off: nobody waits for what will not be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from booking import notices
from booking.clock import stored
from booking.rules.names import can_text
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, doctor_view, thd_letterhead
from booking.store.schema import doctor, patient, slot, waiting
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import Stop
from booking.vault import Vault

_HERE = (
    waiting.c.hospital_id == bindparam("hospital"),
    waiting.c.session_id == bindparam("session"),
    waiting.c.live == 1,
)
_WAITING = (
    select(waiting.c.id, waiting.c.status, waiting.c.phone_sealed, patient.c.name_sealed, *DOCTOR_COLUMNS)
    .select_from(
        waiting.join(patient, patient.c.id == waiting.c.patient_id).join(
            DOCTOR_FROM, doctor.c.id == waiting.c.doctor_id
        )
    )
    .where(*_HERE)
    .order_by(waiting.c.id)
    .limit(bindparam("most"))
)
_IDS = waiting.c.id.in_(bindparam("ids", expanding=True))
_LAPSE = update(waiting).where(*_HERE, _IDS).values(status="lapsed", live=None)
_WAIT_ON = (
    update(waiting)
    .where(*_HERE, waiting.c.appointment_id.in_(bindparam("bookings", expanding=True)), waiting.c.status == "offered")
    .values(status="waiting")  # which number he was offered last stays: the next offer is another one
)


def thd_end_waiting(conn: Connection, vault: Vault, stop: Stop, moments: Moments, most: int) -> int:
    """End up to ``most`` entries, each with one text; who was offered a number hears of it through that number's own notice."""
    values = {"hospital": stop.hospital, "session": stop.session, "most": most}
    rows = conn.execute(_WAITING, values).all()
    if not rows:
        return 0
    conn.execute(_LAPSE, {**values, "ids": [row.id for row in rows]})
    first = select(func.min(slot.c.start)).where(slot.c.hospital_id == stop.hospital, slot.c.session_id == stop.session)
    start = conn.execute(first).scalar_one()
    head = thd_letterhead(conn, stop.hospital)
    texts = [_text(vault, head, stop, row, start) for row in rows if row.status == "waiting"]
    thd_post(conn, vault, stop.hospital, [text for text in texts if can_text(text.to)], moments.at)
    return len(rows)


def thd_back_to_waiting(conn: Connection, stop: Stop, bookings: Sequence[int]) -> None:
    """Whose offered number is about to end with a stop while the session goes on waits again, in his old place."""
    conn.execute(_WAIT_ON, {"hospital": stop.hospital, "session": stop.session, "bookings": list(bookings)})


def _text(vault: Vault, head: Any, stop: Stop, row: Any, start: Any) -> OutgoingText:
    return OutgoingText(
        to=vault.open(row.phone_sealed),
        body=notices.waiting_ended(head, vault.open(row.name_sealed), doctor_view(row), start),
        kind="stop",
        lane=NOTICES,
        dedupe=f"stop-waiting:{stop.id}:{row.id}",
        expires_at=stored(start),
    )
