"""Texts on their way out: claimed in batches, settled in batches, taken up again after a crash.

Law of this module: a text is ``pending`` until a link claims it (``sending``), and then ``sent``, ``failed`` or ``expired``,
never two at once. What is found ``sending`` at start was in flight when the process died: it is sent once more and marked
``resent``, because nobody can know whether it arrived. Lanes first (answers before notices before bulk), then age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from booking.store.mail.post import ANSWERS, BULK, NOTICES, OutgoingText, thd_post
from booking.store.mail.receipts import Flown, thd_parts, thd_receipt
from booking.store.prepared import Prepared
from booking.store.schema import hospital, outbox
from booking.vault import Vault

__all__ = [
    "ANSWERS",
    "BULK",
    "NOTICES",
    "Failed",
    "Later",
    "Letter",
    "OutgoingText",
    "Sent",
    "Settlement",
    "thd_claim",
    "thd_post",
    "thd_receipt",
    "thd_reclaim",
    "thd_settle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A claimed text. ``attempts`` counts tries before this one; ``resent``: it may have been sent by an earlier life."""

    id: int
    hospital: int
    to: str
    body: str
    kind: str
    attempts: int
    resent: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """The SMSC took all parts, under these message ids."""

    id: int
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """It will never be taken; ``error`` is a code such as ``ESME_RINVDSTADR``, at most 80 characters, nothing personal."""

    id: int
    error: str


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again when ``due`` (UTC, naive) has come."""

    id: int
    due: datetime


Settlement = Sent | Failed | Later

_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_DUE = Prepared(
    select(
        outbox.c.id,
        outbox.c.hospital_id,
        outbox.c.to_sealed,
        outbox.c.body_sealed,
        outbox.c.kind,
        outbox.c.attempts,
        outbox.c.resent,
        outbox.c.expires_at,
    )
    .where(
        outbox.c.hospital_id.in_(bindparam("hospitals", expanding=True)),
        outbox.c.status == "pending",
        outbox.c.due_at <= bindparam("now"),
    )
    .order_by(outbox.c.lane, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SENDING = Prepared(update(outbox).where(outbox.c.id.in_(_IDS)).values(status="sending", smsc=bindparam("by")))
_EXPIRED = Prepared(update(outbox).where(outbox.c.id.in_(_IDS)).values(status="expired", settled_at=bindparam("now")))
_IN_FLIGHT = Prepared(
    select(outbox.c.id, outbox.c.hospital_id, outbox.c.smsc).where(outbox.c.id.in_(_IDS), outbox.c.status == "sending")
)
_SENT = Prepared(update(outbox).where(outbox.c.id.in_(_IDS)).values(status="sent", settled_at=bindparam("now")))
_ONE = outbox.c.id == bindparam("row_id")
_FAILED = update(outbox).where(_ONE).values(status="failed", error=bindparam("new_error"), settled_at=bindparam("now"))
_LATER = (
    update(outbox)
    .where(_ONE)
    .values(status="pending", due_at=bindparam("due"), attempts=outbox.c.attempts + 1, smsc=None)
)
_HOSPITALS = select(hospital.c.id)
# By hospital, for so what is sending is found without a look at all that was sent.
_RECLAIM = (
    update(outbox)
    .where(
        outbox.c.hospital_id.in_(bindparam("hospitals", expanding=True)),
        outbox.c.status == "sending",
        outbox.c.smsc == bindparam("mine"),
    )
    .values(status="pending", resent=True, smsc=None)
)


def thd_claim(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, hospitals: Sequence[int], smsc: str, limit: int, now: datetime
) -> list[Letter]:
    """Up to ``limit`` texts that are due, now ``sending`` by ``smsc``. Those past their time are marked expired instead."""
    due: list[tuple[Any, ...]] = []
    late: list[int] = []
    for *text, expires_at in _DUE.rows(conn, {"hospitals": list(hospitals), "now": now, "most": limit}):
        if expires_at is not None and expires_at <= now:
            late.append(text[0])
        else:
            due.append(tuple(text))
    if late:
        _EXPIRED.change(conn, {"ids": late, "now": now})
    if due:
        _SENDING.change(conn, {"ids": [row_id for row_id, *_ in due], "by": smsc})
    return [_letter(vault, *text) for text in due]


def thd_settle(conn: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Enter what became of claimed texts. One that is not ``sending`` any more is left as it is."""
    if not settlements:
        return
    rows = _IN_FLIGHT.rows(conn, {"ids": [settled.id for settled in settlements]})
    flying = {row_id: Flown(row_id, hospital, smsc) for row_id, hospital, smsc in rows}
    known = [settled for settled in settlements if settled.id in flying]
    sent = [settled for settled in known if isinstance(settled, Sent)]
    if sent:
        _SENT.change(conn, {"ids": [settled.id for settled in sent], "now": now})
        thd_parts(conn, [(flying[settled.id], settled.message_ids) for settled in sent])
    failed = [{"row_id": s.id, "new_error": s.error[:80], "now": now} for s in known if isinstance(s, Failed)]
    if failed:
        conn.execute(_FAILED, failed)
    later = [{"row_id": s.id, "due": s.due} for s in known if isinstance(s, Later)]
    if later:
        conn.execute(_LATER, later)


def thd_reclaim(conn: Connection, smsc: str) -> int:
    """At start, before anything is claimed: what an earlier life of ``smsc`` had in flight is due again; how many."""
    hospitals = list(conn.execute(_HOSPITALS).scalars())
    return conn.execute(_RECLAIM, {"hospitals": hospitals, "mine": smsc}).rowcount


def _letter(  # noqa: PLR0917 - the columns of _DUE
    vault: Vault,
    row_id: int,
    hospital: int,
    to_sealed: bytes,
    body_sealed: bytes,
    kind: str,
    attempts: int,
    resent: bool,
) -> Letter:
    return Letter(
        id=row_id,
        hospital=hospital,
        to=vault.open(to_sealed),
        body=vault.open(body_sealed),
        kind=kind,
        attempts=attempts,
        resent=resent,
    )
