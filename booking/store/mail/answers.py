"""Texts answered, in as few statements for a whole batch as for one.

Law of this module: a text that is answered already gets no second answer, whatever the batch says; its mark and its reply are
one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from booking.store.mail.post import OutgoingText, row, thd_insert
from booking.store.prepared import Prepared
from booking.store.schema import inbox
from booking.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """``outcome`` is a code; ``reply`` None where the store has posted the words already; ``masked``, when given, replaces the kept text."""

    inbox_id: int
    hospital: int
    outcome: str
    reply: OutgoingText | None
    masked: str | None = None


_OPEN = Prepared(
    select(inbox.c.id)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)), inbox.c.status == "new")
    .with_for_update()
)
_ANSWERED = update(inbox).where(inbox.c.id == bindparam("row_id"))
_ANSWERED = _ANSWERED.values(status="answered", outcome=bindparam("what"), answered_at=bindparam("now"))
_MARK = Prepared(_ANSWERED)
_MARK_MASKED = Prepared(_ANSWERED.values(text_sealed=bindparam("masked")))


def thd_answer_all(conn: Connection, vault: Vault, answered: Sequence[Answered], now: datetime) -> set[int]:
    """Mark the texts answered and post their replies under ``reply:<inbox_id>:0``; the ids of those that were open until now."""
    open_ids = {row_id for (row_id,) in _OPEN.rows(conn, {"ids": [each.inbox_id for each in answered]})}
    fresh = {each.inbox_id: each for each in answered if each.inbox_id in open_ids}.values()
    plain = [_marks(each, now) for each in fresh if each.masked is None]
    masked = [{**_marks(each, now), "masked": vault.seal(each.masked)} for each in fresh if each.masked is not None]
    if plain:
        _MARK.change_each(conn, plain)
    if masked:
        _MARK_MASKED.change_each(conn, masked)
    replies = [_row(vault, each.hospital, each.inbox_id, each.reply, now) for each in fresh if each.reply is not None]
    if replies:
        thd_insert(conn, replies)
    return open_ids


def _marks(each: Answered, now: datetime) -> dict[str, object]:
    return {"row_id": each.inbox_id, "what": each.outcome[:40], "now": now}


def _row(vault: Vault, hospital: int, inbox_id: int, reply: OutgoingText, now: datetime) -> dict[str, object]:
    return row(vault, hospital, replace(reply, dedupe=f"reply:{inbox_id}:0"), now)
