"""Patients whom no text has told of a stop: found, listed, phoned, ticked off.

Law of this module: a notice without a text is due for a call from the start; one whose text failed, ran out of time, or was
reported undeliverable becomes due by a job. Who has answered, by whatever way, is not phoned.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from booking.stop_clinic import RELEASE, ToPhone
from booking.store.audit import Note, thd_note
from booking.store.mail.letters import thd_registered_phones
from booking.store.roster.pictures import bookings, doctor_view
from booking.store.schema import appointment, clinic_session, clinic_stop, outbox, stop_notice
from booking.store.stops.plans import Moments
from booking.store.stops.stop_letters import thd_post_notices, thd_words
from booking.store.stops.stopping import thd_stop
from booking.vault import Vault
from command_parser.masking import mask_name

LIST_MOST = 500
_UNREACHED = ("UNDELIVERABLE", "REJECTED", "EXPIRED", "DELETED")
_FAILED = (
    select(stop_notice.c.id)
    .select_from(clinic_stop)
    .join(clinic_session, clinic_session.c.id == clinic_stop.c.session_id)
    .join(
        stop_notice,
        and_(stop_notice.c.hospital_id == clinic_stop.c.hospital_id, stop_notice.c.stop_id == clinic_stop.c.id),
    )
    .join(outbox, outbox.c.id == stop_notice.c.outbox_id)
    .join(appointment, appointment.c.id == stop_notice.c.appointment_id)
    .where(
        clinic_stop.c.hospital_id == bindparam("hospital"),
        clinic_stop.c.status.in_(("approved", "done", "withdrawing", "withdrawn")),
        clinic_session.c.day >= bindparam("today"),
        stop_notice.c.phone_state == "none",
        stop_notice.c.choice == "none",
        # The text of a booking that was given back since has expired with it: nobody waits for that.
        or_(appointment.c.live == 1, clinic_stop.c.action == RELEASE),
        or_(outbox.c.status.in_(("failed", "expired")), outbox.c.receipt.in_(_UNREACHED)),
    )
    .limit(bindparam("most"))
)
_DUE = (
    update(stop_notice)
    .where(stop_notice.c.id.in_(bindparam("ids", expanding=True)), stop_notice.c.phone_state == "none")
    .values(phone_state="due")
)
_NOTICES = (
    bookings()
    .add_columns(
        stop_notice.c.id.label("notice_id"),
        stop_notice.c.stop_id.label("notice_stop"),
        stop_notice.c.phone_state,
        stop_notice.c.phone_note,
        stop_notice.c.created_at.label("told_at"),
        clinic_stop.c.action,
    )
    .join(stop_notice, stop_notice.c.appointment_id == appointment.c.id)
    .join(clinic_stop, clinic_stop.c.id == stop_notice.c.stop_id)
    .where(stop_notice.c.hospital_id == bindparam("hospital"))
)
_LIST = _NOTICES.where(stop_notice.c.phone_state == "due").order_by(stop_notice.c.id).limit(LIST_MOST)
_ONE = _NOTICES.where(appointment.c.code == bindparam("code"), stop_notice.c.phone_state != "none")
_ONE = _ONE.order_by(stop_notice.c.id.desc()).limit(1)
_TICK = (
    update(stop_notice)
    .where(stop_notice.c.id == bindparam("row_id"), stop_notice.c.phone_state == "due")
    .values(phone_state="done", phone_note=bindparam("words"))
)
_TEXTED = (
    update(stop_notice)
    .where(stop_notice.c.id == bindparam("row_id"))
    .values(phone_note=bindparam("words"), outbox_id=bindparam("text"), phone_state=bindparam("state"))
)


def thd_find_unreached(conn: Connection, hospital_id: int, today: date, most: int) -> int:
    """How many notices became due for a call now; only of sessions that are not over."""
    ids = list(conn.execute(_FAILED, {"hospital": hospital_id, "today": today, "most": most}).scalars())
    return conn.execute(_DUE, {"ids": ids}).rowcount if ids else 0


def thd_to_phone(conn: Connection, vault: Vault, hospital_id: int, moments: Moments) -> tuple[ToPhone, ...]:
    """Who is to be phoned, longest waiting first (at most 500); numbers in full, so that reading them is noted."""
    rows = conn.execute(_LIST, {"hospital": hospital_id}).all()
    registered = thd_registered_phones(conn, vault, hospital_id, [row.patient_id for row in rows])
    if rows:
        thd_note(conn, _note(hospital_id, 0, "phone-list-read", f"rows={len(rows)}", moments))
    return tuple(_to_phone(vault, row, registered.get(row.patient_id, [])) for row in rows)


def thd_phoned(conn: Connection, hospital_id: int, code: str, words: str, moments: Moments) -> bool | None:
    """Tick the patient off; False when that was done before, None when nobody of that code is on the list."""
    row = conn.execute(_ONE, {"hospital": hospital_id, "code": code}).one_or_none()
    if row is None:
        return None
    if conn.execute(_TICK, {"row_id": row.notice_id, "words": words[:100]}).rowcount != 1:
        return False
    thd_note(conn, _note(hospital_id, row.id, "stop-phoned", f"stop={row.notice_stop}", moments))
    return True


def thd_not_answered(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, hospital_id: int, code: str, words: str, moments: Moments
) -> bool | None:
    """Nobody answered the call: the notice goes by text where one can reach him (and the call is done); else he stays due."""
    row = conn.execute(_ONE, {"hospital": hospital_id, "code": code}).one_or_none()
    if row is None:
        return None
    stop = thd_stop(conn, hospital_id, row.notice_stop)
    if row.phone_state != "due" or stop is None or stop.status not in ("approved", "done"):
        return False
    posted = thd_post_notices(conn, vault, stop, thd_words(conn, vault, stop, [row.id]), "stop", moments)
    text = posted.get(row.id)
    values = {"row_id": row.notice_id, "words": words[:100], "text": text, "state": "none" if text else "due"}
    conn.execute(_TEXTED, values)
    thd_note(conn, _note(hospital_id, row.id, "stop-not-answered", f"stop={row.notice_stop}", moments))
    return text is not None


def _to_phone(vault: Vault, row: Any, registered: list[str]) -> ToPhone:
    held = [] if row.phone_sealed is None else [vault.open(row.phone_sealed)]
    return ToPhone(
        code=row.code,
        patient=mask_name(vault.open(row.name_sealed)),
        phones=tuple(dict.fromkeys([*held, *registered])),
        doctor=doctor_view(row),
        start=row.start,
        action=row.action,
        since=row.told_at,
        state=row.phone_state,
        note=row.phone_note,
    )


def _note(hospital_id: int, subject: int, action: str, detail: str, moments: Moments) -> Note:
    return Note(
        hospital=hospital_id,
        at=moments.at,
        action=action,
        subject="appointment",
        subject_id=subject,
        actor=moments.by[:40],
        trace=moments.trace,
        detail=detail,
    )
