"""Fees, charges, refunds and the ledger.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, MOMENT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('hospital_id', 'code', name='uq_account_code'),
    **BACKEND,
    )
    op.create_table('entry',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('dedupe', sa.String(length=80), nullable=False),
    sa.Column('charge_id', BIG, nullable=True),
    sa.Column('refund_id', BIG, nullable=True),
    sa.Column('appointment_id', BIG, nullable=True),
    sa.Column('clerk', sa.String(length=40), nullable=False),
    sa.Column('trace', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry')),
    sa.UniqueConstraint('hospital_id', 'dedupe', name='uq_entry_dedupe'),
    **BACKEND,
    )
    with op.batch_alter_table('entry') as batch:
        batch.create_index('ix_entry_charge', ['hospital_id', 'charge_id'], unique=False)
        batch.create_index('ix_entry_day', ['hospital_id', 'day'], unique=False)

    op.create_table('fee_item',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('clinic_type', sa.String(length=20), nullable=False),
    sa.Column('item', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('to_day', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_item')),
    sa.UniqueConstraint('hospital_id', 'clinic_type', 'item', 'from_day', name='uq_fee_item_from_day'),
    **BACKEND,
    )
    op.create_table('posting',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', BIG, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('account', sa.String(length=40), nullable=False),
    sa.Column('amount_fen', BIG, nullable=False),
    sa.Column('fee_item', sa.String(length=20), nullable=False),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('clinic_type', sa.String(length=20), nullable=False),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('department_id', BIG, nullable=False),
    sa.Column('doctor_id', BIG, nullable=False),
    sa.Column('clerk', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_posting_entry_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting')),
    **BACKEND,
    )
    with op.batch_alter_table('posting') as batch:
        batch.create_index('ix_posting_day', ['hospital_id', 'day', 'account', 'amount_fen', 'fee_item', 'way', 'clinic_type', 'category', 'department_id', 'doctor_id', 'clerk'], unique=False)
        batch.create_index('ix_posting_entry', ['hospital_id', 'entry_id'], unique=False)

    op.create_table('charge',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', BIG, nullable=False),
    sa.Column('way', sa.String(length=12), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('live', sa.SmallInteger(), nullable=True),
    sa.Column('trade_no', sa.String(length=40), nullable=False),
    sa.Column('provider_no', sa.String(length=64), nullable=True),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=True),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('error', sa.String(length=80), nullable=True),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('clerk', sa.String(length=40), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_charge_appointment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charge')),
    sa.UniqueConstraint('hospital_id', 'appointment_id', 'live', name='uq_charge_appointment_live'),
    sa.UniqueConstraint('hospital_id', 'trade_no', name='uq_charge_trade_no'),
    **BACKEND,
    )
    with op.batch_alter_table('charge') as batch:
        batch.create_index('ix_charge_status', ['hospital_id', 'status', 'due_at'], unique=False)
        batch.create_index('ix_charge_created', ['hospital_id', 'created_at'], unique=False)

    op.create_table('refund',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('charge_id', BIG, nullable=False),
    sa.Column('appointment_id', BIG, nullable=False),
    sa.Column('refund_no', sa.String(length=40), nullable=False),
    sa.Column('amount_fen', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('provider_no', sa.String(length=64), nullable=True),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('deadline', sa.Date(), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('error', sa.String(length=80), nullable=True),
    sa.Column('clerk', sa.String(length=40), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['charge_id'], ['charge.id'], name=op.f('fk_refund_charge_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('hospital_id', 'refund_no', name='uq_refund_refund_no'),
    **BACKEND,
    )
    with op.batch_alter_table('refund') as batch:
        batch.create_index('ix_refund_charge', ['hospital_id', 'charge_id'], unique=False)
        batch.create_index('ix_refund_status', ['hospital_id', 'status', 'due_at'], unique=False)


def downgrade() -> None:
    op.drop_table('refund')
    op.drop_table('charge')
    op.drop_table('posting')
    op.drop_table('fee_item')
    op.drop_table('entry')
    op.drop_table('account')
