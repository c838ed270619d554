"""The demo's hospital is plausible, the same on every start, and only grows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from command_parser.phone import read_phone
from hotline.demo.hospital import FAMOUS, departments, doctors, sessions

TODAY = date(2026, 7, 14)


def test_twelve_departments_and_sixty_doctors() -> None:
    """12 departments of 5 doctors, all numbers and names different; 00868 is in 心血管内科."""
    people = doctors()
    names = {department.code: department.name for department in departments()}
    assert len(names) == 12
    assert set(Counter(doctor.department_code for doctor in people).values()) == {5}
    assert len({doctor.number for doctor in people}) == len({doctor.name for doctor in people}) == 60
    assert [names[doctor.department_code] for doctor in people if doctor.number == FAMOUS] == ["心血管内科"]


def test_doctors_phones_are_mobiles_that_nobody_has() -> None:
    """Texts to doctors go to well-formed mobile numbers in a block that was never given out."""
    for doctor in doctors():
        assert doctor.phone is not None
        phone = read_phone(doctor.phone)
        assert phone is not None
        assert phone.mobile
        assert phone.e164.startswith("+86161")


def test_about_fifteen_thousand_numbers_over_the_window() -> None:
    """Today and the ten days after hold about 15,000 numbers, whatever weekday today is; 00868 works every day."""
    people = doctors()
    for offset in range(7):
        rows = sessions(TODAY + timedelta(days=offset), 11, people)
        assert 14_000 <= sum(row.slots for row in rows) <= 16_500
        assert Counter(row.day for row in rows if row.doctor == FAMOUS) == {row.day: 2 for row in rows}


def test_tomorrow_adds_a_day_and_changes_none() -> None:
    """A later start gives the same sessions for the days both know."""
    people = doctors()
    today = [row for row in sessions(TODAY, 11, people) if row.day > TODAY]
    tomorrow = [row for row in sessions(TODAY + timedelta(days=1), 11, people) if row.day <= TODAY + timedelta(days=10)]
    assert today == tomorrow
