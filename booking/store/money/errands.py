"""Errands to payment ways: claimed before they are run, answered afterwards, asked after when no answer came.

Law of this module: an errand is ``waiting`` from before it leaves the house until its answer is known; what is waiting is never
run again unless the way says that it never heard of it (``unheard``). Nothing is claimed while payment is closed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select, update

from booking.money.payments import Answer, Errand, pause
from booking.store.faults import TryAgain
from booking.store.money.charging import thd_void
from booking.store.money.paying import thd_settle
from booking.store.money.refunding import thd_move_refund
from booking.store.money.tickets import thd_locked_ticket, thd_tickets
from booking.store.money.turn import Turn
from booking.store.money.window import thd_repaid
from booking.store.schema import appointment, charge, refund
from booking.vault import Vault

_BOTH = refund.join(charge, charge.c.id == refund.c.charge_id).join(
    appointment, appointment.c.id == refund.c.appointment_id
)
_CHARGE_COLUMNS = (
    charge.c.id,
    charge.c.way,
    charge.c.trade_no,
    charge.c.provider_no,
    charge.c.amount_fen,
    charge.c.amount_fen.label("paid_fen"),
    charge.c.attempts,
    charge.c.due_at,
    appointment.c.phone_sealed,
)
_REFUND_COLUMNS = (
    refund.c.id,
    charge.c.way,
    charge.c.trade_no,
    charge.c.provider_no,
    refund.c.amount_fen,
    charge.c.amount_fen.label("paid_fen"),
    refund.c.attempts,
    refund.c.due_at,
    appointment.c.phone_sealed,
    refund.c.refund_no,
)
_ROWS = {"charge": select(charge).where(charge.c.id == bindparam("row_id")).with_for_update(),
         "refund": select(refund).where(refund.c.id == bindparam("row_id")).with_for_update()}  # fmt: skip

_CHARGES = select(*_CHARGE_COLUMNS).select_from(charge.join(appointment, appointment.c.id == charge.c.appointment_id))
_REFUNDS = select(*_REFUND_COLUMNS).select_from(_BOTH)
_BOOKING_OF = select(charge.c.appointment_id).where(charge.c.id == bindparam("row_id"))


def thd_claim(
    conn: Connection, vault: Vault, turn: Turn, ways: tuple[Collection[str], Collection[str]], most: int
) -> list[Errand]:
    """The charges and refunds that may be run now, marked ``waiting``; ``ways``: which are asked to take, which to pay back."""
    if turn.payment_opens > turn.at:
        return []
    return _thd_pick(conn, vault, turn, "due", (ways, most))


def thd_unanswered(
    conn: Connection, vault: Vault, turn: Turn, ways: tuple[Collection[str], Collection[str]], most: int
) -> list[Errand]:
    """The errands that are out and whose answer is overdue: to be asked after, next time after a longer pause."""
    return _thd_pick(conn, vault, turn, "waiting", (ways, most))


def thd_errand(conn: Connection, vault: Vault, hospital_id: int, kind: str, number: str) -> Errand | None:
    """The errand of this number of ours, whatever its state."""
    if kind == "charge":
        chosen: Any = _CHARGES.where(charge.c.hospital_id == hospital_id, charge.c.trade_no == number)
    else:
        chosen = _REFUNDS.where(refund.c.hospital_id == hospital_id, refund.c.refund_no == number)
    row = conn.execute(chosen).one_or_none()
    return None if row is None else _errand(vault, kind, row, row.attempts)


def thd_answer(conn: Connection, vault: Vault, turn: Turn, errand: Errand, answer: Answer) -> None:
    """What the way said of this errand; an answer to what is settled already changes nothing."""
    if errand.kind == "refund":
        row = conn.execute(_ROWS["refund"], {"row_id": errand.id}).one()
        _thd_refund_answer(conn, turn, row, errand, answer)
        return
    booking = conn.execute(_BOOKING_OF, {"row_id": errand.id}).scalar_one()
    ticket = thd_locked_ticket(conn, turn.hospital, booking)  # the booking before its charge, as everywhere
    row = conn.execute(_ROWS["charge"], {"row_id": errand.id}).one()
    if row.appointment_id != booking:
        raise TryAgain  # its booking moved beside us
    if answer.state == "done" and row.status != "paid":
        thd_settle(conn, vault, turn, (row, ticket), (row.way, answer.provider_no))
    elif answer.state == "refused" and row.status == "waiting":
        thd_void(conn, turn, row, ticket, ("failed", answer.error[:80]))
    elif answer.state == "unheard" and row.status == "waiting" and not ticket.live:
        # Nobody has it, and nobody wants it now.
        thd_void(conn, turn, row, ticket, ("void", ticket.ended_by or "ended"))
    elif row.status == "waiting":
        _thd_wait(conn, turn, charge, row, answer)


def _thd_refund_answer(conn: Connection, turn: Turn, row: Any, errand: Errand, answer: Answer) -> None:
    if answer.state == "done" and row.status != "done":
        ticket = thd_tickets(conn, turn.hospital, [row.appointment_id])[row.appointment_id]
        thd_repaid(conn, turn, row, ticket, (errand.way, answer.provider_no))
    elif row.status != "waiting":
        return
    elif answer.state == "refused":
        thd_move_refund(conn, row, "failed", answer.error[:80])
    else:
        _thd_wait(conn, turn, refund, row, answer)


def _thd_wait(conn: Connection, turn: Turn, table: Table, row: Any, answer: Answer) -> None:
    """Stay ``waiting``, or be put again (``unheard``) after a pause."""
    status = "due" if answer.state == "unheard" else "waiting"
    change = {"status": status, "due_at": turn.at + pause(row.attempts), "error": answer.error[:80] or None}
    conn.execute(update(table).where(table.c.id == row.id, table.c.status == "waiting").values(change))


def _thd_pick(
    conn: Connection, vault: Vault, turn: Turn, status: str, what: tuple[tuple[Collection[str], Collection[str]], int]
) -> list[Errand]:
    (takers, givers), most = what
    picked: list[Errand] = []
    for kind, table, ways in (("charge", charge, takers), ("refund", refund, givers)):
        if ways and len(picked) < most:
            chosen = _chosen(kind, table, (turn.hospital, status, turn.at), ways).limit(most - len(picked))
            for row in conn.execute(chosen).all():
                _thd_claimed(conn, turn, table, row, status)
                picked.append(_errand(vault, kind, row, row.attempts + 1))
    return picked


def _chosen(kind: str, table: Table, where: tuple[int, str, datetime], ways: Collection[str]) -> Select[Any]:
    hospital_id, status, at = where
    chosen: Any = _CHARGES if kind == "charge" else _REFUNDS
    found: Select[Any] = chosen.where(
        table.c.hospital_id == hospital_id,
        table.c.status == status,
        table.c.due_at <= at,
        charge.c.way.in_(sorted(ways)),
    ).order_by(table.c.due_at, table.c.id)
    return found


def _thd_claimed(conn: Connection, turn: Turn, table: Table, row: Any, status: str) -> None:
    attempts = row.attempts + 1
    claim = update(table).where(table.c.id == row.id, table.c.status == status, table.c.attempts == row.attempts)
    values = {"status": "waiting", "attempts": attempts, "due_at": turn.at + pause(attempts)}
    if conn.execute(claim.values(values)).rowcount != 1:
        raise TryAgain


def _errand(vault: Vault, kind: Any, row: Any, attempts: int) -> Errand:
    return Errand(
        kind=kind,
        id=row.id,
        way=row.way,
        trade_no=row.trade_no,
        amount_fen=row.amount_fen,
        paid_fen=row.paid_fen,
        refund_no=row._mapping.get("refund_no", ""),
        provider_no=row.provider_no or "",
        attempts=attempts,
        phone="" if row.phone_sealed is None else vault.open(row.phone_sealed),
    )
