"""Whether a number may be sold: to anybody through this channel now, and to this patient.

Order of refusals (the first that applies is told): never or not yet on sale, too late, stopped, not for this channel, shut at this
hour; then banned, documents and age, a phone or a caller not admitted, already in that session, limits, quotas. Every maker of rules must allow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking.rules.facts import Offer, PatientFacts, Where
from booking.rules.identity import identity_ruling
from booking.rules.limits import limit_ruling, reach
from booking.rules.registering import takes
from booking.rules.rulebook import Held, RuleBook, half_of
from booking.rules.ruling import ALLOWED, Reason, Ruling, settled
from booking.rules.standing import ban_ruling

STAFF = frozenset({"agent", "window", "onsite"})
PHONE = "phone"


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
    sold: bool = False  # how many of the session were sold, through each channel
    digits: bool = False  # the asking phone's own number

    @property
    def personal(self) -> bool:
        """Whether two callers of one session may be judged differently even when neither holds anything nor is banned."""
        return self.birth or self.first_visit or self.sold or self.digits


def slot_ruling(rules: RuleBook, offer: Offer, channel: str, now: datetime) -> Ruling:
    """Everything that needs no patient; never FULL."""
    ruling = _slot(rules, offer, channel, now)
    if ruling.when is None:
        return ruling
    return settled(lambda at: _slot(rules, offer, channel, at), now)


def patient_ruling(rules: RuleBook, offer: Offer, channel: str, facts: PatientFacts, now: datetime) -> Ruling:
    """What the patient's bans, age and documents, other bookings and the phone's quota say."""
    ruling = _patient(rules, offer, channel, facts, now)
    if ruling.when is None:
        return ruling
    return settled(lambda at: _patient(rules, offer, channel, facts, at), now)


def book_ruling(rules: RuleBook, offer: Offer, channel: str, facts: PatientFacts, now: datetime) -> Ruling:
    """Both together: may this patient book this number now, and if not, when?"""

    def judge(at: datetime) -> Ruling:
        slot = _slot(rules, offer, channel, at)
        return _patient(rules, offer, channel, facts, at) if slot.allowed else slot

    return settled(judge, now)


def _slot(rules: RuleBook, offer: Offer, channel: str, now: datetime) -> Ruling:
    for held in rules.of(offer, channel, now.date()):
        ruling = _by(held, offer, channel, now)
        if ruling is not ALLOWED:
            return replace(ruling, rule=held.label(ruling.rule))
    return ALLOWED


def _by(held: Held, offer: Offer, channel: str, now: datetime) -> Ruling:
    terms = held.terms
    sale = held.sale(now)
    day = sale.of(offer.day)
    if day is not ALLOWED:
        return day
    if now >= held.moment(terms.booking.before, offer):
        return Ruling(reason=Reason.CUTOFF, rule="booking.before")
    if offer.day == sale.today and sale.same_day_shut(half := half_of(offer)):
        return Ruling(reason=Reason.CUTOFF, rule=f"booking.same_day_{'am' if half == 'AM' else 'pm'}")
    if offer.stopped:
        return Ruling(reason=Reason.CLINIC_STOPPED, rule="stop")
    if offer.pool != "open" and (offer.pool == "withheld" or channel not in STAFF):
        return Ruling(reason=Reason.CHANNEL, rule="pool")
    if terms.channels.allow and channel not in terms.channels.allow:
        return Ruling(reason=Reason.CHANNEL, rule="channels.allow")
    if sale.open_from is not None:
        return Ruling(reason=Reason.CLOSED, rule="booking.closed", when=sale.open_from)
    return ALLOWED


def _patient(rules: RuleBook, offer: Offer, channel: str, facts: PatientFacts, now: datetime) -> Ruling:
    if facts.bans and (banned := ban_ruling(rules, offer, channel, facts.bans, now)) is not ALLOWED:
        return banned
    for held in rules.of(offer, channel, now.date()):
        ruling = _of_patient(held, offer, channel, facts, now)
        if ruling is not ALLOWED:
            return replace(ruling, rule=held.label(ruling.rule))
    return ALLOWED


def _of_patient(held: Held, offer: Offer, channel: str, facts: PatientFacts, now: datetime) -> Ruling:
    terms = held.terms
    known = identity_ruling(terms.identity, offer, facts, now)
    if known is not ALLOWED:
        return known
    if not takes(terms.mobile, facts.phone):
        return Ruling(reason=Reason.NOT_ADMITTED, rule="mobile.prefixes")
    groups = terms.channels.groups
    if groups and channel == PHONE and facts.groups.isdisjoint(groups):
        return Ruling(reason=Reason.NOT_ADMITTED, rule="channels.groups")
    if facts.holdings or facts.phone_holdings or facts.ip_holdings or not _may_hold_one(held):
        limited = limit_ruling(terms, offer, facts)
        if limited is not ALLOWED:
            return limited
    return _quota(held, channel, facts)


def _may_hold_one(held: Held) -> bool:
    """Whether every limit lets a patient have one booking: then whoever holds none needs no counting."""
    booking = held.terms.booking
    return booking.different_departments_per_day != 0 and all(limit.most for limit in held.terms.limits)


def _quota(held: Held, channel: str, facts: PatientFacts) -> Ruling:
    terms = held.terms
    session = terms.capacity.session
    if session is not None and facts.session_sold >= session:
        return Ruling(reason=Reason.FULL, rule="capacity.session", most=session, scope="session")
    quota = terms.channels.quota
    if channel == PHONE:
        sold = max(facts.phone_sold, facts.channel_sold)
        most = min((each for each in (quota, facts.phone_most) if each is not None), default=None)
    else:
        sold, most = facts.channel_sold, quota
    if most is not None and sold >= most:
        return Ruling(reason=Reason.LIMIT, rule="channels.quota", most=most, scope="session", per="channel")
    return ALLOWED


def sale_days(rules: RuleBook, where: Where, channel: str, now: datetime) -> SaleDays:
    """The window on sale there, through that channel, now; the narrower one of two makers."""
    today, later = (_halves(rules, replace(where, sameday=each), channel, now) for each in (True, False))
    first = today.first_start
    if first >= _eve(now.date() + timedelta(days=1)) or now.date() in today.never or today.last < now.date():
        first = max(_eve(now.date() + timedelta(days=1)), later.first_start)
    never = (today.never & {now.date()}) | (later.never - {now.date()})
    return SaleDays(first_start=first, last=later.last, never=never)


def _halves(rules: RuleBook, where: Where, channel: str, now: datetime) -> SaleDays:
    held = rules.at(where, channel)
    sales = [each.sale(now) for each in held]
    earliest = max(sale.first for sale in sales)
    starts = [now] if earliest <= now.date() else [_eve(earliest)]
    starts += [now + timedelta(minutes=getattr(each.terms.booking.before, "minutes", 0)) for each in held]
    return SaleDays(
        first_start=max(starts),
        last=min(sale.last for sale in sales),
        never=frozenset[date]().union(*(sale.nevers() for sale in sales)),
    )


def _eve(day: date) -> datetime:
    """A moment that only numbers of ``day`` and later start after."""
    return datetime.combine(day, time()) - timedelta(minutes=1)


def wanted_facts(rules: RuleBook) -> Wanted:
    """So that the store reads no more than is needed. Bans always: a blacklist needs no rule."""
    every = [terms for maker in rules.makers for terms in maker.policy.every()]
    limits = [limit for terms in every for limit in terms.limits]
    days = max((reach(limit.per) for limit in limits), default=0)
    identity = [terms.identity for terms in every]
    ages = [age for each in identity for age in (each.lowest_age, each.guardian_under, each.guardian_until)]
    return Wanted(
        days_back=days,
        days_ahead=days,
        phone=any(not {"phone", "client"}.isdisjoint(limit.key) for limit in limits),
        bans=True,
        birth=any(age is not None for age in ages),
        first_visit=any(each.documents != each.documents_first for each in identity),
        sold=any(terms.channels.quota is not None or terms.capacity.session is not None for terms in every),
        digits=any(terms.mobile.prefixes for terms in every),
    )
