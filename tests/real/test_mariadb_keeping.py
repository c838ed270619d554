"""One booking, wanted, let go, moved and expired at the same moment by two processes: each number ends where exactly one put it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from desk import thd_balance
from open_house import open_house
from sqlalchemy import func, select
from twisted.internet.defer import Deferred, gatherResults

from booking.clock import FixedClock, wall
from booking.keeping_outcomes import Cancelled, Changed
from booking.outcomes import Booked, Busy, Held
from booking.reception import Reception
from booking.requests import (
    BookSlot,
    Caller,
    CancelBooking,
    ChangeBooking,
    Channel,
    ConfirmBooking,
    JoinWaiting,
    Known,
    RegisterPhone,
)
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store import revision
from booking.store.database import Database, make_engine
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import appointment, audit, outbox, waiting
from booking.waiting_outcomes import Waits
from booking.waiting_room import WaitingRoom
from hotline.clock import SystemClock

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

ROUNDS = 12
IDENTITIES = ("11010519491231002X", "440524188001010014", "110101199003070011", "110101199003070038")
PHONES = [f"+8613800138{nth:03d}" for nth in range(len(IDENTITIES))]
RULES = StandingRules(house_rules(HousePolicy(window_days=60, bookings_per_patient_day=9)))


@dataclass(kw_only=True)
class House:
    """One process: its own connections, its own clock."""

    database: Database
    reception: Reception
    room: WaitingRoom


def process(url: str, reactor: Any, vault: Any, clock: Any) -> House:
    database = Database(make_engine(url), reactor=reactor, clock=clock)
    database.start()
    house = open_house(database, vault, clock, rng=random.SystemRandom(), rules=RULES)
    return House(database=database, reception=Reception(house), room=WaitingRoom(house))


def caller(nth: int) -> Caller:
    return Caller(hospital=1, phone=PHONES[nth], channel=Channel.SMS)


async def settled(asked: Any) -> Any:
    """The answer; Busy is one, too: it may be put again."""
    try:
        return await asked
    except Busy as busy:
        return busy


async def at_once(*asked: Any) -> list[Any]:
    return list(await gatherResults([Deferred.fromCoroutine(settled(one)) for one in asked]))


async def one_round(nth: int, houses: list[House], people: list[int], day: datetime) -> list[Any]:
    """A number held (every second time: booked), two who wait for the session, and everything at once; what each was told."""
    first, second, later = houses
    eight = day + timedelta(hours=8)
    book = lambda start, who, key, **more: first.reception.book(  # noqa: E731
        BookSlot(caller=caller(who), doctor="00868", start=start, who=Known(people[who]), key=f"{nth}:{key}", **more)
    )
    held = await book(eight, 0, "held", hold=timedelta(minutes=5) if nth % 2 else None)
    assert isinstance(held, Held | Booked)
    assert isinstance(await book(eight + timedelta(minutes=30), 1, "other"), Booked)
    for who in (2, 3):
        wish = JoinWaiting(caller=caller(who), doctor="00868", who=Known(people[who]), key=f"{nth}:w{who}", start=eight)
        assert isinstance(await second.room.join(wish), Waits)
    code, mine = held.booking.code, caller(0)
    tea = day + timedelta(hours=14)
    asked = [
        first.reception.confirm(ConfirmBooking(caller=mine, code=code, key=f"{nth}:c")),
        second.reception.change(ChangeBooking(caller=mine, code=code, start=tea, key=f"{nth}:m")),
        first.reception.change(ChangeBooking(caller=mine, code=code, start=tea + timedelta(minutes=30), key=f"{nth}:n"))
        if nth % 4 == 0
        else second.reception.cancel(CancelBooking(caller=mine, code=code, key=f"{nth}:x")),
        later.room.expire(1),
        first.reception.book(
            BookSlot(caller=caller(1), doctor="00868", start=tea, who=Known(people[1]), key=f"{nth}:tea")
        ),
        first.room.expire(1),
    ]
    random.Random(nth).shuffle(asked)
    told = await at_once(*asked)
    await first.database.run(thd_balance)
    answers = await at_once(*(house.room.answer(caller(who), True) for house in houses[:2] for who in (2, 3)))
    await first.database.run(thd_balance)
    return [*told, *answers]


def thd_ends(conn: Any) -> tuple[Counter[int], set[int], list[str], int]:
    """How often each booking was ended by the audit, which are ended, the confirmations' names, who waits with an offer."""
    ends = select(audit.c.subject_id).where(audit.c.action == "cancelled", audit.c.subject == "appointment")
    ended = select(appointment.c.id).where(appointment.c.status == "cancelled")
    told = select(outbox.c.dedupe).where(outbox.c.kind == "offer")
    offered = select(func.count()).select_from(waiting).where(waiting.c.status == "offered")
    return (
        Counter(conn.execute(ends).scalars()),
        set(conn.execute(ended).scalars()),
        list(conn.execute(told).scalars()),
        conn.execute(offered).scalar_one(),
    )


def test_all_at_once_on_one_booking(mariadb_url, spin, vault, thd_furnish):
    """Confirm, move, cancel (or move elsewhere) and two expiries race, a rival wants the new time, two wait: no number is lost or held twice."""
    real = SystemClock()
    today = datetime.combine(wall(real).date(), time())
    soon = FixedClock(real.utc().astimezone(UTC) + timedelta(minutes=6))

    async def main(reactor):
        houses = [process(mariadb_url, reactor, vault, clock) for clock in (real, real, soon)]
        store = houses[0].database
        revision.upgrade(store.engine)
        await store.run_slow(thd_furnish)
        people = [
            (
                await houses[0].reception.register(RegisterPhone(caller=caller(nth), identity=one, name="张三"))
            ).patient.id
            for nth, one in enumerate(IDENTITIES)
        ]
        told = Counter()
        for nth in range(ROUNDS):
            day = today + timedelta(days=nth + 2)
            rows = [
                SessionRow(
                    doctor="00868", day=day.date(), period=period, first=time(hour), minutes_per_slot=30, slots=slots
                )
                for period, hour, slots in (("AM", 8, 2), ("PM", 14, 2))
            ]
            await store.run(thd_put_sessions, vault, 1, rows)
            told.update(type(one).__name__ for one in await one_round(nth, houses, people, day))
        ends = await store.look(thd_ends)
        for house in houses:
            await house.database.stop()
        return told, ends

    told, (ends, ended, offers, offered) = spin(main)
    assert set(ends.values()) <= {1}
    assert set(ends) == ended
    assert len(set(offers)) == len(offers)
    assert offered == 0
    assert told[Changed.__name__] > 0
    assert told[Cancelled.__name__] > 0
    assert told[Booked.__name__] > 0
