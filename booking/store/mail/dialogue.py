"""The question that was asked last on a phone, for as long as an answer counts. One per phone; a new one replaces it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import dialogue
from booking.vault import Vault

_MINE = (dialogue.c.hospital_id == bindparam("hospital"), dialogue.c.phone_print == bindparam("phone"))
_STATE = select(dialogue.c.id, dialogue.c.state_sealed, dialogue.c.until_at).where(*_MINE)
_REPLACE = (
    update(dialogue)
    .where(dialogue.c.id == bindparam("row_id"))
    .values(state_sealed=bindparam("state"), until_at=bindparam("until"))
)
_FORGET = Prepared(
    delete(dialogue).where(
        dialogue.c.hospital_id == bindparam("hospital"),
        dialogue.c.phone_print.in_(bindparam("phones", expanding=True)),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    state: str
    until: datetime  # UTC, naive


def thd_pending(conn: Connection, vault: Vault, hospital: int, phone: str, now: datetime) -> Remembered | None:
    """What was remembered for this phone, unless its time has passed."""
    row = conn.execute(_STATE, _who(vault, hospital, phone)).one_or_none()
    if row is None or row.until_at <= now:
        return None
    return Remembered(state=vault.open(row.state_sealed), until=row.until_at)


def thd_remember(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, hospital: int, phone: str, state: str, until: datetime
) -> None:
    """Remember ``state`` (any text; it is sealed) until ``until`` (UTC, naive), instead of what was remembered before."""
    who = _who(vault, hospital, phone)
    row = conn.execute(_STATE, who).one_or_none()
    sealed = vault.seal(state)
    if row is not None:
        if conn.execute(_REPLACE, {"row_id": row.id, "state": sealed, "until": until}).rowcount != 1:
            raise TryAgain  # forgotten beside us
        return
    values = {"hospital_id": hospital, "phone_print": who["phone"], "state_sealed": sealed, "until_at": until}
    try:
        conn.execute(insert(dialogue), values)
    except IntegrityError:
        raise TryAgain from None


def thd_forget(conn: Connection, vault: Vault, hospital: int, phones: Sequence[str]) -> None:
    """Nothing is pending on these phones (one at least)."""
    _FORGET.change(conn, {"hospital": hospital, "phones": [vault.fingerprint(phone) for phone in phones]})


def _who(vault: Vault, hospital: int, phone: str) -> dict[str, Any]:
    return {"hospital": hospital, "phone": vault.fingerprint(phone)}
