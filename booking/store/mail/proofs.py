"""What each bind session has proved: up to when the SMSC has seen every text acknowledged that came through it.

Law of this module: a proof only ever grows. One that is older than the time within which another bind may repeat a text proves
nothing any more (``arrivals.OTHER_BIND``), so such rows are cleared away when a new bind makes its first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.mail.arrivals import OTHER_BIND
from booking.store.schema import smsc_bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Through ``bind`` the SMSC accepted a submission that left after every text which had come by ``at`` was acknowledged."""

    hospital: int
    smsc: str
    bind: str
    at: datetime


_MINE = (smsc_bind.c.hospital_id == bindparam("hospital"), smsc_bind.c.smsc == bindparam("of"))
_STANDING = select(smsc_bind.c.id, smsc_bind.c.proved_at).where(*_MINE, smsc_bind.c.bind == bindparam("session"))
_GROW = (
    update(smsc_bind)
    .where(smsc_bind.c.id == bindparam("row_id"), smsc_bind.c.proved_at < bindparam("at"))
    .values(proved_at=bindparam("at"))
)
_CLEAR = delete(smsc_bind).where(*_MINE, smsc_bind.c.proved_at < bindparam("before"))


def thd_prove(conn: Connection, proofs: Sequence[Proof]) -> None:
    """Enter these proofs; one that says less than what is known changes nothing."""
    for proof in proofs:
        where = {"hospital": proof.hospital, "of": proof.smsc}
        standing = conn.execute(_STANDING, {**where, "session": proof.bind}).one_or_none()
        if standing is not None:
            conn.execute(_GROW, {"row_id": standing.id, "at": proof.at})
            continue
        conn.execute(_CLEAR, {**where, "before": proof.at - OTHER_BIND})
        values = {"hospital_id": proof.hospital, "smsc": proof.smsc, "bind": proof.bind, "proved_at": proof.at}
        try:
            conn.execute(insert(smsc_bind), values)
        except IntegrityError:
            raise TryAgain from None
