"""Selling through the reception, in a process of its own: a thousand patients at once, each waiting for a verdict."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence

from sqlalchemy import make_url
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from booking.bell import Bell
from booking.outcomes import Booked, BookOutcome
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.database import Database
from booking.store.engine import make_engine
from hotline.bench.rush_stage import NAME, NOW, VAULT, Ask, asks


async def _one(reception: Reception, hospital: int, n: int, ask: Ask, waits: list[float]) -> BookOutcome:
    caller = Caller(hospital=hospital, phone=ask.phone, channel=Channel.SMS)
    begun = time.perf_counter()
    outcome = await reception.book(
        BookSlot(caller=caller, doctor=ask.doctor, start=ask.start, who=Named(NAME), key=f"b:{n}")
    )
    waits.append(time.perf_counter() - begun)
    return outcome


async def sell_all(url: str, hospital: int, wishes: Sequence[Ask]) -> dict[str, object]:
    """Seconds for all, how many were sold, each one's wait in seconds."""
    database = Database(make_engine(make_url(url)), reactor=reactor, clock=NOW)
    database.start()
    reception = Reception(database, VAULT, NOW, Bell(), random.SystemRandom(), StandingRules(house_rules()))
    await reception.doctor(hospital, wishes[0].doctor)  # the connection is made before the hour strikes
    waits: list[float] = []
    begun = time.perf_counter()
    outcomes = await gatherResults(
        [Deferred.fromCoroutine(_one(reception, hospital, n, ask, waits)) for n, ask in enumerate(wishes)]
    )
    seconds = time.perf_counter() - begun
    await database.stop()
    return {"seconds": seconds, "sold": sum(isinstance(outcome, Booked) for outcome in outcomes), "waits": waits}


def main(_reactor: object, url: str, hospital: str, doctors: str) -> Deferred[None]:
    async def measured() -> None:
        print(json.dumps(await sell_all(url, int(hospital), asks(int(doctors)))), flush=True)

    return Deferred.fromCoroutine(measured())


if __name__ == "__main__":
    react(main, sys.argv[1:])
