"""The days that the state or the hospital moves: days off, and weekend days that are worked instead (调休)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, insert, select, update

from booking.store.roster.roster import Counts
from booking.store.schema import appointment, holiday

_STANDING = select(holiday.c.id, holiday.c.day, holiday.c.works, holiday.c.name).where(
    holiday.c.hospital_id == bindparam("hospital"), holiday.c.day.between(bindparam("first"), bindparam("last"))
)
_CHANGE = (
    update(holiday)
    .where(holiday.c.id == bindparam("row_id"))
    .values(works=bindparam("new_works"), name=bindparam("new_name"))
)
_BOOKED = (
    select(appointment.c.day, func.count())
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.day.in_(bindparam("days", expanding=True)),
        appointment.c.status == "booked",
    )
    .group_by(appointment.c.day)
    .order_by(appointment.c.day)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRow:
    day: date
    works: bool
    name: str = ""


def thd_put_holidays(conn: Connection, hospital_id: int, rows: Sequence[HolidayRow]) -> tuple[Counts, tuple[str, ...]]:
    """Make or change days by date; what was done, and what the keeper of the file should know: days turned round, days off
    for which bookings stand.
    """
    if not rows:
        return Counts(new=0, changed=0), ()
    span = {"first": min(row.day for row in rows), "last": max(row.day for row in rows)}
    standing = {row.day: row for row in conn.execute(_STANDING, {"hospital": hospital_id, **span})}
    new = [row for row in rows if row.day not in standing]
    changed = [row for row in rows if row.day in standing and (row.works, row.name) != _said(standing[row.day])]
    if new:
        values = [{"hospital_id": hospital_id, "day": row.day, "works": row.works, "name": row.name} for row in new]
        conn.execute(insert(holiday), values)
    if changed:
        conn.execute(
            _CHANGE,
            [{"row_id": standing[row.day].id, "new_works": row.works, "new_name": row.name} for row in changed],
        )
    turned = [
        f"{row.day} 原为“{_word(standing[row.day].works)}”，现改为“{_word(row.works)}”"
        for row in changed
        if row.works != standing[row.day].works
    ]
    return Counts(new=len(new), changed=len(changed)), (*turned, *_thd_booked(conn, hospital_id, [*new, *changed]))


def _thd_booked(conn: Connection, hospital_id: int, rows: Sequence[HolidayRow]) -> list[str]:
    off = [row.day for row in rows if not row.works]
    if not off:
        return []
    found = conn.execute(_BOOKED, {"hospital": hospital_id, "days": off})
    return [f"{row[0]} 设为休息日，但已有 {row[1]} 个预约，请核对是否停诊" for row in found]


def _said(row: object) -> tuple[bool, str]:
    return bool(row.works), str(row.name)  # type: ignore[attr-defined]


def _word(works: object) -> str:
    return "班" if works else "休"
