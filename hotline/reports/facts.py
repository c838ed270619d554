"""Tables that are counted, and what their rows can be grouped by. Rows are grouped by ids first; names are looked up for what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, func, select
from sqlalchemy.sql.elements import KeyedColumnElement

from booking.store.schema import appointment, clinic_session, department, doctor, posting, slot
from hotline.reports.columns import Column
from hotline.reports.sql import day_of, in_this_order, month_of, walked


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """The facts' column ``id`` is that of ``table``, whose ``column`` is grouped by."""

    id: ColumnElement[Any]
    table: FromClause
    column: str


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
    """``keys``: what each grouping is by. ``through``: groupings whose key stands in another table, found by an id that the facts have.

    ``walk``: the index through which a period is walked.
    """

    table: FromClause
    keys: Mapping[str, ColumnElement[Any]]
    walk: tuple[Table, str] | None = None
    through: Mapping[str, Through] = field(default_factory=dict)

    def grouped(
        self, by: Sequence[str], measures: Mapping[str, ColumnElement[Any]], where: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        """A line a group, with the key columns ``k_<dim>`` and the measures, which must be sums.

        Facts are grouped by the ids that they have, and the few groups once more by what the ids stand for: a walk through an index stays one.
        """
        raw = {dim: self.keys[dim].label(key_of(dim)) for dim in by if dim not in self.through}
        raw |= {f"id {dim}": self.through[dim].id.label(f"i_{key_of(dim)}") for dim in by if dim in self.through}
        figures = [figure.label(name) for name, figure in measures.items()]
        inner = select(*raw.values(), *figures).select_from(self.table).where(*where)
        inner = inner.group_by(*(label.element for label in raw.values()))
        if self.walk is not None:
            inner = walked(inner, *self.walk)
        return self._regrouped(by, inner.subquery("inside"), list(measures)) if self.through.keys() & set(by) else inner

    def _regrouped(self, by: Sequence[str], inside: FromClause, measures: Sequence[str]) -> Select[Any]:
        source, keys = inside, []
        for dim in by:
            if dim in self.through:
                further = self.through[dim]
                source = source.join(further.table, further.table.c.id == inside.c[f"i_{key_of(dim)}"])
                keys.append(further.table.c[further.column])
            else:
                keys.append(inside.c[key_of(dim)])
        labels = [key.label(key_of(dim)) for dim, key in zip(by, keys, strict=True)]
        figures = [func.sum(inside.c[name]).label(name) for name in measures]
        return in_this_order(select(*labels, *figures).select_from(source).group_by(*keys))


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


def _through(table: FromClause) -> dict[str, Through]:
    return {
        "department": Through(id=table.c.doctor_id, table=doctor, column="department_id"),
        "clinic-type": Through(id=table.c.session_id, table=clinic_session, column="clinic_type"),
    }


BOOKINGS = Facts(
    table=appointment,
    walk=(appointment, "ix_appointment_day"),
    keys={
        "day": appointment.c.day,
        "month": month_of(appointment.c.day),
        "doctor": appointment.c.doctor_id,
        "category": appointment.c.category,
        "channel": appointment.c.channel,
    },
    through=_through(appointment),
)
NUMBERS = Facts(
    table=slot,
    walk=(slot, "ix_slot_day"),
    keys={
        "day": day_of(slot.c.start),
        "month": month_of(slot.c.start),
        "doctor": slot.c.doctor_id,
    },
    through=_through(slot),
)
POSTINGS = Facts(
    table=posting,
    walk=(posting, "ix_posting_day"),
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
