"""What the rules say to one request: pure functions of policy, facts and now. The store gathers the facts and obeys.

Order of refusals (the first that applies is told): not on sale, too late, stopped, patient already in that session, day limit,
taken. A patient who asks for the slot that he holds himself hears of his booking, not that it is full.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from booking.rules.policy import HousePolicy


class Verdict(Enum):
    GRANT = auto()
    NOT_ON_SALE = auto()
    STOPPED = auto()
    CUTOFF = auto()
    ALREADY = auto()
    DAY_LIMIT = auto()
    FULL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """A slot as it stands when the verdict is given, earlier requests of the same batch included."""

    start: datetime
    day: date
    taken: bool
    stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """``in_session``: holds a live booking in the slot's session; ``on_day``: live bookings on the slot's day."""

    in_session: bool
    on_day: int


def last_day(policy: HousePolicy, now: datetime) -> date:
    """The furthest day on sale."""
    return now.date() + timedelta(days=policy.window_days)


def first_start(policy: HousePolicy, now: datetime) -> datetime:
    """The earliest start that may still be booked is later than this moment."""
    return now + timedelta(minutes=policy.book_minutes_before)


def slot_verdict(policy: HousePolicy, slot: SlotFacts, now: datetime) -> Verdict:
    """What can be said without knowing the patient, ``taken`` aside: GRANT, NOT_ON_SALE, STOPPED or CUTOFF."""
    if slot.day > last_day(policy, now):
        return Verdict.NOT_ON_SALE
    if slot.start <= first_start(policy, now):
        return Verdict.CUTOFF
    return Verdict.STOPPED if slot.stopped else Verdict.GRANT


def patient_verdict(policy: HousePolicy, slot: SlotFacts, patient: PatientFacts) -> Verdict:
    """What the patient's own bookings and the slot's say: GRANT, ALREADY, DAY_LIMIT or FULL."""
    if patient.in_session:
        return Verdict.ALREADY
    if patient.on_day >= policy.bookings_per_patient_day:
        return Verdict.DAY_LIMIT
    return Verdict.FULL if slot.taken else Verdict.GRANT


def may_cancel(policy: HousePolicy, start: datetime, now: datetime) -> bool:
    """Whether a booking of that start may still be given back by the patient."""
    return now < start - timedelta(minutes=policy.cancel_minutes_before)


def may_register(policy: HousePolicy, patients: int) -> bool:
    """Whether a phone that has ``patients`` may register one more."""
    return patients < policy.patients_per_phone
