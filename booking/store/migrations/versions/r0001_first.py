"""The first schema: roster, slots, patients, bookings, complaints, texts in and out, dialogue, audit.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from booking.store.migrations.columns import BACKEND, BIG, MOMENT, PRINT, SEALED

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('subject_id', BIG, nullable=False),
    sa.Column('actor', sa.String(length=40), nullable=False),
    sa.Column('trace', sa.String(length=80), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('seal_seq', BIG, nullable=True),
    sa.Column('seal', PRINT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sa.UniqueConstraint('seal_seq', name='uq_audit_seal_seq'),
    **BACKEND,
    )
    op.create_index('ix_audit_subject', 'audit', ['hospital_id', 'subject', 'subject_id'], unique=False)
    op.create_table('complaint',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('case_no', sa.String(length=8), nullable=False),
    sa.Column('text_sealed', SEALED, nullable=False),
    sa.Column('phone_print', PRINT, nullable=True),
    sa.Column('phone_sealed', SEALED, nullable=True),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=False),
    sa.Column('request_key', sa.String(length=120), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('hospital_id', 'case_no', name='uq_complaint_case_no'),
    sa.UniqueConstraint('hospital_id', 'request_key', name='uq_complaint_request_key'),
    **BACKEND,
    )
    op.create_table('department',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('location', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department')),
    sa.UniqueConstraint('hospital_id', 'code', name='uq_department_code'),
    **BACKEND,
    )
    op.create_table('dialogue',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('phone_print', PRINT, nullable=False),
    sa.Column('state_sealed', SEALED, nullable=False),
    sa.Column('until_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dialogue')),
    sa.UniqueConstraint('hospital_id', 'phone_print', name='uq_dialogue_phone'),
    **BACKEND,
    )
    op.create_table('hospital',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('short_name', sa.String(length=20), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hospital')),
    sa.UniqueConstraint('code', name=op.f('uq_hospital_code')),
    **BACKEND,
    )
    op.create_table('inbox',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('smsc', sa.String(length=40), nullable=False),
    sa.Column('bind', sa.String(length=60), nullable=False),
    sa.Column('sequence', BIG, nullable=False),
    sa.Column('source_print', PRINT, nullable=False),
    sa.Column('source_sealed', SEALED, nullable=False),
    sa.Column('destination', sa.String(length=40), nullable=False),
    sa.Column('text_sealed', SEALED, nullable=False),
    sa.Column('digest_print', PRINT, nullable=False),
    sa.Column('complete', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.Column('received_at', MOMENT, nullable=False),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    **BACKEND,
    )
    op.create_index('ix_inbox_repeat', 'inbox', ['hospital_id', 'source_print', 'received_at'], unique=False)
    op.create_index('ix_inbox_status', 'inbox', ['hospital_id', 'status', 'received_at'], unique=False)
    op.create_index('ix_inbox_unanswered', 'inbox', ['smsc', 'status', 'id', 'hospital_id'], unique=False)
    op.create_table('inbox_part',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('smsc', sa.String(length=40), nullable=False),
    sa.Column('bind', sa.String(length=60), nullable=False),
    sa.Column('sequence', BIG, nullable=False),
    sa.Column('source_print', PRINT, nullable=False),
    sa.Column('source_sealed', SEALED, nullable=False),
    sa.Column('destination', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('ref', sa.Integer(), nullable=False),
    sa.Column('total', sa.SmallInteger(), nullable=False),
    sa.Column('part', sa.SmallInteger(), nullable=False),
    sa.Column('bundle', sa.Integer(), nullable=False),
    sa.Column('text_sealed', SEALED, nullable=False),
    sa.Column('digest_print', PRINT, nullable=False),
    sa.Column('received_at', MOMENT, nullable=False),
    sa.Column('inbox_id', BIG, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_part')),
    sa.UniqueConstraint('hospital_id', 'source_print', 'destination', 'smsc', 'kind', 'ref', 'total', 'bundle', 'part', name='uq_inbox_part_place'),
    **BACKEND,
    )
    op.create_index('ix_inbox_part_open', 'inbox_part', ['inbox_id', 'received_at', 'hospital_id'], unique=False)
    op.create_index('ix_inbox_part_repeat', 'inbox_part', ['hospital_id', 'source_print', 'received_at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('lane', sa.SmallInteger(), nullable=False),
    sa.Column('to_print', PRINT, nullable=False),
    sa.Column('to_sealed', SEALED, nullable=False),
    sa.Column('body_sealed', SEALED, nullable=False),
    sa.Column('dedupe', sa.String(length=120), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=True),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('resent', sa.Boolean(), nullable=False),
    sa.Column('smsc', sa.String(length=40), nullable=True),
    sa.Column('error', sa.String(length=80), nullable=True),
    sa.Column('receipt', sa.String(length=16), nullable=True),
    sa.Column('appointment_id', BIG, nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('hospital_id', 'dedupe', name='uq_outbox_dedupe'),
    **BACKEND,
    )
    op.create_index('ix_outbox_appointment', 'outbox', ['hospital_id', 'appointment_id'], unique=False)
    op.create_index('ix_outbox_pending', 'outbox', ['hospital_id', 'status', 'lane', 'id'], unique=False)
    op.create_index('ix_outbox_sending', 'outbox', ['smsc', 'status', 'hospital_id'], unique=False)
    op.create_table('outbox_part',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('outbox_id', BIG, nullable=False),
    sa.Column('smsc', sa.String(length=40), nullable=False),
    sa.Column('message_id', sa.String(length=65), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=True),
    sa.Column('state_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_part')),
    **BACKEND,
    )
    op.create_index('ix_outbox_part_message', 'outbox_part', ['smsc', 'message_id', 'hospital_id'], unique=False)
    op.create_index('ix_outbox_part_outbox', 'outbox_part', ['outbox_id', 'hospital_id'], unique=False)
    op.create_table('patient',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('identity_print', PRINT, nullable=False),
    sa.Column('identity_sealed', SEALED, nullable=False),
    sa.Column('name_sealed', SEALED, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient')),
    sa.UniqueConstraint('hospital_id', 'identity_print', name='uq_patient_identity'),
    **BACKEND,
    )
    op.create_table('phone_choice',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('phone_print', PRINT, nullable=False),
    sa.Column('wants', sa.Boolean(), nullable=False),
    sa.Column('changed_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_choice')),
    sa.UniqueConstraint('hospital_id', 'phone_print', name='uq_phone_choice_phone'),
    **BACKEND,
    )
    op.create_table('receipt_orphan',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('smsc', sa.String(length=40), nullable=False),
    sa.Column('message_id', sa.String(length=65), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('state_at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_orphan')),
    sa.UniqueConstraint('smsc', 'message_id', 'hospital_id', name='uq_receipt_orphan_message'),
    **BACKEND,
    )
    op.create_table('doctor',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=5), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=20), nullable=False),
    sa.Column('department_id', BIG, nullable=False),
    sa.Column('speciality', sa.String(length=300), nullable=False),
    sa.Column('phone_sealed', SEALED, nullable=True),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_doctor_department_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_doctor')),
    sa.UniqueConstraint('hospital_id', 'number', name='uq_doctor_number'),
    **BACKEND,
    )
    op.create_index('ix_doctor_department', 'doctor', ['hospital_id', 'department_id'], unique=False)
    op.create_table('phone_patient',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('phone_print', PRINT, nullable=False),
    sa.Column('phone_sealed', SEALED, nullable=False),
    sa.Column('patient_id', BIG, nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_phone_patient_patient_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_patient')),
    sa.UniqueConstraint('hospital_id', 'phone_print', 'patient_id', name='uq_phone_patient_pair'),
    **BACKEND,
    )
    op.create_index('ix_phone_patient_patient', 'phone_patient', ['hospital_id', 'patient_id'], unique=False)
    op.create_table('clinic_session',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('doctor_id', BIG, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('fee_fen', sa.Integer(), nullable=False),
    sa.Column('clinic_type', sa.String(length=20), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctor.id'], name=op.f('fk_clinic_session_doctor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clinic_session')),
    sa.UniqueConstraint('hospital_id', 'doctor_id', 'day', 'period', name='uq_clinic_session_doctor_day'),
    **BACKEND,
    )
    op.create_table('slot',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('doctor_id', BIG, nullable=False),
    sa.Column('start', sa.DateTime(), nullable=False),
    sa.Column('seq', sa.SmallInteger(), nullable=False),
    sa.Column('taken', sa.SmallInteger(), nullable=False),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctor.id'], name=op.f('fk_slot_doctor_id')),
    sa.ForeignKeyConstraint(['session_id'], ['clinic_session.id'], name=op.f('fk_slot_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slot')),
    sa.UniqueConstraint('hospital_id', 'doctor_id', 'start', name='uq_slot_start'),
    sa.UniqueConstraint('hospital_id', 'session_id', 'seq', name='uq_slot_seq'),
    **BACKEND,
    )
    op.create_index('ix_slot_day', 'slot', ['hospital_id', 'start'], unique=False)
    op.create_table('appointment',
    sa.Column('id', BIG, autoincrement=True, nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('slot_id', BIG, nullable=False),
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('doctor_id', BIG, nullable=False),
    sa.Column('patient_id', BIG, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('live', sa.SmallInteger(), nullable=True),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('phone_print', PRINT, nullable=True),
    sa.Column('phone_sealed', SEALED, nullable=True),
    sa.Column('fee_fen', sa.Integer(), nullable=False),
    sa.Column('request_key', sa.String(length=120), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('cancelled_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['doctor_id'], ['doctor.id'], name=op.f('fk_appointment_doctor_id')),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_appointment_patient_id')),
    sa.ForeignKeyConstraint(['session_id'], ['clinic_session.id'], name=op.f('fk_appointment_session_id')),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_appointment_slot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment')),
    sa.UniqueConstraint('hospital_id', 'code', name='uq_appointment_code'),
    sa.UniqueConstraint('hospital_id', 'patient_id', 'session_id', 'live', name='uq_appointment_patient_session_live'),
    sa.UniqueConstraint('hospital_id', 'request_key', name='uq_appointment_request_key'),
    sa.UniqueConstraint('hospital_id', 'slot_id', 'live', name='uq_appointment_slot_live'),
    **BACKEND,
    )
    op.create_index('ix_appointment_patient_day', 'appointment', ['hospital_id', 'patient_id', 'live', 'day'], unique=False)
    op.create_index('ix_appointment_phone', 'appointment', ['hospital_id', 'phone_print', 'live'], unique=False)


def downgrade() -> None:
    op.drop_table('appointment')
    op.drop_table('slot')
    op.drop_table('clinic_session')
    op.drop_table('phone_patient')
    op.drop_table('doctor')
    op.drop_table('receipt_orphan')
    op.drop_table('phone_choice')
    op.drop_table('patient')
    op.drop_table('outbox_part')
    op.drop_table('outbox')
    op.drop_table('inbox_part')
    op.drop_table('inbox')
    op.drop_table('hospital')
    op.drop_table('dialogue')
    op.drop_table('department')
    op.drop_table('complaint')
    op.drop_table('audit')
