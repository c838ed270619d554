"""The tables of money: what a visit costs, what is to be paid and paid back, and the double-entry ledger. All amounts in fen.

Law of this module: an entry and its postings are never changed; the postings of an entry sum to zero. ``charge`` and ``refund``
are the errands (what is still to be asked of a payment way); the ledger is what happened.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, SmallInteger, String, UniqueConstraint

from booking.store.tables.columns import BIG, MOMENT, hospital_id, table, to

account = table(
    "account",
    hospital_id(),
    Column("code", String(40), nullable=False),
    Column("name", String(60), nullable=False),
    UniqueConstraint("hospital_id", "code", name="uq_account_code"),
)

fee_item = table(
    "fee_item",
    hospital_id(),
    Column("clinic_type", String(20), nullable=False),
    Column("item", String(20), nullable=False),  # registration | consultation | record-book | …
    Column("name", String(40), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("account", String(40), nullable=False),  # the income account it goes to
    Column("from_day", Date, nullable=False),
    Column("to_day", Date),
    UniqueConstraint("hospital_id", "clinic_type", "item", "from_day", name="uq_fee_item_from_day"),
)

charge = table(
    "charge",
    hospital_id(),
    to("appointment_id", "appointment"),
    Column("way", String(12), nullable=False),  # bill | cash | card | alipay | wechat
    Column("amount_fen", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # due | waiting | paid | failed | void
    Column("live", SmallInteger),  # 1 while due, waiting or paid: one charge at a time for a booking
    Column("trade_no", String(40), nullable=False),
    Column("provider_no", String(64)),
    Column("due_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Column("attempts", SmallInteger, nullable=False),
    Column("error", String(80)),
    Column("category", String(20), nullable=False),
    Column("clerk", String(40), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("settled_at", MOMENT),
    UniqueConstraint("hospital_id", "appointment_id", "live", name="uq_charge_appointment_live"),
    UniqueConstraint("hospital_id", "trade_no", name="uq_charge_trade_no"),
    Index("ix_charge_status", "hospital_id", "status", "due_at"),
    Index("ix_charge_created", "hospital_id", "created_at"),
)

refund = table(
    "refund",
    hospital_id(),
    to("charge_id", "charge"),
    Column("appointment_id", BIG, nullable=False),
    Column("refund_no", String(40), nullable=False),
    Column("amount_fen", Integer, nullable=False),
    Column("status", String(12), nullable=False),  # due | waiting | done | failed | window
    Column("reason", String(20), nullable=False),
    Column("provider_no", String(64)),
    Column("due_at", MOMENT, nullable=False),
    Column("deadline", Date),
    Column("attempts", SmallInteger, nullable=False),
    Column("error", String(80)),
    Column("clerk", String(40), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("settled_at", MOMENT),
    UniqueConstraint("hospital_id", "refund_no", name="uq_refund_refund_no"),
    Index("ix_refund_charge", "hospital_id", "charge_id"),
    Index("ix_refund_status", "hospital_id", "status", "due_at"),
)

entry = table(
    "entry",
    hospital_id(),
    Column("kind", String(16), nullable=False),  # charge | settle | void | refund | payback | …
    Column("at", MOMENT, nullable=False),
    Column("day", Date, nullable=False),  # the business day on the hospital's wall
    Column("dedupe", String(80), nullable=False),
    Column("charge_id", BIG),
    Column("refund_id", BIG),
    Column("appointment_id", BIG),
    Column("clerk", String(40), nullable=False),
    Column("trace", String(80), nullable=False),
    UniqueConstraint("hospital_id", "dedupe", name="uq_entry_dedupe"),
    Index("ix_entry_day", "hospital_id", "day"),
    Index("ix_entry_charge", "hospital_id", "charge_id"),
)

posting = table(  # repeats what reports group by, so that a month's takings are one walk through one index
    "posting",
    hospital_id(),
    to("entry_id", "entry"),
    Column("day", Date, nullable=False),
    Column("account", String(40), nullable=False),
    Column("amount_fen", BIG, nullable=False),  # debit > 0, credit < 0
    Column("fee_item", String(20), nullable=False),
    Column("way", String(12), nullable=False),
    Column("clinic_type", String(20), nullable=False),
    Column("category", String(20), nullable=False),
    Column("department_id", BIG, nullable=False),
    Column("doctor_id", BIG, nullable=False),
    Column("clerk", String(40), nullable=False),
    Index("ix_posting_entry", "hospital_id", "entry_id"),
    Index(  # all that reports read: a month of 3.6 million postings is walked in half the time, without looking up a row
        "ix_posting_day",
        "hospital_id",
        "day",
        "account",
        "amount_fen",
        "fee_item",
        "way",
        "clinic_type",
        "category",
        "department_id",
        "doctor_id",
        "clerk",
    ),
)
