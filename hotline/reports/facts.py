"""Tables that are counted, and what their rows can be grouped by. Rows are grouped by ids first; names are looked up for what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, select
from sqlalchemy.sql.elements import KeyedColumnElement

from booking.store.schema import appointment, clinic_session, department, doctor, posting, slot
from hotline.reports.columns import Column
from hotline.reports.sql import day_of, month_of

Join = tuple[FromClause, ColumnElement[bool]]

DIM_COLUMNS: dict[str, tuple[Column, ...]] = {
    "day": (Column(name="day", title="日期", kind="day"),),
    "month": (Column(name="month", title="月份", kind="text"),),
    "department": (
        Column(name="department_code", title="科室编码", kind="text"),
        Column(name="department", title="科室", kind="text"),
    ),
    "doctor": (
        Column(name="doctor_number", title="医生编号", kind="text"),
        Column(name="doctor", title="医生", kind="text"),
    ),
    "clinic-type": (Column(name="clinic_type", title="号别", kind="text"),),
    "category": (Column(name="category", title="患者类别", kind="text"),),
    "channel": (Column(name="channel", title="渠道", kind="word"),),
    "clerk": (Column(name="clerk", title="收费员", kind="text"),),
    "way": (Column(name="way", title="支付方式", kind="word"),),
    "fee-item": (Column(name="fee_item", title="收费项目", kind="word"),),
    "account": (Column(name="account", title="账户", kind="word"),),
    "actor": (Column(name="actor", title="操作者", kind="word"),),
}


def dims(*names: str) -> dict[str, tuple[Column, ...]]:
    return {name: DIM_COLUMNS[name] for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``keys``: what each grouping is by; ``joins``: the tables that a key needs beside the facts' own."""

    table: FromClause
    keys: Mapping[str, ColumnElement[Any]]
    joins: Mapping[str, Join] = field(default_factory=dict)

    def grouped(
        self, by: Sequence[str], measures: Mapping[str, ColumnElement[Any]], where: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        """A line a group, with the key columns ``k_<dim>`` and the measures."""
        source: FromClause = self.table
        for name in dict.fromkeys(self.joins[dim][0].name for dim in by if dim in self.joins):  # type: ignore[attr-defined]
            table, on = next(join for join in self.joins.values() if join[0].name == name)  # type: ignore[attr-defined]
            source = source.join(table, on)
        keys = [self.keys[dim].label(key_of(dim)) for dim in by]
        figures = [figure.label(name) for name, figure in measures.items()]
        return select(*keys, *figures).select_from(source).where(*where).group_by(*(self.keys[dim] for dim in by))


def key_of(dim: str) -> str:
    return f"k_{dim.replace('-', '_')}"


def named(inner: FromClause, by: Sequence[str], figures: Sequence[KeyedColumnElement[Any]]) -> Select[Any]:
    """The groups of ``inner`` with names for ids, in the order of what they are grouped by."""
    source, columns = inner, []
    for dim in by:
        key = inner.c[key_of(dim)]
        if dim == "department":
            source = source.outerjoin(department, department.c.id == key)
            columns += [department.c.code.label("department_code"), department.c.name.label("department")]
        elif dim == "doctor":
            source = source.outerjoin(doctor, doctor.c.id == key)
            columns += [doctor.c.number.label("doctor_number"), doctor.c.name.label("doctor")]
        else:
            columns.append(key.label(DIM_COLUMNS[dim][0].name))
    order = columns[:1] if not by else columns
    return select(*columns, *figures).select_from(source).order_by(*order)


def counted(facts: Facts) -> Callable[..., Select[Any]]:
    """``counted(facts)(by, measures, where)``: grouped and named."""

    def statement(
        by: Sequence[str], measures: Mapping[str, ColumnElement[Any]], where: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        inner = facts.grouped(by, measures, where).subquery()
        return named(inner, by, [inner.c[name] for name in measures])

    return statement


def _doctor_of(table: FromClause) -> Join:
    return doctor, and_(doctor.c.id == table.c.doctor_id)


def _session_of(table: FromClause) -> Join:
    return clinic_session, and_(clinic_session.c.id == table.c.session_id)


BOOKINGS = Facts(
    table=appointment,
    keys={
        "day": appointment.c.day,
        "month": month_of(appointment.c.day),
        "department": doctor.c.department_id,
        "doctor": appointment.c.doctor_id,
        "clinic-type": clinic_session.c.clinic_type,
        "category": appointment.c.category,
        "channel": appointment.c.channel,
    },
    joins={"department": _doctor_of(appointment), "clinic-type": _session_of(appointment)},
)
NUMBERS = Facts(
    table=slot,
    keys={
        "day": day_of(slot.c.start),
        "month": month_of(slot.c.start),
        "department": doctor.c.department_id,
        "doctor": slot.c.doctor_id,
        "clinic-type": clinic_session.c.clinic_type,
    },
    joins={"department": _doctor_of(slot), "clinic-type": _session_of(slot)},
)
POSTINGS = Facts(
    table=posting,
    keys={
        "day": posting.c.day,
        "month": month_of(posting.c.day),
        "department": posting.c.department_id,
        "doctor": posting.c.doctor_id,
        "clinic-type": posting.c.clinic_type,
        "category": posting.c.category,
        "clerk": posting.c.clerk,
        "way": posting.c.way,
        "fee-item": posting.c.fee_item,
        "account": posting.c.account,
    },
)
