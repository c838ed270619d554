"""What the rules answer: allowed, or refused for one reason, by which rule, and from when it would be allowed. Pure values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """The codes that doors, logs, the API and ``hotline policy try`` share (outside contract, "the words a patient texts")."""

    ALLOWED = "ALLOWED"
    NOT_OPEN_YET = "NOT_OPEN_YET"  # its day is not released yet
    NOT_ON_SALE = "NOT_ON_SALE"  # beyond or before the window, or a kind of day that is never sold
    CLOSED = "CLOSED"  # booking is shut at this hour
    CUTOFF = "CUTOFF"  # too late for this visit
    CLINIC_STOPPED = "CLINIC_STOPPED"
    CHANNEL = "CHANNEL"  # this number is not sold through this channel
    ALREADY_BOOKED = "ALREADY_BOOKED"
    LIMIT = "LIMIT"
    BLACKLISTED = "BLACKLISTED"
    TOO_YOUNG = "TOO_YOUNG"
    NEEDS_GUARDIAN = "NEEDS_GUARDIAN"
    NEEDS_OWN_DOCUMENT = "NEEDS_OWN_DOCUMENT"
    NOT_ADMITTED = "NOT_ADMITTED"  # the phone line is for a group of callers that this one is not in
    FULL = "FULL"
    TOO_LATE_TO_CANCEL = "TOO_LATE_TO_CANCEL"
    NEVER_CANCELLED = "NEVER_CANCELLED"
    TOO_LATE = "TOO_LATE"  # at pick-up or check-in
    TOO_EARLY = "TOO_EARLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """``rule`` names the parameter that decided (``window``, ``limits[2]``, ``platform: cancel.deadline``), empty when allowed;
    ``when`` is the first moment (hospital's wall) at which the same wish would be allowed, None when never or unknown;
    ``most`` is the number of a limit; ``scope`` and ``per`` tell which (``department``, ``visit-day``).
    """

    reason: Reason
    rule: str = ""
    when: datetime | None = None
    most: int | None = None
    scope: str = ""
    per: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason is Reason.ALLOWED


ALLOWED = Ruling(reason=Reason.ALLOWED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRuling:
    """``counts_as`` is what an accepted late cancel is entered as (``late-cancel``), None when it counts for nothing."""

    ruling: Ruling
    counts_as: str | None = None


STEPS_MOST = 100


def settled(judge: Callable[[datetime], Ruling], now: datetime) -> Ruling:
    """The ruling at ``now``, its ``when`` made good for all rules together: each refusal leads to the moment at which it ends, until
    nothing refuses. Nothing can be allowed in between, for each refusal holds up to its own ``when``.
    """
    first = told = judge(now)
    at = now
    steps = 0
    while told.when is not None and told.when > at and steps < STEPS_MOST:
        at, steps = told.when, steps + 1
        told = judge(at)
    return first if first.allowed else replace(first, when=at if told.allowed else None)
