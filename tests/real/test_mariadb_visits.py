"""Two processes close the same day at the same moment: each no-show counts once, each ban is made and told once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from processes import begin
from sqlalchemy import insert, select

from booking.clock import FixedClock, naive_utc
from booking.store.conduct.closing import _OPEN
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import DoctorRow, SessionRow, thd_put_doctors, thd_put_sessions
from booking.store.schema import appointment, audit, ban, clinic_session, conduct, metadata, outbox, patient, slot

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

DAY = datetime(2026, 7, 15).date()  # noqa: DTZ001 - the hospital's wall
DOCTORS, PATIENTS, PROCESSES = 5, 40, 3

CHILD = """
import random
import sys
from twisted.internet.defer import Deferred
from booking.bell import Bell
from booking.clock import FixedClock
from booking.house import House
from booking.rulebooks import StandingRules
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.conduct import closing
from booking.store.conduct.closing import _OPEN
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.vault import Vault
from booking.visits import Visits
import booking.visits

booking.visits.CLOSE_MOST = 7
clock = FixedClock.at_wall("2026-07-16 09:00")
rules = StandingRules(rule_book(Maker(policy=read_policy("[[bans]]\\\\ncount = 5\\\\n"))))
database = ImmediateDatabase(make_engine(sys.argv[1]), clock)
vault, rng = Vault(bytes(range(32))), random.SystemRandom()
visits = Visits(House(database=database, vault=vault, clock=clock, bell=Bell(), rng=rng, rules=rules))
print("ready", flush=True)
sys.stdin.readline()
Deferred.fromCoroutine(visits.close_unarrived(1)).addCallback(lambda done: print(done.closed, done.counted, done.bans))
"""


@pytest.fixture
def crowd(mariadb_url, vault, thd_crowd):
    """Forty patients with a booking at each of five doctors, all of 15 July; nobody came."""
    engine = make_engine(mariadb_url)
    metadata.create_all(engine)
    clock = FixedClock.at_wall("2026-07-14 09:00")
    store = ImmediateDatabase(engine, clock)
    store.now(thd_crowd)
    numbers = [f"0010{nth}" for nth in range(DOCTORS)]
    rows = [DoctorRow(number=number, name="王", title="医师", department_code="01") for number in numbers]
    store.now(thd_put_doctors, vault, 1, rows)
    sessions = [
        SessionRow(doctor=number, day=DAY, period="PM", first=time(13), minutes_per_slot=5, slots=PATIENTS)
        for number in numbers
    ]
    store.now(thd_put_sessions, vault, 1, sessions)
    store.now(thd_booked, vault, naive_utc(clock))
    yield store
    engine.dispose()


def thd_booked(conn, vault, at):
    patients = conn.execute(select(patient.c.id).order_by(patient.c.id).limit(PATIENTS)).scalars().all()
    numbers = conn.execute(
        select(slot.c.id, slot.c.session_id, slot.c.doctor_id, slot.c.seq)
        .select_from(slot.join(clinic_session, clinic_session.c.id == slot.c.session_id))
        .where(clinic_session.c.period == "PM")
    ).all()
    common = {
        "hospital_id": 1, "day": DAY, "status": "booked", "live": 1, "channel": "phone", "fee_fen": 0, "created_at": at,
    }  # fmt: skip
    rows = [
        {
            **common, "code": f"{row.id:08d}", "slot_id": row.id, "session_id": row.session_id, "doctor_id": row.doctor_id,
            "patient_id": patients[row.seq - 1], "request_key": f"k{row.id}",
            "phone_print": vault.fingerprint(f"+861380000{row.seq:04d}"), "phone_sealed": vault.seal(f"+861380000{row.seq:04d}"),
        }
        for row in numbers
    ]  # fmt: skip
    conn.execute(insert(appointment), rows)
    conn.execute(slot.update().where(slot.c.id.in_([row.id for row in numbers])).values(taken=1))


def test_a_day_is_read_by_its_index(crowd):
    """A page of the day's open bookings is one walk through ix_appointment_day, however many years lie behind."""
    place = {"hospital": 1, "day": DAY, "doctor": 0, "session": 0, "channel": "", "booking": 0, "most": 500}

    def thd_plan(conn):
        compiled = _OPEN.compile(conn)
        plan = conn.exec_driver_sql(f"EXPLAIN {compiled}", {**compiled.params, **place}).mappings()
        return [dict(row) for row in plan]

    (plan,) = crowd.now(thd_plan)
    assert (plan["key"], "Using index" in plan["Extra"], "filesort" in plan["Extra"]) == (
        "ix_appointment_day",
        True,
        False,
    )


def test_processes_that_close_at_once_enter_each_no_show_once(crowd, mariadb_url):
    """Three at the same moment, in small batches: 200 bookings, 200 no-shows, 40 bans, 40 texts; together, not each."""
    children = [
        begin(
            [sys.executable, "-c", CHILD.replace("\\\\n", "\\n"), str(mariadb_url)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    assert [child.stdout.readline() for child in children] == ["ready\n"] * PROCESSES
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [child.communicate(timeout=60)[0].split() for child in children]
    assert [child.returncode for child in children] == [0] * PROCESSES
    sums = [sum(int(each[nth]) for each in told) for nth in range(3)]
    assert sums == [DOCTORS * PATIENTS, DOCTORS * PATIENTS, PATIENTS]

    def thd_look(conn):
        return (
            Counter(conn.execute(select(appointment.c.status)).scalars()),
            Counter(conn.execute(select(conduct.c.kind)).scalars()),
            len(set(conn.execute(select(ban.c.subject_print)).scalars())),
            Counter(conn.execute(select(outbox.c.kind)).scalars()),
            Counter(conn.execute(select(audit.c.action)).scalars()),
            max(conn.execute(select(ban.c.since)).scalars()) - datetime.combine(DAY, time()) < timedelta(days=1),
        )

    statuses, kinds, banned, texts, actions, that_day = crowd.now(thd_look)
    assert (statuses, kinds, banned) == ({"noshow": 200}, {"noshow": 200}, PATIENTS)
    assert (texts, actions["noshow"], actions["banned"], that_day) == ({"ban": PATIENTS}, 200, PATIENTS, True)
