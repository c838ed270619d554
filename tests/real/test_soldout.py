"""Memories of "sold out" in several processes on one database: a number freed in one is sold in the other, soon and once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from open_house import open_house
from sqlalchemy import func, select
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from booking.keeping_outcomes import Cancelled
from booking.outcomes import AlreadyBooked, Booked, Full
from booking.reception import Reception
from booking.requests import CancelBooking
from booking.soldout import LATE_S
from booking.store import revision
from booking.store.database import Database, make_engine
from booking.store.schema import appointment

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

PATIENTS, SLOTS = 1_000, 40
TRIES = 20


class Process:
    """A database with pools of its own, and the reception on it, as in a process of its own; ``jobs`` counts what it asks."""

    def __init__(self, url, reactor, vault, clock):
        self.jobs = Counter()
        self.database = Database(
            make_engine(url), reactor=reactor, clock=clock, observer=lambda name, *_: self.jobs.update([name])
        )
        self.database.start()
        self.reception = Reception(open_house(self.database, vault, clock, rng=random.SystemRandom()))

    async def all_ask(self, wishes):
        return await gatherResults([Deferred.fromCoroutine(self.reception.book(wish)) for wish in wishes])


@pytest.fixture
def two(mariadb_url, vault, clock, spin, thd_crowd):
    """``two(story)``: run ``story(reactor, one, other)`` on two processes that sell one doctor's forty numbers."""

    def run(story):
        async def main(reactor):
            processes = [Process(mariadb_url, reactor, vault, clock) for _ in range(2)]
            revision.upgrade(processes[0].database.engine)
            await processes[0].database.run_slow(thd_crowd)
            try:
                return await story(reactor, *processes)
            finally:
                for process in processes:
                    await process.database.stop()

        return spin(main)

    return run


def thd_live(conn):
    return conn.execute(select(func.count()).where(appointment.c.live == 1)).scalar_one()


async def from_memory(process, wishes):
    """That the process refuses all of them without asking its database; it remembers for ``LATE_S``, in which a slow machine may not be done."""
    for _ in range(TRIES):
        before = process.jobs["book"]
        assert {type(each) for each in await process.all_ask(wishes)} == {Full}
        if process.jobs["book"] == before:
            return True
    return False


def test_what_one_process_frees_another_sells(two, crowd_wish):
    """While both remember that all is sold out, a cancel in one is sold in the other within the bound; then all is sold again."""

    async def story(reactor, one, other):
        wishes = [crowd_wish(nth) for nth in range(PATIENTS)]
        first, second = await gatherResults(
            [Deferred.fromCoroutine(one.all_ask(wishes[:500])), Deferred.fromCoroutine(other.all_ask(wishes[500:]))]
        )
        held = [each.booking for each in (*first, *second) if isinstance(each, Booked)]
        assert len(held) == SLOTS
        late = [wish for nth, wish in enumerate(wishes) if nth >= 900]
        await other.all_ask(late)
        assert await from_memory(other, late)
        mine = next(wish for wish, each in zip(wishes, first, strict=False) if isinstance(each, Booked))
        freed = next(each.booking for each in first if isinstance(each, Booked))
        back = await one.reception.cancel(CancelBooking(caller=mine.caller, code=freed.code, key="x"))
        assert isinstance(back, Cancelled)
        wanted = [wish for wish in late if wish.start == freed.start]
        sold, told = 0, 0.0
        while not sold and told < LATE_S + 1:
            answers = await other.all_ask(wanted)
            sold = sum(isinstance(each, Booked) for each in answers)
            await deferLater(reactor, 0.05)
            told += 0.05
        return sold, await one.database.look(thd_live)

    assert two(story) == (1, SLOTS)


def test_who_holds_a_number_hears_of_it_though_all_is_sold_out(two, crowd_wish):
    """His phone goes to the database: the same request hears of its booking, another of his that he has one."""

    async def story(_reactor, one, other):
        wishes = [crowd_wish(nth) for nth in range(PATIENTS)]
        await one.all_ask(wishes)
        await other.all_ask(wishes[SLOTS : SLOTS + 100])
        again = await one.reception.book(wishes[0])
        there = await other.reception.book(wishes[0])
        another = await other.reception.book(replace(wishes[0], key="another"))
        return again, there, another

    again, there, another = two(story)
    assert isinstance(again, Booked)
    assert again.again
    assert there.booking == again.booking
    assert another == AlreadyBooked(booking=again.booking)
