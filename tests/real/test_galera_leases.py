"""Leases on a real cluster: of two processes one holds the bind; killed, frozen or stopped, the other has it within seconds."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest
from soak_rush import Rush
from waiting import wait_until

from booking.store.engine import make_engine
from hotline.bench.rush_stage import Stage, furnish
from hotline.leases import TERM_SECONDS

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("galera")]

STAGE = Stage(name="leases", doctors=2, days=1, numbers=20, wishes=100)
WITHIN = 2 * TERM_SECONDS


@pytest.fixture
def rush(galera, galera_urls) -> Iterator[Rush]:
    galera.wait_synced()
    engine = make_engine(galera_urls[0])
    hospital = furnish(engine, STAGE)
    engine.dispose()
    rush = Rush(hospital, galera_urls, STAGE, random.Random(1), callers=2, pace=0.2)
    yield rush
    rush.end()


def holders(rush: Rush) -> set[int]:
    """Who believes to have the lease."""
    held: set[int] = set()
    for _, seller, told in list(rush.leases):
        if told == "ours":
            held.add(seller)
        else:
            held.discard(seller)
    return held


def the_one(rush: Rush) -> int:
    return wait_until(lambda: [*holders(rush), None][0] is not None and [*holders(rush)], why="nobody has it")[0]


def test_a_killed_holder_is_followed_at_once(rush):
    """On the same machine the standby sees that the process is gone."""
    holder = the_one(rush)
    killed = time.monotonic()
    rush.processes[holder].kill()
    wait_until(lambda: rush.leases[-1][1:] == (1 - holder, "ours"), why=lambda: rush.leases)
    assert time.monotonic() - killed < TERM_SECONDS


def test_a_frozen_holder_is_followed_and_gives_up_when_it_wakes(rush):
    """SIGSTOP: nothing tells that it lives, so after its term the other has the bind; awake again it hears so and lets go."""
    holder = the_one(rush)
    pid = rush.processes[holder].process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: (1 - holder) in holders(rush), WITHIN, why=lambda: rush.leases)
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: holders(rush) == {1 - holder}, why=lambda: rush.leases)
