"""Rows into views: the joins that doors' answers are made of, and the one place where a patient's seals are opened for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from booking.rules.facts import Offer
from booking.store.prepared import Prepared
from booking.store.schema import appointment, clinic_session, department, doctor, hospital, patient, slot
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView, DoctorView, PatientView
from command_parser.masking import mask_identity

DOCTOR_COLUMNS = (
    doctor.c.id.label("doctor_id"),
    doctor.c.number,
    doctor.c.name.label("doctor_name"),
    doctor.c.title,
    department.c.name.label("department_name"),
    doctor.c.speciality,
)
DOCTOR_FROM = doctor.join(department, department.c.id == doctor.c.department_id)

_HEAD = select(hospital.c.id, hospital.c.name, hospital.c.short_name).where(hospital.c.id == bindparam("hospital"))
_DOCTOR = Prepared(
    select(*DOCTOR_COLUMNS, doctor.c.phone_sealed)
    .select_from(DOCTOR_FROM)
    .where(doctor.c.hospital_id == bindparam("hospital"), doctor.c.number.in_(bindparam("numbers", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCard:
    """A doctor with what only the store needs: the row's id and the sealed telephone number."""

    id: int
    view: DoctorView
    phone_sealed: bytes | None


def bookings() -> Select[Any]:
    """Every column of a BookingView; the caller adds its own ``where``."""
    joined = (
        appointment.join(slot, slot.c.id == appointment.c.slot_id)
        .join(clinic_session, clinic_session.c.id == appointment.c.session_id)
        .join(patient, patient.c.id == appointment.c.patient_id)
        .join(doctor, doctor.c.id == appointment.c.doctor_id)
        .join(department, department.c.id == doctor.c.department_id)
    )
    return select(
        appointment.c.id,
        appointment.c.code,
        appointment.c.status,
        appointment.c.slot_id,
        appointment.c.session_id,
        appointment.c.patient_id,
        appointment.c.phone_print,
        appointment.c.phone_sealed,
        appointment.c.request_key,
        appointment.c.fee_fen,
        appointment.c.live,
        appointment.c.channel,
        appointment.c.created_at,
        slot.c.start,
        slot.c.seq,
        slot.c.pool,
        slot.c.stop_id,
        clinic_session.c.place,
        clinic_session.c.day,
        clinic_session.c.period,
        clinic_session.c.clinic_type,
        clinic_session.c.status.label("session_status"),
        department.c.code.label("department_code"),
        department.c.campus,
        patient.c.name_sealed,
        patient.c.identity_sealed,
        doctor.c.phone_sealed.label("doctor_phone_sealed"),
        *DOCTOR_COLUMNS,
    ).select_from(joined)


def doctor_view(row: Any) -> DoctorView:
    return DoctorView(
        number=row.number,
        name=row.doctor_name,
        title=row.title,
        department=row.department_name,
        speciality=row.speciality,
    )


def patient_view(vault: Vault, patient_id: int, name_sealed: bytes, identity_sealed: bytes) -> PatientView:
    return PatientView(
        id=patient_id,
        name=vault.open(name_sealed),
        identity_masked=mask_identity(vault.open(identity_sealed)),
    )


def booking_view(vault: Vault, row: Any) -> BookingView:
    return BookingView(
        code=row.code,
        status=row.status,
        doctor=doctor_view(row),
        start=row.start,
        seq=row.seq,
        place=row.place,
        fee_fen=row.fee_fen,
        patient=patient_view(vault, row.patient_id, row.name_sealed, row.identity_sealed),
    )


def offer_of(row: Any) -> Offer:
    """The number of a row of ``bookings()`` as the rules see it."""
    return Offer(
        slot=row.slot_id,
        session=row.session_id,
        start=row.start,
        day=row.day,
        doctor=row.number,
        department=row.department_code,
        campus=row.campus,
        clinic_type=row.clinic_type,
        period=row.period,
        pool=row.pool,
        stopped=row.session_status != "open" or row.stop_id is not None,
    )


def thd_letterhead(conn: Connection, hospital_id: int) -> Letterhead:
    """Whose texts these are. A hospital that is not there is a bug of the caller (NoResultFound)."""
    row = conn.execute(_HEAD, {"hospital": hospital_id}).one()
    return Letterhead(hospital=row.id, name=row.name, short_name=row.short_name)


def thd_doctors(conn: Connection, hospital_id: int, numbers: Sequence[str]) -> Mapping[str, DoctorCard]:
    """The doctors of these numbers that the hospital has."""
    if not numbers:
        return {}
    rows = _DOCTOR.rows(conn, {"hospital": hospital_id, "numbers": sorted(set(numbers))})
    return {number: _card(row_id, phone, number, *words) for row_id, number, *words, phone in rows}


def _card(row_id: int, phone_sealed: bytes | None, *words: str) -> DoctorCard:
    number, name, title, department_name, speciality = words
    view = DoctorView(number=number, name=name, title=title, department=department_name, speciality=speciality)
    return DoctorCard(id=row_id, view=view, phone_sealed=phone_sealed)
