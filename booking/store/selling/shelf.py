"""Slots as goods on a shelf: found with their sessions, locked, taken.

Law of this module: what a slot holds is decided by ``TAKE``'s row count, never by an earlier read. Several numbers may share one
start: of those, the free ones come first, lowest number first, and no more of them than are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from booking.rules.facts import Offer
from booking.store.driver import cursor_of
from booking.store.literals import literal
from booking.store.prepared import Prepared, unpacked
from booking.store.schema import clinic_session, department, doctor, slot

# Hand-written, for Core has no way to say it that both engines answer from ix_slot_start: ints and moments only, told by ``literal``.
_FOUND = (
    "SELECT doctor_id, start, taken, seq, id, session_id, pool, stop_id IS NOT NULL AS stopped, ROW_NUMBER() OVER ("
    "PARTITION BY doctor_id, start, session_id, pool, stop_id IS NOT NULL ORDER BY taken, seq) AS nth FROM slot"
)
_SLOTS = (
    "SELECT doctor_id, start, taken, seq, id, session_id, pool, stopped FROM ("
    "{found} WHERE {asked}) AS found WHERE nth <= {most} ORDER BY 1, 2, 3, 4"
)
# On MariaDB as one text, which is split: its driver would read 256 rows in Python. Without the index forced the server reads all
# slots of the hospital while its statistics are young: 20 ms for 200 doctors, not 4.
_SLOTS_PACKED = (
    "SELECT COUNT(*), GROUP_CONCAT(CONCAT_WS(',', doctor_id, start, taken, seq, id, session_id, pool, stopped)) FROM ("
    "{found} FORCE INDEX (ix_slot_start) WHERE {asked}) AS found WHERE nth <= {most}"
)
_ASKED = "(hospital_id = {hospital} AND doctor_id = {doctor} AND start IN ({starts}))"
# A number that a stop-clinic or a clerk took from sale since it was read is as good as taken.
_TAKEN = (
    "SELECT GROUP_CONCAT(CASE WHEN taken <> 0 OR stop_id IS NOT NULL OR NOT ({same}) THEN id END) FROM slot"
    " WHERE id IN ({slots}) FOR UPDATE"
)
_SESSIONS = Prepared(
    select(
        clinic_session.c.id,
        clinic_session.c.day,
        clinic_session.c.period,
        clinic_session.c.place,
        clinic_session.c.fee_fen,
        clinic_session.c.clinic_type,
        clinic_session.c.status,
        clinic_session.c.phone_most,
        doctor.c.number,
        department.c.code,
        department.c.campus,
    )
    .select_from(
        clinic_session.join(doctor, doctor.c.id == clinic_session.c.doctor_id).join(
            department, department.c.id == doctor.c.department_id
        )
    )
    .where(clinic_session.c.id.in_(bindparam("sessions", expanding=True)))
)
TAKE = Prepared(
    update(slot)
    .where(slot.c.id.in_(bindparam("slots", expanding=True)), slot.c.taken == 0, slot.c.stop_id.is_(None))
    .values(taken=1)
)

Asked = tuple[int, datetime]
"""A doctor's row id and a start."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """A session as its numbers show it."""

    id: int
    day: date
    period: str
    place: str
    fee_fen: int
    clinic_type: str
    status: str
    phone_most: int | None
    doctor: str
    department: str
    campus: str


@dataclass(frozen=True, slots=True)
class Goods:
    """A slot with what its booking will show."""

    offer: Offer
    seq: int
    taken: bool
    clinic: Clinic


Shelf = dict[Asked, list[Goods]]
"""What stands at each start, free ones first."""


