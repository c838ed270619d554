"""What an import did, kept so that it can be undone: what was there before, row by row, sealed.

Law of this module: an undo restores all that its batch changed and removes all that it made, or does nothing and says what
stands in the way: bookings that live, rows that hang on what was made, rows that a later batch changed again. What ended
bookings still point to is not erased but taken from sale. A ban is never erased, only lifted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.audit import Note, thd_note
from booking.store.conduct.bans import Mercy, thd_lift
from booking.store.faults import TryAgain
from booking.store.imports.obstacles import made_by, thd_obstacles
from booking.store.roster.stock import thd_freed
from booking.store.schema import (
    appointment,
    ban,
    clinic_session,
    clinic_stop,
    department,
    doctor,
    fee_item,
    holiday,
    import_batch,
    import_row,
    slot,
    waiting,
)
from booking.vault import Vault

TOLD_MOST = 20
_CHUNK = 1_000

Picture = Mapping[int, Mapping[str, Any]]
"""Rows as they stood, by id: what an import may change of them, as JSON has it."""

KEPT_COLUMNS: dict[Table, tuple[str, ...]] = {
    department: ("name", "location", "campus"),
    doctor: ("name", "title", "speciality", "department_id", "phone_sealed"),
    clinic_session: ("place", "fee_fen", "clinic_type", "phone_most", "window_until", "status"),
    slot: ("pool",),
    holiday: ("works", "name"),
    fee_item: ("name", "amount_fen", "account", "to_day"),
    ban: ("rule", "since", "until", "name_sealed", "live", "lifted_at", "lifted_by", "lift_reason"),
}
TABLES = {
    "departments": (department,),
    "doctors": (doctor,),
    "schedules": (clinic_session, slot),
    "holidays": (holiday,),
    "fees": (fee_item,),
    "blacklist": (ban,),
}
"""What an import of each kind touches; undone from the last to the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchName:
    hospital: int
    id: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """``removed`` rows that the batch had made are gone (or taken from sale), ``restored`` are as they were."""

    kind: str
    removed: int
    restored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneBefore:
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchBatch:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotUndo:
    """Nothing was changed; ``obstacles`` are the first of ``total`` reasons, for who keeps the roster."""

    kind: str
    obstacles: tuple[str, ...]
    total: int


UndoOutcome = Undone | UndoneBefore | NoSuchBatch | CannotUndo


def thd_picture(conn: Connection, vault: Vault, table: Table, *where: Any) -> Picture:
    """The table's rows as they stand."""
    columns = KEPT_COLUMNS[table]
    rows = conn.execute(select(table.c.id, *(table.c[name] for name in columns)).where(*where))
    return {row[0]: {name: _told(vault, name, row[1 + nth]) for nth, name in enumerate(columns)} for row in rows}


def thd_keep(
    conn: Connection, vault: Vault, batch: BatchName, pictures: Mapping[Table, tuple[Picture, Picture]]
) -> None:
    """Remember what the batch made and changed: of each table, how it was before and is after."""
    values = {"hospital_id": batch.hospital, "batch": batch.id}
    conn.execute(insert(import_batch), {**values, "kind": batch.kind, "created_at": batch.at, "undone_at": None})
    rows = []
    for table, (before, after) in pictures.items():
        for row_id, now in sorted(after.items()):
            was = before.get(row_id)
            if was != now:
                sealed = None if was is None else vault.seal(json.dumps(was, ensure_ascii=False))
                rows.append({**values, "kind": table.name, "row_id": row_id, "before_sealed": sealed})
    for first in range(0, len(rows), _CHUNK):
        conn.execute(insert(import_row), rows[first : first + _CHUNK])


