"""Money at the window: a clerk takes it, owes some of it back, pays it out. Everything names the clerk (``turn.clerk``).

Law of this module: while a payment way has been asked and has not answered, nobody takes or gives the same money beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from booking.money import ledger as books
from booking.money.payments import (
    AlreadyPaid,
    Bill,
    Free,
    MoreThanPaid,
    NoSuchRefund,
    NoSuchTicket,
    Owed,
    PaidOut,
    PayOutOutcome,
    RefundOutcome,
    Taken,
    TakeOutcome,
    UnderWay,
)
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.money.charging import Wanted, thd_void, thd_write_charges
from booking.store.money.fees import thd_cost
from booking.store.money.ledger import Record, thd_record, thd_shares
from booking.store.money.paying import thd_settle
from booking.store.money.refunding import Back, thd_owe, thd_refund_shares
from booking.store.money.tickets import Ticket, thd_locked_ticket, thd_ticket_id, thd_tickets
from booking.store.money.turn import Turn
from booking.store.schema import audit, charge, refund
from booking.vault import Vault

_STANDING = select(charge).where(
    charge.c.hospital_id == bindparam("hospital"), charge.c.appointment_id == bindparam("booking"), charge.c.live == 1
)
_PAID = (
    select(charge)
    .where(
        charge.c.hospital_id == bindparam("hospital"),
        charge.c.appointment_id == bindparam("booking"),
        charge.c.status == "paid",
    )
    .order_by(charge.c.live.desc(), charge.c.id.desc())
    .limit(1)
)
_BY_ID = select(charge).where(charge.c.id == bindparam("row_id"))
_REFUND = select(refund).where(refund.c.hospital_id == bindparam("hospital"), refund.c.refund_no == bindparam("no"))
_REFUND_BY_ID = select(refund).where(refund.c.id == bindparam("row_id"))
_REFUNDED = select(func.coalesce(func.sum(refund.c.amount_fen), 0)).where(
    refund.c.hospital_id == bindparam("hospital"), refund.c.charge_id == bindparam("charge")
)
_ASKED = select(audit.c.trace).where(
    audit.c.hospital_id == bindparam("hospital"),
    audit.c.subject == "charge",
    audit.c.subject_id == bindparam("charge"),
    audit.c.action == "refund-asked",
    audit.c.detail == bindparam("detail"),
)
_DONE = (
    update(refund)
    .where(refund.c.id == bindparam("row_id"), refund.c.status == bindparam("seen"))
    .values(status="done", provider_no=bindparam("provider"), settled_at=bindparam("now"), error=None)
)


def thd_bill(conn: Connection, hospital_id: int, code: str) -> Bill | NoSuchTicket:
    """How this booking stands with its payment."""
    row_id = thd_ticket_id(conn, hospital_id, code)
    if row_id is None:
        return NoSuchTicket(code=code)
    ticket = thd_tickets(conn, hospital_id, [row_id])[row_id]
    where = {"hospital": hospital_id, "booking": row_id}
    row = conn.execute(_STANDING, where).one_or_none() or conn.execute(_PAID, where).one_or_none()
    if row is None:
        shares = thd_cost(conn, hospital_id, ticket.clinic_type, ticket.offer.day, ticket.told_fen)
        return Bill(code=code, status="none", amount_fen=books.total(shares))
    refunded = int(conn.execute(_REFUNDED, {"hospital": hospital_id, "charge": row.id}).scalar_one())
    return Bill(
        code=code,
        status=row.status,
        amount_fen=row.amount_fen,
        way=row.way,
        trade_no=row.trade_no,
        paid_fen=row.amount_fen if row.status == "paid" else 0,
        refunded_fen=refunded,
    )


def thd_take_money(conn: Connection, vault: Vault, turn: Turn, code: str, way: str) -> TakeOutcome:
    """The clerk has what the visit costs in his hand, or on his card reader."""
    row_id = thd_ticket_id(conn, turn.hospital, code)
    ticket = None if row_id is None else thd_locked_ticket(conn, turn.hospital, row_id)
    if ticket is None or not ticket.live:
        return NoSuchTicket(code=code)
    standing = conn.execute(_STANDING, {"hospital": turn.hospital, "booking": row_id}).one_or_none()
    if standing is not None and standing.status == "paid":
        return AlreadyPaid(code=code, way=standing.way, amount_fen=standing.amount_fen)
    if standing is not None and standing.status == "waiting":
        return UnderWay(number=standing.trade_no)
    shares = thd_cost(conn, turn.hospital, ticket.clinic_type, ticket.offer.day, ticket.told_fen)
    if not shares:
        return Free(code=code)
    if standing is not None:
        thd_void(conn, turn, standing, ticket, ("void", "paid at window"))
    wanted = Wanted(ticket=ticket, way=way, shares=shares, clerk=turn.clerk, due_at=turn.at)
    (charge_id,) = thd_write_charges(conn, turn, [wanted])
    row = conn.execute(_BY_ID, {"row_id": charge_id}).one()
    thd_settle(conn, vault, turn, (row, ticket), (way, row.trade_no))
    return Taken(code=code, amount_fen=row.amount_fen, trade_no=row.trade_no)


def thd_refund(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, turn: Turn, code: str, amount_fen: int, back: tuple[str, str], key: str
) -> RefundOutcome:
    """Owe the patient so much of what he paid; ``back``: the route (``original``, ``window``) and the reason. The same ``key`` again
    (its answer was lost on the way) is answered with the refund that it made.
    """
    row_id = thd_ticket_id(conn, turn.hospital, code)
    if row_id is None:
        return NoSuchTicket(code=code)
    ticket = thd_locked_ticket(conn, turn.hospital, row_id)
    row = conn.execute(_PAID, {"hospital": turn.hospital, "booking": row_id}).one_or_none()
    if row is None:
        return MoreThanPaid(left_fen=0)
    asked = _asked(turn, row.id, key)
    before = conn.execute(_ASKED, {"hospital": turn.hospital, "charge": row.id, "detail": asked.detail}).first()
    if before is not None:
        made = conn.execute(_REFUND, {"hospital": turn.hospital, "no": before.trace}).one()
        return Owed(refund_no=made.refund_no, amount_fen=made.amount_fen, at_window=made.status == "window")
    route, reason = back
    refund_id = thd_owe(conn, turn, row, ticket, Back(amount_fen=amount_fen, route=route, reason=reason))
    if refund_id is None:
        left = thd_shares(conn, turn.hospital, [row.id]).get(row.id, ())
        return MoreThanPaid(left_fen=books.total(left))
    made = conn.execute(_REFUND_BY_ID, {"row_id": refund_id}).one()
    thd_note(conn, replace(asked, trace=made.refund_no))
    return Owed(refund_no=made.refund_no, amount_fen=amount_fen, at_window=made.status == "window")


def _asked(turn: Turn, charge_id: int, key: str) -> Note:
    """That a clerk asked for this refund, under the refund's number as its trace."""
    return Note(
        hospital=turn.hospital,
        at=turn.at,
        action="refund-asked",
        subject="charge",
        subject_id=charge_id,
        actor=turn.clerk,
        trace="-",
        detail=f"key={key}",
    )


