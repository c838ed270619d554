"""The tables, once, for SQLite and MariaDB alike.

Law of this module: the hospital is the shard key and stands in every table and every index; what must never happen is
forbidden by an index, not by the code above. ``live`` is 1 while a booking holds its slot and NULL afterwards, so that a
unique index over it covers live bookings only, on every engine (NULLs never collide).

Columns named ``*_sealed`` hold ciphertext (``booking.vault``), ``*_print`` the keyed hash by which they are found.
``*_at`` are UTC without a zone, ``day`` and ``start`` the hospital's wall clock, money is in fen.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, SmallInteger, String, Text, UniqueConstraint

from booking.store.columns import BIG, MOMENT, PRINT, SEALED, hospital_id, metadata, table, to
from booking.store.mail_tables import dialogue, inbox, inbox_part, outbox, outbox_part, receipt_orphan, smsc_bind

__all__ = [
    "appointment",
    "audit",
    "clinic_session",
    "complaint",
    "department",
    "dialogue",
    "doctor",
    "hospital",
    "inbox",
    "inbox_part",
    "metadata",
    "outbox",
    "outbox_part",
    "patient",
    "phone_choice",
    "phone_patient",
    "receipt_orphan",
    "slot",
    "smsc_bind",
]

hospital = table(
    "hospital",
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("short_name", String(20), nullable=False),
    Column("address", String(200), nullable=False),
    Column("phone", String(40), nullable=False),
)

department = table(
    "department",
    hospital_id(),
    Column("code", String(20), nullable=False),
    Column("name", String(60), nullable=False),
    Column("location", String(100), nullable=False),
    UniqueConstraint("hospital_id", "code", name="uq_department_code"),
)

doctor = table(
    "doctor",
    hospital_id(),
    Column("number", String(5), nullable=False),
    Column("name", String(40), nullable=False),
    Column("title", String(20), nullable=False),
    to("department_id", "department"),
    Column("speciality", String(300), nullable=False),
    Column("phone_sealed", SEALED),
    UniqueConstraint("hospital_id", "number", name="uq_doctor_number"),
    Index("ix_doctor_department", "hospital_id", "department_id"),
)

clinic_session = table(
    "clinic_session",
    hospital_id(),
    to("doctor_id", "doctor"),
    Column("day", Date, nullable=False),
    Column("period", String(10), nullable=False),
    Column("place", String(100), nullable=False),
    Column("fee_fen", Integer, nullable=False),
    Column("clinic_type", String(20), nullable=False),
    Column("status", String(12), nullable=False),  # open | stopped
    UniqueConstraint("hospital_id", "doctor_id", "day", "period", name="uq_clinic_session_doctor_day"),
)

slot = table(
    "slot",
    hospital_id(),
    to("session_id", "clinic_session"),
    to("doctor_id", "doctor"),
    Column("start", DateTime, nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("taken", SmallInteger, nullable=False),  # 0 | 1: how many live bookings hold it
    UniqueConstraint("hospital_id", "session_id", "seq", name="uq_slot_seq"),
    UniqueConstraint("hospital_id", "doctor_id", "start", name="uq_slot_start"),
    Index("ix_slot_day", "hospital_id", "start"),
)

patient = table(
    "patient",
    hospital_id(),
    Column("identity_print", PRINT, nullable=False),
    Column("identity_sealed", SEALED, nullable=False),
    Column("name_sealed", SEALED, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "identity_print", name="uq_patient_identity"),
)

phone_patient = table(
    "phone_patient",
    hospital_id(),
    Column("phone_print", PRINT, nullable=False),
    Column("phone_sealed", SEALED, nullable=False),
    to("patient_id", "patient"),
    Column(
        "nth", SmallInteger, nullable=False
    ),  # 1 for the phone's first patient: two registrations at once collide here
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", "patient_id", name="uq_phone_patient_pair"),
    UniqueConstraint("hospital_id", "phone_print", "nth", name="uq_phone_patient_nth"),
    Index("ix_phone_patient_patient", "hospital_id", "patient_id"),
)

phone_choice = table(
    "phone_choice",
    hospital_id(),
    Column("phone_print", PRINT, nullable=False),
    Column("wants", Boolean, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", name="uq_phone_choice_phone"),
)

appointment = table(
    "appointment",
    hospital_id(),
    Column("code", String(8), nullable=False),
    to("slot_id", "slot"),
    to("session_id", "clinic_session"),
    to("doctor_id", "doctor"),
    to("patient_id", "patient"),
    Column("day", Date, nullable=False),
    Column("status", String(12), nullable=False),  # booked | cancelled
    Column("live", SmallInteger),
    Column("channel", String(12), nullable=False),
    Column("phone_print", PRINT),
    Column("phone_sealed", SEALED),
    Column("fee_fen", Integer, nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("cancelled_at", MOMENT),
    UniqueConstraint("hospital_id", "slot_id", "live", name="uq_appointment_slot_live"),
    UniqueConstraint("hospital_id", "patient_id", "session_id", "live", name="uq_appointment_patient_session_live"),
    UniqueConstraint("hospital_id", "request_key", name="uq_appointment_request_key"),
    UniqueConstraint("hospital_id", "code", name="uq_appointment_code"),
    Index("ix_appointment_phone", "hospital_id", "phone_print", "live"),
    Index("ix_appointment_patient_day", "hospital_id", "patient_id", "live", "day"),
)

complaint = table(
    "complaint",
    hospital_id(),
    Column("case_no", String(8), nullable=False),
    Column("text_sealed", SEALED, nullable=False),
    Column("phone_print", PRINT),
    Column("phone_sealed", SEALED),
    Column("channel", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "case_no", name="uq_complaint_case_no"),
    UniqueConstraint("hospital_id", "request_key", name="uq_complaint_request_key"),
)

audit = table(
    "audit",
    hospital_id(),
    Column("at", MOMENT, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(24), nullable=False),
    Column("subject_id", BIG, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("trace", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Column("seal_seq", BIG),
    Column("seal", PRINT),
    UniqueConstraint("seal_seq", name="uq_audit_seal_seq"),
    Index("ix_audit_subject", "hospital_id", "subject", "subject_id"),
)
