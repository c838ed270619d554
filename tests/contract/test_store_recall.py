"""The memory of what is sold out, on a store whose time stands still until it is moved."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from open_house import open_house

from booking.keeping_outcomes import Cancelled
from booking.outcomes import AlreadyBooked, Booked, Busy, Full
from booking.reception import Reception
from booking.requests import CancelBooking, Channel, Known
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.soldout import CHECK_S, LATE_S, WITHOUT_S
from booking.store.roster.stock import thd_freed

SLOTS, RUSH = 40, 60


class Timed:
    """A store with a time of its own, as one with threads has; ``out`` are jobs that it does not answer."""

    def __init__(self, store):
        self._store = store
        self.now = 1_000.0
        self.jobs = []
        self.out = set()

    async def run(self, thd, *args, name=None):
        self.jobs.append(name)
        if name in self.out:
            raise Busy("out")
        return await self._store.run(thd, *args, name=name)

    look = run_slow = run

    def soon(self, call):
        """Nothing overlaps here."""

    def seconds(self):
        return self.now


@pytest.fixture
def timed(bare, thd_crowd):
    assert bare.now(thd_crowd) == 1
    return Timed(bare)


@pytest.fixture
def recalling(timed, vault, clock, bell):
    return Reception(open_house(timed, vault, clock, bell, random.Random(7)))


@pytest.fixture
def gone(timed, recalling, crowd_wish, result_of):
    """All forty are sold, and a rush was refused and is remembered: what the first was told."""
    first = [result_of(recalling.book(crowd_wish(nth))) for nth in range(SLOTS)]
    requests = [replace(crowd_wish(SLOTS * 2 + nth), key=f"r{nth}", start=crowd_wish(0).start) for nth in range(RUSH)]
    told = result_of(recalling._sales._sell(1, requests, lambda: None))
    assert {type(each) for each in told} == {Full}
    timed.jobs.clear()
    return first


def stranger(crowd_wish, nth=500, **changes):
    return replace(crowd_wish(nth), start=crowd_wish(0).start, key=f"s{nth}", **changes)


def test_a_stranger_is_answered_without_the_store(gone, timed, recalling, crowd_wish, result_of):
    """Nothing is asked of the store, as long as what is remembered was checked a moment ago."""
    assert isinstance(result_of(recalling.book(stranger(crowd_wish))), Full)
    assert timed.jobs == []


def test_who_holds_a_number_is_not_answered_from_memory(gone, timed, recalling, crowd_wish, result_of):
    """Neither by his phone nor by his row; the same request again hears of its booking."""
    assert result_of(recalling.book(crowd_wish(0))) == Booked(booking=gone[0].booking, again=True)
    other = replace(stranger(crowd_wish), who=Known(gone[0].booking.patient.id))
    assert isinstance(result_of(recalling.book(other)), AlreadyBooked)
    withheld = stranger(crowd_wish, 501)
    withheld = replace(withheld, caller=replace(withheld.caller, phone=None))
    assert not isinstance(result_of(recalling.book(withheld)), Full)
    assert timed.jobs.count("book") == 3


def test_another_channel_is_another_wish(gone, timed, recalling, crowd_wish, result_of):
    """What is full for texts may not be for agents."""
    wish = stranger(crowd_wish)
    agent = replace(wish, caller=replace(wish.caller, channel=Channel.AGENT))
    assert isinstance(result_of(recalling.book(agent)), Full)
    assert timed.jobs[0] == "book"


def test_what_is_given_back_here_is_sold_at_once(gone, recalling, crowd_wish, result_of):
    """This process forgets in the moment of the cancel."""
    cancel = CancelBooking(caller=crowd_wish(0).caller, code=gone[0].booking.code, key="x")
    assert isinstance(result_of(recalling.cancel(cancel)), Cancelled)
    assert isinstance(result_of(recalling.book(stranger(crowd_wish))), Booked)


def test_what_is_freed_elsewhere_is_found_at_the_next_check(gone, bare, timed, recalling, crowd_wish, result_of):
    """The first to ask when a check is due is still told from memory, and sets it off; after it memory is empty."""
    bare.now(thd_freed, 1)
    assert isinstance(result_of(recalling.book(stranger(crowd_wish))), Full)
    assert timed.jobs == []
    timed.now += CHECK_S * 1.5
    result_of(recalling.book(stranger(crowd_wish)))
    assert timed.jobs == ["stock"]
    result_of(recalling.book(stranger(crowd_wish)))
    assert "book" in timed.jobs


def test_a_check_that_fails_lets_memory_run_out(gone, timed, recalling, crowd_wish, result_of):
    """A store that does not answer costs memory, not a number."""
    timed.out = {"stock"}
    timed.now += CHECK_S * 1.5
    assert isinstance(result_of(recalling.book(stranger(crowd_wish))), Full)
    assert timed.jobs == ["stock"]
    timed.now += LATE_S
    result_of(recalling.book(stranger(crowd_wish)))
    assert "book" in timed.jobs


def test_nothing_is_learnt_from_few_or_without_the_store(timed, recalling, crowd_wish, result_of):
    """A handful of refusals is no rush; and who holds what must be known."""
    for nth in range(SLOTS):
        result_of(recalling.book(crowd_wish(nth)))
    few = [stranger(crowd_wish, 600 + nth) for nth in range(3)]
    result_of(recalling._sales._sell(1, few, lambda: None))
    timed.out = {"holders"}
    many = [stranger(crowd_wish, 700 + nth) for nth in range(RUSH)]
    result_of(recalling._sales._sell(1, many, lambda: None))
    timed.jobs.clear()
    result_of(recalling.book(stranger(crowd_wish)))
    assert "book" in timed.jobs


def test_nothing_is_remembered_that_a_cut_off_ends(timed, vault, clock, bell, crowd_wish, result_of):
    """A second before booking closes, everybody goes to the database: in a moment it is another refusal."""
    rules = StandingRules(house_rules(HousePolicy(book_minutes_before=60)))
    late = Reception(open_house(timed, vault, clock, bell, random.Random(7), rules))
    for nth in range(SLOTS):
        result_of(late.book(crowd_wish(nth)))
    hour_before = crowd_wish(0).start - timedelta(minutes=60)
    clock.at += hour_before - timedelta(seconds=WITHOUT_S / 2) - clock.at.replace(tzinfo=None)
    result_of(late._sales._sell(1, [stranger(crowd_wish, 700 + nth) for nth in range(RUSH)], lambda: None))
    timed.jobs.clear()
    assert isinstance(result_of(late.book(stranger(crowd_wish))), Full)
    assert "book" in timed.jobs
