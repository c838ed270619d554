"""Money goes back: what was not paid yet is not asked for any more, what was paid is owed to the patient, once.

Law of this module: never more is given back than was paid (what is left of a charge's income is the measure, under the lock of
its row). An errand that is out at a payment way cannot be called back: when it succeeds, ``paying`` gives it back then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.money import ledger as books
from booking.rules.refunds import refund_ruling
from booking.rules.rulebook import RuleBook
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.money.charging import thd_move_charge, thd_void
from booking.store.money.ledger import Record, thd_record, thd_shares
from booking.store.money.refund_letters import thd_tell_refund
from booking.store.money.tickets import Ticket, thd_tickets
from booking.store.money.turn import Turn
from booking.store.schema import charge, entry, posting, refund
from booking.vault import Vault

# A locking read: whoever settles one of these at this moment is waited for, and what he wrote is seen.
_LIVE = (
    select(charge)
    .where(
        charge.c.hospital_id == bindparam("hospital"),
        charge.c.appointment_id.in_(bindparam("ids", expanding=True)),
        charge.c.live == 1,
    )
    .order_by(charge.c.id)
    .with_for_update()
)
_ONE = select(charge).where(charge.c.id == bindparam("row_id")).with_for_update()
_COUNT = select(func.count()).where(
    refund.c.hospital_id == bindparam("hospital"), refund.c.charge_id == bindparam("charge")
)
_MADE = select(refund.c.id).where(refund.c.hospital_id == bindparam("hospital"), refund.c.refund_no == bindparam("no"))
_TAKEN_FROM = (
    select(posting.c.fee_item, posting.c.account, posting.c.amount_fen)
    .select_from(posting.join(entry, entry.c.id == posting.c.entry_id))
    .where(
        entry.c.hospital_id == bindparam("hospital"),
        entry.c.dedupe == bindparam("name"),
        posting.c.account.startswith(books.INCOME),
    )
    .order_by(posting.c.id)
)
_MOVE = (
    update(refund)
    .where(refund.c.id == bindparam("row_id"), refund.c.status == bindparam("seen"))
    .values(status=bindparam("next"), error=bindparam("why"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """How much goes back, by which route (``original`` or ``window``), why, and by which day it must be there."""

    amount_fen: int
    route: str
    reason: str
    deadline: date | None = None


def thd_give_back(  # noqa: PLR0917 - the bookings, and how they ended
    conn: Connection,
    vault: Vault,
    hospital_id: int,
    appointment_ids: Sequence[int],
    by: str,
    rules: RuleBook,
    at: datetime,
    wall: datetime,
    actor: str,
    trace: str,
) -> None:
    """What has to happen to the money of these bookings, which ended because of ``by``."""
    if not appointment_ids:
        return
    rows = conn.execute(_LIVE, {"hospital": hospital_id, "ids": list(appointment_ids)}).all()
    if not rows:
        return
    tickets = thd_tickets(conn, hospital_id, [row.appointment_id for row in rows])
    turn = Turn(hospital=hospital_id, at=at, wall=wall, rules=rules, trace=trace, actor=actor, vault=vault)
    for row in rows:
        ticket = tickets[row.appointment_id]
        if row.status == "due":
            thd_void(conn, turn, row, ticket, ("void", by))
        elif row.status == "paid" and by != "changed":  # a payment goes along with its booking (``carrying``)
            thd_back_by_rule(conn, turn, row, ticket, by)


def thd_unused(conn: Connection, turn: Turn, appointment_ids: Sequence[int], by: str) -> None:
    """Give back what the rules give for numbers that were not used (``by``: void or noshow) and that stay their patients'. Where something
    goes back, the number is not paid for any more: who is seen after all pays as anybody.
    """
    if not appointment_ids:
        return
    rows = conn.execute(_LIVE, {"hospital": turn.hospital, "ids": list(appointment_ids)}).all()
    paid = [row for row in rows if row.status == "paid"]
    tickets = thd_tickets(conn, turn.hospital, [row.appointment_id for row in paid])
    for row in paid:
        if thd_back_by_rule(conn, turn, row, tickets[row.appointment_id], by) is not None:
            thd_move_charge(conn, row, "paid", live=None)


def thd_back_by_rule(conn: Connection, turn: Turn, row: Any, ticket: Ticket, by: str) -> int | None:
    """Give back of this paid charge what the rules say for a booking that ended because of ``by``."""
    left = books.total(thd_shares(conn, turn.hospital, [row.id]).get(row.id, ()))
    ruling = refund_ruling(turn.rules, ticket.offer, left, by, turn.wall, ticket.channel)
    amount = min(left, ruling.amount_fen)
    if amount <= 0 or ruling.route == "none":
        return None
    return thd_owe(
        conn,
        turn,
        row,
        ticket,
        Back(amount_fen=amount, route=ruling.route, reason=by, deadline=ruling.deadline),
    )


def thd_owe(conn: Connection, turn: Turn, row: Any, ticket: Ticket, back: Back) -> int | None:
    """Owe the patient this much of a paid charge; the refund's id, or None for more than is left of it."""
    conn.execute(_ONE, {"row_id": row.id})
    shares = thd_shares(conn, turn.hospital, [row.id]).get(row.id, ())
    if not 0 < back.amount_fen <= books.total(shares):
        return None
    number = conn.execute(_COUNT, {"hospital": turn.hospital, "charge": row.id}).scalar_one() + 1
    refund_no = f"{row.trade_no}R{number:02d}"
    try:
        conn.execute(insert(refund), _row(turn, row, refund_no, back))
    except IntegrityError:
        raise TryAgain from None
    refund_id: int = conn.execute(_MADE, {"hospital": turn.hospital, "no": refund_no}).scalar_one()
    record = Record(
        entry=books.refunded(f"refund:{refund_id}", books.part_of(shares, back.amount_fen), row.way),
        labels=ticket.labels(turn.clerk),
        charge_id=row.id,
        appointment_id=row.appointment_id,
        refund_id=refund_id,
    )
    thd_record(conn, turn, [record])
    thd_note(conn, _note(turn, refund_id, back))
    way = "window" if _by_hand(row, back) else "original"
    thd_tell_refund(conn, turn, row.appointment_id, refund_id, back.amount_fen, back.reason, way, back.deadline)
    return refund_id


