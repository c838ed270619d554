"""Reminders on whatever database is below: once for each booking and time, never too late, never of what is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import select, update

from booking.outcomes import Booked
from booking.reception import Reception
from booking.reminders import Reminders
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Known, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.stop_clinic import StopPlan
from booking.stops import Stops
from booking.store.schema import appointment, outbox, phone_choice
from booking.store.stops import reminding

PHONE = "+8613800138000"
EIGHT = datetime.fromisoformat("2026-07-15 08:00")
HER = Caller(hospital=1, phone=PHONE, channel=Channel.SMS, trace="t-1")


@pytest.fixture
def hour(monkeypatch):
    """The hospital reminds at 18:00 the day before; set ``hour["at"]`` for another hour, None for never."""
    hour = {"at": time(18)}

    def reminder_at(_, offer):
        return hour["at"] and datetime.combine(offer.day - timedelta(days=1), hour["at"])

    monkeypatch.setattr(reminding, "reminder_at", reminder_at)
    return hour


@pytest.fixture
def rulebooks():
    return StandingRules(house_rules(HousePolicy(cancel_minutes_before=30)))


@pytest.fixture
def reminder_desk(store, vault, clock, bell, rng, rulebooks):
    return Reception(open_house(store, vault, clock, bell, rng, rulebooks))


@pytest.fixture
def stop_desk(store, vault, clock, bell, rng, rulebooks):
    return Stops(open_house(store, vault, clock, bell, rng, rulebooks))


@pytest.fixture
def remind(store, vault, clock, bell, rulebooks, result_of, hour):
    """``remind("2026-07-14 18:00")``: the job runs at that time of the wall; how many it posted."""

    def run(at):
        clock.at = type(clock).at_wall(at).at
        return result_of(Reminders(open_house(store, vault, clock, bell, rules=rulebooks)).remind(1))

    return run


@pytest.fixture
def visit(reminder_desk, result_of):
    """A booking of 15 July, 8:00, made at 9:00 the day before: its code."""
    patient = result_of(
        reminder_desk.register(RegisterPhone(caller=HER, identity="11010519491231002X", name="张三"))
    ).patient
    wish = BookSlot(caller=HER, doctor="00868", start=EIGHT, who=Known(patient.id), key="sms:1")
    outcome = result_of(reminder_desk.book(wish))
    assert isinstance(outcome, Booked)
    return outcome.booking.code


def reminders(store, vault, status="pending"):
    query = select(outbox).where(outbox.c.kind == "reminder", outbox.c.status == status).order_by(outbox.c.id)
    return store.now(
        lambda conn: [(vault.open(row.to_sealed), vault.open(row.body_sealed)) for row in conn.execute(query)]
    )


def test_the_day_before(visit, remind, store, vault):
    """At the hospital's hour the patient reads when and where to come, the code, and until when he may give the number back."""
    assert remind("2026-07-14 17:59") == 0
    assert remind("2026-07-14 18:00") == 1
    assert reminders(store, vault) == [(PHONE, (
        "【仁和】就诊提醒：张*明天7月15日(周三)上午8:00心血管内科王建国主任医师，1号，门诊楼3层5诊室，"
        f"预约码{visit}，不能来请于7月15日7:30前回复QX{visit}"
    ))]  # fmt: skip


def test_once(visit, remind, store, vault):
    """However often the job runs, in however many processes, the patient is reminded once."""
    assert [remind(f"2026-07-14 18:{minute:02d}") for minute in range(4)] == [1, 0, 0, 0]
    store.now(lambda conn: conn.execute(update(outbox).values(status="sent")).rowcount)
    assert remind("2026-07-14 19:00") == 0
    assert reminders(store, vault, "pending") == []


def test_after_an_outage(visit, remind, store, vault):
    """What could not be sent at its hour is sent later: also on the day itself, but not when the patient is on his way."""
    assert remind("2026-07-15 06:59") == 1
    ((_, body),) = reminders(store, vault)
    assert "张*今天7月15日" in body


def test_uselessly_late(visit, remind):
    """An hour before the visit, or after it, nobody is reminded any more."""
    assert remind("2026-07-15 07:00") == 0
    assert remind("2026-07-15 08:30") == 0


def test_booked_after_the_hour(remind, clock, request):
    """Who books in the evening for the next morning has his confirmation, and gets no reminder on top of it."""
    clock.at = type(clock).at_wall("2026-07-14 18:00").at
    request.getfixturevalue("visit")
    assert remind("2026-07-14 18:01") == 0


def test_no_reminders_where_the_hospital_wants_none(visit, remind, hour):
    """A hospital that sends no reminders sends none."""
    hour["at"] = None
    assert remind("2026-07-14 18:00") == 0


