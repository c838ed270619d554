"""A hospital's booking rules as data. The defaults are the strictest that the published rules agree on, or no rule at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePolicy:
    """``patients_per_phone``: how many patients one phone may register · ``bookings_per_patient_day``: live bookings of one
    patient on one visit day · ``book_minutes_before`` / ``cancel_minutes_before``: how long before a slot's start booking and
    cancelling end · ``window_days``: how many days after today are on sale (10: today and the ten days that follow).
    """

    patients_per_phone: int = 4
    bookings_per_patient_day: int = 2
    book_minutes_before: int = 0
    cancel_minutes_before: int = 0
    window_days: int = 10