def thd_shelf(conn: Connection, hospital_id: int, asked: Sequence[Asked]) -> Shelf:
    """The numbers at the starts asked for; of many at one start as many free ones as are asked for, and a taken one if none is."""
    if not asked:
        return {}
    rows = _thd_slots(conn, hospital_id, asked)
    clinics = _thd_clinics(conn, sorted({row[5] for row in rows}))
    places = "microseconds" if conn.dialect.name == "sqlite" else "seconds"
    starts = {
        start.isoformat(" ", places): start for _, start in asked if not start.microsecond
    }  # moments come as text
    shelf: Shelf = {}
    for doctor_id, at, taken, seq, row_id, session, pool, stopped in rows:
        clinic, start = clinics[session], starts[at]
        offer = Offer(
            slot=row_id,
            session=session,
            start=start,
            day=clinic.day,
            doctor=clinic.doctor,
            department=clinic.department,
            campus=clinic.campus,
            clinic_type=clinic.clinic_type,
            period=clinic.period,
            pool=pool,
            stopped=bool(stopped) or clinic.status != "open",
        )
        goods = Goods(offer, seq, bool(taken), clinic)
        shelf.setdefault((doctor_id, start), []).append(goods)
    return shelf


def thd_taken(conn: Connection, shelf: Shelf) -> set[int]:
    """Which slots are taken, after those that seemed free are locked (in id order): the truth until this transaction ends."""
    goods = [each for standing in shelf.values() for each in standing]
    taken = {each.offer.slot for each in goods if each.taken}
    seen = {each.offer.slot: each.offer.pool for each in goods if not each.taken}
    free = sorted(seen)
    if free and conn.dialect.name != "sqlite":  # there a writer is alone from its first statement
        sql = _TAKEN.format(slots=",".join(map(str, free)), same=_same_pools(seen))
        with cursor_of(conn, _TAKEN) as cursor:
            cursor.execute(sql)
            told = cursor.fetchone()[0]
        taken.update(int(row_id) for row_id in (told or "").split(",") if row_id)
    return taken


def _same_pools(seen: Mapping[int, str]) -> str:
    """That each number is still sold by whom it was sold by when it was read; mostly all are in one pool."""
    pools: dict[str, list[str]] = {}
    for row_id, pool in seen.items():
        pools.setdefault(pool, []).append(str(row_id))
    if len(pools) == 1:
        return f"pool = {literal(next(iter(pools)))}"
    return " OR ".join(f"pool = {literal(pool)} AND id IN ({','.join(ids)})" for pool, ids in sorted(pools.items()))


def thd_take(conn: Connection, slots: Sequence[int]) -> bool:
    """Take all of these slots; False (and the caller must roll back) when one of them was taken already."""
    return TAKE.change(conn, {"slots": list(slots)}) == len(slots)


def _thd_slots(conn: Connection, hospital_id: int, asked: Sequence[Asked]) -> Sequence[Any]:
    counts: dict[Asked, int] = {}
    for wish in asked:
        counts[wish] = counts.get(wish, 0) + 1
    starts: dict[int, list[datetime]] = {}
    for doctor_id, start in counts:
        starts.setdefault(doctor_id, []).append(start)
    where = " OR ".join(
        _ASKED.format(hospital=int(hospital_id), doctor=int(doctor_id), starts=",".join(map(literal, sorted(wanted))))
        for doctor_id, wanted in sorted(starts.items())
    )
    sqlite, most = conn.dialect.name == "sqlite", max(counts.values())
    with cursor_of(conn, _SLOTS) as cursor:
        cursor.execute((_SLOTS if sqlite else _SLOTS_PACKED).format(found=_FOUND, asked=where, most=most))
        found: Sequence[Any] = cursor.fetchall()
    return found if sqlite else _unpacked(*found[0])


def _unpacked(count: int, told: str | None) -> Sequence[Any]:
    """As SQLite gives them: one row a slot, in order."""
    doctors, starts, taken, seqs, ids, sessions, pools, stopped = unpacked(count, told, 8)
    numbers = (map(int, column) for column in (taken, seqs, ids, sessions))
    return sorted(zip(map(int, doctors), starts, *numbers, pools, map(int, stopped), strict=True))


def _thd_clinics(conn: Connection, sessions: Iterable[int]) -> Mapping[int, Clinic]:
    wanted = list(sessions)
    return {row[0]: Clinic(*row) for row in _SESSIONS.rows(conn, {"sessions": wanted})} if wanted else {}
