"""A booking is charged: the errand to be run at a payment way, and the receivable in the books, in the booking's transaction.

Law of this module: at most one charge of a booking is live (``uq_charge_appointment_live``). A charge that falls due while
payment is closed waits with its ``due_at``; nothing is lost and nothing is asked of the outside here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.clock import on_wall
from booking.money import ledger as books
from booking.money.fees import shares_on
from booking.money.ledger import Share
from booking.rules.facts import Offer
from booking.rules.payment import PayTerms, pay_terms
from booking.rules.rulebook import RuleBook
from booking.store.faults import TryAgain
from booking.store.money.fees import thd_items_of
from booking.store.money.ledger import Record, thd_record, thd_shares
from booking.store.money.tickets import Ticket, thd_tickets
from booking.store.money.turn import Turn
from booking.store.schema import charge
from booking.trace import trace_id

_HERE = charge.c.hospital_id == bindparam("hospital")
_BEFORE = (
    select(charge.c.appointment_id, func.count())
    .where(_HERE, charge.c.appointment_id.in_(bindparam("ids", expanding=True)))
    .group_by(charge.c.appointment_id)
)
_MADE = select(charge.c.trade_no, charge.c.id).where(_HERE, charge.c.trade_no.in_(bindparam("trades", expanding=True)))
_AWAITS = select(charge.c.id).where(
    _HERE,
    charge.c.appointment_id == bindparam("booking"),
    charge.c.live == 1,
    charge.c.status != "paid",
    charge.c.expires_at.is_not(None),
)
_MOVE = (
    update(charge)
    .where(charge.c.id == bindparam("row_id"), charge.c.status == bindparam("seen"))
    .values(status=bindparam("next"), live=bindparam("stays"), error=bindparam("why"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A booking that may have to be paid now. ``fee_fen`` is what the patient was told."""

    appointment_id: int
    offer: Offer
    fee_fen: int
    channel: str
    clerk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A charge about to be written; ``until`` is when an unpaid hold ends."""

    ticket: Ticket
    way: str
    shares: tuple[Share, ...]
    clerk: str
    due_at: datetime
    until: datetime | None = None


def thd_charge(  # noqa: PLR0917 - the batch, and what it is judged by
    conn: Connection, hospital_id: int, dues: Sequence[Due], rules: RuleBook, at: datetime, wall: datetime
) -> None:
    """Charge those of these bookings that their rules want paid before the visit; free ones are not charged."""
    asked = [(due, pay_terms(rules, due.offer, due.channel)) for due in dues]
    asked = [(due, terms) for due, terms in asked if terms.when != "visit"]
    if not asked:
        return
    tickets = thd_tickets(conn, hospital_id, [due.appointment_id for due, _ in asked])
    items = thd_items_of(conn, hospital_id, {ticket.clinic_type for ticket in tickets.values()})
    turn = Turn(hospital=hospital_id, at=at, wall=wall, rules=rules, trace=trace_id.get())
    wanted = []
    for due, terms in asked:
        ticket = tickets[due.appointment_id]
        way = _way(terms, ticket)
        shares = shares_on(items, ticket.clinic_type, ticket.offer.day, due.fee_fen)
        if way is not None and shares:
            until = at + timedelta(minutes=terms.hold_minutes) if terms.when == "hold" else None
            wanted.append(
                Wanted(ticket=ticket, way=way, shares=shares, clerk=due.clerk, due_at=turn.payment_opens, until=until)
            )
    thd_write_charges(conn, turn, wanted)


def thd_charge_taken(conn: Connection, hospital_id: int, appointment_id: int, rules: RuleBook, at: datetime) -> None:
    """Charge a number that was offered to a waiting patient and that he has taken."""
    ticket = thd_tickets(conn, hospital_id, [appointment_id])[appointment_id]
    due = Due(appointment_id=appointment_id, offer=ticket.offer, fee_fen=ticket.told_fen, channel=ticket.channel)
    thd_charge(conn, hospital_id, [due], rules, at, on_wall(at))


def thd_write_charges(conn: Connection, turn: Turn, wanted: Sequence[Wanted]) -> list[int]:
    """Write these charges and what the patients owe by them; their ids, in order."""
    if not wanted:
        return []
    ids = [one.ticket.appointment_id for one in wanted]
    before = {row[0]: row[1] for row in conn.execute(_BEFORE, {"hospital": turn.hospital, "ids": ids})}
    trades = [trade_no(turn.hospital, row_id, before.get(row_id, 0) + 1) for row_id in ids]
    rows = [_row(turn.hospital, one, trade, turn.at) for one, trade in zip(wanted, trades, strict=True)]
    try:
        conn.execute(insert(charge), rows)
    except IntegrityError:  # charged beside us
        raise TryAgain from None
    made = {row.trade_no: row.id for row in conn.execute(_MADE, {"hospital": turn.hospital, "trades": trades})}
    charges = [made[trade] for trade in trades]
    records = [
        Record(
            entry=books.charged(f"charge:{row_id}", one.shares, one.way),
            labels=one.ticket.labels(one.clerk),
            charge_id=row_id,
            appointment_id=one.ticket.appointment_id,
        )
        for row_id, one in zip(charges, wanted, strict=True)
    ]
    thd_record(conn, turn, records)
    return charges


def thd_awaits_payment(conn: Connection, hospital_id: int, appointment_id: int) -> bool:
    """Whether this number is held only until it is paid, and is not paid."""
    return conn.execute(_AWAITS, {"hospital": hospital_id, "booking": appointment_id}).first() is not None


def thd_void(conn: Connection, turn: Turn, row: Any, ticket: Ticket, to: tuple[str, str]) -> None:
    """This unpaid charge is ``void`` or ``failed`` (``to``: status and why), and the patient owes nothing by it."""
    status, why = to
    thd_move_charge(conn, row, status, live=None, why=why)
    shares = thd_shares(conn, turn.hospital, [row.id]).get(row.id, ())
    record = Record(
        entry=books.voided(f"void:{row.id}", shares, row.way),
        labels=ticket.labels(row.clerk),
        charge_id=row.id,
        appointment_id=row.appointment_id,
    )
    thd_record(conn, turn, [record])


def thd_move_charge(conn: Connection, row: Any, status: str, *, live: int | None = 1, why: str | None = None) -> None:
    """From the status that was read to this one; TryAgain when somebody was quicker."""
    moved = {"row_id": row.id, "seen": row.status, "next": status, "stays": live, "why": why}
    if conn.execute(_MOVE, moved).rowcount != 1:
        raise TryAgain


def trade_no(hospital_id: int, appointment_id: int, nth: int) -> str:
    """Our number of a charge, as payers and operators see it: digits only, the same for every repetition."""
    return f"{hospital_id:05d}{appointment_id:011d}{nth:02d}"


def _way(terms: PayTerms, ticket: Ticket) -> str | None:
    """The first of the ways that can be used: no phone, no phone bill. None: he pays at the window.

    Who sells does not know which ways are configured: ``policy check`` and ``config check`` tell the administrator what comes of that.
    """
    ways = terms.ways or (books.ONLINE_WAYS if terms.when == "hold" else ("bill",))
    return next((way for way in ways if way != "bill" or ticket.phone_sealed is not None), None)


def _row(hospital_id: int, one: Wanted, trade: str, at: datetime) -> dict[str, Any]:
    return {
        "hospital_id": hospital_id,
        "appointment_id": one.ticket.appointment_id,
        "way": one.way,
        "amount_fen": books.total(one.shares),
        "status": "due",
        "live": 1,
        "trade_no": trade,
        "due_at": one.due_at,
        "expires_at": one.until,
        "attempts": 0,
        "category": one.ticket.category,
        "clerk": one.clerk,
        "created_at": at,
    }
