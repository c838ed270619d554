"""Stop-clinic and its notices.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, MOMENT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('clinic_stop',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('from_start', sa.DateTime(), nullable=True),
    sa.Column('to_start', sa.DateTime(), nullable=True),
    sa.Column('old_doctor_id', BIG, nullable=True),
    sa.Column('new_doctor_id', BIG, nullable=True),
    sa.Column('shift_minutes', BIG, nullable=True),
    sa.Column('old_place', sa.String(length=100), nullable=True),
    sa.Column('new_place', sa.String(length=100), nullable=True),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('decided_by', sa.String(length=40), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('decided_at', MOMENT, nullable=True),
    sa.Column('withdrawn_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['clinic_session.id'], name=op.f('fk_clinic_stop_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clinic_stop')),
    **BACKEND,
    )
    with op.batch_alter_table('clinic_stop') as batch:
        batch.create_index('ix_clinic_stop_session', ['hospital_id', 'session_id'], unique=False)
        batch.create_index('ix_clinic_stop_status', ['hospital_id', 'status'], unique=False)

    op.create_table('stop_notice',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('stop_id', BIG, nullable=False),
    sa.Column('appointment_id', BIG, nullable=False),
    sa.Column('outbox_id', BIG, nullable=True),
    sa.Column('choice', sa.String(length=12), nullable=False),
    sa.Column('chosen_at', MOMENT, nullable=True),
    sa.Column('phone_state', sa.String(length=12), nullable=False),
    sa.Column('phone_note', sa.String(length=100), nullable=True),
    sa.Column('back_at', MOMENT, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_stop_notice_appointment_id')),
    sa.ForeignKeyConstraint(['stop_id'], ['clinic_stop.id'], name=op.f('fk_stop_notice_stop_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stop_notice')),
    sa.UniqueConstraint('hospital_id', 'stop_id', 'appointment_id', name='uq_stop_notice_appointment'),
    **BACKEND,
    )
    with op.batch_alter_table('stop_notice') as batch:
        batch.create_index('ix_stop_notice_appointment', ['hospital_id', 'appointment_id'], unique=False)
        batch.create_index('ix_stop_notice_phone', ['hospital_id', 'phone_state'], unique=False)


def downgrade() -> None:
    op.drop_table('stop_notice')
    op.drop_table('clinic_stop')
