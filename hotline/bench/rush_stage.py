"""The release hour on a fresh store: so many doctors with forty slots each, a thousand registered patients, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Engine

from booking.clock import FixedClock
from booking.requests import Caller, Channel, RegisterPhone
from booking.rules.rulebook import house_rules
from booking.store.people import thd_register
from booking.store.roster import (
    DepartmentRow,
    DoctorRow,
    HospitalRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_hospital,
    thd_put_sessions,
)
from booking.store.schema import metadata
from booking.vault import Vault

SLOTS = 40
PATIENTS = 1_000
NOW = FixedClock.at_wall("2026-07-14 08:00")
DAY = date(2026, 7, 15)
VAULT = Vault(bytes(range(32)))
NAME = "张三"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One patient's wish: this doctor at this time."""

    doctor: str
    start: datetime
    phone: str


def identity(n: int) -> str:
    """The n-th made-up identity number with a right check digit (GB 11643)."""
    head = f"110105{1950 + n % 50}0101{n // 50:03d}"
    return head + "10X98765432"[sum(int(d) * w for d, w in zip(head, _WEIGHTS, strict=True)) % 11]


def phone(n: int) -> str:
    return f"+86139{n:08d}"


def asks(doctors: int) -> list[Ask]:
    """A thousand wishes spread evenly: first over the doctors, then over each one's forty times."""
    first = datetime.combine(DAY, time(8))
    return [
        Ask(
            doctor=f"{n % doctors:05d}",
            start=first + timedelta(minutes=5 * (n // doctors % SLOTS)),
            phone=phone(n),
        )
        for n in range(PATIENTS)
    ]


def furnish(engine: Engine, doctors: int) -> int:
    """Makes the tables afresh and fills them; returns the hospital's id."""
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.execution_options(begin="IMMEDIATE").begin() as conn:
        hospital = thd_put_hospital(
            conn, HospitalRow(code="bench", name="测试医院", short_name="测试", address="-", phone="12580")
        )
        thd_put_departments(conn, VAULT, hospital, [DepartmentRow(code="01", name="心血管内科", location="二楼")])
        thd_put_doctors(conn, VAULT, hospital, [_doctor(n) for n in range(doctors)])
        thd_put_sessions(conn, VAULT, hospital, [_session(n) for n in range(doctors)])
        _thd_patients(conn, hospital)
    return hospital


def _doctor(n: int) -> DoctorRow:
    return DoctorRow(
        number=f"{n:05d}",
        name="王建国",
        title="主任医师",
        department_code="01",
        speciality="冠心病",
        phone=f"+86137{n:08d}",
    )


def _session(n: int) -> SessionRow:
    return SessionRow(
        doctor=f"{n:05d}",
        day=DAY,
        period="AM",
        first=time(8),
        minutes_per_slot=5,
        slots=SLOTS,
        place="二楼201诊室",
        fee_fen=5000,
        clinic_type="专家",
    )


def _thd_patients(conn: Connection, hospital: int) -> None:
    now = NOW.utc().replace(tzinfo=None)
    for n in range(PATIENTS):
        caller = Caller(hospital=hospital, phone=phone(n), channel=Channel.SMS)
        request = RegisterPhone(caller=caller, identity=identity(n), name=NAME)
        thd_register(conn, VAULT, house_rules(), request, now)
