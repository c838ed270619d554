"""Leases in the database: one holder at a time, a token that only grows, and a fence that lets no former holder write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from booking.store.cluster.leases import (
    Fenced,
    Lease,
    Standing,
    fence,
    thd_fence,
    thd_release_lease,
    thd_take_lease,
)
from booking.store.schema import lease, stock

NOW = datetime.fromisoformat("2026-07-14 01:00")


def take(store, holder, seconds=60.0, *, now=NOW, dead=None):
    return store.now(thd_take_lease, 1, "job:x", holder, seconds, now, dead)


def thd_write_something(conn):
    conn.execute(insert(stock).values(hospital_id=9, version=1))


def test_one_holder_at_a_time_and_his_lease_is_prolonged(bare):
    """The second asks in vain, sees whose it is and that he lives; the first goes on under the same token."""
    first = take(bare, "a")
    assert isinstance(first, Lease)
    seen = take(bare, "b")
    assert isinstance(seen, Standing)
    assert (seen.holder, seen.token) == ("a", 1)
    again = take(bare, "a")
    assert isinstance(again, Lease)
    assert again.token == first.token
    assert take(bare, "b") != seen, "a sign of life is seen"
    assert take(bare, "b") == take(bare, "b"), "looking is none"


def test_a_lease_that_is_over_or_given_back_is_the_next_ones(bare):
    """Every change of hands is a higher token, back to the first holder as well."""
    take(bare, "a", 0.0)
    second = take(bare, "b")
    assert (second.holder, second.token) == ("b", 2)
    bare.now(thd_release_lease, second, NOW)
    third = take(bare, "a")
    assert (third.holder, third.token) == ("a", 3)
    bare.now(thd_release_lease, second, NOW)
    assert isinstance(take(bare, "b"), Standing), "who has it no more gives nothing back"


def test_a_silent_holder_is_taken_from_though_his_time_is_not_over(bare):
    """A clock that was set back leaves a lease that seems to last for an hour: who watched it in vain takes it, once."""
    take(bare, "a", 3600.0)
    silent = take(bare, "b")
    assert isinstance(take(bare, "b", dead=silent), Lease)
    assert isinstance(take(bare, "c", dead=silent), Standing), "the one taken from is no more"


def test_a_sign_of_life_saves_the_holder(bare):
    """The watch was of an earlier beat."""
    held = take(bare, "a", 3600.0)
    silent = take(bare, "b")
    bare.now(thd_fence, held)
    assert isinstance(take(bare, "b", dead=silent), Standing)


def test_a_clock_set_back_an_hour_makes_no_second_holder(bare):
    """Neither the holder nor the other sees anything but a lease that lasts."""
    held = take(bare, "a")
    earlier = NOW - timedelta(hours=1)
    assert isinstance(take(bare, "b", now=earlier), Standing)
    assert take(bare, "a", now=earlier).token == held.token
    assert isinstance(take(bare, "b", now=earlier), Standing)


def test_whoever_lost_his_lease_writes_nothing(bare):
    """A process that slept wakes up in the middle of its job: the job's next transaction is refused whole."""
    slept = take(bare, "a", 0.0)
    with_ = fence.set(slept)
    try:
        bare.now(thd_write_something)
    finally:
        fence.reset(with_)
    take(bare, "b")
    with_ = fence.set(slept)
    try:
        with pytest.raises(Fenced):
            bare.now(thd_write_something)
    finally:
        fence.reset(with_)
    with bare.engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(stock)).scalar_one() == 1


def test_leases_of_two_hospitals_are_two(bare):
    """The same job of another hospital of the same database."""
    take(bare, "a")
    assert isinstance(bare.now(thd_take_lease, 2, "job:x", "b", 60.0, NOW), Lease)
    with bare.engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(lease)).scalar_one() == 2
