"""The tables, once, for SQLite and MariaDB alike.

Law of this module: the hospital is the shard key and stands in every table and every index; what must never happen is
forbidden by an index, not by the code above. ``live`` is 1 while a booking holds its slot and NULL afterwards, so that a
unique index over it covers live bookings only, on every engine (NULLs never collide).

Columns named ``*_sealed`` hold ciphertext (``booking.vault``), ``*_print`` the keyed hash by which they are found.
``*_at`` are UTC without a zone, ``day`` and ``start`` the hospital's wall clock, money is in fen.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
)

from booking.store.tables.columns import BIG, MOMENT, PRINT, SEALED, hospital_id, metadata, table, to
from booking.store.tables.mail import dialogue, inbox, inbox_part, outbox, outbox_part, receipt_orphan, smsc_bind
from booking.store.tables.money import account, charge, entry, fee_item, posting, refund
from booking.store.tables.rules import ban, conduct, holiday, import_batch, import_row, rulebook
from booking.store.tables.stops import clinic_stop, stop_notice

__all__ = [
    "account",
    "appointment",
    "audit",
    "ban",
    "charge",
    "clinic_session",
    "clinic_stop",
    "complaint",
    "conduct",
    "department",
    "dialogue",
    "doctor",
    "entry",
    "fee_item",
    "hold",
    "holiday",
    "hospital",
    "import_batch",
    "import_row",
    "inbox",
    "inbox_part",
    "lease",
    "metadata",
    "outbox",
    "outbox_part",
    "patient",
    "phone_choice",
    "phone_patient",
    "posting",
    "receipt_orphan",
    "refund",
    "rulebook",
    "slot",
    "smsc_bind",
    "stock",
    "stop_notice",
    "waiting",
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
    Column("campus", String(40), nullable=False, server_default=""),
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
    Column(
        "phone_most", SmallInteger
    ),  # how many of its numbers the telephone may sell; NULL: all (TEL_LMT of many a HIS)
    Column(
        "window_until", DateTime
    ),  # on the hospital's wall: from then on its window reserve is sold by all; NULL: never
    UniqueConstraint("hospital_id", "doctor_id", "day", "period", name="uq_clinic_session_doctor_day"),
    Index("ix_clinic_session_window", "hospital_id", "window_until"),
)

slot = table(
    "slot",
    hospital_id(),
    to("session_id", "clinic_session"),
    to("doctor_id", "doctor"),
    Column("start", DateTime, nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("taken", SmallInteger, nullable=False),  # 0 | 1: how many live bookings hold it
    Column("pool", String(10), nullable=False, server_default="open"),  # open | window | withheld: who may sell it
    Column("extra", Boolean, nullable=False, server_default=false()),  # 加号: added by a doctor or clerk
    Column("stop_id", BIG),  # the clinic_stop that took it from sale
    UniqueConstraint("hospital_id", "session_id", "seq", name="uq_slot_seq"),
    Index("ix_slot_start", "hospital_id", "doctor_id", "start", "taken"),  # several numbers may share one start
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
    Column("status", String(12), nullable=False),  # held | booked | arrived | visited | noshow | cancelled
    Column("live", SmallInteger),  # 1 while it holds its slot (visited and noshow do, unless the number was released)
    Column("channel", String(12), nullable=False),
    Column("phone_print", PRINT),
    Column("phone_sealed", SEALED),
    Column("fee_fen", Integer, nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("cancelled_at", MOMENT),
    Column("ended_by", String(12)),  # why it is cancelled: patient | agent | hospital | expired | changed | void
    Column("moved_from", BIG),  # the appointment that this one took the place of
    Column("arrived_at", MOMENT),
    Column("visited_at", MOMENT),
    Column("category", String(20), nullable=False, server_default=""),  # the patient's: 医保, 自费, …
    UniqueConstraint("hospital_id", "slot_id", "live", name="uq_appointment_slot_live"),
    UniqueConstraint("hospital_id", "patient_id", "session_id", "live", name="uq_appointment_patient_session_live"),
    UniqueConstraint("hospital_id", "request_key", name="uq_appointment_request_key"),
    UniqueConstraint("hospital_id", "code", name="uq_appointment_code"),
    Index("ix_appointment_phone", "hospital_id", "phone_print", "live"),
    Index("ix_appointment_patient_day", "hospital_id", "patient_id", "live", "day"),
    Index("ix_appointment_day", "hospital_id", "day", "status", "doctor_id", "session_id", "channel"),
)

hold = table(  # an appointment that is only held, until when; gone when it is confirmed or expired
    "hold",
    hospital_id(),
    to("appointment_id", "appointment"),
    Column("until_at", MOMENT, nullable=False),
    Column("waiting_id", BIG),  # the waiting patient to whom it is offered
    UniqueConstraint("hospital_id", "appointment_id", name="uq_hold_appointment"),
    Index("ix_hold_until", "hospital_id", "until_at"),
)

waiting = table(  # 候补: who waits for a number of a session that is full; first come by id
    "waiting",
    hospital_id(),
    to("session_id", "clinic_session"),
    to("doctor_id", "doctor"),
    to("patient_id", "patient"),
    Column("phone_print", PRINT, nullable=False),
    Column("phone_sealed", SEALED, nullable=False),
    Column("channel", String(12), nullable=False),
    Column("status", String(12), nullable=False),  # waiting | offered | won | lapsed | left
    Column("live", SmallInteger),  # 1 while waiting or offered
    Column("appointment_id", BIG),  # the number held for him, then booked
    Column("request_key", String(120), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "patient_id", "session_id", "live", name="uq_waiting_patient_session_live"),
    UniqueConstraint("hospital_id", "request_key", name="uq_waiting_request_key"),
    Index("ix_waiting_session", "hospital_id", "session_id", "status", "id"),
    Index("ix_waiting_phone", "hospital_id", "phone_print", "live"),
    Index("ix_waiting_live", "hospital_id", "live", "session_id"),
    Index("ix_waiting_appointment", "hospital_id", "appointment_id"),
)

stock = (
    table(  # one row a hospital: the version changes whenever a number becomes free, so that memories of "sold out" end
        "stock",
        hospital_id(),
        Column("version", BIG, nullable=False),
        Column("roster", BIG, nullable=False, server_default="0"),  # grows whenever a department or doctor changes
        UniqueConstraint("hospital_id", name="uq_stock_hospital"),
    )
)

lease = table(  # who may do a job that only one may do, until when; the token only ever grows (fencing)
    "lease",
    hospital_id(),
    Column("name", String(60), nullable=False),
    Column("holder", String(80), nullable=False),
    Column("token", BIG, nullable=False),
    Column("beats", BIG, nullable=False),  # grows with every sign of life: a real change, which a cluster compares
    Column("until_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "name", name="uq_lease_name"),
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
    Index("ix_audit_at", "hospital_id", "at", "actor", "action"),  # who did how much in a month: one walk through it
)
