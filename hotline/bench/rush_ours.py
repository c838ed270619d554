"""Selling through the reception, in a process of its own: so many wait at once, and who has his verdict is followed by the next."""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import make_url
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react

from booking.bell import Bell
from booking.house import House
from booking.outcomes import Booked
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.database import Database
from booking.store.engine import make_engine
from hotline.bench.rush_stage import NAME, NOW, VAULT, Ask, Stage


@dataclass(slots=True)
class Tally:
    """What came of the wishes: seconds for all, how many were sold, each one's wait in seconds."""

    seconds: float
    sold: int
    waits: list[float]


class Crowd:
    """``waiting`` of the wishes at once, as long as there are some."""

    def __init__(self, reception: Reception, hospital: int, wishes: Iterator[tuple[str, Ask]]) -> None:
        self._reception = reception
        self._hospital = hospital
        self._wishes = wishes
        self._tally = Tally(0.0, 0, [])
        self._turn: list[Deferred[None]] = []

    async def ask_all(self, waiting: int) -> Tally:
        begun = time.perf_counter()
        await gatherResults([Deferred.fromCoroutine(self._one_after_another()) for _ in range(waiting)])
        self._tally.seconds = time.perf_counter() - begun
        return self._tally

    async def _one_after_another(self) -> None:
        for key, ask in self._wishes:
            caller = Caller(hospital=self._hospital, phone=ask.phone, channel=Channel.SMS)
            wish = BookSlot(caller=caller, doctor=ask.doctor, start=ask.start, who=Named(NAME), key=key)
            begun = time.perf_counter()
            outcome = await self._reception.book(wish)
            self._tally.waits.append(time.perf_counter() - begun)
            self._tally.sold += isinstance(outcome, Booked)
            await self._next_turn()

    def _next_turn(self) -> Deferred[None]:
        """Nobody asks twice in one turn of the reactor, even when he is answered at once."""
        if not self._turn:
            reactor.callLater(0, self._turned)
        turn: Deferred[None] = Deferred()
        self._turn.append(turn)
        return turn

    def _turned(self) -> None:
        turned, self._turn = self._turn, []
        for turn in turned:
            turn.callback(None)


async def sell(  # noqa: PLR0917 - what the command line says, in its order
    url: str, hospital: int, stage: Stage, waiting: int, wishes: int, again: int
) -> dict[str, Tally]:
    """``wishes`` of the stage's, then ``again`` of patients who come too late."""
    database = Database(make_engine(make_url(url)), reactor=reactor, clock=NOW)
    database.start()
    rng, rules = random.SystemRandom(), StandingRules(house_rules())
    reception = Reception(House(database=database, vault=VAULT, clock=NOW, bell=Bell(), rng=rng, rules=rules))
    asks = stage.asks(wishes)
    before = await Crowd(reception, hospital, _keyed("a", stage.before())).ask_all(waiting)
    assert before.sold == len(before.waits), "what is sold before the hour is not measured, and all of it is sold"
    gc.freeze()
    told = {"first": await Crowd(reception, hospital, _keyed("b", asks)).ask_all(waiting)}
    if again:
        late = (asks[-1 - n % (len(asks) // 2)] for n in range(again))  # of those who got none: the first got theirs
        told["again"] = await Crowd(reception, hospital, _keyed("c", late)).ask_all(waiting)
    await database.stop()
    return told


def _keyed(prefix: str, asks: Iterable[Ask]) -> Iterator[tuple[str, Ask]]:
    return ((f"{prefix}:{n}", ask) for n, ask in enumerate(asks))


def main(_reactor: object, asked: str) -> Deferred[None]:
    async def measured() -> None:
        said = json.loads(asked)
        told = await sell(
            said["url"], said["hospital"], Stage(**said["stage"]), said["waiting"], said["wishes"], said["again"]
        )
        print(json.dumps({name: asdict(tally) for name, tally in told.items()}), flush=True)

    return Deferred.fromCoroutine(measured())


if __name__ == "__main__":
    react(main, sys.argv[1:])
