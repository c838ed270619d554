"""Who has, or had, a number with a doctor on a day: those whom a memory of "sold out" must not answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, bindparam, select

from booking.store.prepared import Prepared
from booking.store.schema import appointment, phone_patient

# Cancelled ones, too: the same request again is answered from the booking that it made, whatever became of that.
_APPOINTMENTS = Prepared(
    select(appointment.c.doctor_id, appointment.c.day, appointment.c.patient_id, appointment.c.phone_print).where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.day.in_(bindparam("days", expanding=True)),
        appointment.c.doctor_id.in_(bindparam("doctors", expanding=True)),
    )
)
_PHONES = Prepared(
    select(phone_patient.c.patient_id, phone_patient.c.phone_print).where(
        phone_patient.c.hospital_id == bindparam("hospital"),
        phone_patient.c.patient_id.in_(bindparam("patients", expanding=True)),
    )
)

ClinicDay = tuple[int, date]
"""A doctor's row id and a day."""


@dataclass(slots=True)
class Holders:
    """``phones`` are prints: of those that booked, and of all that are registered to the patients."""

    phones: set[bytes] = field(default_factory=set)
    patients: set[int] = field(default_factory=set)


def thd_holders(conn: Connection, hospital_id: int, wanted: Collection[ClinicDay]) -> dict[ClinicDay, Holders]:
    """Of each doctor and day, also when there are none."""
    found = {each: Holders() for each in wanted}
    where = {
        "hospital": hospital_id,
        "days": sorted({day for _, day in wanted}),
        "doctors": sorted({doctor for doctor, _ in wanted}),
    }
    theirs: dict[int, list[Holders]] = {}
    for doctor, day, patient, phone in _APPOINTMENTS.rows(conn, where):
        holders = found.get((doctor, day))
        if holders is not None:
            holders.patients.add(patient)
            theirs.setdefault(patient, []).append(holders)
            if phone is not None:
                holders.phones.add(bytes(phone))
    if theirs:
        for patient, phone in _PHONES.rows(conn, {"hospital": hospital_id, "patients": sorted(theirs)}):
            for holders in theirs[patient]:
                holders.phones.add(bytes(phone))
    return found
