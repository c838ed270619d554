"""Rule books, holidays, conduct, bans, imports that can be undone.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, LONG_TEXT, MOMENT, PRINT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ban',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=8), nullable=False),
    sa.Column('subject_print', PRINT, nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('scope', sa.String(length=12), nullable=False),
    sa.Column('department_id', BIG, nullable=True),
    sa.Column('cause', sa.String(length=16), nullable=False),
    sa.Column('rule', sa.String(length=120), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=True),
    sa.Column('nth', sa.SmallInteger(), nullable=False),
    sa.Column('dedupe', sa.String(length=120), nullable=False),
    sa.Column('batch', sa.String(length=60), nullable=True),
    sa.Column('live', sa.SmallInteger(), nullable=True),
    sa.Column('lifted_at', MOMENT, nullable=True),
    sa.Column('lifted_by', sa.String(length=40), nullable=True),
    sa.Column('lift_reason', sa.String(length=200), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ban')),
    sa.UniqueConstraint('hospital_id', 'dedupe', name='uq_ban_dedupe'),
    **BACKEND,
    )
    with op.batch_alter_table('ban') as batch:
        batch.create_index('ix_ban_batch', ['hospital_id', 'batch'], unique=False)
        batch.create_index('ix_ban_subject', ['hospital_id', 'subject_print', 'live'], unique=False)

    op.create_table('holiday',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holiday')),
    sa.UniqueConstraint('hospital_id', 'day', name='uq_holiday_day'),
    **BACKEND,
    )
    op.create_table('import_batch',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('undone_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batch')),
    sa.UniqueConstraint('hospital_id', 'batch', name='uq_import_batch_batch'),
    **BACKEND,
    )
    op.create_table('import_row',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('batch', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('row_id', BIG, nullable=False),
    sa.Column('before_sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    **BACKEND,
    )
    with op.batch_alter_table('import_row') as batch:
        batch.create_index('ix_import_row_batch', ['hospital_id', 'batch'], unique=False)
        batch.create_index('ix_import_row_row', ['hospital_id', 'kind', 'row_id'], unique=False)

    op.create_table('rulebook',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('maker', sa.String(length=12), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('text', LONG_TEXT, nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rulebook')),
    sa.UniqueConstraint('hospital_id', 'maker', 'version', name='uq_rulebook_version'),
    **BACKEND,
    )
    op.create_table('conduct',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('patient_id', BIG, nullable=False),
    sa.Column('phone_print', PRINT, nullable=True),
    sa.Column('appointment_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('clinic_type', sa.String(length=20), nullable=False),
    sa.Column('department_id', BIG, nullable=False),
    sa.Column('forgiven_at', MOMENT, nullable=True),
    sa.Column('forgiven_by', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointment.id'], name=op.f('fk_conduct_appointment_id')),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_conduct_patient_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conduct')),
    sa.UniqueConstraint('hospital_id', 'appointment_id', 'kind', name='uq_conduct_appointment_kind'),
    **BACKEND,
    )
    with op.batch_alter_table('conduct') as batch:
        batch.create_index('ix_conduct_patient', ['hospital_id', 'patient_id', 'at'], unique=False)
        batch.create_index('ix_conduct_phone', ['hospital_id', 'phone_print', 'at'], unique=False)


def downgrade() -> None:
    op.drop_table('conduct')
    op.drop_table('rulebook')
    op.drop_table('import_row')
    op.drop_table('import_batch')
    op.drop_table('holiday')
    op.drop_table('ban')
