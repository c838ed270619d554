"""A booking moved to another time: the old number is let go when the new one is won, and not before."""

from __future__ import annotations

import pytest
from desk import Desk, at, book_of, caller, thd_balance
from sqlalchemy import false, func, select, update

from booking.keeping_outcomes import Cancelled, Changed, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import Booked, Busy, Full, Limit, NoSuchDoctor, NoSuchTime
from booking.requests import RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store.keeping import ending
from booking.store.keeping.holding import Confirming, thd_confirm_held
from booking.store.schema import appointment, audit, conduct, slot

AT_8, AT_830, AT_9, AT_930 = (at(f"2026-07-15 {clock}") for clock in ("08:00", "08:30", "09:00", "09:30"))
LI = "440524188001010014"


@pytest.fixture
def moving_desk(store, vault, clock, bell, rng, result_of):
    """``moving_desk(rules)``: the desk under these rules, the house's own unless told."""
    return lambda rules=None: Desk.over(
        store, vault, clock, bell, rng, result_of, rules or StandingRules(house_rules())
    )


@pytest.fixture
def mover(moving_desk):
    """张三, registered to the first phone."""
    wish = RegisterPhone(caller=caller(), identity="11010519491231002X", name="张三")
    desk = moving_desk()
    return desk.run(desk.reception.register(wish)).patient.id


@pytest.fixture
def rival(moving_desk):
    """李四 of another phone."""
    wish = RegisterPhone(caller=caller("+8613900139000"), identity=LI, name="李四")
    desk = moving_desk()
    return desk.run(desk.reception.register(wish)).patient.id


def test_a_booking_moves_and_keeps_its_code(moving_desk, mover, store):
    """The same session, another time: one booking, the old code, both told; nothing counts against the patient."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    moved = desk.change(code, AT_930)
    assert isinstance(moved, Changed)
    assert (moved.booking.code, moved.booking.start, moved.before.start, moved.again) == (code, AT_930, AT_830, False)
    store.now(thd_balance)
    assert [each.start for each in desk.run(desk.reception.bookings_of(caller()))] == [AT_930]
    assert desk.statuses() == ["confirmation", "doctor", "changed", "doctor-changed"]
    (told,) = desk.texts("changed")
    assert f"预约码仍为{code}" in told
    assert "7月15日(周三)上午8:30改到7月15日(周三)上午9:30" in told
    rows = store.now(lambda conn: [tuple(row) for row in conn.execute(
        select(appointment.c.id, appointment.c.status, appointment.c.ended_by, appointment.c.moved_from).order_by(appointment.c.id))])  # fmt: skip
    (first, *ended), (_, *kept) = rows
    assert (ended, kept) == (["cancelled", "changed", None], ["booked", None, first])
    assert store.now(lambda conn: conn.execute(select(conduct.c.id)).all()) == []
    assert isinstance(desk.cancel(code), Cancelled)
    store.now(thd_balance)


def test_the_same_change_again_changes_nothing(moving_desk, mover, store):
    """The same request is answered as before; so is the wish for the time that the booking has."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    first = desk.change(code, AT_930, key="sms:9")
    again = desk.change(code, AT_930, key="sms:9")
    assert (again.booking, again.before.start, again.again) == (first.booking, AT_830, True)
    same = desk.change(code, AT_930)
    assert (same.booking.start, same.again) == (AT_930, True)
    assert desk.statuses().count("changed") == 1
    store.now(thd_balance)


def test_the_new_number_is_sold(moving_desk, mover, rival, store):
    """Another has the time: the old booking stands, code and all, and other times are told."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    desk.book(AT_930, rival, who=caller("+8613900139000"))
    refused = desk.change(code, AT_930)
    assert isinstance(refused, Full)
    assert refused.open
    assert [each.start for each in desk.run(desk.reception.bookings_of(caller()))] == [AT_830]
    assert "changed" not in desk.statuses()
    store.now(thd_balance)


def test_to_another_doctor(moving_desk, mover, store):
    """Both doctors hear of it: one loses a patient, the other gets one."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    moved = desk.change(code, AT_9, doctor="00123")
    assert moved.booking.doctor.number == "00123"
    assert sorted(desk.statuses()) == ["changed", "confirmation", "doctor", "doctor", "doctor-cancelled"]
    assert isinstance(desk.change(code, AT_9, doctor="99999"), NoSuchDoctor)
    assert isinstance(desk.change(code, at("2026-07-15 03:00")), NoSuchTime)
    store.now(thd_balance)


