"""A hospital's directory (``booking.directory``) kept in memory, made anew when the roster has changed.

Law of this module: whoever changes departments or doctors calls ``thd_roster_changed`` in the same transaction; whoever searches
reads that one number first, so that no process tells of a doctor as he was called before the last import.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.directory import DepartmentEntry, Directory, DoctorEntry
from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.roster.pictures import DOCTOR_COLUMNS, DOCTOR_FROM, doctor_view
from booking.store.schema import department, doctor, stock
from booking.views import DepartmentView

_HERE = stock.c.hospital_id == bindparam("hospital")
_VERSION = Prepared(select(stock.c.roster).where(_HERE))
_CHANGED = update(stock).where(_HERE).values(roster=stock.c.roster + 1)
_DEPARTMENTS = (
    select(department.c.id, department.c.code, department.c.name, department.c.location)
    .where(department.c.hospital_id == bindparam("hospital"))
    .order_by(department.c.code)
)
_DOCTORS = (
    select(*DOCTOR_COLUMNS, doctor.c.department_id)
    .select_from(DOCTOR_FROM)
    .where(doctor.c.hospital_id == bindparam("hospital"))
    .order_by(doctor.c.number)
)


class Directories:
    """One for each process, shared by its threads: an entry is put whole or not at all."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, Directory]] = {}

    def thd_of(self, conn: Connection, hospital_id: int) -> Directory:
        """The hospital's directory as its roster is now."""
        found = _VERSION.rows(conn, {"hospital": hospital_id})
        version = found[0][0] if found else 0
        kept = self._kept.get(hospital_id)
        if kept is None or kept[0] != version:
            kept = self._kept[hospital_id] = (version, thd_directory(conn, hospital_id))
        return kept[1]


def thd_directory(conn: Connection, hospital_id: int) -> Directory:
    """The directory, made of all departments and doctors."""
    departments = [
        DepartmentEntry(id=row.id, view=DepartmentView(code=row.code, name=row.name, location=row.location))
        for row in conn.execute(_DEPARTMENTS, {"hospital": hospital_id})
    ]
    doctors = [
        DoctorEntry(id=row.doctor_id, department_id=row.department_id, view=doctor_view(row))
        for row in conn.execute(_DOCTORS, {"hospital": hospital_id})
    ]
    return Directory(departments, doctors)


def thd_roster_changed(conn: Connection, hospital_id: int) -> None:
    """Departments or doctors are not what they were; raises TryAgain beside another who is the first ever."""
    if conn.execute(_CHANGED, {"hospital": hospital_id}).rowcount:
        return
    try:
        conn.execute(insert(stock), {"hospital_id": hospital_id, "version": 0, "roster": 1})
    except IntegrityError:
        raise TryAgain from None
