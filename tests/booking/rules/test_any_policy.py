"""What holds under every rule book that can be written, whatever it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from random_policies import (
    BAN_BOOKS,
    BANNED,
    CHANNELS,
    FACTS,
    HISTORY,
    MINUTES,
    SENSIBLE,
    offers,
    rule_books,
    two_makers,
)
from written_policy import write_policy

from booking.rules.arrival import close_at, pickup_ruling
from booking.rules.cancelling import cancel_ruling, cancel_until, change_ruling
from booking.rules.conduct import new_bans
from booking.rules.facts import Where
from booking.rules.moments import FOREVER, NEVER
from booking.rules.onsale import book_ruling, patient_ruling, sale_days, slot_ruling, wanted_facts
from booking.rules.payment import pay_terms, payment_opens
from booking.rules.reading import Faults, read_policy
from booking.rules.refunds import refund_ruling
from booking.rules.registering import register_ruling
from booking.rules.rulebook import half_of, rule_book

MINUTE = timedelta(minutes=1)


@given(SENSIBLE)
def test_what_is_written_reads_back_the_same(policy):
    """Exporting a rule book and importing it again changes nothing."""
    read = read_policy(write_policy(policy))
    assert not isinstance(read, Faults), str(read)
    assert read == policy


@given(rule_books(), offers(), CHANNELS, FACTS, MINUTES, st.randoms())
def test_the_order_of_unrelated_facts_never_matters(rules, offer, channel, facts, now, shuffle):
    """Other bookings and bans may be told in any order: the answer is the same."""

    def shuffled(items):
        return tuple(shuffle.sample(items, len(items)))

    other = replace(
        facts,
        holdings=shuffled(facts.holdings),
        phone_holdings=shuffled(facts.phone_holdings),
        bans=shuffled(facts.bans),
    )
    assert patient_ruling(rules, offer, channel, facts, now) == patient_ruling(rules, offer, channel, other, now)


@given(BAN_BOOKS, HISTORY, BANNED, MINUTES, st.randoms())
def test_bans_do_not_depend_on_the_order_of_what_is_told(rules, history, standing, now, shuffle):
    """Conduct is judged by when it was, not by when it was entered."""
    once = new_bans(rules, history, standing, now)
    again = new_bans(rules, shuffle.sample(history, len(history)), shuffle.sample(standing, len(standing)), now)
    assert sorted(once, key=repr) == sorted(again, key=repr)


@given(BAN_BOOKS, HISTORY, MINUTES)
def test_no_ban_is_given_twice(rules, history, now):
    """Judging again, with the bans of the first time standing, bans nobody anew."""
    first = new_bans(rules, history, (), now)
    assert new_bans(rules, history, first, now) == ()
    assert all(ban.until is None or ban.until > now for ban in first)


@settings(max_examples=80)
@given(two_makers(), offers(), offers(), CHANNELS, FACTS, MINUTES, st.booleans())
def test_two_makers_are_never_looser_than_either(books, offer, other, channel, facts, now, paid):
    """What hospital and platform allow together, each of them allows alone: booking, cancelling, moving, picking up, registering."""
    *alone, both = books
    for one in alone:
        for ask in (
            lambda rules: slot_ruling(rules, offer, channel, now),
            lambda rules: patient_ruling(rules, offer, channel, replace(facts, bans=()), now),
            lambda rules: cancel_ruling(rules, offer, channel, now).ruling,
            lambda rules: change_ruling(rules, offer, other, channel, now),
            lambda rules: pickup_ruling(rules, offer, now, paid=paid),
            lambda rules: register_ruling(rules, 3),
        ):
            assert ask(one).allowed or not ask(both).allowed
        closings = [close_at(each, offer, paid=paid, channel=channel) for each in (both, one)]
        ends = [FOREVER if closing is None else closing.at for closing in closings]
        assert ends[0] <= ends[1]
        assert (cancel_until(both, offer, channel) or NEVER) <= (cancel_until(one, offer, channel) or NEVER)
        assert payment_opens(both, now) >= payment_opens(one, now)
        terms, alone_terms = pay_terms(both, offer, channel), pay_terms(one, offer, channel)
        assert terms.hold_minutes <= alone_terms.hold_minutes
        assert terms.ways is None or alone_terms.ways == () or (terms.ways and {*terms.ways} <= {*alone_terms.ways})
        back = refund_ruling(both, offer, 5000, "patient", now), refund_ruling(one, offer, 5000, "patient", now)
        assert back[0].amount_fen <= back[1].amount_fen


@given(BAN_BOOKS, HISTORY, MINUTES)
def test_each_makers_bans_hold(both, history, now):
    """Two makers ban for everything that either bans for."""
    alone = [rule_book(maker) for maker in both.makers]
    together = {(ban.rule, ban.since, ban.until) for ban in new_bans(both, history, (), now)}
    for one in alone:
        assert {(ban.rule, ban.since, ban.until) for ban in new_bans(one, history, (), now)} <= together


@settings(max_examples=120)
@given(rule_books(), offers(), offers(), CHANNELS, FACTS, MINUTES)
def test_when_is_the_first_minute_at_which_the_same_wish_is_allowed(rules, offer, other, channel, facts, now):
    """Who is told "from then on" and asks again then is not refused; a minute earlier he still is."""
    for ask in (
        lambda at: slot_ruling(rules, offer, channel, at),
        lambda at: patient_ruling(rules, offer, channel, facts, at),
        lambda at: book_ruling(rules, offer, channel, facts, at),
        lambda at: change_ruling(rules, other, offer, channel, at),
        lambda at: pickup_ruling(rules, offer, at, paid=False),
    ):
        told = ask(now)
        assert told.allowed is (told.rule == "")
        if told.when is not None:
            assert told.when > now
            assert ask(told.when).allowed
            assert not ask(max(now, told.when - MINUTE)).allowed


@given(rule_books(), offers(), CHANNELS, MINUTES)
def test_a_search_never_hides_what_could_be_booked(rules, offer, channel, now):
    """Whatever may be sold lies within the days that a search shows, where nothing but the day is asked."""
    where = Where(campus=offer.campus, department=offer.department, doctor=offer.doctor, clinic_type=offer.clinic_type)
    if slot_ruling(rules, offer, channel, now).allowed:
        days = sale_days(rules, where, channel, now)
        assert days.first_start < offer.start
        assert offer.day <= days.last or offer.day == now.date()
        assert offer.day not in days.never


@given(rule_books(), offers(), CHANNELS, FACTS, MINUTES)
def test_holdings_beyond_what_is_wanted_do_not_matter(rules, offer, channel, facts, now):
    """The store may leave out bookings outside the wanted days: the answer is the same."""
    wanted = wanted_facts(rules)

    def near(holdings):
        return tuple(
            each
            for each in holdings
            if -wanted.days_back <= (each.day - offer.day).days <= wanted.days_ahead or each.session == offer.session
        )

    less = replace(
        facts,
        holdings=near(facts.holdings),
        phone_holdings=near(facts.phone_holdings) if wanted.phone else (),
        birth=facts.birth if wanted.birth else None,
        first_visit=facts.first_visit if wanted.first_visit else False,
    )
    assert patient_ruling(rules, offer, channel, facts, now) == patient_ruling(rules, offer, channel, less, now)


@given(rule_books(), offers(), CHANNELS, MINUTES, st.integers(1, 600))
def test_who_may_have_a_number_may_have_a_later_one_of_that_half_day(rules, offer, channel, now, minutes):
    """No deadline runs backwards within a half day (a batch of a rush asks once for all that start later)."""
    later = replace(offer, start=offer.start + timedelta(minutes=minutes))
    alike = later.start.date() == offer.day and half_of(later) == half_of(offer)
    if alike and slot_ruling(rules, offer, channel, now).allowed:
        assert slot_ruling(rules, later, channel, now).allowed
