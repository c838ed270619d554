"""Leases: who alone may do a thing, until when, and how a transaction of one who no longer may is refused.

Law of this module: a lease's token grows with every change of hands and never falls. Whoever works under a lease begins each of its
transactions with ``thd_fence``: a write, so that on one server it waits for, and on a cluster it collides with, whoever takes the
lease over meanwhile. A process that was asleep while another took its lease therefore writes nothing, whatever its clock says.
``until_at`` only says when waiting is over: it is the database's own time, on SQLite the process's.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.schema import lease

WHOLE_HOUSE = 0
"""The hospital of a lease that counts for all hospitals of a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Mine until ``until``."""

    hospital: int
    name: str
    holder: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody else's. The same one seen again: he gave no sign of life in between."""

    holder: str
    token: int
    beats: int


class Fenced(Exception):
    """The lease is another's by now: nothing of this transaction is written."""


fence: ContextVar[Lease | None] = ContextVar("fence", default=None)
"""The lease under which this job runs: ``transaction.thd_write`` begins with it."""


def thd_take_lease(  # noqa: PLR0917 - one row's columns
    conn: Connection,
    hospital_id: int,
    name: str,
    holder: str,
    seconds: float,
    now: datetime,
    dead: Standing | None = None,
) -> Lease | Standing:
    """The lease, taken or prolonged for ``seconds``; else whose it is. ``dead``: take it from this one, whatever its time."""
    now = _thd_now(conn, now)
    until = now + timedelta(seconds=seconds)
    mine = (lease.c.hospital_id == hospital_id) & (lease.c.name == name)
    row = conn.execute(select(lease.c.holder, lease.c.token, lease.c.beats, lease.c.until_at).where(mine)).first()
    if row is None:
        first = {"hospital_id": hospital_id, "name": name, "holder": holder, "token": 1, "beats": 1, "until_at": until}
        try:
            conn.execute(insert(lease).values(first))
        except IntegrityError as error:  # another made it between the look and the write
            raise TryAgain from error
        return Lease(hospital=hospital_id, name=name, holder=holder, token=1, until=until)
    standing = Standing(holder=row.holder, token=row.token, beats=row.beats)
    if row.holder != holder and row.until_at > now and standing != dead:
        return standing
    token = row.token if row.holder == holder else row.token + 1
    unchanged = mine & (lease.c.token == row.token) & (lease.c.beats == row.beats)
    values = {"holder": holder, "token": token, "beats": row.beats + 1, "until_at": until}
    if conn.execute(update(lease).where(unchanged).values(values)).rowcount != 1:
        raise TryAgain
    return Lease(hospital=hospital_id, name=name, holder=holder, token=token, until=until)


def thd_fence(conn: Connection, held: Lease) -> None:
    """Raises Fenced unless the lease is still this holder's; until this transaction ends nobody takes it."""
    beat = update(lease).where(_still(held)).values(beats=lease.c.beats + 1)
    if conn.execute(beat).rowcount != 1:
        raise Fenced(held.name)


def thd_release_lease(conn: Connection, held: Lease, now: datetime) -> None:
    """Anybody may have it; nothing happens when another has it already."""
    ended = {"until_at": _thd_now(conn, now), "beats": lease.c.beats + 1, "holder": ""}
    conn.execute(update(lease).where(_still(held)).values(ended))


def _still(held: Lease) -> ColumnElement[bool]:
    return (
        (lease.c.hospital_id == held.hospital)
        & (lease.c.name == held.name)
        & (lease.c.token == held.token)
        & (lease.c.holder == held.holder)
    )


def _thd_now(conn: Connection, now: datetime) -> datetime:
    """The database's time where it has one of its own."""
    if conn.dialect.name == "sqlite":
        return now
    found: datetime = conn.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()
    return found
