"""A batch is judged as its requests would be one by one: what is worked out once for all who are alike is what each would hear alone."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from random_policies import BANNED, MINUTES, MONDAY, rule_books
from told_rules import book
from twin_hospital import FREE, PHONES, STOCKS, WISHES, Twin

from booking.clock import FixedClock, naive_utc, wall
from booking.outcomes import Booked
from booking.requests import BookSlot, Caller, Channel, Known
from booking.rules.ruling import Reason
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata
from booking.store.selling.judging import Refused
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms


def judged(answer):
    """What a batch says of one request, without codes and row ids."""
    match answer:
        case Refused(ruling=ruling):
            return ruling
        case _:
            return type(answer), answer.booking.start, answer.booking.patient.id


def verdicts(twin, wishes, size):
    """What is said to each of the wishes (person, phone, channel, doctor, days on, nth number), so many in a batch."""
    clock = twin.clock
    terms = Terms(hospital=1, rules=twin.rules, now=wall(clock), now_utc=naive_utc(clock), rng=random.Random(7))
    asked = [
        BookSlot(
            caller=Caller(hospital=1, phone=phone, channel=channel),
            doctor=doctor,
            start=twin.offers[doctor, MONDAY.date() + timedelta(days=days), nth].start,
            who=Known(person + 1),
            key=f"k{at}",
        )
        for at, (person, phone, channel, doctor, days, nth) in enumerate(wishes)
    ]
    batches = [asked[at : at + size] for at in range(0, len(asked), size)]
    return [judged(answer) for some in batches for answer in twin.store.now(thd_sell, twin.vault, terms, some)]


def both_ways(vault, run, rules, wishes, *, stock=FREE, bans=(), begin=MONDAY):
    """One by one, and all in one batch, each in a hospital of its own."""
    told = []
    for size in (1, len(wishes)):
        engine = make_engine("sqlite://")
        metadata.create_all(engine)
        clock = FixedClock.at_wall(f"{begin:%Y-%m-%d %H:%M}")
        twin = Twin(ImmediateDatabase(engine, clock), vault, clock, rules, run, stock)
        twin.furnish(bans)
        told.append(verdicts(twin, wishes, size))
        engine.dispose()
    return told


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=rule_books(), stock=STOCKS, bans=BANNED, begin=MINUTES, wishes=WISHES)
def test_a_batch_is_judged_as_its_requests_one_by_one(vault, result_of, rules, stock, bans, begin, wishes):
    """Under any rule books."""
    wishes = [wish[:6] for wish in wishes]
    one_by_one, together = both_ways(vault, result_of, rules, wishes, stock=stock, bans=bans, begin=begin)
    assert together == one_by_one
    event(f"booked: {sum(type(each) is tuple and each[0] is Booked for each in together)}")


@pytest.mark.parametrize(
    ("rules", "wishes", "reason"),
    [
        ("[identity]\nlowest_age = 18", [(0, "A", 0), (1, "A", 1)], Reason.TOO_YOUNG),
        ("[mobile]\nprefixes = ['138']", [(0, "A", 0), (2, "A", 1, PHONES[1])], Reason.NOT_ADMITTED),
        ("[booking]\nbefore = 'AM start / PM start / EVE never'", [(0, "C", 0), (2, "C", 1)], Reason.CUTOFF),
        ("[channels]\nquota = 1", [(0, "A", 0), (2, "A", 1)], Reason.LIMIT),
    ],
    ids=["too young", "another network", "evening closed", "quota"],
)
def test_who_is_not_alike_is_judged_by_himself(vault, result_of, rules, wishes, reason):
    """One may, and the next in the same batch for the same session may not."""
    asked = [
        (person, phone[0] if phone else PHONES[0], Channel.SMS, doctor, 1, nth)
        for person, doctor, nth, *phone in wishes
    ]
    for first, second in both_ways(vault, result_of, book(rules), asked):
        assert first[0] is Booked
        assert second.reason is reason
