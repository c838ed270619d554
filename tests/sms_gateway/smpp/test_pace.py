"""How fast texts leave, and how soon a lost link is tried again."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp.backoff import Backoff
from sms_gateway.smpp.pace import Pace


def send_times(pace: Pace, until: float, start: float = 0.0) -> list[float]:
    """When PDUs leave that are always waiting."""
    now, times = start, []
    while now < until:
        wait = pace.wait(now)
        if wait == 0:
            pace.spend()
            times.append(now)
        now += wait
    return times


@given(s.floats(0.5, 300))
def test_no_second_holds_more_than_was_agreed(rate):
    """However the texts queue, no second sees more than the rate (and one)."""
    times = send_times(Pace(rate, 0), until=2)
    for first in range(0, len(times), 7):
        assert bisect_left(times, times[first] + 1) - first <= rate + 1.001


@pytest.mark.parametrize("rate", [1, 10, 200])
def test_the_agreed_rate_is_really_reached(rate):
    """A busy line sends what it may: the limit does not silently cost throughput."""
    assert len(send_times(Pace(rate, 0), until=20)) == pytest.approx(20 * rate, rel=0.06)


def test_no_limit_means_no_waiting():
    """Rate 0 never waits."""
    pace = Pace(0, 0)
    for _ in range(10_000):
        assert pace.wait(0) == 0
        pace.spend()


def test_a_complaint_halves_and_success_climbs_back():
    """Told "too fast", the line slows at once and comes back by degrees."""
    pace = Pace(100, 0)
    pace.throttled(0)
    assert pace.rate == 50
    assert pace.wait(0) == 0.5
    for _ in range(10):
        pace.taken()
    assert pace.rate == 70
    for _ in range(100):
        pace.taken()
    assert pace.rate == 100


def test_complaints_about_one_burst_count_once():
    """Sixty refusals of one burst do not bring the line to a standstill."""
    pace = Pace(100, 0)
    for _ in range(60):
        pace.throttled(0.1)
    assert pace.rate == 50


def test_pauses_grow_while_complaints_go_on_and_have_an_end():
    """An SMSC that keeps complaining is left alone for longer, never for ever; one a second is the least."""
    pace, now, pauses = Pace(100, 0), 0.0, []
    for _ in range(12):
        pace.throttled(now)
        pauses.append(pace.wait(now))
        now += pace.wait(now)
    assert pauses[:6] == pytest.approx([0.5, 1, 2, 4, 8, 16])
    assert max(pauses) == pytest.approx(16)
    assert pace.rate == 1


def test_without_a_limit_a_complaint_makes_one():
    """An unlimited line that is told "too fast" starts from what it had been sending."""
    pace = Pace(0, 0)
    for _ in range(400):
        pace.spend()
    pace.throttled(0)
    assert pace.rate == 400
    pace.taken()
    assert pace.rate == 401


def test_time_standing_still_gives_nothing():
    """Asking twice at one moment does not fill the bucket."""
    pace = Pace(1, 0)
    pace.spend()
    assert pace.wait(0) == 1
    assert pace.wait(0) == 1


class TestBackoff:
    def test_the_first_try_is_within_half_a_second(self):
        """A dropped link is back before anybody notices."""
        assert all(Backoff(random.Random(seed)).wait() <= 0.5 for seed in range(50))

    def test_it_grows_to_its_cap_with_dice(self):
        """An SMSC that stays away is not hammered, and many hotlines do not knock together."""
        backoff = Backoff(random.Random(1))
        waits = [backoff.wait() for _ in range(30)]
        assert all(15 <= wait <= 30 for wait in waits[8:])
        assert len(set(waits[8:])) > 10

    def test_only_a_bind_resets_it(self):
        """A link that connects and fails to bind goes on waiting longer."""
        backoff = Backoff(random.Random(1))
        for _ in range(8):
            backoff.wait()
        backoff.reset()
        assert backoff.wait() <= 0.5

    def test_a_hopeless_refusal_waits_longer(self):
        """ "Already bound" needs the old session to die first: at least five seconds."""
        assert all(5 <= Backoff(random.Random(seed)).wait(hopeless=True) <= 10 for seed in range(50))
