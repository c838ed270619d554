"""The tables, once, for SQLite and MariaDB alike.

Law of this module: the hospital is the shard key and stands in every table and every index; what must never happen is
forbidden by an index, not by the code above. ``live`` is 1 while a booking holds its slot and NULL afterwards, so that a
unique index over it covers live bookings only, on every engine (NULLs never collide).

Columns named ``*_sealed`` hold ciphertext (``booking.vault``), ``*_print`` the keyed hash by which they are found.
``*_at`` are UTC without a zone, ``day`` and ``start`` the hospital's wall clock, money is in fen.
Collation is binary on MariaDB, so that both engines compare text alike.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BINARY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer(), "sqlite")
_MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_PRINT = BINARY(32).with_variant(LargeBinary(32), "sqlite")
_SEALED = LargeBinary()
_BACKEND: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "sqlite_autoincrement": True,
}


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, Column("id", _BIG, primary_key=True, autoincrement=True), *parts, **_BACKEND)


def _hospital() -> Column[int]:
    return Column("hospital_id", Integer, nullable=False)


def _to(name: str, target: str) -> Column[int]:
    return Column(name, _BIG, ForeignKey(f"{target}.id"), nullable=False)


hospital = _table(
    "hospital",
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("short_name", String(20), nullable=False),
    Column("address", String(200), nullable=False),
    Column("phone", String(40), nullable=False),
)

department = _table(
    "department",
    _hospital(),
    Column("code", String(20), nullable=False),
    Column("name", String(60), nullable=False),
    Column("location", String(100), nullable=False),
    UniqueConstraint("hospital_id", "code", name="uq_department_code"),
)

doctor = _table(
    "doctor",
    _hospital(),
    Column("number", String(5), nullable=False),
    Column("name", String(40), nullable=False),
    Column("title", String(20), nullable=False),
    _to("department_id", "department"),
    Column("speciality", String(300), nullable=False),
    Column("phone_sealed", _SEALED),
    UniqueConstraint("hospital_id", "number", name="uq_doctor_number"),
    Index("ix_doctor_department", "hospital_id", "department_id"),
)

clinic_session = _table(
    "clinic_session",
    _hospital(),
    _to("doctor_id", "doctor"),
    Column("day", Date, nullable=False),
    Column("period", String(10), nullable=False),
    Column("place", String(100), nullable=False),
    Column("fee_fen", Integer, nullable=False),
    Column("clinic_type", String(20), nullable=False),
    Column("status", String(12), nullable=False),  # open | stopped
    UniqueConstraint("hospital_id", "doctor_id", "day", "period", name="uq_clinic_session_doctor_day"),
)

slot = _table(
    "slot",
    _hospital(),
    _to("session_id", "clinic_session"),
    _to("doctor_id", "doctor"),
    Column("start", DateTime, nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("taken", SmallInteger, nullable=False),  # 0 | 1: how many live bookings hold it
    UniqueConstraint("hospital_id", "session_id", "seq", name="uq_slot_seq"),
    UniqueConstraint("hospital_id", "doctor_id", "start", name="uq_slot_start"),
    Index("ix_slot_day", "hospital_id", "start"),
)

patient = _table(
    "patient",
    _hospital(),
    Column("identity_print", _PRINT, nullable=False),
    Column("identity_sealed", _SEALED, nullable=False),
    Column("name_sealed", _SEALED, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "identity_print", name="uq_patient_identity"),
)

phone_patient = _table(
    "phone_patient",
    _hospital(),
    Column("phone_print", _PRINT, nullable=False),
    Column("phone_sealed", _SEALED, nullable=False),
    _to("patient_id", "patient"),
    Column("created_at", _MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", "patient_id", name="uq_phone_patient_pair"),
    Index("ix_phone_patient_patient", "hospital_id", "patient_id"),
)

phone_choice = _table(
    "phone_choice",
    _hospital(),
    Column("phone_print", _PRINT, nullable=False),
    Column("wants", Boolean, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", name="uq_phone_choice_phone"),
)

appointment = _table(
    "appointment",
    _hospital(),
    Column("code", String(8), nullable=False),
    _to("slot_id", "slot"),
    _to("session_id", "clinic_session"),
    _to("doctor_id", "doctor"),
    _to("patient_id", "patient"),
    Column("day", Date, nullable=False),
    Column("status", String(12), nullable=False),  # booked | cancelled
    Column("live", SmallInteger),
    Column("channel", String(12), nullable=False),
    Column("phone_print", _PRINT),
    Column("phone_sealed", _SEALED),
    Column("fee_fen", Integer, nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("cancelled_at", _MOMENT),
    UniqueConstraint("hospital_id", "slot_id", "live", name="uq_appointment_slot_live"),
    UniqueConstraint("hospital_id", "patient_id", "session_id", "live", name="uq_appointment_patient_session_live"),
    UniqueConstraint("hospital_id", "request_key", name="uq_appointment_request_key"),
    UniqueConstraint("hospital_id", "code", name="uq_appointment_code"),
    Index("ix_appointment_phone", "hospital_id", "phone_print", "live"),
    Index("ix_appointment_patient_day", "hospital_id", "patient_id", "live", "day"),
)

complaint = _table(
    "complaint",
    _hospital(),
    Column("case_no", String(8), nullable=False),
    Column("text_sealed", _SEALED, nullable=False),
    Column("phone_print", _PRINT),
    Column("phone_sealed", _SEALED),
    Column("channel", String(12), nullable=False),
    Column("status", String(20), nullable=False),
    Column("request_key", String(120), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "case_no", name="uq_complaint_case_no"),
    UniqueConstraint("hospital_id", "request_key", name="uq_complaint_request_key"),
)

inbox = _table(
    "inbox",
    _hospital(),
    Column("smsc", String(40), nullable=False),
    Column("bind", String(60), nullable=False),
    Column("sequence", _BIG, nullable=False),
    Column("source_print", _PRINT, nullable=False),
    Column("source_sealed", _SEALED, nullable=False),
    Column("destination", String(40), nullable=False),
    Column("text_sealed", _SEALED, nullable=False),
    Column("digest_print", _PRINT, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("status", String(12), nullable=False),  # new | answered
    Column("outcome", String(40)),
    Column("received_at", _MOMENT, nullable=False),
    Column("answered_at", _MOMENT),
    Index("ix_inbox_unanswered", "smsc", "status", "id", "hospital_id"),
    Index("ix_inbox_status", "hospital_id", "status", "received_at"),
    Index("ix_inbox_repeat", "hospital_id", "source_print", "received_at"),
)

inbox_part = _table(
    "inbox_part",
    _hospital(),
    Column("smsc", String(40), nullable=False),
    Column("bind", String(60), nullable=False),
    Column("sequence", _BIG, nullable=False),
    Column("source_print", _PRINT, nullable=False),
    Column("source_sealed", _SEALED, nullable=False),
    Column("destination", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("ref", Integer, nullable=False),
    Column("total", SmallInteger, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("bundle", Integer, nullable=False),  # counts the messages that used the same reference
    Column("text_sealed", _SEALED, nullable=False),
    Column("digest_print", _PRINT, nullable=False),
    Column("received_at", _MOMENT, nullable=False),
    Column("inbox_id", _BIG),
    UniqueConstraint(
        "hospital_id", "source_print", "destination", "smsc", "kind", "ref", "total", "bundle", "part",
        name="uq_inbox_part_place",
    ),
    Index("ix_inbox_part_open", "inbox_id", "received_at", "hospital_id"),
    Index("ix_inbox_part_repeat", "hospital_id", "source_print", "received_at"),
)  # fmt: skip

outbox = _table(
    "outbox",
    _hospital(),
    Column("kind", String(24), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("to_print", _PRINT, nullable=False),
    Column("to_sealed", _SEALED, nullable=False),
    Column("body_sealed", _SEALED, nullable=False),
    Column("dedupe", String(120), nullable=False),
    Column("status", String(12), nullable=False),  # pending | sending | sent | failed | expired
    Column("due_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT),
    Column("attempts", SmallInteger, nullable=False),
    Column("resent", Boolean, nullable=False),
    Column("smsc", String(40)),
    Column("error", String(80)),
    Column("receipt", String(16)),
    Column("appointment_id", _BIG),
    Column("created_at", _MOMENT, nullable=False),
    Column("settled_at", _MOMENT),
    UniqueConstraint("hospital_id", "dedupe", name="uq_outbox_dedupe"),
    Index("ix_outbox_pending", "hospital_id", "status", "lane", "id"),
    Index("ix_outbox_sending", "smsc", "status", "hospital_id"),
    Index("ix_outbox_appointment", "hospital_id", "appointment_id"),
)

outbox_part = _table(
    "outbox_part",
    _hospital(),
    Column("outbox_id", _BIG, nullable=False),
    Column("smsc", String(40), nullable=False),
    Column("message_id", String(65), nullable=False),
    Column("state", String(16)),
    Column("state_at", _MOMENT),
    Index("ix_outbox_part_message", "smsc", "message_id", "hospital_id"),
    Index("ix_outbox_part_outbox", "outbox_id", "hospital_id"),
)

receipt_orphan = _table(
    "receipt_orphan",
    _hospital(),  # 0: a receipt names no hospital, and its message is not known yet
    Column("smsc", String(40), nullable=False),
    Column("message_id", String(65), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_at", _MOMENT, nullable=False),
    UniqueConstraint("smsc", "message_id", "hospital_id", name="uq_receipt_orphan_message"),
)

dialogue = _table(
    "dialogue",
    _hospital(),
    Column("phone_print", _PRINT, nullable=False),
    Column("state_sealed", _SEALED, nullable=False),
    Column("until_at", _MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", name="uq_dialogue_phone"),
)

audit = _table(
    "audit",
    _hospital(),
    Column("at", _MOMENT, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(24), nullable=False),
    Column("subject_id", _BIG, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("trace", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Column("seal_seq", _BIG),
    Column("seal", _PRINT),
    UniqueConstraint("seal_seq", name="uq_audit_seal_seq"),
    Index("ix_audit_subject", "hospital_id", "subject", "subject_id"),
)
