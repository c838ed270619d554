"""Slots as goods on a shelf: found, locked, taken, put back.

Law of this module: what a slot holds is decided by ``TAKE``'s row count, never by an earlier read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, tuple_, update

from booking.rules.ledger import Offer
from booking.store.schema import clinic_session, slot

_SLOTS = (
    select(
        slot.c.id,
        slot.c.session_id,
        slot.c.doctor_id,
        slot.c.start,
        slot.c.seq,
        slot.c.taken,
        clinic_session.c.day,
        clinic_session.c.status,
        clinic_session.c.place,
        clinic_session.c.fee_fen,
    )
    .select_from(slot.join(clinic_session, clinic_session.c.id == slot.c.session_id))
    .where(
        slot.c.hospital_id == bindparam("hospital"),
        tuple_(slot.c.doctor_id, slot.c.start).in_(bindparam("asked", expanding=True)),
    )
)
_LOCK = select(slot.c.id, slot.c.taken).where(slot.c.id.in_(bindparam("slots", expanding=True)))
_LOCK = _LOCK.order_by(slot.c.id).with_for_update()
TAKE = update(slot).where(slot.c.id.in_(bindparam("slots", expanding=True)), slot.c.taken == 0).values(taken=1)
_PUT_BACK = update(slot).where(slot.c.id == bindparam("row_id")).values(taken=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A slot with what its booking will show."""

    offer: Offer
    taken: bool
    stopped: bool
    seq: int
    place: str
    fee_fen: int


Shelf = dict[tuple[int, datetime], Goods]
"""By doctor's row id and start."""


def thd_shelf(conn: Connection, hospital_id: int, asked: Iterable[tuple[int, datetime]]) -> Shelf:
    """The slots asked for (doctor's row id, start) that exist."""
    wanted = set(asked)
    if not wanted:
        return {}
    rows = conn.execute(_SLOTS, {"hospital": hospital_id, "asked": sorted(wanted)})
    return {
        (row.doctor_id, row.start): Goods(
            offer=Offer(slot=row.id, session=row.session_id, start=row.start, day=row.day),
            taken=bool(row.taken),
            stopped=row.status != "open",
            seq=row.seq,
            place=row.place,
            fee_fen=row.fee_fen,
        )
        for row in rows
    }


def thd_taken(conn: Connection, shelf: Shelf) -> set[int]:
    """Which slots are taken, after those that seemed free are locked (in id order): the truth until this transaction ends."""
    taken = {goods.offer.slot for goods in shelf.values() if goods.taken}
    free = sorted(goods.offer.slot for goods in shelf.values() if not goods.taken)
    if free:
        taken.update(row.id for row in conn.execute(_LOCK, {"slots": free}) if row.taken)
    return taken


def thd_take(conn: Connection, slots: Sequence[int]) -> bool:
    """Take all of these slots; False (and the caller must roll back) when one of them was taken already."""
    return conn.execute(TAKE, {"slots": list(slots)}).rowcount == len(slots)


def thd_put_back(conn: Connection, slot_id: int) -> None:
    """The slot may be sold again."""
    conn.execute(_PUT_BACK, {"row_id": slot_id})
