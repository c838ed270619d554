"""The jobs of stop-clinic and of reminders do what they are named after."""

from __future__ import annotations

from datetime import date

import pytest
from open_house import open_house
from sqlalchemy import select, update

from booking.clock import naive_utc, wall
from booking.reminders import Reminders
from booking.requests import BookSlot, Caller, Channel, Known, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.stop_clinic import StopPlan
from booking.stops import Stops
from booking.store.schema import outbox, stop_notice
from booking.store.stops import reminding
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import thd_announce
from hotline.jobs import bodies_of_stops


@pytest.fixture
def job(small_hospital, vault, clock, bell, rng, result_of):
    """``job("remind")``: one run of it."""
    rules = StandingRules(house_rules())
    stops = Stops(open_house(small_hospital, vault, clock, bell, rng, rules))
    found = bodies_of_stops(stops, Reminders(open_house(small_hospital, vault, clock, bell, rules=rules)), 1)
    return lambda name: result_of(found[name][1]())


@pytest.fixture
def visit(reception, result_of, clock):
    """A booking of 15 July, 8:00."""
    her = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
    patient = result_of(
        reception.register(RegisterPhone(caller=her, identity="11010519491231002X", name="张三"))
    ).patient
    start = type(clock).at_wall("2026-07-15 08:00").at.replace(tzinfo=None)
    return result_of(reception.book(BookSlot(caller=her, doctor="00868", start=start, who=Known(patient.id), key="1")))


def kinds(store):
    query = select(outbox.c.kind).where(outbox.c.status == "pending").order_by(outbox.c.id)
    return store.now(lambda conn: list(conn.execute(query).scalars()))


def test_a_stop_cut_off_half_done_is_finished(job, visit, small_hospital, clock):
    """Announced by a process that died at once: the job tells the patient; a text that failed puts him on the phone list."""
    plan = StopPlan(hospital=1, doctor="00868", day=date(2026, 7, 15), period="AM", action="release", by="wang")
    moments = Moments(at=naive_utc(clock), wall=wall(clock), by="wang")
    small_hospital.now(thd_announce, plan, moments, False)
    assert "stop" not in kinds(small_hospital)
    job("finish-stops")
    job("finish-stops")
    assert kinds(small_hospital).count("stop") == 1
    failed = update(outbox).where(outbox.c.kind == "stop").values(status="failed")
    small_hospital.now(lambda conn: conn.execute(failed).rowcount)
    job("find-unreached")
    job("find-unreached")
    state = select(stop_notice.c.phone_state)
    assert small_hospital.now(lambda conn: list(conn.execute(state).scalars())) == ["due"]


def test_the_hour_of_reminding(job, visit, small_hospital, clock, monkeypatch):
    """The job reminds once."""
    monkeypatch.setattr(reminding, "reminder_at", lambda *_: wall(clock))
    clock.at = type(clock).at_wall("2026-07-14 18:00").at
    job("remind")
    job("remind")
    assert kinds(small_hospital).count("reminder") == 1