def test_a_cancelled_booking(visit, remind, reminder_desk, result_of, store, vault):
    """A reminder that waits to be sent dies with its booking; who cancelled before is not reminded."""
    remind("2026-07-14 18:00")
    result_of(reminder_desk.cancel(CancelBooking(caller=HER, code=visit, key="sms:2")))
    assert reminders(store, vault) == []
    assert len(reminders(store, vault, "expired")) == 1
    assert remind("2026-07-14 18:05") == 0


def moved(stop_desk, result_of):
    plan = StopPlan(
        hospital=1, doctor="00868", day=date(2026, 7, 15), period="AM", action="move", shift_minutes=30, by="li"
    )
    result_of(stop_desk.announce(plan))


def test_a_visit_moved_before_the_hour(visit, remind, stop_desk, result_of, store, vault):
    """The reminder tells the new time."""
    moved(stop_desk, result_of)
    assert remind("2026-07-14 18:00") == 1
    assert "上午8:30" in reminders(store, vault)[0][1]


def test_a_visit_moved_after_the_hour(visit, remind, stop_desk, result_of, store, vault):
    """The reminder of the old time dies unsent; the notice of the change has told the new one, once."""
    remind("2026-07-14 18:00")
    moved(stop_desk, result_of)
    assert (reminders(store, vault), len(reminders(store, vault, "expired"))) == ([], 1)
    assert remind("2026-07-14 18:05") == 0


def test_two_looks_at_once(visit, store, vault, clock, hour, rulebooks):
    """Two processes that both found the booking unreminded post one reminder between them."""
    clock.at = type(clock).at_wall("2026-07-14 18:00").at
    job = Reminders(open_house(store, vault, clock, None, rules=rulebooks))
    moments, rules = job._moments(), rulebooks.of(1)
    sittings = store.now(reminding.thd_sittings, 1, date(2026, 7, 14), date(2026, 7, 16))
    found = [store.now(reminding.thd_to_remind, vault, rules, 1, sittings, moments) for _ in range(2)]
    assert found[0] == found[1] != []
    assert [store.now(reminding.thd_remind, vault, rules, 1, ids, moments) for ids in found] == [1, 0]


def test_ended_between_look_and_writing(visit, store, vault, clock, hour, rulebooks, reminder_desk, result_of):
    """A booking that is given back while the job runs is not reminded of."""
    clock.at = type(clock).at_wall("2026-07-14 18:00").at
    moments, rules = Reminders(open_house(store, vault, clock, None, rules=rulebooks))._moments(), rulebooks.of(1)
    sittings = store.now(reminding.thd_sittings, 1, date(2026, 7, 14), date(2026, 7, 16))
    ids = store.now(reminding.thd_to_remind, vault, rules, 1, sittings, moments)
    result_of(reminder_desk.cancel(CancelBooking(caller=HER, code=visit, key="sms:2")))
    assert store.now(reminding.thd_remind, vault, rules, 1, ids, moments) == 0


def test_a_landline_is_not_reminded(visit, remind, store, vault):
    """A booking that no text reaches is passed over, and keeps nobody else waiting."""
    landline = {"phone_sealed": vault.seal("+861067001234")}
    store.now(lambda conn: conn.execute(update(appointment).values(**landline)).rowcount)
    store.now(lambda conn: conn.exec_driver_sql("DELETE FROM phone_patient").rowcount)
    assert remind("2026-07-14 18:00") == 0


def test_opting_out_does_not_stop_a_reminder(visit, remind, reminder_desk, result_of, store):
    """TD stops what one did not ask for; one's own visit is service."""
    result_of(reminder_desk.opt(HER, wants=False))
    assert store.now(lambda conn: conn.execute(select(phone_choice.c.wants)).scalar_one()) is False
    assert remind("2026-07-14 18:00") == 1


def test_a_day_of_many_sessions(store, vault, clock, bell, rulebooks, reminder_desk, result_of, hour, monkeypatch):
    """In batches as small as can be, every booking of every session is reminded once."""
    monkeypatch.setattr("booking.reminders.SITTINGS_MOST", 1)
    monkeypatch.setattr("booking.reminders.BATCH_MOST", 1)
    for nth, identity in enumerate(("11010519491231002X", "440524188001010014", "110101199003070134")):
        her = replace(HER, phone=f"+861380013800{nth}")
        patient = result_of(reminder_desk.register(RegisterPhone(caller=her, identity=identity, name="张三"))).patient
        for number in ("00868", "00123"):
            wish = BookSlot(
                caller=her, doctor=number, start=EIGHT + timedelta(minutes=30 * nth), who=Known(patient.id),
                key=f"sms:{nth}:{number}",
            )  # fmt: skip
            assert isinstance(result_of(reminder_desk.book(wish)), Booked)
    clock.at = type(clock).at_wall("2026-07-14 18:00").at
    job = Reminders(open_house(store, vault, clock, bell, rules=rulebooks))
    assert (result_of(job.remind(1)), result_of(job.remind(1))) == (6, 0)
    assert len(reminders(store, vault)) == 6
