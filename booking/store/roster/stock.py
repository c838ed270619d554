"""The stock's version: one number a hospital that grows whenever a number becomes sellable, so that memories of "sold out" end.

Law of this module: whoever makes a number sellable calls ``thd_freed`` in the same transaction, as its last write: the row is
shared by all who free something, and is held only until the commit. The version tells *that* something was freed, never what.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import stock

_HERE = stock.c.hospital_id == bindparam("hospital")
_BUMP = Prepared(update(stock).where(_HERE).values(version=stock.c.version + 1))
_FIRST = insert(stock)
_VERSION = Prepared(select(stock.c.version).where(_HERE))


def thd_freed(conn: Connection, hospital_id: int) -> None:
    """A number may be sold again (or for the first time); raises TryAgain beside another who is the first ever."""
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
