"""Numbers held for a while: confirmed once, or over once; nobody hears of a booking before it is one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk, at, caller, thd_balance
from sqlalchemy import false, select

from booking.keeping_outcomes import Cancelled, HoldOver, NoSuchBooking
from booking.outcomes import Booked, Busy, Held
from booking.requests import RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.keeping import holding
from booking.store.schema import appointment, audit, hold, outbox

AT_830 = at("2026-07-15 08:30")
TEN = timedelta(minutes=10)


@pytest.fixture
def holding_desk(store, vault, clock, bell, rng, result_of):
    """The desk under house rules."""
    return Desk.over(store, vault, clock, bell, rng, result_of, StandingRules(house_rules()))


@pytest.fixture
def holder(holding_desk):
    """张三, registered to the first phone."""
    wish = RegisterPhone(caller=caller(), identity="11010519491231002X", name="张三")
    return holding_desk.run(holding_desk.reception.register(wish)).patient.id


def test_a_held_number_is_nobody_elses(holding_desk, holder, clock, store):
    """It is kept until the time told; no text goes out; confirmed, it is a booking with its texts."""
    held = holding_desk.book(AT_830, holder, hold=TEN)
    assert isinstance(held, Held)
    assert held.until == at("2026-07-14 09:10")
    assert holding_desk.statuses() == []
    clock.at += timedelta(minutes=9)
    booked = holding_desk.confirm(held.booking.code)
    assert booked == Booked(booking=booked.booking)
    assert booked.booking.status == "booked"
    assert holding_desk.statuses() == ["confirmation", "doctor"]
    assert holding_desk.confirm(held.booking.code).again
    assert holding_desk.statuses() == ["confirmation", "doctor"]
    store.now(thd_balance)
    actions = select(audit.c.action).where(audit.c.subject == "appointment").order_by(audit.c.id)
    assert "confirmed" in store.now(lambda conn: list(conn.execute(actions).scalars()))


def test_who_confirms_too_late(holding_desk, holder, clock, store):
    """When the time is over the number cannot be had any more, whether or not the job has come by; the job tells him."""
    code = holding_desk.book(AT_830, holder, hold=TEN).booking.code
    clock.at += TEN
    assert isinstance(holding_desk.confirm(code), HoldOver)
    store.now(thd_balance)
    assert holding_desk.run(holding_desk.room.expire(1)) == 1
    assert holding_desk.run(holding_desk.room.expire(1)) == 0
    assert isinstance(holding_desk.confirm(code), HoldOver)
    (told,) = holding_desk.texts("offer-over")
    assert "保留" in told
    assert "张*" in told
    store.now(thd_balance)
    ended = store.now(lambda conn: conn.execute(select(appointment.c.ended_by)).scalar_one())
    assert ended == "expired"


def test_a_hold_that_lasts_does_not_expire(holding_desk, holder, clock, store):
    """The job ends what is over, and nothing else."""
    holding_desk.book(AT_830, holder, hold=TEN)
    clock.at += TEN - timedelta(seconds=1)
    assert holding_desk.run(holding_desk.room.expire(1)) == 0
    store.now(thd_balance)


def test_a_confirmed_booking_never_expires(holding_desk, holder, clock, store, monkeypatch):
    """The job that looked before the confirmation finds nothing to end."""
    code = holding_desk.book(AT_830, holder, hold=TEN).booking.code
    holding_desk.confirm(code)
    clock.at += TEN
    stale = select(appointment.c.id.label("appointment_id"), hold.c.waiting_id).select_from(
        appointment.outerjoin(hold, hold.c.appointment_id == appointment.c.id)
    )
    monkeypatch.setattr(holding, "_OVER", stale)
    assert holding_desk.run(holding_desk.room.expire(1)) == 0
    store.now(thd_balance)


def test_a_hold_that_ends_beside_who_confirms(holding_desk, holder, store, monkeypatch):
    """Whoever loses the row starts over, and reads what became of it."""
    code = holding_desk.book(AT_830, holder, hold=TEN).booking.code
    monkeypatch.setattr(holding, "_CONFIRM", holding._CONFIRM.where(false()))
    with pytest.raises(Busy):
        holding_desk.confirm(code)
    monkeypatch.undo()
    assert isinstance(holding_desk.cancel(code), Cancelled)
    assert isinstance(holding_desk.confirm(code), HoldOver)
    store.now(thd_balance)


def test_holds_are_the_callers_own(holding_desk, holder):
    """Nobody confirms another's hold, nor one that does not exist."""
    code = holding_desk.book(AT_830, holder, hold=TEN).booking.code
    assert holding_desk.confirm(code, caller("+8613900000001")) == NoSuchBooking(code=code)
    assert holding_desk.confirm("11112222") == NoSuchBooking(code="11112222")


def test_a_text_waits_for_the_phone_that_held(holding_desk, holder, store, vault):
    """A payment that comes in confirms without a caller; the phone that booked is told."""
    holding_desk.book(AT_830, holder, hold=TEN)
    confirming = holding.Confirming(asking=None, actor="cashier", trace="p", at=at("2026-07-14 01:00"))
    assert isinstance(store.now(holding.thd_confirm_held, vault, 1, 1, confirming), Booked)
    to = store.now(
        lambda conn: conn.execute(select(outbox.c.to_sealed).where(outbox.c.kind == "confirmation")).scalar_one()
    )
    assert vault.open(to) == "+8613800138000"
