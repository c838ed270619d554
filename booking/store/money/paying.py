"""Money has come for a charge: settle it, once, and let the booking stand; or owe it back when there is no booking to stand for.

Law of this module: the booking's row is locked first, then its charge, so that who ends a booking and who pays it follow one
another. A payment that was settled before (same number of the taker) changes nothing. Money is never kept for a booking that does
not stand: an expired number is given back to the payer if it is still free, otherwise all of it is owed back in the same transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.money import ledger as books
from booking.money.payments import NoSuchTrade, Notice, NoticeOutcome, Returned, Settled, WrongAmount
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.money.charging import thd_void
from booking.store.money.ledger import Record, thd_first_shares, thd_record
from booking.store.money.refunding import Back, thd_back_by_rule, thd_owe, thd_unused
from booking.store.money.reopening import thd_reopen, thd_stand
from booking.store.money.tickets import Ticket, thd_locked_ticket
from booking.store.money.turn import Turn
from booking.store.schema import charge, refund
from booking.vault import Vault

_BY_TRADE = select(charge).where(charge.c.hospital_id == bindparam("hospital"), charge.c.trade_no == bindparam("trade"))
_BY_ID = select(charge).where(charge.c.id == bindparam("row_id"))
_BESIDE = select(charge).where(
    charge.c.hospital_id == bindparam("hospital"), charge.c.appointment_id == bindparam("booking")
)
_SETTLE = (
    update(charge)
    .where(charge.c.id == bindparam("row_id"), charge.c.status == bindparam("seen"))
    .values(
        status="paid",
        live=bindparam("stays"),
        way=bindparam("by"),
        provider_no=bindparam("provider"),
        settled_at=bindparam("now"),
        error=None,
    )
)
_REFUND_OF = select(refund.c.refund_no).where(
    refund.c.hospital_id == bindparam("hospital"), refund.c.charge_id == bindparam("charge")
)


def thd_paid(conn: Connection, vault: Vault, turn: Turn, notice: Notice) -> NoticeOutcome:
    """What becomes of this payment. The caller has checked who says so."""
    found = conn.execute(_BY_TRADE, {"hospital": turn.hospital, "trade": notice.trade_no}).one_or_none()
    if found is None:
        return NoSuchTrade(trade_no=notice.trade_no)
    ticket = thd_locked_ticket(conn, turn.hospital, found.appointment_id)
    row = conn.execute(_BY_ID.with_for_update(), {"row_id": found.id}).one()
    if row.appointment_id != ticket.appointment_id:
        raise TryAgain  # its booking moved beside us
    if row.amount_fen != notice.amount_fen:
        _thd_note(conn, turn, row, "wrong-amount", f"wanted={row.amount_fen} got={notice.amount_fen}")
        return WrongAmount(trade_no=notice.trade_no)
    if row.status == "paid":
        return _thd_again(conn, turn, row, ticket, notice)
    return thd_settle(conn, vault, turn, (row, ticket), (notice.way, notice.provider_no))


def thd_settle(
    conn: Connection, vault: Vault, turn: Turn, due: tuple[Any, Ticket], paid: tuple[str, str]
) -> NoticeOutcome:
    """Enter that a charge was ``paid`` (way, the taker's number). ``due``: its row, and its booking, which is locked."""
    row, ticket = due
    fell_through = row.status in {"void", "failed"}
    reopened = not ticket.live and ticket.ended_by == "expired" and thd_reopen(conn, turn, ticket)
    stands = (ticket.live or reopened) and _thd_alone(conn, turn, row, ticket)
    if fell_through:
        shares = thd_first_shares(conn, turn.hospital, row.id)
        _thd_enter(conn, turn, row, ticket, books.charged(f"recharge:{row.id}", shares, paid[0]))
    row = _thd_write(conn, turn, row, paid, stands=stands)
    shares = thd_first_shares(conn, turn.hospital, row.id)
    _thd_enter(conn, turn, row, ticket, books.settled(f"settle:{row.id}", shares, row.way))
    _thd_note(conn, turn, row, "paid", f"way={row.way} fen={row.amount_fen}")
    if stands:
        if ticket.status == "held" or reopened:
            thd_stand(conn, vault, turn, ticket)
        if ticket.status == "noshow" and row.way not in books.WINDOW_WAYS:  # who pays a clerk has come after all
            thd_unused(conn, turn, [ticket.appointment_id], "noshow")
        return Settled(code=ticket.code)
    if ticket.ended_by in {"patient", "agent", "void"} and not fell_through:
        refund_id = thd_back_by_rule(conn, turn, row, ticket, ticket.ended_by)
    else:
        back = Back(amount_fen=row.amount_fen, route="original", reason="late")
        refund_id = thd_owe(conn, turn, row, ticket, back)
    return Returned(code=ticket.code, refund_no=None if refund_id is None else _thd_refund_no(conn, turn, row))


def _thd_again(conn: Connection, turn: Turn, row: Any, ticket: Ticket, notice: Notice) -> NoticeOutcome:
    """Paid before: by this very payment, or by another one, which goes back."""
    beside = conn.execute(_BESIDE, {"hospital": turn.hospital, "booking": row.appointment_id}).all()
    known = next((one for one in beside if one.provider_no == notice.provider_no), None)
    if known is not None:
        owed = _thd_refund_no(conn, turn, known)
        if known.live == 1:
            return Settled(code=ticket.code, again=True)
        return Returned(code=ticket.code, refund_no=owed, again=True)
    extras = sum(one.trade_no.startswith(f"{row.trade_no}X") for one in beside)
    extra = _thd_extra(conn, turn, row, notice, extras + 1)
    shares = thd_first_shares(conn, turn.hospital, row.id)
    _thd_enter(conn, turn, extra, ticket, books.charged(f"charge:{extra.id}", shares, extra.way))
    _thd_enter(conn, turn, extra, ticket, books.settled(f"settle:{extra.id}", shares, extra.way))
    back = Back(amount_fen=extra.amount_fen, route="original", reason="twice")
    thd_owe(conn, turn, extra, ticket, back)
    return Returned(code=ticket.code, refund_no=_thd_refund_no(conn, turn, extra))


def _thd_alone(conn: Connection, turn: Turn, row: Any, ticket: Ticket) -> bool:
    """Whether this payment is the one that counts: a charge beside it that nobody has paid or asked for makes room."""
    beside = conn.execute(_BESIDE, {"hospital": turn.hospital, "booking": row.appointment_id}).all()
    other = next((one for one in beside if one.live == 1 and one.id != row.id), None)
    if other is not None and other.status == "due":
        thd_void(conn, turn, other, ticket, ("void", "paid otherwise"))
        return True
    return other is None


def _thd_write(conn: Connection, turn: Turn, row: Any, paid: tuple[str, str], *, stands: bool) -> Any:
    way, provider_no = paid
    change = {"row_id": row.id, "seen": row.status, "stays": 1 if stands else None, "by": way}
    if conn.execute(_SETTLE, {**change, "provider": provider_no, "now": turn.at}).rowcount != 1:
        raise TryAgain
    return conn.execute(_BY_ID, {"row_id": row.id}).one()


def _thd_extra(conn: Connection, turn: Turn, row: Any, notice: Notice, nth: int) -> Any:
    """A second payment of the same charge has a row of its own, which holds no place."""
    trade = f"{row.trade_no[:36]}X{nth:02d}"
    kept = ("hospital_id", "appointment_id", "amount_fen", "category", "due_at")
    values = {name: row._mapping[name] for name in kept}
    values |= {"way": notice.way, "provider_no": notice.provider_no, "status": "paid", "trade_no": trade, "attempts": 0}
    values |= {"clerk": turn.clerk, "created_at": turn.at, "settled_at": turn.at}
    try:
        conn.execute(insert(charge), values)
    except IntegrityError:
        raise TryAgain from None
    return conn.execute(_BY_TRADE, {"hospital": turn.hospital, "trade": trade}).one()


def _thd_enter(conn: Connection, turn: Turn, row: Any, ticket: Ticket, entry: books.Entry) -> None:
    labels = ticket.labels(turn.clerk or row.clerk)
    record = Record(entry=entry, labels=labels, charge_id=row.id, appointment_id=row.appointment_id)
    thd_record(conn, turn, [record])


def _thd_refund_no(conn: Connection, turn: Turn, row: Any) -> str | None:
    found = conn.execute(_REFUND_OF, {"hospital": turn.hospital, "charge": row.id}).scalars().all()
    return max(found, default=None)


def _thd_note(conn: Connection, turn: Turn, row: Any, action: str, detail: str) -> None:
    note = Note(
        hospital=turn.hospital,
        at=turn.at,
        action=action,
        subject="charge",
        subject_id=row.id,
        actor=turn.clerk or turn.actor or "payments",
        trace=turn.trace,
        detail=detail,
    )
    thd_note(conn, note)
