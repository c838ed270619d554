"""The tables of texts: in, in parts, out, out in parts, receipts that came too early, what binds have proved, the question asked last.

They stand apart from the booking tables on purpose: no foreign key joins the two, so that texts can be cleared away by age
without a look at bookings. ``booking.store.schema`` holds the laws and exports these, too.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, String, UniqueConstraint

from booking.store.tables.columns import BIG, MOMENT, PRINT, SEALED, hospital_id, table

inbox = table(
    "inbox",
    hospital_id(),
    Column("smsc", String(40), nullable=False),
    Column("bind", String(60), nullable=False),
    Column("sequence", BIG, nullable=False),
    Column("source_print", PRINT, nullable=False),
    Column("source_sealed", SEALED, nullable=False),
    Column("destination", String(40), nullable=False),
    Column("text_sealed", SEALED, nullable=False),
    Column("digest_print", PRINT, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("status", String(12), nullable=False),  # new | answered
    Column("outcome", String(40)),
    Column("received_at", MOMENT, nullable=False),
    Column("answered_at", MOMENT),
    Index("ix_inbox_unanswered", "smsc", "status", "id", "hospital_id"),
    Index("ix_inbox_status", "hospital_id", "status", "received_at"),
    Index("ix_inbox_repeat", "hospital_id", "digest_print", "received_at", "bind", "sequence"),
)

inbox_part = table(
    "inbox_part",
    hospital_id(),
    Column("smsc", String(40), nullable=False),
    Column("bind", String(60), nullable=False),
    Column("sequence", BIG, nullable=False),
    Column("source_print", PRINT, nullable=False),
    Column("source_sealed", SEALED, nullable=False),
    Column("destination", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("ref", Integer, nullable=False),
    Column("total", SmallInteger, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("bundle", Integer, nullable=False),  # counts the messages that used the same reference
    Column("text_sealed", SEALED, nullable=False),
    Column("digest_print", PRINT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("inbox_id", BIG),
    UniqueConstraint(
        "hospital_id", "source_print", "destination", "smsc", "kind", "ref", "total", "bundle", "part",
        name="uq_inbox_part_place",
    ),
    Index("ix_inbox_part_open", "inbox_id", "received_at", "hospital_id"),
    Index("ix_inbox_part_repeat", "hospital_id", "digest_print", "received_at"),
)  # fmt: skip

smsc_bind = table(
    "smsc_bind",
    hospital_id(),
    Column("smsc", String(40), nullable=False),
    Column("bind", String(60), nullable=False),
    Column("proved_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "smsc", "bind", name="uq_smsc_bind_bind"),
)

outbox = table(
    "outbox",
    hospital_id(),
    Column("kind", String(24), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("to_print", PRINT, nullable=False),
    Column("to_sealed", SEALED, nullable=False),
    Column("body_sealed", SEALED, nullable=False),
    Column("dedupe", String(120), nullable=False),
    Column("status", String(12), nullable=False),  # pending | sending | sent | failed | expired
    Column("due_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("attempts", SmallInteger, nullable=False),
    Column("resent", Boolean, nullable=False),
    Column("smsc", String(40)),
    Column("error", String(80)),
    Column("receipt", String(16)),
    Column("appointment_id", BIG),
    Column("created_at", MOMENT, nullable=False),
    Column("settled_at", MOMENT),
    UniqueConstraint("hospital_id", "dedupe", name="uq_outbox_dedupe"),
    Index("ix_outbox_pending", "hospital_id", "status", "lane", "id"),  # what is sending is found by it, too
    Index("ix_outbox_appointment", "hospital_id", "appointment_id"),
)

outbox_part = table(
    "outbox_part",
    hospital_id(),
    Column("outbox_id", BIG, nullable=False),
    Column("smsc", String(40), nullable=False),
    Column("message_id", String(65), nullable=False),
    Column("state", String(16)),
    Column("state_at", MOMENT),
    Index("ix_outbox_part_message", "smsc", "message_id", "hospital_id"),
    Index("ix_outbox_part_outbox", "outbox_id", "hospital_id"),
)

receipt_orphan = table(
    "receipt_orphan",
    hospital_id(),  # 0: a receipt names no hospital, and its message is not known yet
    Column("smsc", String(40), nullable=False),
    Column("message_id", String(65), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_at", MOMENT, nullable=False),
    UniqueConstraint("smsc", "message_id", "hospital_id", name="uq_receipt_orphan_message"),
)

dialogue = table(
    "dialogue",
    hospital_id(),
    Column("phone_print", PRINT, nullable=False),
    Column("state_sealed", SEALED, nullable=False),
    Column("until_at", MOMENT, nullable=False),
    UniqueConstraint("hospital_id", "phone_print", name="uq_dialogue_phone"),
)
