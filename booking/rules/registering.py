"""How many patients one phone may register, which phones are taken, and how often a patient's may change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking.rules.moments import FOREVER
from booking.rules.policy import Mobile
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling

CHINA = "+86"


def register_ruling(rules: RuleBook, patients: int) -> Ruling:
    """Whether a phone that has ``patients`` may register one more; the lower number of two makers."""
    held = [(each.terms.mobile.patients, each) for each in rules.everywhere()]
    full = [(most, each) for most, each in held if most is not None and patients >= most]
    if not full:
        return ALLOWED
    most, by = min(full, key=lambda each: each[0])
    return Ruling(reason=Reason.LIMIT, rule=by.label("mobile.patients"), most=most, scope="phone-patients")


def phone_ruling(rules: RuleBook, phone: str) -> Ruling:
    """Whether bookings are taken from this number (E.164): by the operator's or the region's prefix."""
    for held in rules.everywhere():
        if not takes(held.terms.mobile, phone):
            return Ruling(reason=Reason.NOT_ADMITTED, rule=held.label("mobile.prefixes"))
    return ALLOWED


def takes(mobile: Mobile, phone: str) -> bool:
    """Whether these terms take that number; a withheld one (empty) has no prefix that could be wrong."""
    return not mobile.prefixes or not phone or phone.removeprefix(CHINA).startswith(mobile.prefixes)


def counts_changes(rules: RuleBook) -> bool:
    """Whether anybody limits how often a patient's phone may change."""
    return any(held.terms.mobile.changes is not None for held in rules.everywhere())


def phone_change_ruling(rules: RuleBook, changes: Sequence[datetime], now: datetime) -> Ruling:
    """Whether a patient whose phone was changed at these moments may change it again."""
    refusals = []
    for held in rules.everywhere():
        mobile = held.terms.mobile
        ends = sorted(end for at in changes if now < (end := mobile.change_span.after(at)))
        if mobile.changes is not None and len(ends) >= mobile.changes:
            when = ends[len(ends) - mobile.changes] if mobile.changes else None
            refusals.append(
                Ruling(
                    reason=Reason.LIMIT,
                    rule=held.label("mobile.changes"),
                    when=when,
                    most=mobile.changes,
                    scope="phone-changes",
                )
            )
    return max(refusals, key=lambda each: each.when or FOREVER, default=ALLOWED)
