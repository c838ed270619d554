"""For whom a batch of requests books: names and ids become locked patient rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from sqlalchemy import Connection, bindparam, select

from booking.requests import BookSlot, Known, Named
from booking.rules.names import same_name
from booking.store.pictures import patient_view
from booking.store.schema import appointment, patient, phone_patient
from booking.vault import Vault
from booking.views import PatientView

_LINKS = (
    select(phone_patient.c.phone_print, phone_patient.c.patient_id)
    .where(
        phone_patient.c.hospital_id == bindparam("hospital"),
        phone_patient.c.phone_print.in_(bindparam("phones", expanding=True)),
    )
    .order_by(phone_patient.c.id)
)
_LOCK = (
    select(patient.c.id, patient.c.name_sealed, patient.c.identity_sealed)
    .where(
        patient.c.hospital_id == bindparam("hospital"),
        patient.c.id.in_(bindparam("patients", expanding=True)),
    )
    .order_by(patient.c.id)
    .with_for_update()
)
_LIVE = select(appointment.c.patient_id, appointment.c.session_id, appointment.c.day, appointment.c.code).where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.patient_id.in_(bindparam("patients", expanding=True)),
    appointment.c.live == 1,
    appointment.c.day.in_(bindparam("days", expanding=True)),
)


class Nobody(Enum):
    """Why a request has no patient: none fits, or a name fits several of the phone's."""

    NONE = auto()
    SEVERAL = auto()


Patron = PatientView | Nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A live booking of a patient."""

    patient: int
    session: int
    day: date
    code: str


def thd_patrons(conn: Connection, vault: Vault, hospital_id: int, requests: Sequence[BookSlot]) -> list[Patron]:
    """The patient of each request, or why there is none. Their rows stay locked, so that limits hold across processes."""
    registered = _thd_registered(conn, vault, hospital_id, requests)
    candidates = [_candidates(vault, registered, request) for request in requests]
    wanted = sorted({patient_id for ids in candidates for patient_id in ids})
    if not wanted:
        return [Nobody.NONE] * len(requests)
    rows = conn.execute(_LOCK, {"hospital": hospital_id, "patients": wanted})
    views = {row.id: patient_view(vault, row.id, row.name_sealed, row.identity_sealed) for row in rows}
    return [
        _choose(request, [views[patient_id] for patient_id in ids if patient_id in views])
        for request, ids in zip(requests, candidates, strict=True)
    ]


def thd_holdings(conn: Connection, hospital_id: int, patients: Sequence[int], days: Sequence[date]) -> list[Holding]:
    """Live bookings of these patients on these days."""
    if not patients or not days:
        return []
    wanted = {"hospital": hospital_id, "patients": list(patients), "days": list(days)}
    return [
        Holding(patient=row.patient_id, session=row.session_id, day=row.day, code=row.code)
        for row in conn.execute(_LIVE, wanted)
    ]


def _thd_registered(
    conn: Connection, vault: Vault, hospital_id: int, requests: Sequence[BookSlot]
) -> dict[bytes, list[int]]:
    phones = {
        vault.fingerprint(request.caller.phone)
        for request in requests
        if isinstance(request.who, Named) and request.caller.phone is not None
    }
    found: dict[bytes, list[int]] = {}
    if phones:
        for row in conn.execute(_LINKS, {"hospital": hospital_id, "phones": sorted(phones)}):
            found.setdefault(bytes(row.phone_print), []).append(row.patient_id)
    return found


def _candidates(vault: Vault, registered: dict[bytes, list[int]], request: BookSlot) -> list[int]:
    if isinstance(request.who, Known):
        return [request.who.patient]
    assert isinstance(request.who, Named), "reception has looked identity numbers up before"
    phone = request.caller.phone
    return [] if phone is None else registered.get(vault.fingerprint(phone), [])


def _choose(request: BookSlot, patients: Sequence[PatientView]) -> Patron:
    if isinstance(request.who, Named):
        name = request.who.name
        patients = [patient for patient in patients if same_name(patient.name, name)]
    match patients:
        case [patient]:
            return patient
        case []:
            return Nobody.NONE
        case _:
            return Nobody.SEVERAL
