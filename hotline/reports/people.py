"""Lists of persons, masked: bans that stood in the period, and patients who did not come (BK12). 张* and nothing else tells who.

bans            every ban that stood on at least one day of the period, lifted ones too: what it is against (identity or phone), its scope, cause,
                the rule that decided, from when until when (nothing: until it is lifted), the how-manieth, when it was lifted
no-shows        every booking of the period marked as a no-show: when, with whom, through which channel
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select

from booking.store.schema import appointment, ban, department, doctor, patient, slot
from booking.vault import Vault
from command_parser.masking import mask_name
from hotline.reports.bookings import in_period
from hotline.reports.columns import Column
from hotline.reports.report import Asked, Report
from hotline.reports.sql import on_wall, walked


def _bans(asked: Asked) -> Select[Any]:
    begin, end = on_wall(asked.first, asked.last)
    return (
        select(ban.c.subject, ban.c.name_sealed, ban.c.scope, department.c.name.label("department"), ban.c.cause,
               ban.c.rule, ban.c.since, ban.c.until, ban.c.nth, ban.c.lifted_at.label("lifted"), ban.c.lifted_by)
        .select_from(ban.outerjoin(department, department.c.id == ban.c.department_id))
        .where(ban.c.hospital_id == asked.hospital, ban.c.since < end, or_(ban.c.until.is_(None), ban.c.until > begin))
        .order_by(ban.c.since, ban.c.id)
    )  # fmt: skip


def _no_shows(asked: Asked) -> Select[Any]:
    listed = (
        select(appointment.c.day, slot.c.start, department.c.name.label("department"), doctor.c.name.label("doctor"),
               patient.c.name_sealed, appointment.c.code, appointment.c.channel)
        .select_from(appointment.join(slot, slot.c.id == appointment.c.slot_id))
        .join(doctor, doctor.c.id == appointment.c.doctor_id)
        .join(department, department.c.id == doctor.c.department_id)
        .join(patient, patient.c.id == appointment.c.patient_id)
        .where(*in_period(asked), appointment.c.status == "noshow")
        .order_by(appointment.c.day, slot.c.start, appointment.c.id)
    )  # fmt: skip
    return walked(listed, appointment, "ix_appointment_day")


def _masked(vault: Vault, row: Mapping[str, Any]) -> Mapping[str, Any]:
    sealed = row["name_sealed"]
    return {**row, "name": "" if sealed is None else mask_name(vault.open(sealed))}


BANS = Report(
    name="bans",
    title="停约名单",
    about="期间内有效过的停约（黑名单），姓名隐去。",
    measures=(
        Column(name="name", title="姓名", kind="text"),
        Column(name="subject", title="对象", kind="word"),
        Column(name="scope", title="范围", kind="word"),
        Column(name="department", title="科室", kind="text"),
        Column(name="cause", title="原因", kind="word"),
        Column(name="rule", title="依据", kind="text"),
        Column(name="since", title="起", kind="moment"),
        Column(name="until", title="止", kind="moment"),
        Column(name="nth", title="第几次", kind="text"),
        Column(name="lifted", title="解除时间", kind="utc"),
        Column(name="lifted_by", title="解除人", kind="text"),
    ),
    statement=_bans,
    masked=_masked,
)
NO_SHOWS = Report(
    name="no-shows",
    title="爽约名单",
    about="期间内爽约的预约，姓名隐去。",
    measures=(
        Column(name="day", title="日期", kind="day"),
        Column(name="start", title="就诊时间", kind="moment"),
        Column(name="department", title="科室", kind="text"),
        Column(name="doctor", title="医生", kind="text"),
        Column(name="name", title="姓名", kind="text"),
        Column(name="code", title="预约号", kind="text"),
        Column(name="channel", title="渠道", kind="word"),
    ),
    statement=_no_shows,
    masked=_masked,
)
