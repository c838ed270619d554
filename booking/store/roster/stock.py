"""The stock's version: one number a hospital that grows whenever a number becomes sellable, so that memories of "sold out" end.

Law of this module: whoever makes a number sellable says so (``thd_freed``) in the same transaction, whenever he likes; the row, which
is shared by all who free something, is written once, as the transaction's last statement (``thd_count_freed``), and so is held
only for the commit. The version tells *that* something was freed, never what.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import stock

_FREED = "freed"  # of a connection: the hospitals whose version is to grow
_HERE = stock.c.hospital_id == bindparam("hospital")
_BUMP = Prepared(update(stock).where(_HERE).values(version=stock.c.version + 1))
_FIRST = insert(stock)
_VERSION = Prepared(select(stock.c.version).where(_HERE))


def thd_freed(conn: Connection, hospital_id: int) -> None:
    """A number may be sold again (or for the first time) when this transaction is committed."""
    conn.info.setdefault(_FREED, set()).add(hospital_id)


def forget_freed(conn: Connection) -> None:
    """A transaction begins: what one before it on this connection left, which was not committed, is void."""
    conn.info.pop(_FREED, None)


def thd_count_freed(conn: Connection) -> None:
    """The last write of every transaction; raises TryAgain beside another who is the first ever."""
    for hospital_id in sorted(conn.info.pop(_FREED, ())):
        _thd_count(conn, hospital_id)


def _thd_count(conn: Connection, hospital_id: int) -> None:
    if _BUMP.change(conn, {"hospital": hospital_id}):
        return
    try:
        conn.execute(_FIRST, {"hospital_id": hospital_id, "version": 1})
    except IntegrityError:
        raise TryAgain from None


def thd_version(conn: Connection, hospital_id: int) -> int:
    """0 until something was freed."""
    found = _VERSION.rows(conn, {"hospital": hospital_id})
    return found[0][0] if found else 0
