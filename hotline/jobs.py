"""The work that no caller waits for, each on its own beat; one process of the house runs it (role ``jobs``).

The audit chain is sealed, texts too old to be of use are given up, and what callers keyed into the emergency script is booked.
Parts of long texts that never became whole are the text gateway's own affair.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.store.audit import SEAL_MOST, thd_seal
from booking.store.database import Store
from booking.store.schema import outbox
from hotline.periodic import Body

SEAL_SECONDS = 60.0
EXPIRE_SECONDS = 300.0
SPOOL_SECONDS = 5.0

_log = Logger()


async def seal_audit(store: Store, clock: Clock) -> None:
    """Links every audit row that is not in the chain yet."""
    while True:
        sealed = await store.run(thd_seal, naive_utc(clock))
        if sealed.rows:
            _log.info(
                "audit: {rows} rows sealed, {length} in all, head {head}",
                rows=sealed.rows,
                length=sealed.length,
                head=sealed.head,
            )
        if sealed.rows < SEAL_MOST:
            return


async def expire_texts(store: Store, clock: Clock) -> None:
    """Gives up texts past their time that no link has claimed (a link does so itself while it is bound)."""
    expired = await store.run(thd_expire_texts, naive_utc(clock))
    if expired:
        _log.warn("{expired} texts were never sent: no SMSC took them in time", expired=expired)


def thd_expire_texts(conn: Connection, now: datetime) -> int:
    """How many pending texts are now ``expired``."""
    late = (outbox.c.status == "pending") & (outbox.c.expires_at <= now)
    return conn.execute(update(outbox).where(late).values(status="expired", settled_at=now)).rowcount


def bodies(store: Store, clock: Clock) -> dict[str, tuple[float, Body]]:
    """Each job's name with its seconds and its body."""
    return {
        "seal-audit": (SEAL_SECONDS, lambda: seal_audit(store, clock)),
        "expire-texts": (EXPIRE_SECONDS, lambda: expire_texts(store, clock)),
    }
