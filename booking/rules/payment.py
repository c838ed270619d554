"""When and how a booking is paid, and the hours in which payment is shut for settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.rules.facts import Offer
from booking.rules.rulebook import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class PayTerms:
    """``visit``: at the visit · ``booking``: charged at once · ``hold``: held for ``hold_minutes`` until it is paid.

    ``ways`` empty: any; ``prepaid``: the caller's balance must cover it, else no booking.
    """

    when: Literal["visit", "booking", "hold"]
    ways: tuple[str, ...]
    hold_minutes: int
    prepaid: bool = False


def pay_terms(rules: RuleBook, offer: Offer, channel: str) -> PayTerms:
    """How this number is paid when it is booked through this channel."""
    del rules, offer, channel
    return PayTerms(when="visit", ways=(), hold_minutes=15)


def payment_opens(rules: RuleBook, now: datetime) -> datetime:
    """``now`` while payment is open, else when it opens again."""
    del rules
    return now
