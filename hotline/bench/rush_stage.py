"""The release hour on a fresh store: doctors, their numbers, registered patients, and what each of them asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, insert, select

from booking.clock import FixedClock
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    HospitalRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_hospital,
    thd_put_sessions,
)
from booking.store.schema import metadata, patient, phone_patient
from booking.vault import Vault

NOW = FixedClock.at_wall("2026-07-14 08:00")
FIRST_DAY = date(2026, 7, 15)
VAULT = Vault(bytes(range(32)))
NAME = "张三"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """``doctors`` have on each of ``days`` one session of ``numbers``, a minute each; ``wishes`` patients ask, one wish each."""

    name: str
    doctors: int
    days: int
    numbers: int
    wishes: int

    @property
    def sellable(self) -> int:
        return min(self.wishes, self.doctors * self.days * self.numbers)

    def asks(self, most: int | None = None) -> list[Ask]:
        """The wishes, spread evenly: first over the doctors, then over each one's starts."""
        return [self.ask(n) for n in range(self.wishes if most is None else min(most, self.wishes))]

    def before(self) -> list[Ask]:
        """What is sold before the hour, of a doctor of its own: a daemon at release hour has sold since the morning."""
        evening = datetime.combine(FIRST_DAY, time(18))
        return [
            Ask(doctor=BEFORE, start=evening + timedelta(minutes=n // BEFORE_PER_START), phone=phone(n))
            for n in range(min(BEFORE_MOST, self.wishes))
        ]

    def ask(self, n: int) -> Ask:
        at = n // self.doctors % (self.days * self.numbers)
        day = FIRST_DAY + timedelta(days=at % self.days)
        start = datetime.combine(day, time(8)) + timedelta(minutes=at // self.days)
        return Ask(doctor=f"{n % self.doctors:05d}", start=start, phone=phone(n))


BEFORE, BEFORE_MOST, BEFORE_PER_START = "99999", 1_000, 10
ENOUGH = Stage(name="1 doctor, a number for everybody", doctors=1, days=10, numbers=400, wishes=4_000)
FORTY = Stage(name="1 doctor's 40 numbers", doctors=1, days=1, numbers=40, wishes=1_000)
SPREAD = Stage(name="200 doctors, a number for everybody", doctors=200, days=1, numbers=20, wishes=4_000)


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


def furnish(engine: Engine, stage: Stage) -> int:
    """Makes the tables afresh and fills them; returns the hospital's id."""
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.execution_options(begin="IMMEDIATE").begin() as conn:
        hospital = thd_put_hospital(
            conn, HospitalRow(code="bench", name="测试医院", short_name="测试", address="-", phone="12580")
        )
        thd_put_departments(conn, VAULT, hospital, [DepartmentRow(code="01", name="心血管内科", location="二楼")])
        thd_put_doctors(conn, VAULT, hospital, [_doctor(n) for n in (*range(stage.doctors), int(BEFORE))])
        thd_put_sessions(conn, VAULT, hospital, [*_sessions(stage), _evening()])
        _thd_patients(conn, hospital, stage.wishes)
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


def _sessions(stage: Stage) -> list[SessionRow]:
    return [
        SessionRow(
            doctor=f"{n:05d}",
            day=FIRST_DAY + timedelta(days=day),
            period="AM",
            first=time(8),
            minutes_per_slot=1,
            slots=stage.numbers,
            place="二楼201诊室",
            fee_fen=5000,
            clinic_type="专家",
        )
        for n in range(stage.doctors)
        for day in range(stage.days)
    ]


def _evening() -> SessionRow:
    return SessionRow(
        doctor=BEFORE,
        day=FIRST_DAY,
        period="EVE",
        first=time(18),
        minutes_per_slot=1,
        slots=BEFORE_MOST,
        per_start=BEFORE_PER_START,
        place="二楼202诊室",
        fee_fen=5000,
        clinic_type="专家",
    )


def _thd_patients(conn: Connection, hospital: int, count: int) -> None:
    """Put straight into the tables: registering them one by one would take longer than the rush."""
    shared = {"hospital_id": hospital, "created_at": NOW.utc().replace(tzinfo=None)}
    people = [
        {
            "identity_print": VAULT.fingerprint(identity(n)),
            "identity_sealed": VAULT.seal(identity(n)),
            "name_sealed": VAULT.seal(NAME),
            **shared,
        }
        for n in range(count)
    ]
    conn.execute(insert(patient), people)
    ids = conn.execute(select(patient.c.id).order_by(patient.c.id)).scalars().all()
    links = [
        {
            "phone_print": VAULT.fingerprint(phone(n)),
            "phone_sealed": VAULT.seal(phone(n)),
            "patient_id": ids[n],
            "nth": 1,
            **shared,
        }
        for n in range(count)
    ]
    conn.execute(insert(phone_patient), links)
