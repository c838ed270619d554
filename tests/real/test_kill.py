"""The daemon is killed at random moments under load, twenty times: what the SMSC was told is kept is kept, and nothing is sold twice.

Node's SMSC (not ours) stays up and does what SMSCs do: it sends again what was not acknowledged. Phones are used for one text each, so
that every answer can be laid beside its question.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from datetime import date, timedelta
from datetime import time as clock_time

import pytest
from node_smsc import Smsc
from real_house import House, free_port
from sqlalchemy import func, select, text

from booking.clock import wall
from booking.requests import Caller, Channel, RegisterPhone
from booking.rules.policy import HousePolicy
from booking.store import revision
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.people import thd_register
from booking.store.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from booking.store.schema import appointment, audit, outbox
from hotline.bench.rush_stage import identity
from hotline.clock import SystemClock
from hotline.config import Config, read_config
from hotline.opening import open_store

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("node-smpp")]

KILLS = 20
TEXTS_PER_SECOND = 100
DOCTORS, SLOTS = 20, 60
NAME = "张三"


def phone(n: int) -> str:
    return f"86139{n:08d}"


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadb"))])
def daemon(tmp_path, request):
    url = request.getfixturevalue("mariadb_url") if request.param == "mariadb" else None
    port = free_port()
    smsc, house = Smsc(port), House(tmp_path, "sms,jobs", smsc=port, url=url)
    yield smsc, house
    house.end()
    smsc.close()


def furnish(house: House, patients: int) -> tuple[object, date]:
    """The hospital with slots for tomorrow, and as many registered patients as there will be texts."""
    clock = SystemClock()
    config = read_config(house.toml)
    assert isinstance(config, Config), config
    revision.upgrade(make_engine(config.database.url))
    opened = open_store(config, clock)
    database, day = ImmediateDatabase(opened.engine, clock), wall(clock).date() + timedelta(days=1)
    doctors = [
        DoctorRow(
            number=f"{n:05d}",
            name="王建国",
            title="主任医师",
            department_code="01",
            speciality="",
            phone=f"+86137{n:08d}",
        )
        for n in range(DOCTORS)
    ]
    sessions = [
        SessionRow(
            doctor=row.number, day=day, period="AM", first=clock_time(8), minutes_per_slot=4, slots=SLOTS,
            place="二楼201诊室", fee_fen=5000, clinic_type="专家",
        )
        for row in doctors
    ]  # fmt: skip
    database.now(
        thd_put_departments,
        opened.vault,
        opened.hospital,
        [DepartmentRow(code="01", name="心血管内科", location="二楼")],
    )
    database.now(thd_put_doctors, opened.vault, opened.hospital, doctors)
    database.now(thd_put_sessions, opened.vault, opened.hospital, sessions)

    def thd_patients(conn):
        for n in range(patients):
            caller = Caller(hospital=opened.hospital, phone=f"+{phone(n)}", channel=Channel.SMS)
            request = RegisterPhone(caller=caller, identity=identity(n), name=NAME)
            thd_register(conn, opened.vault, HousePolicy(), request, clock.utc().replace(tzinfo=None))

    database.now(thd_patients)
    return opened, day


def wish(n: int, rng: random.Random) -> str:
    """Two of three want a slot (often the same as somebody else), the third asks."""
    if n % 3 == 2:
        return f"CX{rng.randrange(DOCTORS):05d}"
    minutes = 8 * 60 + 4 * rng.randrange(SLOTS)
    return f"GHDH{rng.randrange(DOCTORS):05d},{{day}}{minutes // 60:02d}{minutes % 60:02d},{NAME}"


def test_twenty_kills_under_load_lose_no_answer_and_sell_nothing_twice(daemon, capsys):
    """Every acknowledged text is answered; twice only where the answer was in flight, with the same words; no slot has two holders."""
    smsc, house = daemon
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    lives = [rng.uniform(0.2, 1.6) for _ in range(KILLS)]
    patients = sum(int(life * TEXTS_PER_SECOND) + 1 for life in lives)
    opened, day = furnish(house, patients)

    sent = 0
    for kill, life in enumerate(lives):
        house.start()
        smsc.wait_for("bound", kill + 1)
        for _ in range(int(life * TEXTS_PER_SECOND)):
            smsc.deliver(str(sent), phone(sent), wish(sent, rng).format(day=f"{day:%m%d}"))
            sent += 1
            time.sleep(1 / TEXTS_PER_SECOND)
        time.sleep(rng.uniform(0, 0.05))
        house.kill()
    house.start()
    smsc.wait_for("bound", KILLS + 1)
    end = time.monotonic() + 60
    while (
        smsc.unacknowledged or len(smsc.answers().keys() & {phone(n) for n in range(sent)}) < sent
    ) and time.monotonic() < end:
        time.sleep(0.2)
    assert house.stop() == 0

    answers = smsc.answers()
    doubled = {to: words for to, words in answers.items() if len(words) > 1 and to.startswith("86139")}
    with opened.engine.connect() as conn:
        resent = {
            opened.vault.open(row.to_sealed).lstrip("+") for row in conn.execute(select(outbox).where(outbox.c.resent))
        }
        live = conn.execute(select(appointment.c.slot_id).where(appointment.c.live == 1)).scalars().all()
        made = conn.execute(select(func.count()).select_from(appointment)).scalar_one()
        texts = Counter(conn.execute(select(outbox.c.kind)).scalars())
        audited = conn.execute(select(func.count()).select_from(audit).where(audit.c.action == "booked")).scalar_one()
        unanswered = conn.execute(text("SELECT COUNT(*) FROM inbox WHERE status <> 'answered'")).scalar_one()
    with capsys.disabled():
        print(  # noqa: T201 - the counts are the point of the exercise
            f"\n  seed {seed}: {sent} texts, {KILLS} kills, {made} booked, {len(resent)} in flight at a kill, {len(doubled)} answered twice"
        )

    assert not smsc.unacknowledged
    assert {phone(n) for n in range(sent)} <= answers.keys(), f"seed {seed}: a text was acknowledged and never answered"
    assert unanswered == 0
    assert doubled.keys() <= resent, f"seed {seed}: answered twice without having been in flight"
    assert all(len(set(words)) == 1 for words in doubled.values()), f"seed {seed}: the second answer differs"
    assert max(Counter(live).values()) == 1, f"seed {seed}: a slot was sold twice"
    assert texts["confirmation"] == texts["doctor"] == audited == made
    assert made > sent / 4, "the load did book"
