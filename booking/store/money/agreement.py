"""Whether the errands and the books say the same of each charge. A difference is a bug or a hand in the tables: a person looks.

Law of this module: it reads. What a charge's status promises is laid beside what its postings add up to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, select

from booking.money.ledger import PAYABLE, RECEIVABLE
from booking.store.schema import charge, entry, posting, refund

_RECEIVABLE = func.coalesce(func.sum(case((posting.c.account == RECEIVABLE, posting.c.amount_fen), else_=0)), 0)
_PAYABLE = func.coalesce(func.sum(case((posting.c.account == PAYABLE, -posting.c.amount_fen), else_=0)), 0)
_SETTLED = func.coalesce(
    func.sum(case((and_(entry.c.kind == "settle", posting.c.amount_fen > 0), posting.c.amount_fen), else_=0)), 0
)
_BOOKS = (
    select(charge.c.id, charge.c.status, charge.c.amount_fen, _RECEIVABLE, _PAYABLE, _SETTLED)
    .select_from(
        charge.outerjoin(
            entry, (entry.c.hospital_id == charge.c.hospital_id) & (entry.c.charge_id == charge.c.id)
        ).outerjoin(posting, (posting.c.hospital_id == entry.c.hospital_id) & (posting.c.entry_id == entry.c.id))
    )
    .where(charge.c.hospital_id == bindparam("hospital"), charge.c.created_at >= bindparam("since"))
    .group_by(charge.c.id, charge.c.status, charge.c.amount_fen)
    .order_by(charge.c.id)
)
_REFUNDS = (
    select(
        refund.c.charge_id,
        func.sum(refund.c.amount_fen),
        func.sum(case((refund.c.status != "done", refund.c.amount_fen), else_=0)),
    )
    .select_from(refund.join(charge, charge.c.id == refund.c.charge_id))
    .where(charge.c.hospital_id == bindparam("hospital"), charge.c.created_at >= bindparam("since"))
    .group_by(refund.c.charge_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Of this charge, ``what`` (receivable, settled, owed back, refunded) should be so much, and the books say otherwise."""

    charge_id: int
    what: str
    wanted_fen: int
    found_fen: int


def thd_disagreements(conn: Connection, hospital_id: int, since: datetime) -> tuple[Disagreement, ...]:
    """All of them, of charges made since ``since``."""
    where = {"hospital": hospital_id, "since": since}
    refunds = {row[0]: (int(row[1]), int(row[2])) for row in conn.execute(_REFUNDS, where)}
    found = (one for row in conn.execute(_BOOKS, where) for one in _compared(row, refunds.get(row.id, (0, 0))))
    return tuple(found)


def _compared(row: Any, refunds: tuple[int, int]) -> list[Disagreement]:
    row_id, status, amount, receivable, payable, settled = row
    refunded, not_yet = refunds
    promised = (
        ("receivable", amount if status in {"due", "waiting"} else 0, int(receivable)),
        ("settled", amount if status == "paid" else 0, int(settled)),
        ("owed back", not_yet, int(payable)),
        ("refunded", min(refunded, amount if status == "paid" else 0), refunded),
    )
    return [
        Disagreement(charge_id=row_id, what=what, wanted_fen=wanted, found_fen=got)
        for what, wanted, got in promised
        if wanted != got
    ]
