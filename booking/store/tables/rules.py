"""The tables of rules and of what patients did under them: rule books, holidays, conduct, bans, imports that can be undone."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.dialects import mysql

from booking.store.tables.columns import BIG, MOMENT, PRINT, SEALED, hospital_id, table, to

LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")

rulebook = table(  # every version that was ever imported stays: a decision names the one it was made by
    "rulebook",
    hospital_id(),
    Column("maker", String(12), nullable=False),  # hospital | platform: the stricter of the two decides
    Column("version", Integer, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("text", LONG_TEXT, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "maker", "version", name="uq_rulebook_version"),
)

holiday = table(
    "holiday",
    hospital_id(),
    Column("day", Date, nullable=False),
    Column("works", Boolean, nullable=False),  # a weekend day worked instead (调休); else a day off
    Column("name", String(40), nullable=False),
    UniqueConstraint("hospital_id", "day", name="uq_holiday_day"),
)

conduct = table(  # what counts for or against a patient: kept, noshow, late, cancel, late-cancel, same-day-cancel
    "conduct",
    hospital_id(),
    to("patient_id", "patient"),
    Column("phone_print", PRINT),
    to("appointment_id", "appointment"),
    Column("kind", String(16), nullable=False),
    Column("at", DateTime, nullable=False),  # on the hospital's wall
    Column("channel", String(12), nullable=False),
    Column("clinic_type", String(20), nullable=False),
    Column("department_id", BIG, nullable=False),
    Column("forgiven_at", MOMENT),
    Column("forgiven_by", String(40)),
    UniqueConstraint("hospital_id", "appointment_id", "kind", name="uq_conduct_appointment_kind"),
    Index("ix_conduct_patient", "hospital_id", "patient_id", "at"),
    Index("ix_conduct_phone", "hospital_id", "phone_print", "at"),
)

ban = table(
    "ban",
    hospital_id(),
    Column("subject", String(8), nullable=False),  # identity | phone
    Column("subject_print", PRINT, nullable=False),
    Column("name_sealed", SEALED),
    Column("scope", String(12), nullable=False),  # hospital | department | all
    Column("department_id", BIG),
    Column("cause", String(16), nullable=False),  # no-show | cancels | blacklist | manual
    Column("rule", String(120), nullable=False),  # the rule that decided, or the reason given
    Column("since", DateTime, nullable=False),  # both on the hospital's wall
    Column("until", DateTime),  # NULL: until it is lifted
    Column("nth", SmallInteger, nullable=False),  # the how-manieth of its cause, for ladders
    Column("dedupe", String(120), nullable=False),
    Column("batch", String(60)),
    Column("live", SmallInteger),  # 1, NULL when lifted
    Column("lifted_at", MOMENT),
    Column("lifted_by", String(40)),
    Column("lift_reason", String(200)),
    Column("created_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "dedupe", name="uq_ban_dedupe"),
    Index("ix_ban_subject", "hospital_id", "subject_print", "live"),
    Index("ix_ban_batch", "hospital_id", "batch"),
)

import_batch = table(
    "import_batch",
    hospital_id(),
    Column("batch", String(60), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("undone_at", MOMENT),
    UniqueConstraint("hospital_id", "batch", name="uq_import_batch_batch"),
)

import_row = (
    table(  # what a batch made (before is NULL) or changed (before: the row as JSON, sealed), so that it can be undone
        "import_row",
        hospital_id(),
        Column("batch", String(60), nullable=False),
        Column("kind", String(24), nullable=False),
        Column("row_id", BIG, nullable=False),
        Column("before_sealed", SEALED),
        Index("ix_import_row_batch", "hospital_id", "batch"),
        Index("ix_import_row_row", "hospital_id", "kind", "row_id"),
    )
)
