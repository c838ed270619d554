"""The job that ends bookings whose patients did not come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from open_house import open_house
from sqlalchemy import select

from booking.clock import FixedClock
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.layers import Policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import appointment
from booking.vault import Vault
from booking.visits import Visits
from hotline.jobs import bodies_of_visits


def test_the_job_closes_yesterdays_bookings(
    small_hospital: ImmediateDatabase,
    reception: Reception,
    clock: FixedClock,
    vault: Vault,
    result_of: Callable[..., Any],
) -> None:
    """Under the house's rules at midnight; a second round has nothing to do."""
    caller = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
    result_of(reception.register(RegisterPhone(caller=caller, identity="11010519491231002X", name="张三")))
    start = datetime.fromisoformat("2026-07-15 08:00")
    wish = BookSlot(caller=caller, doctor="00868", start=start, who=Named("张三"), key="sms:1")
    result_of(reception.book(wish))
    visits = Visits(open_house(small_hospital, vault, clock, rules=StandingRules(rule_book(Maker(policy=Policy())))))
    _, body = bodies_of_visits(visits, 1)["close-unarrived"]

    async def once() -> str:
        await body()
        return small_hospital.now(lambda conn: str(conn.execute(select(appointment.c.status)).scalar_one()))

    assert result_of(once()) == "booked"
    clock.at += timedelta(days=2)
    assert [result_of(once()), result_of(once())] == ["noshow", "noshow"]
