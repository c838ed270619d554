"""What the hospital does of itself: reminds, offers a freed number, replaces a doctor, unlocks a banned patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from booking.rules.facts import Offer, Where
from booking.rules.rulebook import RuleBook

Practice = Literal["rebook", "phone-first", "substitute", "release"]
_PRACTICES: dict[str, Practice] = {
    "rebook": "rebook",
    "phone-first": "phone-first",
    "substitute": "substitute",
    "release": "release",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTerms:
    """The practice when a doctor cannot come (停诊), and whether somebody must approve the announcement first."""

    practice: Practice
    approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTerms:
    open: bool
    answer_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockTerms:
    """``who`` may lift a ban; nobody when empty. An appeal is answered within ``answer_workdays``, where that is promised."""

    who: tuple[str, ...]
    automatic: bool = True
    answer_workdays: int | None = None


def reminder_at(rules: RuleBook, offer: Offer) -> datetime | None:
    """When the patient is reminded of his visit, by the hospital's own rules; None: never."""
    reminder = rules.of(offer, "")[0].terms.reminder
    return reminder.at.on(offer.day - timedelta(days=reminder.days_before)) if reminder.on else None


def stop_terms(rules: RuleBook, where: Where = Where()) -> StopTerms:  # noqa: B008 (frozen)
    """What happens to the bookings of a doctor who cannot come: the hospital's practice, approval where either asks for it."""
    said = [held.terms.stop for held in rules.at(where, "")]
    return StopTerms(practice=_PRACTICES[said[0].practice], approval=any(each.approval for each in said))


def waiting_terms(rules: RuleBook, where: Where = Where()) -> WaitingTerms:  # noqa: B008 (frozen)
    """Whether there is a waiting list (候补), and how long an offered number waits for an answer."""
    said = [held.terms.waiting for held in rules.at(where, "")]
    return WaitingTerms(open=all(each.open for each in said), answer_minutes=min(each.answer_minutes for each in said))


def unlock_terms(rules: RuleBook) -> UnlockTerms:
    """Who may lift a ban: whom every maker names."""
    said = [held.terms.unlock for held in rules.everywhere()]
    answers = [each.answer_workdays for each in said if each.answer_workdays is not None]
    return UnlockTerms(
        who=tuple(who for who in said[0].who if all(who in each.who for each in said)),
        automatic=all(each.automatic for each in said),
        answer_workdays=min(answers, default=None),
    )
