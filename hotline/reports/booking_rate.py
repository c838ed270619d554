"""预约率: how many of the numbers offered were booked (DK5; the measure of the Fujian university hospital's unified pool).

offered         numbers of clinics in the period that were on sale: no extra ones, none that the hospital withheld, none of a stopped clinic
booked          those of them that are held by a booking (slot.taken: booked, arrived, visited, no-show; a number locked just now counts)
rate            booked / offered
extra           extra numbers (加号), which are made for one patient and so are left out above
extra_booked    those of them that are booked
By channel, ``offered`` is all channels' (one pool, never divided), and ``booked`` the live bookings made there: a channel's share of the pool.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, true

from booking.store.schema import appointment, slot
from hotline.reports.bookings import in_period
from hotline.reports.columns import Column
from hotline.reports.facts import BOOKINGS, NUMBERS, Facts, dims, key_of, named
from hotline.reports.report import Asked, Report
from hotline.reports.sql import count_if, here, on_wall

OFFERED = and_(not_(slot.c.extra), slot.c.pool != "withheld", slot.c.stop_id.is_(None))
_NUMBERS = {
    "offered": count_if(OFFERED),
    "booked": count_if(and_(OFFERED, slot.c.taken == 1)),
    "extra": count_if(slot.c.extra),
    "extra_booked": count_if(and_(slot.c.extra, slot.c.taken == 1)),
}
_SOLD = Facts(
    table=appointment.join(slot, slot.c.id == appointment.c.slot_id),
    keys=BOOKINGS.keys,
    walk=BOOKINGS.walk,
    through=BOOKINGS.through,
)
_SOLD_COUNTS = {"booked": count_if(OFFERED), "extra_booked": count_if(slot.c.extra)}
COLUMNS = (
    Column(name="offered", title="放号数", kind="count"),
    Column(name="booked", title="已约数", kind="count"),
    Column(name="rate", title="预约率", kind="rate", of=("booked", "offered")),
    Column(name="extra", title="加号数", kind="count"),
    Column(name="extra_booked", title="加号已约", kind="count"),
)


def _statement(asked: Asked) -> Select[Any]:
    pool = [dim for dim in asked.by if dim != "channel"]
    offered = NUMBERS.grouped(pool, _NUMBERS, _in_period(asked)).subquery("offered")
    if "channel" not in asked.by:
        return named(offered, asked.by, [offered.c[name] for name in _NUMBERS])
    sold = _SOLD.grouped(asked.by, _SOLD_COUNTS, _live(asked)).subquery("sold")
    same: list[ColumnElement[bool]] = [offered.c[key_of(dim)] == sold.c[key_of(dim)] for dim in pool]
    figures = [offered.c.offered, sold.c.booked, offered.c.extra, sold.c.extra_booked]
    both = select(*(sold.c[key_of(dim)] for dim in asked.by), *figures)
    joined = both.select_from(sold.join(offered, and_(true(), *same))).subquery("joined")
    return named(joined, asked.by, [joined.c[column.name] for column in COLUMNS if column.of is None])


def _in_period(asked: Asked) -> list[ColumnElement[bool]]:
    begin, end = on_wall(asked.first, asked.last)
    return [here(slot.c.hospital_id, asked.hospital), slot.c.start >= begin, slot.c.start < end]


def _live(asked: Asked) -> list[ColumnElement[bool]]:
    return [
        *in_period(asked),
        appointment.c.status.in_(("held", "booked", "arrived", "visited", "noshow")),
        func.coalesce(appointment.c.live, 0) == 1,
    ]


BOOKING_RATE = Report(
    name="booking-rate",
    title="预约率",
    about="放出的号有多少被约走；加号另列。按渠道时，放号数是共享号源的全部放号数。",
    measures=COLUMNS,
    dims=dims("day", "month", "department", "doctor", "clinic-type", "channel"),
    by=("department",),
    statement=_statement,
    totals=True,
    apart=frozenset({"channel"}),
)
