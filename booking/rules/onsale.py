"""Whether a number may be sold: to anybody through this channel now, and to this patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.facts import Offer, PatientFacts, Where
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling

STAFF = frozenset({"agent", "window"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleDays:
    """What a search may show: numbers that start later than ``first_start``, up to the day ``last``, on no day of ``never``."""

    first_start: datetime
    last: date
    never: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The facts that the rules need: holdings so many days before and after the visit's day, whether those of the phone too, …"""

    days_back: int
    days_ahead: int
    phone: bool
    bans: bool
    birth: bool
    first_visit: bool


def slot_ruling(rules: RuleBook, offer: Offer, channel: str, now: datetime) -> Ruling:
    """Everything that needs no patient; never FULL."""
    days = sale_days(rules, Where(), channel, now)
    if offer.day > days.last:
        return Ruling(reason=Reason.NOT_ON_SALE, rule="window.to")
    if offer.start <= days.first_start:
        return Ruling(reason=Reason.CUTOFF, rule="booking.before")
    if offer.stopped:
        return Ruling(reason=Reason.CLINIC_STOPPED, rule="stop")
    if offer.pool == "withheld" or (offer.pool == "window" and channel not in STAFF):
        return Ruling(reason=Reason.CHANNEL, rule="pool")
    return ALLOWED


def patient_ruling(rules: RuleBook, offer: Offer, channel: str, facts: PatientFacts, now: datetime) -> Ruling:
    """What the patient's bans, age and documents, other bookings and the phone's quota say."""
    del channel, now
    if any(holding.session == offer.session for holding in facts.holdings):
        return Ruling(reason=Reason.ALREADY_BOOKED, rule="booking.one_per_session")
    most = rules.house.bookings_per_patient_day
    if sum(holding.day == offer.day for holding in facts.holdings) >= most:
        return Ruling(reason=Reason.LIMIT, rule="limits[1]", most=most, scope="all", per="visit-day")
    return ALLOWED


def sale_days(rules: RuleBook, where: Where, channel: str, now: datetime) -> SaleDays:
    """The window on sale there, through that channel, now."""
    del where, channel
    return SaleDays(
        first_start=now + timedelta(minutes=rules.house.book_minutes_before),
        last=now.date() + timedelta(days=rules.house.window_days),
    )


def wanted_facts(rules: RuleBook) -> Wanted:
    """So that the store reads no more than is needed."""
    del rules
    return Wanted(days_back=0, days_ahead=0, phone=False, bans=True, birth=False, first_visit=False)
