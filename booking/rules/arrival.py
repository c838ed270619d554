"""Picking a number up, arriving late, and the moment at which an unused booking ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from booking.rules.facts import Offer
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling

Then = Literal["void", "release", "behind", "noshow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """``behind``: he waits behind those who came in time."""

    kind: Literal["on-time", "late", "noshow"]
    behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """At ``at`` a booking whose patient has not come ends by ``then``; ``counts``: as a no-show against him."""

    at: datetime
    then: Then
    counts: bool


def pickup_ruling(rules: RuleBook, offer: Offer, now: datetime, *, paid: bool) -> Ruling:
    """Whether the number may be picked up now."""
    del rules, paid
    return ALLOWED if now.date() <= offer.day else Ruling(reason=Reason.TOO_LATE, rule="visit day")


def lateness(rules: RuleBook, offer: Offer, arrived: datetime) -> Lateness:
    """How late somebody is who arrives then."""
    del rules
    return Lateness(kind="late" if arrived >= offer.start + timedelta(minutes=1) else "on-time", behind=False)


def close_at(rules: RuleBook, offer: Offer, *, paid: bool, channel: str) -> Closing:
    """When an unarrived booking ends, how, and whether it counts against him."""
    del rules, paid, channel
    return Closing(at=datetime.combine(offer.day + timedelta(days=1), time()), then="noshow", counts=True)