def test_limits_are_judged_without_the_old_booking(moving_desk, mover, store):
    """One booking a day allows to move it within the day; a second one does not move beside the first."""
    desk = moving_desk(StandingRules(house_rules(HousePolicy(bookings_per_patient_day=1))))
    code = desk.book(AT_830, mover).booking.code
    assert isinstance(desk.change(code, AT_9, doctor="00123"), Changed)
    assert isinstance(desk.book(AT_830, mover), Limit)
    store.now(thd_balance)


def test_rules_may_forbid_the_change(moving_desk, mover, clock, store):
    """What could not be given back any more cannot be moved either; some hospitals move nothing."""
    desk = moving_desk(book_of('[cancel]\ndeadline = "D-1 14:00"\n'))
    code = desk.book(AT_830, mover).booking.code
    clock.at = clock.at.replace(hour=15)
    refused = desk.change(code, AT_930)
    assert isinstance(refused, TooLateToCancel)
    assert desk.change(code, at("2026-07-15 23:59")) == refused, "before he looks for a time that there is"
    assert refused.until == at("2026-07-14 14:00")
    stubborn = moving_desk(book_of("[change]\nallowed = false\n"))
    stubborn.keys = 50
    assert isinstance(stubborn.change(code, AT_930), NeverCancelled)
    store.now(thd_balance)


def test_what_cannot_be_moved(moving_desk, mover, store):
    """A cancelled booking, another's, and a visit that has begun stay as they are."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    assert desk.change(code, AT_930, who=caller("+8613900139000")) == NoSuchBooking(code=code)
    store.now(lambda conn: conn.execute(update(appointment).values(status="arrived")).rowcount)
    assert isinstance(desk.change(code, AT_930), TooLateToCancel)
    store.now(lambda conn: conn.execute(update(appointment).values(status="booked")).rowcount)
    desk.cancel(code)
    assert desk.change(code, AT_930) == NoSuchBooking(code=code)


def test_a_booking_cancelled_beside_its_move(moving_desk, mover, store, monkeypatch):
    """Whoever loses the row starts over; nothing of the move is left."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    monkeypatch.setattr(ending, "_END", ending._END.where(false()))
    with pytest.raises(Busy):
        desk.change(code, AT_930)
    monkeypatch.undo()
    store.now(thd_balance)
    assert isinstance(desk.change(code, AT_930), Changed)


def test_where_payment_is_due_who_moves_loses_nothing(moving_desk, mover, store, vault):
    """A new number that would be held until it is paid stands at once, and is owed: nobody loses both."""
    desk = moving_desk(book_of('[payment]\nwhen = "hold"\nhold_minutes = 15\n'))
    held = desk.book(AT_830, mover)
    code = held.booking.code
    paid = Confirming(asking=None, actor="cashier", trace="p", at=at("2026-07-14 01:00"))
    assert isinstance(store.now(thd_confirm_held, vault, 1, 1, paid), Booked)
    moved = desk.change(code, AT_930)
    assert (type(moved), moved.booking.status) == (Changed, "booked")
    store.now(thd_balance)


def test_numbers_swap_within_one_start(moving_desk, mover, store):
    """The number that was left is for sale again at once."""
    desk = moving_desk()
    code = desk.book(AT_830, mover).booking.code
    desk.change(code, AT_9)
    which = select(slot.c.id, slot.c.seq).where(slot.c.taken == 1)
    taken, seq = store.now(lambda conn: tuple(conn.execute(which).one()))
    assert seq == 3
    first = store.now(lambda conn: conn.execute(select(func.min(appointment.c.id))).scalar_one())
    notes = select(audit.c.detail).where(audit.c.action == "changed")
    assert store.now(lambda conn: conn.execute(notes).scalar_one()) == f"from={first} slot={taken}"
