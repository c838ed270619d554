"""Extra numbers and pools: what becomes sellable is offered to who waits first, and the window's reserve is released in time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from desk import Desk, at, caller, thd_balance
from sqlalchemy import select

from booking.clock import naive_utc, wall
from booking.outcomes import AlreadyBooked, Booked, Full, NotRegistered, WrongChannel
from booking.requests import Channel, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.queue.offering import Hands
from booking.store.roster.extra import (
    Added,
    Extra,
    NoSession,
    NotAdded,
    thd_add_extra,
    thd_release_windows,
    thd_set_pool,
)
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.roster.stock import thd_version
from booking.store.schema import slot

DAY = date(2026, 7, 16)
AT_8, AT_830 = at("2026-07-16 08:00"), at("2026-07-16 08:30")
WHO = {"+8613800138000": "11010519491231002X", "+8613900139000": "440524188001010014"}


@pytest.fixture
def extra_desk(store, vault, clock, bell, rng, result_of):
    """The desk, a session of two numbers, the second reserved for the window until two hours before, and two patients."""
    desk = Desk.over(store, vault, clock, bell, rng, result_of, StandingRules(house_rules()))
    session = SessionRow(doctor="00868", day=DAY, period="AM", first=AT_8.time(), minutes_per_slot=30, slots=2, window=1,
                         window_minutes=120)  # fmt: skip
    store.now(thd_put_sessions, vault, 1, [session])
    for phone, identity in WHO.items():
        desk.run(desk.reception.register(RegisterPhone(caller=caller(phone), identity=identity, name="张三")))
    return desk


@pytest.fixture
def by_hand(store, vault, clock, rng):
    """``by_hand(thd, …)``: this change, made now under house rules."""

    def make(thd, *args):
        hands = Hands(rules=house_rules(), wall=wall(clock), at=naive_utc(clock), trace="t", rng=rng)
        return store.now(thd, vault, 1, *args, hands)

    return make


def patient_of(desk, phone):
    """Who is registered to this phone."""
    (found,) = desk.run(desk.reception.patients_of(caller(phone)))
    return found.id


def more(**changed):
    return Extra(
        **{"doctor": "00868", "day": DAY, "period": "AM", "count": 1, "by": "王医生", "key": "extra:1", **changed}
    )


def test_the_windows_reserve(extra_desk, clock, store):
    """A telephone cannot have it, the window can; from two hours before the session everybody can."""
    assert isinstance(extra_desk.book(AT_830, 1), WrongChannel)
    clock.at = clock.at.replace(day=16, hour=5, minute=59)
    assert extra_desk.run(extra_desk.room.offer(1)) == 0
    assert isinstance(extra_desk.book(AT_830, 1), WrongChannel)
    clock.at += timedelta(minutes=1)
    before = store.now(thd_version, 1)
    extra_desk.run(extra_desk.room.offer(1))
    assert store.now(thd_version, 1) == before + 1
    assert isinstance(extra_desk.book(AT_830, 1), Booked)
    extra_desk.run(extra_desk.room.offer(1))
    store.now(thd_balance)


def test_the_window_sells_its_reserve(extra_desk):
    """An agent books the reserved number while it is reserved."""
    window = caller(channel=Channel.AGENT)
    assert isinstance(extra_desk.book(AT_830, 1, who=window), Booked)


def test_an_extra_number_is_for_who_waits(extra_desk, by_hand, store):
    """The doctor adds two: one is offered to the only one who waits, the other is open."""
    extra_desk.book(AT_8, 1)
    second = patient_of(extra_desk, "+8613900139000")
    extra_desk.book(AT_830, second, who=caller(channel=Channel.AGENT))
    third = RegisterPhone(caller=caller("+8613700137000"), identity="110101199003070011", name="李")
    extra_desk.run(extra_desk.reception.register(third))
    extra_desk.join(patient_of(extra_desk, "+8613700137000"), "+8613700137000", AT_8)
    assert by_hand(thd_add_extra, more(count=2)) == Added(numbers=(3, 4), offered=1)
    assert extra_desk.waits() == ["offered"]
    store.now(thd_balance)
    rows = (
        select(slot.c.seq, slot.c.extra, slot.c.taken, slot.c.start)
        .where(slot.c.start >= AT_8, slot.c.seq > 2)
        .order_by(slot.c.seq)
    )
    found = store.now(lambda conn: [tuple(row) for row in conn.execute(rows)])
    assert found == [(3, True, 1, AT_830), (4, True, 0, AT_830)]


def test_an_extra_number_for_a_named_patient(extra_desk, by_hand, store):
    """Made and sold in one; when the rules do not allow it, nothing is made."""
    made = by_hand(thd_add_extra, more(identity=WHO["+8613800138000"]))
    assert (made.numbers, made.booking.start) == ((3,), AT_830)
    store.now(thd_balance)
    with pytest.raises(NotAdded) as caught:
        by_hand(thd_add_extra, more(identity=WHO["+8613800138000"], key="extra:2"))
    assert isinstance(caught.value.answer, AlreadyBooked)
    with pytest.raises(NotAdded) as caught:
        by_hand(thd_add_extra, more(identity="110101199003070011", key="extra:3"))
    assert isinstance(caught.value.answer, NotRegistered)
    assert store.now(lambda conn: len(conn.execute(select(slot.c.id).where(slot.c.start >= AT_8)).all())) == 3
    assert by_hand(thd_add_extra, more(period="PM")) == NoSession()


def test_numbers_that_nobody_sells(extra_desk, by_hand, store):
    """A clerk keeps a number back, and gives it free: who waits gets it first."""
    where = ("00868", DAY, "AM")
    assert by_hand(thd_set_pool, where, [1, 2], "withheld", "clerk") == 2
    assert isinstance(extra_desk.book(AT_8, 1, who=caller(channel=Channel.AGENT)), WrongChannel | Full)
    extra_desk.join(1, "+8613800138000", AT_8)
    assert by_hand(thd_set_pool, where, [1], "open", "clerk") == 1
    assert extra_desk.waits() == ["offered"]
    assert by_hand(thd_set_pool, where, [1], "withheld", "clerk") == 0
    assert by_hand(thd_set_pool, ("99999", DAY, "AM"), [1], "open", "clerk") == NoSession()
    assert by_hand(thd_set_pool, where, [], "open", "clerk") == 0
    store.now(thd_balance)
    assert by_hand(thd_release_windows) == 0
