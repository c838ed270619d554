"""What became of a text after the SMSC took it: delivery receipts, written beside the text they tell of.

Law: a receipt is acknowledged after its commit, like a text. Receipts come late, twice, out of order and before the response
that names their message: the store sorts that out (``booking.store.outbox.thd_receipt``); here they only gather into transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from booking.clock import Clock, naive_utc
from booking.store.database import Store
from booking.store.outbox import thd_receipt
from sms_gateway.gathering import Gathering
from sms_gateway.text.receipt import Receipt


@dataclass(frozen=True, slots=True)
class _Told:
    smsc: str
    message_id: str
    state: str
    at: datetime


class Receipts:
    """One for all links."""

    def __init__(self, *, database: Store, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._gathering: Gathering[_Told, bool] = Gathering(self._write)

    async def take(self, smsc: str, receipt: Receipt) -> bool:
        """True when the message is known (an unknown one's receipt is kept for it). Raises Busy."""
        return await self._gathering.put(_Told(smsc, receipt.message_id, receipt.state, naive_utc(self._clock)))

    async def _write(self, told: list[_Told]) -> list[bool]:
        return await self._database.run(thd_take_receipts, told)


def thd_take_receipts(conn: Connection, told: Sequence[_Told]) -> list[bool]:
    return [thd_receipt(conn, one.smsc, one.message_id, one.state, one.at) for one in told]
