"""Charges that the payer pays by himself (Alipay, WeChat Pay) and of which no notice has come: to be asked after, for notices get lost.

Law of this module: it picks, and puts off the next question; a payment that is found is entered as a notice is (``paying``). Who
pays late is found, too: a charge that fell through is asked after for ``LATE`` from when it was made.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from booking.money.payments import Errand, pause
from booking.store.money.turn import Turn
from booking.store.schema import charge

FIRST = timedelta(minutes=1)
"""Nobody is asked about what may still be on the payer's screen."""
LATE = timedelta(hours=3)
_LONG_AGO = datetime.fromisoformat("2000-01-01")
_AWAITED = (
    select(charge)
    .where(
        charge.c.hospital_id == bindparam("hospital"),
        charge.c.status == bindparam("state"),
        charge.c.due_at <= bindparam("by"),
        charge.c.due_at > bindparam("after"),
        charge.c.created_at > bindparam("since"),
        charge.c.way.in_(bindparam("ways", expanding=True)),
    )
    .order_by(charge.c.due_at, charge.c.id)
)
_PUT_OFF = update(charge).where(charge.c.id == bindparam("row_id"), charge.c.attempts == bindparam("seen"))


def thd_awaited(conn: Connection, turn: Turn, ways: Collection[str], most: int) -> list[Errand]:
    """The charges to be asked after now, next time after a longer pause."""
    if not ways:
        return []
    late = turn.at - LATE
    found: list[Any] = []
    for state, since in (("due", None), ("void", late)):
        where = {"hospital": turn.hospital, "state": state, "by": turn.at - FIRST, "ways": sorted(ways)}
        bounds = {"after": since or _LONG_AGO, "since": since or _LONG_AGO}
        found += conn.execute(_AWAITED.limit(most - len(found)), {**where, **bounds}).all()
    return [_errand(row) for row in found if _thd_put_off(conn, turn, row)]


def _thd_put_off(conn: Connection, turn: Turn, row: Any) -> bool:
    """Whether we ask: another process may be about to."""
    later = {"attempts": row.attempts + 1, "due_at": turn.at + pause(row.attempts + 1) - FIRST}
    return conn.execute(_PUT_OFF.values(later), {"row_id": row.id, "seen": row.attempts}).rowcount == 1


def _errand(row: Any) -> Errand:
    return Errand(
        kind="charge",
        id=row.id,
        way=row.way,
        trade_no=row.trade_no,
        amount_fen=row.amount_fen,
        paid_fen=row.amount_fen,
        attempts=row.attempts + 1,
    )