def thd_pay_out(conn: Connection, turn: Turn, refund_no: str, way: str) -> PayOutOutcome:
    """The clerk gives the patient what is owed, by this way."""
    row = conn.execute(_REFUND.with_for_update(), {"hospital": turn.hospital, "no": refund_no}).one_or_none()
    if row is None:
        return NoSuchRefund(refund_no=refund_no)
    if row.status == "waiting":
        return UnderWay(number=refund_no)
    if row.status == "done":
        return PaidOut(refund_no=refund_no, amount_fen=row.amount_fen, again=True)
    ticket = thd_tickets(conn, turn.hospital, [row.appointment_id])[row.appointment_id]
    thd_repaid(conn, turn, row, ticket, (way, ""))
    return PaidOut(refund_no=refund_no, amount_fen=row.amount_fen)


def thd_repaid(conn: Connection, turn: Turn, row: Any, ticket: Ticket, by: tuple[str, str]) -> None:
    """This refund has reached the patient ``by`` a way, under the giver's number."""
    way, provider_no = by
    done = {"row_id": row.id, "seen": row.status, "provider": provider_no or None, "now": turn.at}
    if conn.execute(_DONE, done).rowcount != 1:
        raise TryAgain
    shares = thd_refund_shares(conn, turn.hospital, row.id)
    record = Record(
        entry=books.paid_back(f"payback:{row.id}", shares, way),
        labels=ticket.labels(turn.clerk or row.clerk),
        charge_id=row.charge_id,
        appointment_id=row.appointment_id,
        refund_id=row.id,
    )
    thd_record(conn, turn, [record])
    note = Note(
        hospital=turn.hospital,
        at=turn.at,
        action="refunded",
        subject="refund",
        subject_id=row.id,
        actor=turn.clerk or turn.actor or "payments",
        trace=turn.trace,
        detail=f"way={way} fen={row.amount_fen}",
    )
    thd_note(conn, note)
