"""What a house sells: doctors with numbers of one day to come, put straight into its store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from booking.clock import wall
from booking.store import revision
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from hotline.clock import SystemClock
from hotline.config import Config, read_config
from hotline.opening import Opened, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The store that a daemon serves, open beside it; ``day`` has the numbers, from 8:00."""

    opened: Opened
    database: ImmediateDatabase
    clock: SystemClock
    day: date


def stock(toml: Path, doctors: dict[str, str], *, slots: int, minutes: int, days_ahead: int = 1) -> Stock:
    """Makes the tables; each of ``doctors`` (number: phone) has ``slots`` numbers of ``minutes``. Never today: its clinics may be over."""
    clock = SystemClock()
    config = read_config(toml)
    assert isinstance(config, Config), config
    engine = make_engine(config.database.url)
    revision.upgrade(engine)
    engine.dispose()
    opened = open_store(config, clock)
    assert isinstance(opened, Opened), opened
    database, day = ImmediateDatabase(opened.engine, clock), wall(clock).date() + timedelta(days=days_ahead)
    doctor_rows = [
        DoctorRow(
            number=number, name="王建国", title="主任医师", department_code="01", speciality="高血压", phone=phone
        )
        for number, phone in doctors.items()
    ]
    session_rows = [
        SessionRow(
            doctor=number, day=day, period="AM", first=time(8), minutes_per_slot=minutes, slots=slots,
            place="二楼201诊室", fee_fen=5000, clinic_type="专家",
        )
        for number in doctors
    ]  # fmt: skip
    put = opened.vault, opened.hospital
    database.now(thd_put_departments, *put, [DepartmentRow(code="01", name="心血管内科", location="二楼")])
    database.now(thd_put_doctors, *put, doctor_rows)
    database.now(thd_put_sessions, *put, session_rows)
    return Stock(opened=opened, database=database, clock=clock, day=day)
