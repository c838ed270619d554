"""工作量: who did how much, from the audit (DK4), by the day on which it was done.

actor           who did it as the audit names him: a clerk, or a channel where patients serve themselves
booked          numbers given to patients, those included that were first only locked
changed         bookings moved to another time; the audit writes three rows of one move (cancelled, booked, changed), which are one here
cancelled, arrived (check-ins), complained: audit rows of that action; ``others`` all his further ones; ``total`` the sum
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func

from booking.store.schema import audit
from hotline.reports.columns import Column
from hotline.reports.facts import Facts, counted, dims
from hotline.reports.report import Asked, Report
from hotline.reports.sql import count_if, here, in_utc, month_of, wall_day

_NAMED = ("booked", "changed", "cancelled", "arrived", "complained")
_ACTION = audit.c.action
_FACTS = Facts(
    table=audit,
    walk=(audit, "ix_audit_at"),
    keys={"actor": audit.c.actor, "day": wall_day(audit.c.at), "month": month_of(wall_day(audit.c.at))},
)
_CHANGED = count_if(_ACTION == "changed")
_FIGURES = {
    "booked": count_if(_ACTION == "booked") - _CHANGED,
    "changed": _CHANGED,
    "cancelled": count_if(_ACTION == "cancelled") - _CHANGED,
    "arrived": count_if(_ACTION == "arrived"),
    "complained": count_if(_ACTION == "complained"),
    "others": count_if(_ACTION.not_in(_NAMED)),
    "total": func.count() - 2 * _CHANGED,
}


def _statement(asked: Asked) -> Select[Any]:
    begin, end = in_utc(asked.first, asked.last)
    where = [and_(here(audit.c.hospital_id, asked.hospital), audit.c.at >= begin, audit.c.at < end)]
    return counted(_FACTS)(asked.by, _FIGURES, where)


WORKLOAD = Report(
    name="workload",
    title="工作量",
    about="每位操作者（或渠道）办理的预约、改期、取消、报到和投诉，取自审计记录。",
    measures=(
        Column(name="booked", title="预约", kind="count"),
        Column(name="changed", title="改期", kind="count"),
        Column(name="cancelled", title="取消", kind="count"),
        Column(name="arrived", title="报到", kind="count"),
        Column(name="complained", title="投诉", kind="count"),
        Column(name="others", title="其他", kind="count"),
        Column(name="total", title="合计", kind="count"),
    ),
    dims=dims("actor", "day", "month"),
    by=("actor",),
    statement=_statement,
    totals=True,
)
