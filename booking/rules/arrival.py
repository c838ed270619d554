"""Picking a number up, arriving late, and the moment at which an unused booking ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from booking.rules.calendar import DAY
from booking.rules.facts import Offer
from booking.rules.rulebook import Held, RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling, settled

Then = Literal["void", "release", "behind", "noshow"]
MINUTE = timedelta(minutes=1)
_WORSE = ("on-time", "late", "noshow")


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
    return settled(lambda at: _pickup(rules, offer, at, paid=paid), now)


def _pickup(rules: RuleBook, offer: Offer, now: datetime, *, paid: bool) -> Ruling:
    if now.date() > offer.day:
        return Ruling(reason=Reason.TOO_LATE, rule="visit day")
    for held in rules.of(offer, ""):
        pickup = held.terms.pickup
        if pickup.opens is not None and now < (opens := held.moment(pickup.opens, offer)):
            return Ruling(reason=Reason.TOO_EARLY, rule=held.label("pickup.opens"), when=opens)
        ends = pickup_until(held, offer, paid=paid)
        if ends is not None and now >= ends and pickup.then != "behind":
            return Ruling(reason=Reason.TOO_LATE, rule=held.label("pickup.deadline"))
    return ALLOWED


def pickup_until(held: Held, offer: Offer, *, paid: bool) -> datetime | None:
    """The deadline of picking up; None where there is none, or none for who has paid."""
    pickup = held.terms.pickup
    if pickup.deadline is None or (paid and pickup.paid_exempt):
        return None
    return held.moment(pickup.deadline, offer)


def lateness(rules: RuleBook, offer: Offer, arrived: datetime) -> Lateness:
    """How late somebody is who arrives then, in whole minutes."""
    each = [_late(held, offer, arrived) for held in rules.of(offer, "")]
    return Lateness(kind=max((late.kind for late in each), key=_WORSE.index), behind=any(late.behind for late in each))


def _late(held: Held, offer: Offer, arrived: datetime) -> Lateness:
    late, report = held.terms.late, held.terms.pickup.report
    minutes = (arrived - offer.start) // MINUTE
    missed = report is not None and arrived >= held.moment(report, offer)
    if minutes < 1 and not missed:
        return Lateness(kind="on-time", behind=False)
    over = late.grace_minutes is not None and minutes > late.grace_minutes
    gone = over and late.after_grace == "noshow"
    return Lateness(kind="noshow" if gone else "late", behind=late.behind or missed)


def may_come_back(rules: RuleBook, offer: Offer) -> bool:
    """Whether staff may restore the number of somebody who was taken for absent; every maker must let them."""
    return all(held.terms.late.reactivate for held in rules.of(offer, ""))


def close_at(rules: RuleBook, offer: Offer, *, paid: bool, channel: str) -> Closing | None:
    """When an unarrived booking ends, how, and whether it counts against him; of several ends the earliest, at midnight at the latest.
    None: never, for nobody tells the system who came (``noshow.mark``).
    """
    ends = [end for held in rules.of(offer, channel) for end in _ends(held, offer, paid=paid, channel=channel)]
    if not ends:
        return None
    at = min(end.at for end in ends)
    now = [end for end in ends if end.at == at]
    return Closing(at=at, then=now[0].then, counts=any(end.counts for end in now))


def marks(rules: RuleBook) -> bool:
    """Whether any rule of the hospital has those who did not come marked as absent."""
    return any(terms.noshow.mark for maker in rules.makers for terms in maker.policy.every())


def _ends(held: Held, offer: Offer, *, paid: bool, channel: str) -> Iterator[Closing]:
    terms = held.terms
    mark = terms.noshow.mark
    counts = (
        mark
        and (not terms.noshow.channels or channel in terms.noshow.channels)
        and (terms.noshow.paid_counts or not paid)
    )
    pickup, late = terms.pickup, terms.late
    picked = pickup_until(held, offer, paid=paid)
    if picked is not None and pickup.then in ({"void", "release", "noshow"} if mark else {"void", "release"}):
        yield Closing(at=picked, then=_THEN[pickup.then], counts=counts and pickup.counts)
    if not mark:
        return
    if late.grace_minutes is not None and late.after_grace == "noshow":
        yield Closing(at=offer.start + MINUTE * (late.grace_minutes + 1), then="noshow", counts=counts)
    if late.lives_minutes is not None:
        yield Closing(at=offer.start + MINUTE * late.lives_minutes, then="noshow", counts=counts)
    midnight = datetime.combine(offer.day + DAY, time())
    yield Closing(at=midnight, then="noshow", counts=counts)


_THEN: dict[str, Then] = {"void": "void", "release": "release", "noshow": "noshow"}
