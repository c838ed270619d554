"""What stands in the way of undoing an import: bookings that live, rows that hang on what was made, later changes of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, func, select

from booking.store.schema import (
    appointment,
    ban,
    clinic_session,
    conduct,
    department,
    doctor,
    import_batch,
    import_row,
    slot,
    waiting,
)


def made_by(hospital_id: int, batch: str, table: Table) -> Any:
    """The ids of the rows of this table that the batch made."""
    return select(import_row.c.row_id).where(
        import_row.c.hospital_id == hospital_id,
        import_row.c.batch == batch,
        import_row.c.kind == table.name,
        import_row.c.before_sealed.is_(None),
    )


def thd_obstacles(conn: Connection, hospital_id: int, batch: str, kind: str) -> list[str]:
    """All that stands in the way of undoing this batch, for who keeps the roster; nothing: it can be undone."""
    found = _thd_later(conn, hospital_id, batch)
    match kind:
        case "schedules":
            found += _thd_live(conn, hospital_id, batch)
        case "doctors":
            found += _thd_hanging(conn, hospital_id, batch, doctor, doctor.c.number, "医生 {} 已有排班", _OF_DOCTORS)
        case "departments":
            words = "科室 {} 已有医生或限制记录"
            found += _thd_hanging(conn, hospital_id, batch, department, department.c.code, words, _OF_DEPARTMENTS)
        case _:
            pass
    return found


_OF_DOCTORS = (clinic_session.c.doctor_id, appointment.c.doctor_id, waiting.c.doctor_id)
_OF_DEPARTMENTS = (doctor.c.department_id, ban.c.department_id, conduct.c.department_id)


def _thd_later(conn: Connection, hospital_id: int, batch: str) -> list[str]:
    """Rows of ours that a later batch, not undone itself, has changed again."""
    mine, later = import_row.alias("mine"), import_row.alias("later")
    same = and_(
        later.c.hospital_id == hospital_id,
        later.c.kind == mine.c.kind,
        later.c.row_id == mine.c.row_id,
        later.c.id > mine.c.id,
        later.c.batch != mine.c.batch,
    )
    standing = and_(
        import_batch.c.hospital_id == hospital_id,
        import_batch.c.batch == later.c.batch,
        import_batch.c.undone_at.is_(None),
    )
    rows = conn.execute(
        select(later.c.batch, func.count())
        .select_from(mine.join(later, same).join(import_batch, standing))
        .where(mine.c.hospital_id == hospital_id, mine.c.batch == batch)
        .group_by(later.c.batch)
        .order_by(later.c.batch)
    )
    return [f"后来的批次 {row[0]} 又改动了其中 {row[1]} 行，请先撤销它" for row in rows]


def _thd_live(conn: Connection, hospital_id: int, batch: str) -> list[str]:
    """Live bookings and waiting patients of what the batch made. The numbers stay locked, so that none is sold meanwhile."""
    conn.execute(select(slot.c.id).where(slot.c.id.in_(made_by(hospital_id, batch, slot))).with_for_update()).all()
    booked = appointment.c.slot_id.in_(made_by(hospital_id, batch, slot))
    waits = waiting.c.session_id.in_(made_by(hospital_id, batch, clinic_session))
    found = []
    for table, mine, words in ((appointment, booked, "有效预约"), (waiting, waits, "人候补")):
        rows = conn.execute(
            select(doctor.c.number, clinic_session.c.day, clinic_session.c.period, func.count())
            .select_from(
                table.join(clinic_session, clinic_session.c.id == table.c.session_id).join(
                    doctor, doctor.c.id == clinic_session.c.doctor_id
                )
            )
            .where(table.c.hospital_id == hospital_id, table.c.live == 1, mine)
            .group_by(doctor.c.number, clinic_session.c.day, clinic_session.c.period)
            .order_by(clinic_session.c.day, doctor.c.number)
        )
        found += [f"医生 {row[0]} {row[1]} {_PERIODS.get(row[2], row[2])}：{row[3]} 个{words}" for row in rows]
    return found


_PERIODS = {"AM": "上午", "PM": "下午", "NIGHT": "夜间"}


def _thd_hanging(  # noqa: PLR0917 - one question, asked of two tables
    conn: Connection, hospital_id: int, batch: str, table: Table, key: Any, words: str, uses: Sequence[Any]
) -> list[str]:
    used = [exists().where(use.table.c.hospital_id == hospital_id, use == table.c.id).correlate(table) for use in uses]
    mine = table.c.id.in_(made_by(hospital_id, batch, table))
    keys = set[str]()
    for each in used:
        keys |= set(conn.execute(select(key).where(mine, each)).scalars())
    return [words.format(each) for each in sorted(keys)]
