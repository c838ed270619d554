"""The text of a ban that begins, and its audit row: posted with the ban, once, by the ban's own id.

Law of this module: every ban is noted, and the patient is told when he may book again. Where several rules ban for one conduct (of
P1 both published versions hold), each keeps its row, for its own ladder and for who forgives; told is the one that ends last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from booking import ban_texts
from booking.rules.facts import Ban
from booking.rules.moments import FOREVER
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
    conn: Connection,
    vault: Vault,
    hospital_id: int,
    latest: int,
    begun: Mapping[int, NewBan],
    standing: Sequence[Ban],
    at: datetime,
) -> None:
    """Note the bans that began (by their rows' ids), and tell those that say more than the others and than those that were
    ``standing`` before; ``latest`` is the booking whose phone is told.
    """
    if not begun:
        return
    notes = [_note(hospital_id, row_id, ban.ban, at) for row_id, ban in begun.items()]
    thd_note(conn, *notes)
    head, call = thd_letterhead(conn, hospital_id), conn.execute(_CALL, {"hospital": hospital_id}).scalar_one()
    phones = _thd_phones_to_tell(conn, vault, hospital_id, latest)
    told = _told({row_id: ban.ban for row_id, ban in begun.items()}, standing)
    thd_post(conn, vault, hospital_id, list(_texts(head, call, phones, told)), at)


def _told(begun: Mapping[int, Ban], standing: Sequence[Ban]) -> dict[int, Ban]:
    """Those of the bans that began which no other says already: the last to end first, the whole hospital's before a department's."""
    heard, told = list(standing), dict[int, Ban]()
    for row_id, ban in sorted(begun.items(), key=lambda each: _reach(each[1]), reverse=True):
        if not any(_says(other, ban) for other in heard):
            heard.append(ban)
            told[row_id] = ban
    return told


def _reach(ban: Ban) -> tuple[datetime, bool]:
    return ban.until or FOREVER, ban.scope != "department"


def _says(other: Ban, ban: Ban) -> bool:
    """Whether whoever knows of ``other`` learns nothing from the text of ``ban``: the same reason, no earlier end, no smaller place."""
    within = other.scope != "department" or (ban.scope, ban.department) == (other.scope, other.department)
    return within and other.cause == ban.cause and (ban.until or FOREVER) <= (other.until or FOREVER)


def _texts(head: Any, call: str, phones: Sequence[str], told: Mapping[int, Ban]) -> Iterator[OutgoingText]:
    for row_id, ban in told.items():
        body = ban_texts.started(head, ban, call)
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
