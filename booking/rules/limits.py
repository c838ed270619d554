"""How many bookings one patient, phone or client may have: counted by the visit's day, as scope × window × most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache

from booking.rules.calendar import months_after
from booking.rules.facts import Holding, Offer, PatientFacts
from booking.rules.moments import Span
from booking.rules.policy import Limit, Terms
from booking.rules.ruling import ALLOWED, Reason, Ruling

EVER_DAYS = 36_500
_span = cache(Span.parse)
_FIXED = {"visit-day": 0, "week": 6, "month": 30, "ever": EVER_DAYS}


def reach(per: str) -> int:
    """How many days before and after the visit a window can reach."""
    return _FIXED[per] if per in _FIXED else Span.parse(per).days() - 1


def limit_ruling(terms: Terms, offer: Offer, facts: PatientFacts) -> Ruling:
    """The first limit that one more booking would break."""
    if terms.booking.one_per_session and any(holding.session == offer.session for holding in facts.holdings):
        return Ruling(reason=Reason.ALREADY_BOOKED, rule="booking.one_per_session", most=1, scope="session")
    for number, limit in enumerate(terms.limits, 1):
        if _held(limit, offer, facts) >= limit.most:
            return Ruling(
                reason=Reason.LIMIT, rule=f"limits[{number}]", most=limit.most, scope=limit.scope, per=limit.per
            )
    return _departments(terms.booking.different_departments_per_day, offer, facts)


def _departments(most: int | None, offer: Offer, facts: PatientFacts) -> Ruling:
    if most is None:
        return ALLOWED
    others = {each.department for each in facts.holdings if each.day == offer.day} - {offer.department}
    if len(others) < most:
        return ALLOWED
    return Ruling(
        reason=Reason.LIMIT,
        rule="booking.different_departments_per_day",
        most=most,
        scope="departments",
        per="visit-day",
    )


def _held(limit: Limit, offer: Offer, facts: PatientFacts) -> int:
    """How many of the limit's window and scope are held already; as many as there are when even all of them are too few."""
    days = [each.day for each in _of(limit.key, facts) if _within(limit, each, offer)]
    return len(days) if len(days) < limit.most else in_window(limit.per, offer.day, days)


def _of(key: tuple[str, ...], facts: PatientFacts) -> Iterable[Holding]:
    """The holdings of the key; of several keys together, those that all of them have."""
    kept = {
        "patient": facts.holdings,
        "phone": facts.phone_holdings,
        "client": facts.phone_holdings,
        "ip": facts.ip_holdings,
    }
    if len(key) == 1:
        return kept[key[0]]
    common = Counter(kept[key[0]])
    for name in key[1:]:
        common &= Counter(kept[name])
    return common.elements()


def _within(limit: Limit, holding: Holding, offer: Offer) -> bool:
    match limit.scope:
        case "department":
            return holding.department == offer.department
        case "doctor":
            return holding.doctor == offer.doctor
        case "session":
            return holding.session == offer.session
        case _:
            return True


def in_window(per: str, day: date, days: list[date]) -> int:
    """How many of ``days`` share a window with ``day``; of rolling windows, the fullest one."""
    match per:
        case "visit-day":
            return days.count(day)
        case "ever":
            return len(days)
        case "week":
            return sum(each.isocalendar()[:2] == day.isocalendar()[:2] for each in days)
        case "month":
            return sum((each.year, each.month) == (day.year, day.month) for each in days)
        case _:
            return _rolling(_span(per), day, days)


def _rolling(span: Span, day: date, days: list[date]) -> int:
    best = 0
    for start in {day, *(each for each in days if each < day)}:
        end = months_after(start, span.count) if span.unit == "months" else start + timedelta(days=span.count)
        if day < end:
            best = max(best, sum(start <= each < end for each in days))
    return best
