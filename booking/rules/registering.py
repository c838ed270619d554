"""How many patients one phone may register."""

from __future__ import annotations

from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling


def register_ruling(rules: RuleBook, patients: int) -> Ruling:
    """Whether a phone that has ``patients`` may register one more."""
    most = rules.house.patients_per_phone
    if patients < most:
        return ALLOWED
    return Ruling(reason=Reason.LIMIT, rule="mobile.patients", most=most, scope="phone-patients")
