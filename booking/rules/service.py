"""What the hospital does of itself: reminds, offers a freed number, replaces a doctor, unlocks a banned patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from booking.rules.facts import Offer
from booking.rules.rulebook import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTerms:
    """The practice when a doctor cannot come (停诊), and whether somebody must approve the announcement first."""

    practice: Literal["rebook", "phone-first", "substitute", "release"]
    approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTerms:
    open: bool
    answer_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockTerms:
    """``who`` may lift a ban; nobody when empty."""

    who: tuple[str, ...]


def reminder_at(rules: RuleBook, offer: Offer) -> datetime | None:
    """When the patient is reminded of his visit; None: never."""
    del rules
    return datetime.combine(offer.day - timedelta(days=1), time(18))


def stop_terms(rules: RuleBook) -> StopTerms:
    """What happens to the bookings of a doctor who cannot come."""
    del rules
    return StopTerms(practice="release", approval=False)


def waiting_terms(rules: RuleBook) -> WaitingTerms:
    """Whether there is a waiting list (候补), and how long an offered number waits for an answer."""
    del rules
    return WaitingTerms(open=True, answer_minutes=15)


def unlock_terms(rules: RuleBook) -> UnlockTerms:
    """Who may lift a ban."""
    del rules
    return UnlockTerms(who=("agent",))
