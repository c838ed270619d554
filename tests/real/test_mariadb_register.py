"""Two callers at once on a real MariaDB, each in a transaction of his own: what neither can see yet must still hold."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from waiting import PATIENCE

from booking.outcomes import Limit
from booking.people_outcomes import NameMismatch, Registered
from booking.requests import Caller, Channel, RegisterPhone
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.people import people
from booking.store.people.people import thd_patient_by_identity, thd_register
from booking.store.schema import metadata, patient, phone_patient

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

NOW = datetime.fromisoformat("2026-07-14 01:00")
IDENTITIES = ("11010519491231002X", "110101199003077758", "440524188001010014", "110101199003070572")


def caller(phone="+8613800138000"):
    return Caller(hospital=1, phone=phone, channel=Channel.SMS)


@pytest.fixture
def house(mariadb_url, clock, thd_furnish):
    engine = make_engine(mariadb_url)
    metadata.create_all(engine)
    store = ImmediateDatabase(engine, clock)
    store.now(thd_furnish)
    yield store
    engine.dispose()


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [each.result(timeout=PATIENCE) for each in [pool.submit(job) for job in jobs]]


def meeting(monkeypatch, name: str, count: int) -> None:
    """The first ``count`` calls of people.``name`` go on only when all have been made: everybody has looked, nobody has written."""
    inner, barrier = getattr(people, name), threading.Barrier(count)
    left = [count]

    def met(*args):
        found = inner(*args)
        if left[0] > 0:
            left[0] -= 1
            barrier.wait(timeout=PATIENCE / 2)
        return found

    monkeypatch.setattr(people, name, met)


def test_two_first_registrations_at_once_keep_the_phones_limit(house, vault, monkeypatch):
    """A phone that may speak for one patient is not given two because both registrations found none."""
    meeting(monkeypatch, "_refusal", 2)
    rules = house_rules(HousePolicy(patients_per_phone=1))

    def register(identity, name):
        return lambda: house.now(
            thd_register, vault, rules, RegisterPhone(caller=caller(), identity=identity, name=name), NOW
        )

    outcomes = at_once(register(IDENTITIES[0], "张三"), register(IDENTITIES[1], "李四"))
    assert {type(outcome) for outcome in outcomes} == {Registered, Limit}
    assert house.now(lambda conn: conn.execute(select(func.count()).select_from(phone_patient)).scalar_one()) == 1


def test_two_names_for_one_record_at_once(house, vault, monkeypatch):
    """A record without a name is named once: the second phone with another name is told so, not overruled in silence."""
    house.now(thd_patient_by_identity, vault, caller(None), IDENTITIES[0], NOW)
    meeting(monkeypatch, "_refusal", 2)

    def register(phone, name):
        asked = RegisterPhone(caller=caller(phone), identity=IDENTITIES[0], name=name)
        return lambda: house.now(thd_register, vault, house_rules(), asked, NOW)

    outcomes = at_once(register("+8613800138000", "张三"), register("+8613900139000", "李四"))
    assert {type(outcome) for outcome in outcomes} == {Registered, NameMismatch}


def test_many_registrations_at_once_fill_the_phone_exactly(house, vault):
    """Four at once on a phone that may have three: three are registered, one is told of the limit; again and again."""
    rules = house_rules(HousePolicy(patients_per_phone=3))
    for _ in range(5):
        house.now(lambda conn: conn.execute(delete(phone_patient)).rowcount)
        house.now(lambda conn: conn.execute(delete(patient)).rowcount)
        jobs = [
            lambda identity=identity: house.now(
                thd_register, vault, rules, RegisterPhone(caller=caller(), identity=identity, name="张三"), NOW
            )
            for identity in IDENTITIES
        ]
        outcomes = at_once(*jobs)
        assert sum(isinstance(outcome, Registered) for outcome in outcomes) == 3
        assert house.now(
            lambda conn: conn.execute(select(phone_patient.c.nth).order_by(phone_patient.c.nth)).scalars().all()
        ) == [1, 2, 3]
