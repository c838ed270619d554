"""Several processes at one stop-clinic and at one hour of reminding, on a real MariaDB: nobody told twice, nobody forgotten."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from threading import Event

import pytest
from open_house import open_house
from sqlalchemy import func, insert, select
from twisted.internet.defer import Deferred

from booking.bell import Bell
from booking.clock import naive_utc, wall
from booking.keeping_outcomes import Cancelled
from booking.outcomes import Busy
from booking.reception import Reception
from booking.reminders import Reminders
from booking.requests import Caller, CancelBooking, Channel
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.stop_clinic import StopPlan
from booking.stops import Stops
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import DoctorRow, thd_put_doctors
from booking.store.schema import appointment, metadata, outbox, patient, phone_patient, slot, stop_notice
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import thd_announce

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

DAY = date(2026, 7, 15)
RULES = StandingRules(house_rules())
PROCESSES = 4


@pytest.fixture
def full_house(new_mariadb, clock, vault, thd_crowd):
    """``full_house()``: the store as one more process sees it; 40 numbers of one doctor, all booked by patients of their own."""
    engines = []

    def thd_book(conn):
        thd_crowd(conn)
        people = conn.execute(
            select(patient.c.id, phone_patient.c.phone_print)
            .join(phone_patient, phone_patient.c.patient_id == patient.c.id)
            .order_by(patient.c.id)
            .limit(40)
        ).all()
        numbers = conn.execute(select(slot.c.id, slot.c.session_id, slot.c.doctor_id).order_by(slot.c.id)).all()
        rows = [
            {
                "hospital_id": 1, "code": f"{10_000_000 + nth}", "slot_id": number.id, "session_id": number.session_id,
                "doctor_id": number.doctor_id, "patient_id": who.id, "day": DAY, "status": "booked", "live": 1,
                "channel": "sms", "phone_print": who.phone_print, "phone_sealed": vault.seal(f"+86138{nth:08d}"),
                "fee_fen": 0, "request_key": f"sms:{nth}", "created_at": naive_utc(clock),
            }
            for nth, (number, who) in enumerate(zip(numbers, people, strict=True))
        ]  # fmt: skip
        conn.execute(insert(appointment), rows)
        conn.execute(slot.update().values(taken=1))

    with new_mariadb() as url:

        def another():
            engines.append(make_engine(url))
            return ImmediateDatabase(engines[-1], clock)

        first = another()
        metadata.create_all(first.engine)
        first.now(thd_book)
        yield another
        for engine in engines:
            engine.dispose()


def at_once(work, others=()):
    """The same work in several threads, each with an engine of its own as processes have, beside ``others``."""
    with ThreadPoolExecutor(PROCESSES + len(others)) as pool:
        waiting = [pool.submit(work) for _ in range(PROCESSES)] + [pool.submit(other) for other in others]
        return [each.result() for each in waiting]


def now(asked):
    """A store without threads answers at once."""
    with pytest.raises(StopIteration) as done:
        asked.send(None)
    return done.value.value


def untiring(asking):
    """An outage of the store, as a lost race is told when it was lost too often, is tried again, as the job would."""
    while True:
        try:
            return now(asking())
        except Busy:
            continue


def counts(house):
    def thd(conn):
        ended = Counter(tuple(row) for row in conn.execute(select(appointment.c.status, appointment.c.ended_by)))
        told = conn.execute(select(stop_notice.c.appointment_id)).scalars().all()
        texts = conn.execute(select(outbox.c.appointment_id).where(outbox.c.kind == "stop")).scalars().all()
        return ended, sorted(told), sorted(texts)

    return house.now(thd)


def stops_of(house, vault, clock):
    return Stops(open_house(house, vault, clock, Bell(), random.Random(), RULES))


def test_several_processes_finish_one_release(full_house, clock, vault, monkeypatch):
    """Four processes carry out one stop while patients cancel: each booking ends once, by one or the other, and is told so once."""
    monkeypatch.setattr("booking.stops.BATCH_MOST", 3)
    plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang")
    moments = Moments(at=naive_utc(clock), wall=wall(clock), by="wang")
    stop = full_house().now(thd_announce, plan, moments, False).stop

    def carry_out():
        stops = stops_of(full_house(), vault, clock)
        untiring(lambda: stops.carry_out(1, stop))

    def cancel():
        desk = Reception(open_house(full_house(), vault, clock, Bell(), random.Random(), RULES))
        given = 0
        for nth in reversed(range(0, 40, 4)):
            her = Caller(hospital=1, phone=f"+86138{nth:08d}", channel=Channel.SMS)
            asked = CancelBooking(caller=her, code=f"{10_000_000 + nth}", key=f"qx:{nth}")
            outcome = untiring(lambda asked=asked: desk.cancel(asked))
            assert isinstance(outcome, Cancelled)
            given += not outcome.again
        return given

    given = at_once(carry_out, [cancel])[-1]
    ended, told, texts = counts(full_house())
    assert ended == Counter({("cancelled", "hospital"): 40 - given, ("cancelled", "patient"): given}) - Counter()
    assert len(told) == len(set(told)) == 40 - given
    assert texts == told


@pytest.mark.parametrize("action", ["substitute", "move"])
def test_several_processes_tell_of_one_change(action, full_house, clock, vault, monkeypatch):
    """Four processes carry out one change, then its withdrawal: forty notices, forty more, none twice."""
    monkeypatch.setattr("booking.stops.BATCH_MOST", 3)
    chen = DoctorRow(number="00777", name="陈晓明", title="主任医师", department_code="01")
    full_house().now(thd_put_doctors, vault, 1, [chen])
    more = {"substitute": "00777"} if action == "substitute" else {"shift_minutes": 30}
    plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action=action, by="wang", **more)
    moments = Moments(at=naive_utc(clock), wall=wall(clock), by="wang")
    stop = full_house().now(thd_announce, plan, moments, False).stop

    def carry_out():
        stops = stops_of(full_house(), vault, clock)
        untiring(lambda: stops.carry_out(1, stop))

    at_once(carry_out)
    ended, told, texts = counts(full_house())
    assert (ended[("booked", None)], len(told), texts) == (40, 40, told)
    now(stops_of(full_house(), vault, clock).withdraw(1, stop, "wang"))
    at_once(carry_out)
    assert [len(found) for found in counts(full_house())[1:]] == [40, 80]
    (view,) = now(stops_of(full_house(), vault, clock).stops(1))
    assert view.status == "withdrawn"


def test_several_processes_remind_once(full_house, clock, vault):
    """Four processes at the hour of reminding post forty reminders between them."""
    clock.at = type(clock).at_wall("2026-07-14 20:00").at

    def remind():
        job = Reminders(open_house(full_house(), vault, clock, Bell(), rules=RULES))
        return untiring(lambda: job.remind(1))

    at_once(remind)
    query = select(func.count(), func.count(outbox.c.appointment_id.distinct())).where(outbox.c.kind == "reminder")
    assert full_house().now(lambda conn: tuple(conn.execute(query).one())) == (40, 40)


def test_nothing_is_sold_beside_an_announcement(full_house, clock, vault, crowd_wish):
    """Numbers are given back and sold again while a stop is announced: when it is done no booking stands, and each has its notice."""
    outcomes, begun = Counter(), Event()

    def cancel_and_book():
        desk = Reception(open_house(full_house(), vault, clock, Bell(), random.Random(), RULES))
        for nth in range(40):
            her = Caller(hospital=1, phone=f"+86138{nth:08d}", channel=Channel.SMS)
            asked = CancelBooking(caller=her, code=f"{10_000_000 + nth}", key=f"qx:{nth}")
            untiring(lambda asked=asked: desk.cancel(asked))
            start = datetime.combine(DAY, time(8)) + timedelta(minutes=5 * nth)
            found = []
            Deferred.fromCoroutine(desk.book(replace(crowd_wish(100 + nth), start=start))).addBoth(found.append)
            outcomes[type(found[0]).__name__] += 1
            if nth == 9:
                begun.set()

    def announce():
        assert begun.wait(30), "some are sold again before the stop comes"
        plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang")
        stops = stops_of(full_house(), vault, clock)
        return untiring(lambda: stops.announce(plan))

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(cancel_and_book), pool.submit(announce)]:
            each.result()
    now(stops_of(full_house(), vault, clock).finish(1))
    assert set(outcomes) <= {"Booked", "ClinicStopped", "Full", "Failure"}, outcomes
    assert outcomes["Booked"] >= 9
    live = select(func.count()).where(appointment.c.live == 1)
    assert full_house().now(lambda conn: conn.execute(live).scalar_one()) == 0
    ended, told, texts = counts(full_house())
    assert len(told) == ended["cancelled", "hospital"]
    assert texts == told
