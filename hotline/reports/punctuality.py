"""医生首诊时间和准时率: when a doctor saw the first patient of a session, against the session's first start (DK5).

first_start     the earliest start of the session's numbers
first_visit     the earliest moment at which a patient of the session was marked as seen, on the hospital's wall
late_minutes    first_visit - first_start; negative when the doctor began early
on time         not later than 5 minutes (no hospital we know publishes a limit; the figure stands here alone: ``ON_TIME_MINUTES``)
A session without any visit (stopped, or not marked) is in neither list.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select

from booking.store.schema import appointment, clinic_session, department, doctor, slot
from hotline.reports.bookings import in_period
from hotline.reports.columns import HOSPITAL_AHEAD, Column
from hotline.reports.facts import Facts, counted, dims
from hotline.reports.report import Asked, Report
from hotline.reports.sql import count_if, in_this_order, month_of, seconds_between, sum_if, walked

ON_TIME_MINUTES = 5
_AHEAD_S = int(HOSPITAL_AHEAD.total_seconds())


def _sessions(asked: Asked) -> FromClause:
    """A line a session that saw a patient: first start, first visit (UTC), seconds late."""
    visits = (
        select(appointment.c.session_id, func.min(appointment.c.visited_at).label("first_visit"))
        .where(*in_period(asked), appointment.c.status == "visited", appointment.c.visited_at.is_not(None))
        .group_by(appointment.c.session_id)
    )
    seen = walked(visits, appointment, "ix_appointment_day").subquery("seen")
    both = seen.join(slot, and_(slot.c.hospital_id == asked.hospital, slot.c.session_id == seen.c.session_id))
    first_start = func.min(slot.c.start).label("first_start")
    timed = select(seen.c.session_id, seen.c.first_visit, first_start).select_from(both)
    firsts = in_this_order(timed.group_by(seen.c.session_id, seen.c.first_visit)).subquery("firsts")
    late = seconds_between(firsts.c.first_start, firsts.c.first_visit) + _AHEAD_S
    sessions = (
        select(clinic_session.c.id, clinic_session.c.day, clinic_session.c.period, clinic_session.c.clinic_type,
               clinic_session.c.doctor_id, doctor.c.department_id, firsts.c.first_start, firsts.c.first_visit,
               late.label("late_s"))
        .select_from(firsts.join(clinic_session, clinic_session.c.id == firsts.c.session_id))
        .join(doctor, doctor.c.id == clinic_session.c.doctor_id)
    )  # fmt: skip
    return in_this_order(sessions).subquery("timed")


def _statement(asked: Asked) -> Select[Any]:
    timed = _sessions(asked)
    late: ColumnElement[int] = timed.c.late_s
    facts = Facts(
        table=timed,
        keys={"day": timed.c.day, "month": month_of(timed.c.day), "department": timed.c.department_id,
              "doctor": timed.c.doctor_id, "clinic-type": timed.c.clinic_type},
    )  # fmt: skip
    tardy = late > ON_TIME_MINUTES * 60
    figures = {
        "sessions": func.count(),
        "on_time": count_if(late <= ON_TIME_MINUTES * 60),
        "late": count_if(tardy),
        "late_s": sum_if(tardy, late),
        "early": count_if(late < 0),
        "early_s": sum_if(late < 0, -late),
        "latest": func.max(late),
    }
    return counted(facts)(asked.by, figures, [])


def _first_visits(asked: Asked) -> Select[Any]:
    timed = _sessions(asked)
    names = doctor.alias("named")
    return in_this_order(
        select(timed.c.day, department.c.name.label("department"), names.c.number.label("doctor_number"),
               names.c.name.label("doctor"), timed.c.period, timed.c.first_start, timed.c.first_visit,
               timed.c.late_s.label("late_minutes"))
        .select_from(timed.join(names, names.c.id == timed.c.doctor_id))
        .join(department, department.c.id == timed.c.department_id)
        .order_by(timed.c.day, names.c.number, timed.c.first_start)
    )  # fmt: skip


PUNCTUALITY = Report(
    name="punctuality",
    title="准时率",
    about="医生首诊是否准时：首位患者就诊时间不晚于首号时间 5 分钟为准时。",
    measures=(
        Column(name="sessions", title="出诊班次", kind="count"),
        Column(name="on_time", title="准时班次", kind="count"),
        Column(name="rate", title="准时率", kind="rate", of=("on_time", "sessions")),
        Column(name="late", title="迟到班次", kind="count"),
        Column(name="late_s", title="", kind="count", base=True),
        Column(name="late_mean", title="平均迟到分钟", kind="minutes", of=("late_s", "late")),
        Column(name="early", title="提前班次", kind="count"),
        Column(name="early_s", title="", kind="count", base=True),
        Column(name="early_mean", title="平均提前分钟", kind="minutes", of=("early_s", "early")),
        Column(name="latest", title="最晚分钟", kind="minutes"),
    ),
    dims=dims("day", "month", "department", "doctor", "clinic-type"),
    by=("doctor",),
    statement=_statement,
    totals=True,
)
FIRST_VISITS = Report(
    name="first-visits",
    title="首诊时间",
    about="每个班次的首号时间和首位患者的就诊时间，分钟数为负表示提前。",
    measures=(
        Column(name="day", title="日期", kind="day"),
        Column(name="department", title="科室", kind="text"),
        Column(name="doctor_number", title="医生编号", kind="text"),
        Column(name="doctor", title="医生", kind="text"),
        Column(name="period", title="时段", kind="word"),
        Column(name="first_start", title="首号时间", kind="moment"),
        Column(name="first_visit", title="首诊时间", kind="utc"),
        Column(name="late_minutes", title="迟到分钟", kind="minutes"),
    ),
    statement=_first_visits,
)
