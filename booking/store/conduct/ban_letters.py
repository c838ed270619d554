"""The text of a ban that begins, and its audit row: posted with the ban, once, by the ban's own id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from booking import ban_texts
from booking.rules.facts import Ban
from booking.store.audit import Note, thd_note
from booking.store.conduct.bans import NewBan
from booking.store.mail.letters import phones_to_tell, thd_registered_phones
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.pictures import thd_letterhead
from booking.store.schema import appointment, hospital
from booking.vault import Vault

_HELD = select(appointment.c.id, appointment.c.patient_id, appointment.c.phone_sealed).where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.id.in_(bindparam("ids", expanding=True))
)
_CALL = select(hospital.c.phone).where(hospital.c.id == bindparam("hospital"))


def thd_tell(  # noqa: PLR0917 - the tail of thd_judge
    conn: Connection, vault: Vault, hospital_id: int, latest: int, begun: dict[int, NewBan], at: datetime
) -> None:
    """Note and tell the bans that began (by their rows' ids); ``latest`` is the booking whose phone is told."""
    if not begun:
        return
    notes = [_note(hospital_id, row_id, ban.ban, at) for row_id, ban in begun.items()]
    thd_note(conn, *notes)
    head, call = thd_letterhead(conn, hospital_id), conn.execute(_CALL, {"hospital": hospital_id}).scalar_one()
    phones = _thd_phones_to_tell(conn, vault, hospital_id, latest)
    thd_post(conn, vault, hospital_id, list(_texts(head, call, phones, begun)), at)


def _texts(head: Any, call: str, phones: Sequence[str], begun: dict[int, NewBan]) -> Iterator[OutgoingText]:
    for row_id, ban in begun.items():
        body = ban_texts.started(head, ban.ban, call)
        for phone in phones:
            yield OutgoingText(to=phone, body=body, kind="ban", lane=NOTICES, dedupe=f"ban:{row_id}")


def _thd_phones_to_tell(conn: Connection, vault: Vault, hospital_id: int, latest: int) -> tuple[str, ...]:
    """The phone of the latest booking that counted, else the first that the patient is registered to; one at most."""
    row = conn.execute(_HELD, {"hospital": hospital_id, "ids": [latest]}).one()
    held = None if row.phone_sealed is None else vault.open(row.phone_sealed)
    registered = thd_registered_phones(conn, vault, hospital_id, [row.patient_id]).get(row.patient_id, [])
    return phones_to_tell(None, held, registered)[:1]


def _note(hospital_id: int, row_id: int, ban: Ban, at: datetime) -> Note:
    until = "lifted" if ban.until is None else ban.until.isoformat(timespec="minutes")
    return Note(
        hospital=hospital_id,
        at=at,
        action="banned",
        subject="ban",
        subject_id=row_id,
        actor="rules",
        trace="-",
        detail=f"cause={ban.cause} rule={ban.rule} nth={ban.nth} until={until}",
    )
