"""退款清单 and 未收款清单: money on its way, errand by errand (PY3, PY4). A booking's code stands for its patient; no name is told.

refunds         refunds begun in the period: amount, state (due, waiting, done, failed, window), the reason, the last day that the hospital's
                rule gives for it, and whether that day passed before it was done (as of today; a refund done in time is never overdue)
receivables     charges begun in the period that are still open (due or waiting): since when, how often the payment way was asked, its last answer
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, Select, and_, case, func, select

from booking.store.schema import appointment, charge, department, doctor, refund
from hotline.reports.columns import Column
from hotline.reports.report import Asked, Report
from hotline.reports.sql import here, in_utc, walked, wall_day

_WHO = (
    Column(name="code", title="预约号", kind="text"),
    Column(name="day", title="就诊日", kind="day"),
    Column(name="department", title="科室", kind="text"),
    Column(name="doctor", title="医生", kind="text"),
)


def _of_whom() -> tuple[Any, ...]:
    return appointment.c.code, appointment.c.day, department.c.name.label("department"), doctor.c.name.label("doctor")


def _with_booking(errand: FromClause) -> FromClause:
    return (
        errand.join(appointment, appointment.c.id == errand.c.appointment_id)
        .join(doctor, doctor.c.id == appointment.c.doctor_id)
        .join(department, department.c.id == doctor.c.department_id)
    )


def _refunds(asked: Asked) -> Select[Any]:
    begin, end = in_utc(asked.first, asked.last)
    done_by = func.coalesce(wall_day(refund.c.settled_at), asked.today)
    overdue = and_(refund.c.deadline.is_not(None), done_by > refund.c.deadline)
    return (
        select(refund.c.refund_no, *_of_whom(), charge.c.way, refund.c.amount_fen.label("amount"), refund.c.status,
               refund.c.reason, refund.c.created_at.label("created"), refund.c.deadline,
               refund.c.settled_at.label("settled"), case((overdue, "overdue"), else_="").label("overdue"),
               refund.c.clerk)
        .select_from(_with_booking(refund).join(charge, charge.c.id == refund.c.charge_id))
        .where(refund.c.hospital_id == asked.hospital, refund.c.created_at >= begin, refund.c.created_at < end)
        .order_by(refund.c.created_at, refund.c.id)
    )  # fmt: skip


def _receivables(asked: Asked) -> Select[Any]:
    begin, end = in_utc(asked.first, asked.last)
    open_ones = (
        select(charge.c.trade_no, *_of_whom(), charge.c.way, charge.c.amount_fen.label("amount"), charge.c.status,
               charge.c.created_at.label("created"), charge.c.attempts, charge.c.error)
        .select_from(_with_booking(charge))
        .where(here(charge.c.hospital_id, asked.hospital), charge.c.status.in_(("due", "waiting")),
               charge.c.created_at >= begin, charge.c.created_at < end)
        .order_by(charge.c.created_at, charge.c.id)
    )  # fmt: skip
    return walked(open_ones, charge, "ix_charge_status")


REFUNDS = Report(
    name="refunds",
    title="退款清单",
    about="期间内发起的退款：金额、状态、原因、期限、是否逾期。",
    measures=(
        Column(name="refund_no", title="退款单号", kind="text"),
        *_WHO,
        Column(name="way", title="支付方式", kind="word"),
        Column(name="amount", title="金额", kind="money"),
        Column(name="status", title="状态", kind="word"),
        Column(name="reason", title="原因", kind="word"),
        Column(name="created", title="发起时间", kind="utc"),
        Column(name="deadline", title="期限", kind="day"),
        Column(name="settled", title="完成时间", kind="utc"),
        Column(name="overdue", title="逾期", kind="word"),
        Column(name="clerk", title="经办人", kind="text"),
    ),
    statement=_refunds,
    totals=True,
)
RECEIVABLES = Report(
    name="receivables",
    title="未收款清单",
    about="期间内发起、至今没有收到的款项。",
    measures=(
        Column(name="trade_no", title="交易号", kind="text"),
        *_WHO,
        Column(name="way", title="支付方式", kind="word"),
        Column(name="amount", title="金额", kind="money"),
        Column(name="status", title="状态", kind="word"),
        Column(name="created", title="发起时间", kind="utc"),
        Column(name="attempts", title="尝试次数", kind="text"),
        Column(name="error", title="最近结果", kind="text"),
    ),
    statement=_receivables,
    totals=True,
)