def thd_undo(conn: Connection, vault: Vault, hospital_id: int, batch: str, mercy: Mercy) -> UndoOutcome:
    """Undo the batch, whole, or tell why not; ``mercy`` says who wants it, and when it is."""
    mine = and_(import_batch.c.hospital_id == hospital_id, import_batch.c.batch == batch)
    found = conn.execute(select(import_batch).where(mine).with_for_update()).one_or_none()
    if found is None:
        return NoSuchBatch()
    if found.undone_at is not None:
        return UndoneBefore(kind=found.kind, at=found.undone_at)
    obstacles = thd_obstacles(conn, hospital_id, batch, found.kind)
    if obstacles:
        return CannotUndo(kind=found.kind, obstacles=tuple(obstacles[:TOLD_MOST]), total=len(obstacles))
    restored = removed = 0
    try:
        for table in reversed(TABLES[found.kind]):
            restored += _thd_restore(conn, vault, hospital_id, batch, table)
            removed += _THD_REMOVE.get(table, _thd_erase(table))(conn, hospital_id, batch, mercy)
    except IntegrityError:  # somebody hung something on it beside us: the next run tells
        raise TryAgain from None
    conn.execute(update(import_batch).where(mine).values(undone_at=mercy.at))
    thd_note(conn, _note(hospital_id, batch, found, mercy, f"removed={removed} restored={restored}"))
    return Undone(kind=found.kind, removed=removed, restored=restored)


def _told(vault: Vault, name: str, value: Any) -> Any:
    if value is not None and name.endswith("_sealed"):
        return vault.open(value)  # a seal differs each time; the whole picture is sealed
    return value.isoformat() if isinstance(value, date) else value


def _meant(vault: Vault, table: Table, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_sealed"):
        return vault.seal(value)
    kind = table.c[name].type.python_type
    return kind.fromisoformat(value) if issubclass(kind, date) else value


def _thd_restore(conn: Connection, vault: Vault, hospital_id: int, batch: str, table: Table) -> int:
    rows = conn.execute(
        select(import_row.c.row_id, import_row.c.before_sealed).where(
            import_row.c.hospital_id == hospital_id,
            import_row.c.batch == batch,
            import_row.c.kind == table.name,
            import_row.c.before_sealed.is_not(None),
        )
    ).all()
    for row in rows:
        was = json.loads(vault.open(row.before_sealed))
        values = {name: _meant(vault, table, name, value) for name, value in was.items()}
        conn.execute(update(table).where(table.c.id == row.row_id).values(values))
    if rows and table in (slot, clinic_session):
        thd_freed(conn, hospital_id)
    return len(rows)


ThdRemove = Callable[[Connection, int, str, Mercy], int]


def _thd_erase(table: Table) -> ThdRemove:
    def thd_remove(conn: Connection, hospital_id: int, batch: str, mercy: Mercy) -> int:
        del mercy
        return conn.execute(delete(table).where(table.c.id.in_(made_by(hospital_id, batch, table)))).rowcount

    return thd_remove


def _thd_lift_made(conn: Connection, hospital_id: int, batch: str, mercy: Mercy) -> int:
    ids = conn.execute(made_by(hospital_id, batch, ban)).scalars().all()
    return sum(thd_lift(conn, hospital_id, ids[first : first + _CHUNK], mercy) for first in range(0, len(ids), _CHUNK))


def _thd_remove_slots(conn: Connection, hospital_id: int, batch: str, mercy: Mercy) -> int:
    """Numbers that nobody ever booked are erased; those of ended bookings are kept back from sale."""
    mine = slot.c.id.in_(made_by(hospital_id, batch, slot))
    booked = exists().where(appointment.c.hospital_id == hospital_id, appointment.c.slot_id == slot.c.id)
    erased = conn.execute(delete(slot).where(mine, ~booked)).rowcount
    return erased + conn.execute(update(slot).where(mine).values(pool="withheld")).rowcount


def _thd_remove_sessions(conn: Connection, hospital_id: int, batch: str, mercy: Mercy) -> int:
    mine = clinic_session.c.id.in_(made_by(hospital_id, batch, clinic_session))
    used = [
        exists().where(table.c.session_id == clinic_session.c.id, table.c.hospital_id == hospital_id)
        for table in (slot, waiting, clinic_stop)
    ]
    erased = conn.execute(delete(clinic_session).where(mine, *(~use for use in used))).rowcount
    return erased + conn.execute(update(clinic_session).where(mine).values(status="stopped")).rowcount


_THD_REMOVE: dict[Table, ThdRemove] = {
    ban: _thd_lift_made,
    slot: _thd_remove_slots,
    clinic_session: _thd_remove_sessions,
}


def _note(hospital_id: int, batch: str, found: Any, mercy: Mercy, detail: str) -> Note:
    return Note(
        hospital=hospital_id,
        at=mercy.at,
        action="import-undone",
        subject=found.kind,
        subject_id=found.id,
        actor=mercy.who,
        trace=batch,
        detail=detail,
    )
