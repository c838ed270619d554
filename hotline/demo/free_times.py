"""Times of doctor 00868 that are really free, each on its day: one to text for, one to call for, one to wait for."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import SystemRandom

from twisted.internet.defer import Deferred

from booking.bell import Bell
from booking.clock import Clock, wall
from booking.house import House
from booking.reception import Reception
from booking.rulebooks import StoredRules
from booking.rules.policy import HousePolicy
from booking.search_outcomes import DoctorTimes
from booking.store.immediate import ImmediateDatabase
from hotline.demo.hospital import FAMOUS
from hotline.opening import Opened

WANTED = 3


def free_times(opened: Opened, clock: Clock) -> list[datetime]:
    """The first open time of each of the next days, from tomorrow on; at most ``WANTED``."""
    found: list[datetime] = []
    looking = Deferred.fromCoroutine(_look(opened, clock))
    looking.addCallback(found.extend)
    return found


async def _look(opened: Opened, clock: Clock) -> list[datetime]:
    store = ImmediateDatabase(opened.engine, clock)
    rules = StoredRules(store, clock)
    await rules.refresh()
    house = House(database=store, vault=opened.vault, clock=clock, bell=Bell(), rng=SystemRandom(), rules=rules)
    reception = Reception(house)
    found: list[datetime] = []
    for days in range(1, HousePolicy().window_days + 1):
        times = await reception.times(opened.hospital, FAMOUS, wall(clock).date() + timedelta(days=days), 1)
        if isinstance(times, DoctorTimes) and times.open:
            found.append(times.open[0].start)
        if len(found) == WANTED:
            break
    return found
