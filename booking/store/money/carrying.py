"""A booking moves to another time, and its payment goes along: nothing is asked for twice, and only a difference changes hands.

Law of this module: what was paid (or is being asked for) for the old number is re-attached to the new one, in the transaction of the
move, when the new one costs as much or less; the difference is owed back in full. A dearer one is charged as any, and all that was paid
for the old one is owed back. Income and money stand in the books under the doctor who has the patient: a move to another
doctor or clinic type is entered out of the one and into the other, over the same accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from booking.money import ledger as books
from booking.money.ledger import Share
from booking.store.faults import TryAgain
from booking.store.money.charging import Due, thd_charge
from booking.store.money.fees import thd_cost
from booking.store.money.ledger import Record, thd_record, thd_shares
from booking.store.money.refunding import Back, thd_back_by_rule, thd_owe
from booking.store.money.tickets import Ticket, thd_tickets
from booking.store.money.turn import Turn
from booking.store.schema import charge

MOVED = "changed"
_OF_OLD = (
    select(charge)
    .where(
        charge.c.hospital_id == bindparam("hospital"),
        charge.c.appointment_id == bindparam("booking"),
        charge.c.status.in_(("waiting", "paid")),
    )
    .order_by(charge.c.id)
    .with_for_update()
)
_ATTACH = (
    update(charge)
    .where(charge.c.id == bindparam("row_id"), charge.c.appointment_id == bindparam("before"))
    .values(appointment_id=bindparam("after"))
)


def thd_carry(conn: Connection, turn: Turn, before: int, after: int) -> None:
    """The money of the booking ``before``, which was moved and is now ``after`` (row ids)."""
    rows = conn.execute(_OF_OLD, {"hospital": turn.hospital, "booking": before}).all()
    tickets = thd_tickets(conn, turn.hospital, [before, after])
    old, new = tickets[before], tickets[after]
    row = next((each for each in rows if each.live == 1), None)
    dearer = _thd_price(conn, turn, new) - _thd_price(conn, turn, old)
    if row is None or dearer > 0 or (dearer < 0 and row.status == "waiting"):
        _thd_anew(conn, turn, row, old, new)
        return
    if dearer < 0:
        _thd_difference(conn, turn, row, old, -dearer)
    for each in rows:
        if each is row or each.status == "paid":  # what was paid twice is found by the charge that it was paid for
            _thd_attach(conn, each, before, after)
    _thd_relabel(conn, turn, row, old, new)


def _thd_anew(conn: Connection, turn: Turn, row: Any | None, old: Ticket, new: Ticket) -> None:
    """The new number is charged as any. An errand that is out is owed back when its yes comes (``paying``)."""
    if row is not None and row.status == "paid":
        thd_back_by_rule(conn, turn, row, old, MOVED)
    due = Due(appointment_id=new.appointment_id, offer=new.offer, fee_fen=new.told_fen, channel=new.channel)
    thd_charge(conn, turn.hospital, [due], turn.rules, turn.at, turn.wall)


def _thd_price(conn: Connection, turn: Turn, ticket: Ticket) -> int:
    return books.total(_thd_cost(conn, turn, ticket))


def _thd_cost(conn: Connection, turn: Turn, ticket: Ticket) -> tuple[Share, ...]:
    return tuple(thd_cost(conn, turn.hospital, ticket.clinic_type, ticket.offer.day, ticket.told_fen))


def _thd_difference(conn: Connection, turn: Turn, row: Any, old: Ticket, cheaper: int) -> None:
    left = books.total(_thd_left(conn, turn, row))
    back = Back(amount_fen=min(cheaper, left), route="original", reason=MOVED)
    thd_owe(conn, turn, row, old, back)


def _thd_left(conn: Connection, turn: Turn, row: Any) -> tuple[Share, ...]:
    return thd_shares(conn, turn.hospital, [row.id]).get(row.id, ())


def _thd_attach(conn: Connection, row: Any, before: int, after: int) -> None:
    if conn.execute(_ATTACH, {"row_id": row.id, "before": before, "after": after}).rowcount != 1:
        raise TryAgain


def _thd_relabel(conn: Connection, turn: Turn, row: Any, old: Ticket, new: Ticket) -> None:
    """Out of the old doctor's income and into the new one's; nothing where both are the same."""
    left = _thd_left(conn, turn, row)
    if not left:
        return
    cost = _thd_cost(conn, turn, new)
    shares = left if books.total(cost) < books.total(left) else books.part_of(cost, books.total(left))
    if old.labels(row.clerk) == new.labels(row.clerk) and _sums(left) == _sums(shares):
        return
    account = books.clearing(row.way) if row.status == "paid" else books.RECEIVABLE
    name = f"move:{row.id}:{new.appointment_id}"
    _thd_enter(conn, turn, row, old, books.moved_out(f"{name}:out", left, account, row.way))
    _thd_enter(conn, turn, row, new, books.moved_in(f"{name}:in", shares, account, row.way))


def _sums(shares: Sequence[Share]) -> dict[tuple[str, str], int]:
    return {(share.item, share.account): share.amount_fen for share in shares}


def _thd_enter(conn: Connection, turn: Turn, row: Any, ticket: Ticket, entry: books.Entry) -> None:
    record = Record(
        entry=entry, labels=ticket.labels(row.clerk), charge_id=row.id, appointment_id=ticket.appointment_id
    )
    thd_record(conn, turn, [record])
