"""What became of bookings: volume, categories and no-shows (DK4, DK5). All by the day of the visit, all from the bookings themselves.

made            bookings for a visit in the period, whatever became of them (a number that is only locked is none yet)
standing        of these, not yet marked: booked or arrived
visited         of these, seen by the doctor
noshow          of these, marked as not having come (爽约) by the hospital's rule
cancelled       of these, given back or taken away; of which: by the patient or for him (patient, agent), by the hospital (stop-clinic), changed
                to another time (the new booking is counted in its own right); the rest lapsed unpaid or was void
noshow rate     noshow / (arrived + visited + noshow): of those whose day is decided; open ones (still ``booked``) are shown, not counted
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select

from booking.store.schema import appointment
from hotline.reports.columns import Column
from hotline.reports.facts import BOOKINGS, counted, dims
from hotline.reports.report import Asked, Report
from hotline.reports.sql import count_if, here

_STATUS, _BY = appointment.c.status, appointment.c.ended_by
_VOLUME = {
    "made": count_if(_STATUS != "held"),
    "standing": count_if(_STATUS.in_(("booked", "arrived"))),
    "visited": count_if(_STATUS == "visited"),
    "noshow": count_if(_STATUS == "noshow"),
    "cancelled": count_if(_STATUS == "cancelled"),
    "by_patient": count_if(_BY.in_(("patient", "agent"))),
    "by_hospital": count_if(_BY == "hospital"),
    "changed": count_if(_BY == "changed"),
}
_VOLUME_COLUMNS = (
    Column(name="made", title="预约数", kind="count"),
    Column(name="standing", title="待就诊", kind="count"),
    Column(name="visited", title="已就诊", kind="count"),
    Column(name="noshow", title="爽约", kind="count"),
    Column(name="cancelled", title="取消", kind="count"),
    Column(name="by_patient", title="患者退号", kind="count"),
    Column(name="by_hospital", title="医院停诊", kind="count"),
    Column(name="changed", title="改期", kind="count"),
    Column(name="cancel_rate", title="取消率", kind="rate", of=("cancelled", "made")),
)
_NOSHOW = {
    "decided": count_if(_STATUS.in_(("arrived", "visited", "noshow"))),
    "came": count_if(_STATUS.in_(("arrived", "visited"))),
    "noshow": count_if(_STATUS == "noshow"),
    "open": count_if(_STATUS == "booked"),
}
_NOSHOW_COLUMNS = (
    Column(name="decided", title="应到", kind="count"),
    Column(name="came", title="到诊", kind="count"),
    Column(name="noshow", title="爽约", kind="count"),
    Column(name="rate", title="爽约率", kind="rate", of=("noshow", "decided")),
    Column(name="open", title="未登记", kind="count"),
)
_DIMS = ("day", "month", "department", "doctor", "clinic-type", "category", "channel")
_counted = counted(BOOKINGS)


def in_period(asked: Asked) -> list[ColumnElement[bool]]:
    return [here(appointment.c.hospital_id, asked.hospital), appointment.c.day.between(asked.first, asked.last)]


def _volume(asked: Asked) -> Select[Any]:
    return _counted(asked.by, _VOLUME, in_period(asked))


def _noshow(asked: Asked) -> Select[Any]:
    decided = _STATUS.in_(("booked", "arrived", "visited", "noshow"))
    return _counted(asked.by, _NOSHOW, [*in_period(asked), decided])


VOLUME = Report(
    name="volume",
    title="预约量",
    about="就诊日在期间内的预约及其结果。",
    measures=_VOLUME_COLUMNS,
    dims=dims(*_DIMS),
    by=("day",),
    statement=_volume,
    totals=True,
)
CATEGORIES = Report(
    name="categories",
    title="分类统计",
    about="预约量按号别和患者类别。",
    measures=_VOLUME_COLUMNS,
    dims=dims(*_DIMS),
    by=("clinic-type", "category"),
    statement=_volume,
    totals=True,
)
NO_SHOW = Report(
    name="no-show",
    title="爽约率",
    about="已有结果的预约中未到诊的比例；还没有登记结果的另列，不计入。",
    measures=_NOSHOW_COLUMNS,
    dims=dims(*_DIMS),
    by=("department",),
    statement=_noshow,
    totals=True,
)
