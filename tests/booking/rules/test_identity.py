"""Age, documents, guardians."""

from datetime import date

import pytest
from told_rules import at, book, number

from booking.rules.facts import PatientFacts
from booking.rules.onsale import patient_ruling

OF_16 = date(2009, 7, 15)
"""Sixteen on the day of the visit, fifteen the day before."""


@pytest.mark.parametrize(
    ("text", "facts", "reason"),
    [
        ("lowest_age = 16", {"birth": OF_16}, "ALLOWED"),
        ("lowest_age = 16", {"birth": date(2009, 7, 16)}, "TOO_YOUNG"),
        ("lowest_age = 16", {"birth": None}, "ALLOWED"),
        ('lowest_age = 16\nage_on = "booking"', {"birth": OF_16}, "TOO_YOUNG"),
        ('lowest_age = 16\nage_on = "booking"', {"birth": date(2009, 7, 14)}, "ALLOWED"),
        ("guardian_under = 16", {"birth": date(2009, 7, 16)}, "NEEDS_GUARDIAN"),
        ("guardian_under = 16", {"birth": date(2009, 7, 16), "guardian": True}, "ALLOWED"),
        ("guardian_under = 16", {"birth": OF_16}, "ALLOWED"),
        ("", {"document": ""}, "NEEDS_GUARDIAN"),
        ("", {"document": "", "guardian": True}, "ALLOWED"),
        ("guardian_accepted = false", {"document": "", "guardian": True}, "NEEDS_OWN_DOCUMENT"),
        ("guardian_until = 16", {"document": "", "guardian": True, "birth": date(2009, 7, 16)}, "ALLOWED"),
        ("guardian_until = 16", {"document": "", "guardian": True, "birth": OF_16}, "NEEDS_OWN_DOCUMENT"),
        ("guardian_until = 16", {"document": "", "guardian": True}, "NEEDS_OWN_DOCUMENT"),
        ('documents = ["id-card"]', {"document": "passport"}, "NEEDS_OWN_DOCUMENT"),
        ('documents = ["id-card"]', {"document": "id-card"}, "ALLOWED"),
        ('documents = ["id-card"]', {"document": "passport", "first_visit": True}, "ALLOWED"),
        ('documents_first = ["id-card"]', {"document": "passport", "first_visit": True}, "NEEDS_OWN_DOCUMENT"),
        ('documents_first = ["id-card"]', {"document": "passport"}, "ALLOWED"),
    ],
)
def test_papers_and_age(text, facts, reason):
    """One rule at a time, on both sides of a birthday."""
    said = patient_ruling(
        book(f"[identity]\n{text}"), number("15 09:00"), "phone", PatientFacts(**facts), at("14 09:00")
    )
    assert said.reason == reason
    assert said.rule.startswith("identity.") is not said.allowed
