"""One function is one transaction; nothing that still hangs on a connection leaves it.

What runs under a lease (``leases.fence``) writes only while the lease is its own. The stock's version, one row for all, is written last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, Result, Row, RowMapping

from booking.store.cluster.leases import fence, thd_fence
from booking.store.roster.stock import forget_freed, thd_count_freed

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def writing(engine: Engine) -> Engine:
    """The same pool, beginning every transaction as a write: on SQLite that takes the one write lock at once."""
    return engine.execution_options(begin="IMMEDIATE")


def thd_write(engine: Engine, thd: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
    """``thd(conn, *args)`` in a transaction of its own, committed; rolled back when it raises."""
    with engine.connect() as conn, conn.begin():
        forget_freed(conn)
        if (held := fence.get()) is not None:
            thd_fence(conn, held)
        value = thd(conn, *args)
        assert_plain(value)
        thd_count_freed(conn)
    return value


def thd_read(engine: Engine, thd: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
    """``thd(conn, *args)`` in a transaction that is always rolled back: a look changes nothing, whatever it tries."""
    with engine.connect() as conn, conn.begin() as transaction:
        value = thd(conn, *args)
        assert_plain(value)
        transaction.rollback()
    return value


def assert_plain(value: object) -> None:
    """A live row or result outside its thread would read a connection that another job uses."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    assert not isinstance(value, Result | Row | RowMapping), "a live result must not leave its transaction"
    assert not isinstance(first, Result | Row | RowMapping), "live rows must not leave their transaction"
