"""What the rules say of the facts is what the store does, whatever the rules are: reason for reason, with bans, limits, quotas and pools."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from random_policies import BANNED, MINUTES, MONDAY, rule_books
from told_rules import at
from twin_hospital import FREE, PHONES, STOCKS, WISHES, Twin

from booking.clock import FixedClock
from booking.outcomes import Blacklisted
from booking.requests import Channel
from booking.rules.facts import Ban
from booking.rules.rulebook import house_rules
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata


# No shrinking: a hospital is made anew for each example, and a story of a few wishes is short enough to read.
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=rule_books(), stock=STOCKS, bans=BANNED, begin=MINUTES, wishes=WISHES)
def test_what_the_rules_say_is_what_reception_does(vault, result_of, rules, stock, bans, begin, wishes):
    """Under any rule books, whoever asks for what and when: booked, held, full or refused, for the same reason by the same rule."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    clock = FixedClock.at_wall(f"{begin:%Y-%m-%d %H:%M}")
    twin = Twin(ImmediateDatabase(engine, clock), vault, clock, rules, result_of, stock)
    try:
        twin.furnish(bans)
        for person, phone, channel, doctor, days, nth, minutes, gives_back in wishes:
            clock.at += timedelta(minutes=minutes)
            if gives_back:
                twin.cancel(person, phone, channel)
            twin.book(person, phone, channel, twin.offers[doctor, MONDAY.date() + timedelta(days=days), nth])
    finally:
        engine.dispose()


def test_who_is_to_be_banned_again_hears_of_the_later_end(vault, result_of):
    """A ban until the 15th and another that begins on the 14th: he may come back when both are over."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    clock = FixedClock.at_wall("2025-07-11 08:00")
    twin = Twin(ImmediateDatabase(engine, clock), vault, clock, house_rules(), result_of, FREE)
    days = ((10, 15), (14, 17))
    twin.furnish(
        [Ban(cause="blacklist", since=at(f"{since} 00:00"), until=at(f"{until} 00:00")) for since, until in days]
    )
    outcome = twin.ask(0, PHONES[0], Channel.SMS, twin.offers["A", at("14 00:00").date(), 0])
    engine.dispose()
    assert isinstance(outcome, Blacklisted)
    assert outcome.until == at("17 00:00")
