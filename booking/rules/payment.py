"""When and how a booking is paid, and the hours in which payment is shut for settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.rules.facts import Offer, Where
from booking.rules.rulebook import RuleBook

When = Literal["visit", "booking", "hold"]
_SOONER: dict[str, tuple[int, When]] = {"visit": (0, "visit"), "booking": (1, "booking"), "hold": (2, "hold")}
STEPS_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTerms:
    """``visit``: at the visit · ``booking``: charged at once · ``hold``: held for ``hold_minutes`` until it is paid.

    ``ways`` empty: any; None: no way that each maker of rules takes, so that he pays at the visit.
    ``prepaid``: the caller's balance must cover it, else no booking.
    """

    when: When
    ways: tuple[str, ...] | None
    hold_minutes: int
    prepaid: bool = False


def pay_terms(rules: RuleBook, offer: Offer, channel: str) -> PayTerms:
    """How this number is paid when it is booked through this channel; of two makers what asks more, and the ways that both take."""
    said = [held.terms.payment for held in rules.of(offer, channel)]
    lists = [each.ways for each in said if each.ways]
    ways = tuple(way for way in lists[0] if all(way in other for other in lists)) or None if lists else ()
    return PayTerms(
        when="visit" if ways is None else max(_SOONER[each.when] for each in said)[1],
        ways=ways,
        hold_minutes=min(each.hold_minutes for each in said),
        prepaid=any(each.prepaid for each in said),
    )


def payment_opens(rules: RuleBook, now: datetime, where: Where = Where(), channel: str = "") -> datetime:  # noqa: B008 (frozen)
    """``now`` while payment is open, else when it opens again (the last moment looked at, should it never)."""
    shut = [hours for held in rules.at(where, channel) for hours in held.terms.payment.closed]
    at = now
    for _ in range(STEPS_MOST):
        ends = [end for hours in shut if (end := hours.until(at)) is not None]
        if not ends:
            break
        at = max(ends)
    return at
