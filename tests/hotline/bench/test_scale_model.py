"""The simulated province: what it must do with a few callers is known by hand, and what is more must not be quicker."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from booking.till import BATCH_MOST, WAITING_MOST
from hotline.bench.scale import Measured, costs_of, foretold
from hotline.bench.scale_model import Costs, Province, Simulation, arrivals, weights

COSTS = Costs(sold=0.001, refused=0.0001, commit=0.01, row=0.001)
ONE = Province(hospitals=1, patients=10, numbers=100, processes=1, shards=1, lanes=1)


def simulate(province: Province, given: list[list[tuple[float, int]]] | None = None):
    return Simulation(province, COSTS, random.Random(1)).run(given)


def test_one_batch_takes_its_callers_time_and_one_commit() -> None:
    """Ten at once: ten times the process, one commit with ten rows."""
    told = simulate(ONE, [[(0.0, 10)]])
    assert (told.sold, told.refused, told.busy, told.first) == (10, 0, 0, "nothing")
    assert told.p50 == told.worst == pytest.approx(10 * 0.001 + 0.01 + 10 * 0.001)


def test_a_full_house_answers_from_memory() -> None:
    """After the last number nobody waits for the database."""
    told = simulate(replace(ONE, numbers=4), [[(0.0, 4), (1.0, 100)]])
    assert (told.sold, told.refused) == (4, 100)
    assert told.p50 == pytest.approx(100 * 0.0001)


def test_more_than_a_batch_is_served_in_order() -> None:
    """The last of three batches waits for all three."""
    told = simulate(replace(ONE, numbers=1_000), [[(0.0, 2 * BATCH_MOST + 10)]])
    assert told.sold == 2 * BATCH_MOST + 10
    assert told.worst == pytest.approx((2 * BATCH_MOST + 10) * 0.002 + 3 * 0.01, abs=0.001)


def test_who_finds_too_many_waiting_hears_busy_and_asks_again() -> None:
    """Beyond the till's room; after a pause he is served, or gives up after his last try."""
    crowd = WAITING_MOST + BATCH_MOST + 100
    told = simulate(
        replace(ONE, numbers=crowd, pause_seconds=600.0), [[(0.0, BATCH_MOST), (0.001, crowd - BATCH_MOST)]]
    )
    assert (told.sold, told.busy, told.gave_up) == (crowd, 100, 0)
    assert "hear Busy" in told.first
    late = [(0.0, BATCH_MOST), (0.001, crowd - BATCH_MOST), (0.002, 5)]
    told = simulate(replace(ONE, numbers=crowd, retries=0), [late])
    assert (told.sold, told.gave_up) == (crowd - 100, 105)
    assert told.busy_rate == pytest.approx(105 / crowd, rel=0.01)


def test_a_database_for_too_many_processes_is_what_breaks() -> None:
    """Forty processes of one shard with one lane: their batches queue there."""
    province = replace(ONE, hospitals=40, processes=40)
    told = simulate(province, [[(0.0, 100)]] * 40)
    assert "the database of shard 1" in told.first
    wide = simulate(replace(province, shards=40), [[(0.0, 100)]] * 40)
    assert wide.first == "nothing"
    assert wide.worst < told.worst


def test_a_process_that_is_too_slow_is_what_breaks() -> None:
    """A twentieth of a core for each process."""
    told = simulate(replace(ONE, numbers=5_000, share=0.05), [[(0.0, 600)]])
    assert "the process of hospital 1" in told.first


def test_the_province_arrives_whole() -> None:
    """Everybody calls, some share of them at once; bigger hospitals have more."""
    province = replace(ONE, hospitals=3, patients=3_000, processes=6)
    told = simulate(province)
    assert told.sold + told.refused + told.gave_up == told.asked
    assert 2_990 <= told.asked <= 3_000
    assert sum(weights(7)) == pytest.approx(1)
    curve = arrivals(province, 1_000, random.Random(1))
    assert sum(number for _, number in curve) == 1_000
    assert 250 <= sum(number for at, number in curve if at < province.rush_seconds) <= 350
    assert curve == sorted(curve)


def test_nobody_asks_nothing_happens() -> None:
    """An empty hour."""
    told = simulate(ONE, [[]])
    assert (told.asked, told.worst, told.p99) == (0, 0, 0.0)


def test_costs_come_from_two_runs_and_foretell_them() -> None:
    """What was measured of a lone caller and of a batch is what the model makes of them again."""
    truth = Costs(sold=0.00015, refused=0.00002, commit=0.001, row=0.0001)
    each = truth.sold + truth.row
    alone = Measured(per_s=1 / (truth.commit + each), p50=truth.commit + each, p99=0)
    small = Measured(per_s=BATCH_MOST / (truth.commit + BATCH_MOST * each), p50=0, p99=0)
    costs = costs_of(alone, small, Measured(per_s=50_000, p50=0, p99=0))
    assert costs.sold + costs.row == pytest.approx(each)
    assert costs.commit == pytest.approx(truth.commit)
    assert costs.refused == pytest.approx(truth.refused)
    per_s, p99 = foretold(costs, 1_000, 4_000)
    assert per_s == pytest.approx(small.per_s)
    assert p99 == pytest.approx(-(-1_000 // BATCH_MOST) * (truth.commit + BATCH_MOST * each), rel=0.05)
