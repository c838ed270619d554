"""Repeats by evidence: what each bind has proved, and repeats found by their words; a phone's patients are numbered.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, MOMENT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = {
    "inbox": ["hospital_id", "digest_print", "received_at", "bind", "sequence"],
    "inbox_part": ["hospital_id", "digest_print", "received_at"],
}
OLD = ["hospital_id", "source_print", "received_at"]
# The patients that a phone has already, in the order in which they came.
NUMBER = """
UPDATE phone_patient SET nth = (
    SELECT count(*) FROM (SELECT id, hospital_id, phone_print FROM phone_patient) AS other
    WHERE other.hospital_id = phone_patient.hospital_id AND other.phone_print = phone_patient.phone_print
      AND other.id <= phone_patient.id
)
"""


def upgrade() -> None:
    op.create_table(
        "smsc_bind",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("smsc", sa.String(length=40), nullable=False),
        sa.Column("bind", sa.String(length=60), nullable=False),
        sa.Column("proved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smsc_bind")),
        sa.UniqueConstraint("hospital_id", "smsc", "bind", name="uq_smsc_bind_bind"),
        **BACKEND,
    )
    for table, columns in NEW.items():
        op.drop_index(f"ix_{table}_repeat", table)
        op.create_index(f"ix_{table}_repeat", table, columns)
    op.add_column("phone_patient", sa.Column("nth", sa.SmallInteger(), nullable=True))
    op.execute(NUMBER)
    with op.batch_alter_table("phone_patient") as phones:
        phones.alter_column("nth", existing_type=sa.SmallInteger(), nullable=False)
        phones.create_unique_constraint("uq_phone_patient_nth", ["hospital_id", "phone_print", "nth"])


def downgrade() -> None:
    with op.batch_alter_table("phone_patient") as phones:
        phones.drop_constraint("uq_phone_patient_nth", type_="unique")
        phones.drop_column("nth")
    for table in NEW:
        op.drop_index(f"ix_{table}_repeat", table)
        op.create_index(f"ix_{table}_repeat", table, OLD)
    op.drop_table("smsc_bind")
