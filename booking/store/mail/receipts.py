"""Delivery receipts, part by part. A receipt may come before the answer that tells the part's id: it waits as an orphan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.rules.delivery import later_state, state_name, worst_state
from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import outbox, outbox_part, receipt_orphan

_NOWHERE = 0  # the hospital of a receipt whose message is not known

# The text's own row is locked with the part's, so that of two parts' receipts at once the later one sees both.
_PART = (
    select(outbox_part.c.id, outbox_part.c.outbox_id, outbox_part.c.state)
    .select_from(outbox_part.join(outbox, outbox.c.id == outbox_part.c.outbox_id))
    .where(outbox_part.c.smsc == bindparam("smsc"), outbox_part.c.message_id == bindparam("message"))
    .order_by(outbox_part.c.id.desc())
    .limit(1)
    .with_for_update()
)
_ENTER = (
    update(outbox_part)
    .where(outbox_part.c.id == bindparam("row_id"))
    .values(state=bindparam("new_state"), state_at=bindparam("at"))
)
_STATES = select(outbox_part.c.state).where(outbox_part.c.outbox_id == bindparam("text"))
_TELL = update(outbox).where(outbox.c.id == bindparam("row_id")).values(receipt=bindparam("worst"))
_NEW_PART = Prepared(insert(outbox_part))
_ORPHAN = Prepared(
    select(receipt_orphan.c.id, receipt_orphan.c.message_id, receipt_orphan.c.state, receipt_orphan.c.state_at).where(
        receipt_orphan.c.smsc == bindparam("smsc"),
        receipt_orphan.c.message_id.in_(bindparam("messages", expanding=True)),
    )
)
_CHANGE_ORPHAN = (
    update(receipt_orphan)
    .where(receipt_orphan.c.id == bindparam("row_id"))
    .values(state=bindparam("new_state"), state_at=bindparam("at"))
)
_ADOPT = delete(receipt_orphan).where(receipt_orphan.c.id.in_(bindparam("ids", expanding=True)))


class Flown(NamedTuple):
    """A claimed text: its outbox row, whose it is, and the link that sends it."""

    id: int
    hospital: int
    smsc: str


def thd_receipt(conn: Connection, smsc: str, message_id: str, state: str, at: datetime) -> bool:
    """Enter one receipt; whether its part is known. ``state`` long or short, any case (``booking.rules.delivery``)."""
    part = conn.execute(_PART, {"smsc": smsc, "message": message_id}).one_or_none()
    if part is None:
        _thd_orphan(conn, smsc, message_id, state_name(state), at)
        return False
    _thd_enter(conn, part.id, part.outbox_id, later_state(part.state, state_name(state)), at)
    return True


def thd_parts(conn: Connection, sent: Sequence[tuple[Flown, Sequence[str]]]) -> None:
    """The parts of texts just sent, with their message ids. Receipts that came early find them."""
    rows: list[dict[str, Any]] = [
        {"hospital_id": text.hospital, "outbox_id": text.id, "smsc": text.smsc, "message_id": message_id}
        for text, message_ids in sent
        for message_id in message_ids
    ]
    if not rows:
        return
    _NEW_PART.change_each(conn, rows)
    for smsc in sorted({row["smsc"] for row in rows}):
        _thd_adopt(conn, smsc, [row["message_id"] for row in rows if row["smsc"] == smsc])


def _thd_adopt(conn: Connection, smsc: str, message_ids: Iterable[str]) -> None:
    orphans = _ORPHAN.rows(conn, {"smsc": smsc, "messages": list(message_ids)})
    for _, message_id, state, state_at in orphans:
        thd_receipt(conn, smsc, message_id, state, state_at)
    if orphans:
        conn.execute(_ADOPT, {"ids": [row_id for row_id, *_ in orphans]})


def _thd_enter(conn: Connection, part_id: int, outbox_id: int, state: str, at: datetime) -> None:
    conn.execute(_ENTER, {"row_id": part_id, "new_state": state, "at": at})
    worst = worst_state(conn.execute(_STATES, {"text": outbox_id}).scalars().all())
    conn.execute(_TELL, {"row_id": outbox_id, "worst": worst})


def _thd_orphan(conn: Connection, smsc: str, message_id: str, state: str, at: datetime) -> None:
    standing = _ORPHAN.rows(conn, {"smsc": smsc, "messages": [message_id]})
    if standing:
        row_id, _, earlier, _ = standing[0]
        wanted = {"row_id": row_id, "new_state": later_state(earlier, state), "at": at}
        conn.execute(_CHANGE_ORPHAN, wanted)
        return
    values = {"hospital_id": _NOWHERE, "smsc": smsc, "message_id": message_id, "state": state, "state_at": at}
    try:
        conn.execute(insert(receipt_orphan), values)
    except IntegrityError:
        raise TryAgain from None
