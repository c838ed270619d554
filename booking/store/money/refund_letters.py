"""The text of a refund that is owed, posted with it: once, by the refund's own id."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam

from booking import refund_texts
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.money.turn import Turn
from booking.store.roster.pictures import booking_view, bookings, thd_letterhead
from booking.store.schema import appointment

_ONE = bookings().where(appointment.c.hospital_id == bindparam("hospital"), appointment.c.id == bindparam("booking"))


def thd_tell_refund(  # noqa: PLR0917 - the tail of thd_owe
    conn: Connection,
    turn: Turn,
    booking_id: int,
    refund_id: int,
    amount_fen: int,
    reason: str,
    way: str,
    by: date | None,
) -> None:
    """Tell the phone that booked, or one that the patient is registered to."""
    vault = turn.vault
    assert vault is not None, "who owes money back can seal the text that tells of it"
    row = conn.execute(_ONE, {"hospital": turn.hospital, "booking": booking_id}).one()
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    registered = thd_registered_phones(conn, vault, turn.hospital, [row.patient_id]).get(row.patient_id, ())
    head = thd_letterhead(conn, turn.hospital)
    body = refund_texts.owed(head, booking_view(vault, row), amount_fen, reason=reason, way=way, by=by)
    texts = [
        OutgoingText(
            to=phone,
            body=body,
            kind="refund",
            lane=NOTICES,
            dedupe=f"refund:{refund_id}" + (f":{nth}" if nth else ""),
            appointment_id=booking_id,
        )
        for nth, phone in enumerate(phones_to_tell(None, held, registered))
    ]
    thd_post(conn, vault, turn.hospital, texts, turn.at)
