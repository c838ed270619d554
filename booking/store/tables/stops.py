"""The tables of stop-clinic (停诊): what was announced, and what each patient concerned was told and chose."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, String, UniqueConstraint

from booking.store.tables.columns import BIG, MOMENT, hospital_id, table, to

clinic_stop = table(
    "clinic_stop",
    hospital_id(),
    to("session_id", "clinic_session"),
    Column("action", String(12), nullable=False),  # release | substitute | move
    Column("status", String(12), nullable=False),  # announced | approved | done | withdrawing | withdrawn | refused
    Column("from_start", DateTime),  # part of the session: numbers from this start …
    Column("to_start", DateTime),  # … before this one; both NULL: the whole session
    Column("old_doctor_id", BIG),
    Column("new_doctor_id", BIG),
    Column("shift_minutes", BIG),  # move: later (earlier, when negative) by so much
    Column("old_place", String(100)),
    Column("new_place", String(100)),
    Column("reason", String(100), nullable=False),
    Column("actor", String(40), nullable=False),
    Column("decided_by", String(40)),
    Column("created_at", MOMENT, nullable=False),
    Column("decided_at", MOMENT),
    Column("withdrawn_at", MOMENT),
    Index("ix_clinic_stop_session", "hospital_id", "session_id"),
    Index("ix_clinic_stop_status", "hospital_id", "status"),
)

stop_notice = table(
    "stop_notice",
    hospital_id(),
    to("stop_id", "clinic_stop"),
    to("appointment_id", "appointment"),
    Column("outbox_id", BIG),  # the latest text of it; NULL: no text can reach him, so he is phoned
    Column("choice", String(12), nullable=False),  # none | keep | rebook | giveback
    Column("chosen_at", MOMENT),
    Column("phone_state", String(12), nullable=False),  # none | due | done
    Column("phone_note", String(100)),
    Column("back_at", MOMENT),  # when he was told that the stop is withdrawn
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "stop_id", "appointment_id", name="uq_stop_notice_appointment"),
    Index("ix_stop_notice_appointment", "hospital_id", "appointment_id"),
    Index("ix_stop_notice_phone", "hospital_id", "phone_state"),
)
