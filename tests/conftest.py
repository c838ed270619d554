"""What every test may ask for: a standing clock, a vault, a small hospital in memory, and a reception that sells from it."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from open_house import open_house
from sqlalchemy import Connection, insert, select
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from booking.bell import Bell
from booking.clock import FixedClock
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named
from booking.stops import Stops
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
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
from booking.waiting_room import WaitingRoom

pytest_plugins = ["unit_law"]

SMALL_DAY = date(2026, 7, 15)


@pytest.fixture
def clock() -> FixedClock:
    """Tuesday, 14 July 2026, 9:00 on the hospital's wall; set ``clock.at`` to move it."""
    return FixedClock.at_wall("2026-07-14 09:00")


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20260714)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture(scope="session")
def thd_furnish(vault: Vault) -> Callable[[Connection], int]:
    """A store function that puts the small hospital: two departments, two doctors, six slots each on 15 July from 8:00."""

    def thd_put(conn: Connection) -> int:
        hospital = thd_put_hospital(
            conn, HospitalRow(code="renhe", name="仁和医院", short_name="仁和", address="仁和路1号", phone="12580")
        )
        departments = [
            DepartmentRow(code="01", name="心血管内科", location="门诊楼3层"),
            DepartmentRow(code="02", name="消化内科", location="门诊楼2层"),
        ]
        doctors = [
            DoctorRow(
                number="00868",
                name="王建国",
                title="主任医师",
                department_code="01",
                speciality="高血压、冠心病",
                phone="+8613900000868",
            ),
            DoctorRow(
                number="00123",
                name="李梅",
                title="副主任医师",
                department_code="02",
                speciality="胃炎、胃镜",
                phone="+8613900000123",
            ),
        ]
        sessions = [
            SessionRow(
                doctor=number,
                day=SMALL_DAY,
                period="AM",
                first=time(8),
                minutes_per_slot=30,
                slots=6,
                place=place,
                fee_fen=fee,
                clinic_type="专家",
            )
            for number, place, fee in (("00868", "门诊楼3层5诊室", 5000), ("00123", "门诊楼2层8诊室", 3000))
        ]
        thd_put_departments(conn, vault, hospital, departments)
        thd_put_doctors(conn, vault, hospital, doctors)
        thd_put_sessions(conn, vault, hospital, sessions)
        return hospital

    return thd_put


@pytest.fixture(scope="session")
def thd_crowd(vault: Vault) -> Callable[[Connection], int]:
    """A store function that puts one doctor with forty numbers on 15 July from 8:00, and a thousand registered patients."""

    def thd_put(conn: Connection) -> int:
        hospital = thd_put_hospital(conn, HospitalRow(code="renhe", name="仁和医院", short_name="仁和"))
        thd_put_departments(conn, vault, hospital, [DepartmentRow(code="01", name="内科")])
        doctor = DoctorRow(
            number="00868", name="王建国", title="主任医师", department_code="01", phone="+8613900000868"
        )
        thd_put_doctors(conn, vault, hospital, [doctor])
        session = SessionRow(doctor="00868", day=SMALL_DAY, period="AM", first=time(8), minutes_per_slot=5, slots=40)
        thd_put_sessions(conn, vault, hospital, [session])
        made = {"hospital_id": hospital, "created_at": datetime.combine(SMALL_DAY, time())}
        who = {"identity_sealed": vault.seal("11010519491231002X"), "name_sealed": vault.seal("张三")}
        conn.execute(
            insert(patient), [{"identity_print": vault.fingerprint(str(nth)), **who, **made} for nth in range(1_000)]
        )
        ids = conn.execute(select(patient.c.id).order_by(patient.c.id)).scalars().all()
        prints = [vault.fingerprint(f"+86138{nth:08d}") for nth in range(1_000)]
        phones = [{"phone_print": found, "patient_id": ids[nth], "nth": 1, **made} for nth, found in enumerate(prints)]
        conn.execute(insert(phone_patient).values(phone_sealed=vault.seal("+86138")), phones)
        return hospital

    return thd_put


@pytest.fixture(scope="session")
def crowd_wish() -> Callable[[int], BookSlot]:
    """``crowd_wish(nth)``: the nth patient of the crowd wants one of the forty numbers."""

    def wish(nth: int) -> BookSlot:
        start = datetime.combine(SMALL_DAY, time(8)) + timedelta(minutes=5 * (nth * 7 % 40))
        caller = Caller(hospital=1, phone=f"+86138{nth:08d}", channel=Channel.SMS)
        return BookSlot(caller=caller, doctor="00868", start=start, who=Named("张三"), key=f"sms:{nth}")

    return wish


@pytest.fixture
def small_hospital(clock: FixedClock, thd_furnish: Callable[[Connection], int]) -> Iterator[ImmediateDatabase]:
    """A database in memory that holds 仁和医院 as hospital 1; jobs run at once."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    database = ImmediateDatabase(engine, clock)
    assert database.now(thd_furnish) == 1
    yield database
    engine.dispose()


@pytest.fixture
def room(small_hospital: ImmediateDatabase, vault: Vault, clock: FixedClock, bell: Bell) -> WaitingRoom:
    """Where one waits for a number of the small hospital."""
    return WaitingRoom(open_house(small_hospital, vault, clock, bell, random.Random(4)))


@pytest.fixture
def stops(small_hospital: ImmediateDatabase, vault: Vault, clock: FixedClock, bell: Bell) -> Stops:
    """Its stop-clinics."""
    return Stops(open_house(small_hospital, vault, clock, bell, random.Random(3)))


@pytest.fixture
def reception(
    small_hospital: ImmediateDatabase, vault: Vault, clock: FixedClock, bell: Bell, rng: random.Random
) -> Reception:
    """Sells from the small hospital under the default house policy."""
    return Reception(open_house(small_hospital, vault, clock, bell, rng))


@pytest.fixture(scope="session")
def result_of() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine that never has to wait; its value, or what it raises."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        results: list[Any] = []
        Deferred.fromCoroutine(coroutine).addBoth(results.append)
        assert results, "the coroutine is still waiting"
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    return run
