"""A process that sells through the reception, as a daemon's doors do: wishes come in as lines of JSON, outcomes go out.

    {"key": "w:7", "book": ["00003", "2026-07-15T08:07", "+86139…"]}     {"key": "w:7", "outcome": "Booked", "code": "12345678"}
    {"key": "c:7", "cancel": ["12345678", "+86139…"]}                    {"key": "c:7", "outcome": "Cancelled"}
    {"clock": -3600}         its clock (injected) is set back an hour
It also stands for the bind ``soak``, whose lease it says to have won or lost; and for the telephone company: every booking is
charged to the bill, and each of these errands is answered, most with yes.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.internet import reactor, stdio
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, react
from twisted.protocols.basic import LineReceiver

from booking.bell import Bell
from booking.cashier import Cashier
from booking.house import House
from booking.money.payments import Answer, Errand
from booking.outcomes import Booked, Busy
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Named
from booking.rulebooks import StandingRules
from booking.rules.layers import Policy
from booking.rules.policy import HousePolicy
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, house_policy, rule_book
from booking.store.database import Database
from booking.store.engine import cluster_of, make_engine
from hotline.bench.rush_stage import NAME, NOW, VAULT
from hotline.leases import Holder, Leases, Tenure

BILL = '[payment]\nwhen = "booking"\nways = ["bill"]\n[refund]\nunused = "original"\n'
PAY_SECONDS, PAY_MOST = 0.25, 10
NO_CREDIT = 0.1
"""How many bills the telephone company refuses."""
BACK_SECONDS = 3.0
"""For how long the preferred node must have been in step: short, so that a soak sees the way back as well."""


@dataclass
class MovingClock:
    """The stage's morning, going on; ``shift`` is what somebody did to it."""

    begun: float
    shift: float = 0.0

    def utc(self) -> datetime:
        return (NOW.utc() + timedelta(seconds=time.time() - self.begun + self.shift)).astimezone(UTC)


class Seller(LineReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 4096

    def __init__(self, reception: Reception, hospital: int, clock: MovingClock, ended: Deferred[None]) -> None:
        self._reception, self._hospital, self._clock, self._ended = reception, hospital, clock, ended

    def lineReceived(self, line: bytes) -> None:
        told = json.loads(line)
        if "clock" in told:
            self._clock.shift = told["clock"]
            return
        Deferred.fromCoroutine(self._serve(told))

    async def _serve(self, told: dict[str, Any]) -> None:
        outcome: dict[str, Any] = {"key": told["key"]}
        try:
            answer = await (self._book(told) if "book" in told else self._cancel(told))
            outcome["outcome"] = type(answer).__name__
            if isinstance(answer, Booked):
                outcome["code"] = answer.booking.code
        except Busy:
            outcome["outcome"] = "Busy"
        except Exception as error:
            outcome |= {"outcome": "Bug", "why": f"{type(error).__name__}: {error}"[:500]}
        self.say(outcome)

    async def _book(self, told: dict[str, Any]) -> object:
        doctor, start, phone = told["book"]
        caller = Caller(hospital=self._hospital, phone=phone, channel=Channel.SMS)
        start = datetime.fromisoformat(start)
        request = BookSlot(caller=caller, doctor=doctor, start=start, who=Named(NAME), key=told["key"])
        return await self._reception.book(request)

    async def _cancel(self, told: dict[str, Any]) -> object:
        code, phone = told["cancel"]
        caller = Caller(hospital=self._hospital, phone=phone, channel=Channel.SMS)
        return await self._reception.cancel(CancelBooking(caller=caller, code=code, key=told["key"]))

    def say(self, words: dict[str, Any]) -> None:
        self.sendLine(json.dumps(words).encode())

    def connectionLost(self, reason: object = None) -> None:
        self._ended.callback(None)


def rules() -> StandingRules:
    """The house's own, and every booking is charged to the telephone bill."""
    billed = read_policy(BILL)
    assert isinstance(billed, Policy), billed
    house = house_policy(HousePolicy(bookings_per_patient_day=1_000, window_days=60))
    return StandingRules(rule_book(Maker(policy=replace(house, base=replace(house.base, payment=billed.base.payment)))))


async def pay(cashier: Cashier, hospital: int, rng: random.Random) -> None:
    """The telephone company takes what is due, and pays back what is owed."""
    try:
        for errand in await cashier.errands(hospital, ["bill"], ["bill"], PAY_MOST):
            await cashier.answered(hospital, errand, _said(errand, rng))
    except Busy:
        return  # it is asked after; here the rush goes on


def _said(errand: Errand, rng: random.Random) -> Answer:
    if errand.kind == "charge" and rng.random() < NO_CREDIT:
        return Answer(state="refused", error="no credit")
    return Answer(state="done", provider_no=f"B{errand.number}")


async def sell(hospital: int, urls: list[str]) -> None:
    engine = make_engine(urls[0], nodes=urls[1:])
    if (cluster := cluster_of(engine)) is not None:
        cluster._nodes.back_seconds = BACK_SECONDS
    clock = MovingClock(time.time())
    database = Database(engine, reactor=reactor, clock=clock)
    database.start()
    rng = random.SystemRandom()
    house = House(database=database, vault=VAULT, clock=clock, bell=Bell(), rng=rng, rules=rules())
    reception, cashier = Reception(house), Cashier(house)
    ended: Deferred[None] = Deferred()
    seller = Seller(reception, hospital, clock, ended)
    stdio.StandardIO(seller)
    holder = Holder.of_this_process(rng)
    leases = Leases(store=database, clock=clock, reactor=reactor, holder=holder, hospital=hospital)

    async def gained() -> None:
        seller.say({"lease": "ours"})

    async def lost() -> None:
        seller.say({"lease": "lost"})

    tenure = Tenure("smsc:soak", leases, gained=gained, lost=lost)
    tenure.startService()
    paying = LoopingCall(lambda: Deferred.fromCoroutine(pay(cashier, hospital, rng)))
    paying.start(PAY_SECONDS).addErrback(lambda failure: seller.say({"bug": str(failure.value)}))
    seller.say({"ready": True})
    await ended
    paying.stop()
    await tenure.stopService()
    await database.stop()


def main(_reactor: object, hospital: str, *urls: str) -> Deferred[None]:
    return Deferred.fromCoroutine(sell(int(hospital), list(urls)))


if __name__ == "__main__":
    react(main, sys.argv[1:])