def thd_refund_shares(conn: Connection, hospital_id: int, refund_id: int) -> tuple[books.Share, ...]:
    """By which fee items this refund was taken from the income."""
    rows = conn.execute(_TAKEN_FROM, {"hospital": hospital_id, "name": f"refund:{refund_id}"})
    return tuple(books.Share(item=row.fee_item, account=row.account, amount_fen=row.amount_fen) for row in rows)


def thd_move_refund(conn: Connection, row: Any, status: str, why: str | None = None) -> None:
    """From the status that was read to this one; TryAgain when somebody was quicker."""
    moved = {"row_id": row.id, "seen": row.status, "next": status, "why": why}
    if conn.execute(_MOVE, moved).rowcount != 1:
        raise TryAgain


def _by_hand(row: Any, back: Back) -> bool:
    """A clerk pays it out, because the rules say so or because it was paid to one."""
    return back.route == "window" or row.way in books.WINDOW_WAYS


def _row(turn: Turn, row: Any, refund_no: str, back: Back) -> dict[str, Any]:
    return {
        "hospital_id": turn.hospital,
        "charge_id": row.id,
        "appointment_id": row.appointment_id,
        "refund_no": refund_no,
        "amount_fen": back.amount_fen,
        "status": "window" if _by_hand(row, back) else "due",
        "reason": back.reason[:20],
        "due_at": turn.payment_opens,
        "deadline": back.deadline,
        "attempts": 0,
        "clerk": turn.clerk,
        "created_at": turn.at,
    }


def _note(turn: Turn, refund_id: int, back: Back) -> Note:
    return Note(
        hospital=turn.hospital,
        at=turn.at,
        action="refund-owed",
        subject="refund",
        subject_id=refund_id,
        actor=turn.clerk or turn.actor or back.reason,
        trace=turn.trace,
        detail=f"fen={back.amount_fen} route={back.route}",
    )
