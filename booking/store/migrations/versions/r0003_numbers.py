"""Numbers in several pools and several at one start; what became of a booking; holds, waiting list, leases.

Revision ID: 0003
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, MOMENT, PRINT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What the earlier program cannot say: a held number is free again, a visit is a booking that stands.
FREE_HELD = "UPDATE slot SET taken = 0 WHERE id IN (SELECT slot_id FROM appointment WHERE status = 'held' AND live = 1)"
END_HELD = "UPDATE appointment SET status = 'cancelled', live = NULL WHERE status = 'held'"
STANDING = "UPDATE appointment SET status = 'booked' WHERE live = 1 AND status IN ('arrived', 'visited', 'noshow')"
ENDED = "UPDATE appointment SET status = 'cancelled' WHERE live IS NULL AND status IN ('arrived', 'visited', 'noshow')"


def spread_shared_starts() -> None:
    """The earlier schema has one number at each start of a doctor: further ones move on by seconds, in their order."""
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT id, hospital_id, doctor_id, start, seq FROM slot ORDER BY doctor_id, start, seq")).all()
    seen: set[tuple[int, int, Any]] = set()
    for row in rows:
        start = row.start if isinstance(row.start, datetime) else datetime.fromisoformat(row.start)
        moved = start
        while (row.hospital_id, row.doctor_id, moved) in seen:
            moved += timedelta(seconds=1)
        seen.add((row.hospital_id, row.doctor_id, moved))
        if moved != start:
            conn.execute(SLOT.update().where(SLOT.c.id == row.id).values(start=moved))


SLOT = sa.table("slot", sa.column("id", sa.Integer), sa.column("start", sa.DateTime))


def upgrade() -> None:
    op.drop_index('ix_outbox_sending', 'outbox')  # each text paid for it three times, and only a start looked there
    op.create_table('lease',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('holder', sa.String(length=80), nullable=False),
    sa.Column('token', BIG, nullable=False),
    sa.Column('beats', BIG, nullable=False),
    sa.Column('until_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lease')),
    sa.UniqueConstraint('hospital_id', 'name', name='uq_lease_name'),
    **BACKEND,
    )
    op.create_table('stock',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('version', BIG, nullable=False),
    sa.Column('roster', BIG, server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock')),
    sa.UniqueConstraint('hospital_id', name='uq_stock_hospital'),
    **BACKEND,
    )
    op.create_table('waiting',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('doctor_id', BIG, nullable=False),
    sa.Column('patient_id', BIG, nullable=False),
    sa.Column('phone_print', PRINT, nullable=False),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('live', sa.SmallInteger(), nullable=True),
    sa.Column('appointment_id', BIG, nullable=True),
    sa.Column('request_key', sa.String(length=120), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctor.id'], name=op.f('fk_waiting_doctor_id')),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_waiting_patient_id')),
    sa.ForeignKeyConstraint(['session_id'], ['clinic_session.id'], name=op.f('fk_waiting_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting')),
    sa.UniqueConstraint('hospital_id', 'patient_id', 'session_id', 'live', name='uq_waiting_patient_session_live'),
    sa.UniqueConstraint('hospital_id', 'request_key', name='uq_waiting_request_key'),
    **BACKEND,
    )
    with op.batch_alter_table('waiting') as batch:
        batch.create_index('ix_waiting_appointment', ['hospital_id', 'appointment_id'], unique=False)
        batch.create_index('ix_waiting_live', ['hospital_id', 'live', 'session_id'], unique=False)
        batch.create_index('ix_waiting_phone', ['hospital_id', 'phone_print', 'live'], unique=False)
        batch.create_index('ix_waiting_session', ['hospital_id', 'session_id', 'status', 'id'], unique=False)

    op.create_table('hold',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', BIG, nullable=False),
    sa.Column('until_at', MOMENT, nullable=False),
    sa.Column('waiting_id', BIG, nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_hold_appointment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold')),
    sa.UniqueConstraint('hospital_id', 'appointment_id', name='uq_hold_appointment'),
    **BACKEND,
    )
    with op.batch_alter_table('hold') as batch:
        batch.create_index('ix_hold_until', ['hospital_id', 'until_at'], unique=False)

    with op.batch_alter_table('appointment') as batch:
        batch.add_column(sa.Column('ended_by', sa.String(length=12), nullable=True))
        batch.add_column(sa.Column('moved_from', BIG, nullable=True))
        batch.add_column(sa.Column('arrived_at', MOMENT, nullable=True))
        batch.add_column(sa.Column('visited_at', MOMENT, nullable=True))
        batch.add_column(sa.Column('category', sa.String(length=20), server_default='', nullable=False))
        batch.create_index('ix_appointment_day', ['hospital_id', 'day', 'status', 'doctor_id', 'session_id', 'channel'], unique=False)

    op.create_index('ix_audit_at', 'audit', ['hospital_id', 'at', 'actor', 'action'], unique=False)

    with op.batch_alter_table('clinic_session') as batch:
        batch.add_column(sa.Column('phone_most', sa.SmallInteger(), nullable=True))
        batch.add_column(sa.Column('window_until', sa.DateTime(), nullable=True))
        batch.create_index('ix_clinic_session_window', ['hospital_id', 'window_until'], unique=False)

    with op.batch_alter_table('department') as batch:
        batch.add_column(sa.Column('campus', sa.String(length=40), server_default='', nullable=False))

    with op.batch_alter_table('slot') as batch:
        batch.add_column(sa.Column('pool', sa.String(length=10), server_default='open', nullable=False))
        batch.add_column(sa.Column('extra', sa.Boolean(), server_default=sa.text('0'), nullable=False))
        batch.add_column(sa.Column('stop_id', BIG, nullable=True))
        batch.drop_constraint(batch.f('uq_slot_start'), type_='unique')
        batch.create_index('ix_slot_start', ['hospital_id', 'doctor_id', 'start', 'taken'], unique=False)


def downgrade() -> None:
    op.create_index('ix_outbox_sending', 'outbox', ['smsc', 'status', 'hospital_id'], unique=False)
    for step in (FREE_HELD, END_HELD, STANDING, ENDED):
        op.execute(step)
    spread_shared_starts()
    with op.batch_alter_table('slot') as batch:
        batch.drop_index('ix_slot_start')
        batch.create_unique_constraint(batch.f('uq_slot_start'), ['hospital_id', 'doctor_id', 'start'])
        batch.drop_column('stop_id')
        batch.drop_column('extra')
        batch.drop_column('pool')

    op.drop_index('ix_audit_at', 'audit')
    with op.batch_alter_table('department') as batch:
        batch.drop_column('campus')

    with op.batch_alter_table('clinic_session') as batch:
        batch.drop_index('ix_clinic_session_window')
        batch.drop_column('window_until')
        batch.drop_column('phone_most')

    with op.batch_alter_table('appointment') as batch:
        batch.drop_index('ix_appointment_day')
        batch.drop_column('category')
        batch.drop_column('visited_at')
        batch.drop_column('arrived_at')
        batch.drop_column('moved_from')
        batch.drop_column('ended_by')

    op.drop_table('hold')
    op.drop_table('waiting')
    op.drop_table('stock')
    op.drop_table('lease')
