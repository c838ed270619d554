"""A thousand want forty numbers: forty get one, none twice, and everybody else hears that it is full.

The twins of the sell-out test take the guards away. With stale facts and no guard they must oversell, or the test could not
see a fault; with either guard alone nothing is sold twice.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from open_house import open_house
from sqlalchemy import MetaData, UniqueConstraint, bindparam, func, select, text, update
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock, deferLater

from booking import sales
from booking.outcomes import AlreadyBooked, Booked, Busy, Full
from booking.reception import Reception
from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import appointment, audit, metadata, outbox, slot
from booking.store.selling import selling, shelf

PATIENTS, SLOTS, BUCKET = 1_000, 40, 20


class Slowly:
    """A store whose jobs take a tick of the clock: requests gather while one batch is written."""

    def __init__(self, store, clock):
        self._store = store
        self._clock = clock
        self.names = []

    async def run(self, thd, *args, name=None):
        await deferLater(self._clock, 1)
        self.names.append(name)
        return await self._store.run(thd, *args, name=name)

    look = run_slow = run

    def soon(self, call):
        self._store.soon(call)

    def seconds(self):
        return None


@pytest.fixture
def crowd(bare, thd_crowd):
    """One doctor with forty numbers tomorrow at eight, and a thousand registered patients."""
    assert bare.now(thd_crowd) == 1
    return bare


@pytest.fixture
def wish(crowd_wish):
    return crowd_wish


@pytest.fixture
def rush(crowd, vault, clock, bell):
    """Everybody asks at once; what each was told."""

    def run(requests):
        ticks = Clock()
        slowly = Slowly(crowd, ticks)
        reception = Reception(open_house(slowly, vault, clock, bell, random.Random(7)))
        told = []
        answers = [Deferred.fromCoroutine(reception.book(request)) for request in requests]
        for answer in answers:
            answer.addErrback(lambda failure: failure.value)
        gatherResults(answers).addCallback(told.extend)
        while not told:
            ticks.advance(1)
        return told, slowly.names

    return run


def thd_sold(conn):
    live = select(appointment.c.slot_id, func.count()).where(appointment.c.live == 1).group_by(appointment.c.slot_id)
    return [row[1] for row in conn.execute(live)]


def test_a_rush_sells_every_number_once(rush, wish, crowd):
    """Of a thousand, forty are booked in a handful of transactions; all others are told it is full, with nothing left open."""
    told, jobs = rush([wish(nth) for nth in range(PATIENTS)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: PATIENTS - SLOTS}
    assert {each.open for each in told if isinstance(each, Full)} == {()}
    assert crowd.now(thd_sold) == [1] * SLOTS
    assert jobs.count("book") <= 5
    kinds = crowd.now(lambda conn: Counter(conn.execute(select(outbox.c.kind)).scalars().all()))
    assert kinds == {"confirmation": SLOTS, "doctor": SLOTS}
    assert crowd.now(lambda conn: conn.execute(select(func.count()).select_from(audit)).scalar_one()) == SLOTS


def test_the_order_of_arrival_decides(rush, wish):
    """The order of arrival decides who gets the number."""
    told, _ = rush([wish(0), wish(SLOTS), wish(2 * SLOTS)])
    assert [type(each) for each in told] == [Booked, Full, Full]


def test_one_request_put_twice_at_once_books_once(rush, wish, crowd):
    """The same key twice in one batch is one booking, told twice; another wish of the same patient hears of it."""
    told, _ = rush(
        [
            wish(1),
            wish(0),
            wish(0),
            replace(wish(0), start=wish(5).start, key="x"),
        ]
    )
    assert (told[1].again, told[2].again) == (False, True)
    assert told[1].booking == told[2].booking
    assert told[3] == AlreadyBooked(booking=told[1].booking)
    assert crowd.now(thd_sold) == [1, 1]


@pytest.fixture
def buckets(crowd):
    """Twenty numbers at eight, twenty at five past."""
    first = select(func.min(slot.c.start)).scalar_subquery()

    def thd_bundle(conn):
        eight = conn.execute(select(first)).scalar_one()
        conn.execute(update(slot).where(slot.c.seq <= BUCKET).values(start=eight))
        conn.execute(update(slot).where(slot.c.seq > BUCKET).values(start=eight + timedelta(minutes=5)))
        return eight

    return crowd.now(thd_bundle)


@pytest.fixture
def bucket_wish(buckets, wish):
    """``bucket_wish(nth)``: even ones want a number at eight, odd ones at five past."""
    return lambda nth: replace(wish(nth), start=buckets + timedelta(minutes=5 * (nth % 2)))


def test_of_many_numbers_at_one_start_the_lowest_goes_first(rush, bucket_wish, crowd):
    """Fifty want one of the twenty at eight: twenty get numbers 1 to 20 in the order they came, in few transactions."""
    told, jobs = rush([bucket_wish(2 * nth) for nth in range(50)])
    assert [each.booking.seq for each in told[:BUCKET]] == list(range(1, BUCKET + 1))
    assert {type(each) for each in told[BUCKET:]} == {Full}
    assert jobs.count("book") <= 3
    assert crowd.now(thd_sold) == [1] * BUCKET


def test_a_rush_sells_every_number_of_a_bucket_once(rush, bucket_wish, crowd):
    """A thousand for two starts of twenty numbers each: forty are sold, none twice."""
    told, _ = rush([bucket_wish(nth) for nth in range(PATIENTS)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: PATIENTS - SLOTS}
    assert crowd.now(thd_sold) == [1] * SLOTS


def test_a_number_given_back_fills_its_gap(rush, bucket_wish, crowd):
    """The lowest free number is sold, also when higher ones are sold already."""
    rush([bucket_wish(2 * nth) for nth in range(5)])

    def thd_free(conn):
        conn.execute(update(slot).where(slot.c.seq == 2).values(taken=0))
        conn.execute(update(appointment).where(appointment.c.code == told_code).values(live=None, status="cancelled"))

    told_code = crowd.now(
        lambda conn: conn.execute(
            select(appointment.c.code).join(slot, slot.c.id == appointment.c.slot_id).where(slot.c.seq == 2)
        ).scalar_one()
    )
    crowd.now(thd_free)
    told, _ = rush([bucket_wish(20), bucket_wish(22)])
    assert [each.booking.seq for each in told] == [2, 6]


@pytest.fixture
def stale(monkeypatch):
    """Facts that are always out of date: every slot looks free."""
    monkeypatch.setattr(selling, "thd_taken", lambda conn, shelf: set())


@pytest.fixture
def without_condition(monkeypatch):
    """The update takes a slot whether it is taken or not."""
    careless = update(slot).where(slot.c.id.in_(bindparam("slots", expanding=True))).values(taken=1)
    monkeypatch.setattr(shelf, "TAKE", Prepared(careless))


@pytest.fixture
def without_index(crowd):
    """The appointment table without its unique indexes."""
    loose = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(loose)
    for constraint in list(loose.tables["appointment"].constraints):
        if isinstance(constraint, UniqueConstraint):
            loose.tables["appointment"].constraints.discard(constraint)

    def thd_rebuild(conn, table):
        with_keys = conn.dialect.name != "sqlite"  # other tables point here
        if with_keys:
            conn.execute(text("SET FOREIGN_KEY_CHECKS=0"))
        appointment.drop(conn)
        table.create(conn)
        if with_keys:
            conn.execute(text("SET FOREIGN_KEY_CHECKS=1"))

    crowd.now(thd_rebuild, loose.tables["appointment"])
    yield
    crowd.now(thd_rebuild, appointment)


@pytest.mark.usefixtures("stale")
def test_stale_facts_sell_nothing_twice(rush, wish, crowd):
    """Whatever the code believes, the database refuses: forty sold, everybody else told it is full."""
    told, _ = rush([wish(nth) for nth in range(PATIENTS)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: PATIENTS - SLOTS}
    assert crowd.now(thd_sold) == [1] * SLOTS


@pytest.mark.usefixtures("stale", "without_index")
def test_the_conditional_update_alone_suffices(rush, wish, crowd):
    """Without the unique index nothing is sold twice either."""
    told, _ = rush([wish(nth) for nth in range(300)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: 300 - SLOTS}
    assert crowd.now(thd_sold) == [1] * SLOTS


@pytest.mark.usefixtures("stale", "without_condition")
def test_the_unique_index_alone_suffices(rush, wish, crowd):
    """Without the condition the index refuses; those who lose are told to try again."""
    told, _ = rush([wish(nth) for nth in range(300)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Busy: 300 - SLOTS}
    assert crowd.now(thd_sold) == [1] * SLOTS


@pytest.mark.usefixtures("stale", "without_condition", "without_index")
def test_without_guards_the_rush_oversells(rush, wish, crowd):
    """The control: with both guards off the same rush sells numbers twice, so the tests above can see a fault."""
    told, _ = rush([wish(nth) for nth in range(PATIENTS)])
    assert sum(isinstance(each, Booked) for each in told) > SLOTS
    assert max(crowd.now(thd_sold)) > 1


@pytest.mark.usefixtures("stale")
def test_stale_facts_sell_nothing_of_a_bucket_twice(rush, bucket_wish, crowd):
    """The database refuses for many numbers at one start as it does for one."""
    told, _ = rush([bucket_wish(nth) for nth in range(300)])
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: 300 - SLOTS}
    assert crowd.now(thd_sold) == [1] * SLOTS


@pytest.mark.usefixtures("stale", "without_condition", "without_index")
def test_without_guards_buckets_oversell(rush, bucket_wish, crowd):
    """The control for many numbers at one start."""
    told, _ = rush([bucket_wish(nth) for nth in range(300)])
    assert sum(isinstance(each, Booked) for each in told) > SLOTS
    assert max(crowd.now(thd_sold)) > 1


def test_a_busy_store_cannot_undo_what_was_sold(rush, wish, crowd, monkeypatch):
    """When the open times cannot be looked up, bookings of the batch stand and refusals are told without them."""

    def thd_out(*_):
        raise TryAgain

    monkeypatch.setattr(sales, "thd_instead", thd_out)
    told, _ = rush([wish(0), wish(1), wish(SLOTS + 1)])
    assert [type(each) for each in told] == [Booked, Booked, Full]
    assert told[2].open == ()
    assert crowd.now(thd_sold) == [1, 1]
