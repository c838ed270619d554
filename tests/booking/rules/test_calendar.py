"""Working days: weekends, holidays and the weekend days worked in their stead."""

from datetime import date

import pytest

from booking.rules.calendar import Calendar, months_after

FRIDAY, SATURDAY, MONDAY = date(2025, 9, 26), date(2025, 9, 27), date(2025, 9, 29)
NATIONAL = Calendar({date(2025, 9, 28): True, **{date(2025, 10, day): False for day in range(1, 9)}})


def test_a_worked_sunday_is_a_working_day_and_a_holiday_is_none():
    """调休: 28 September 2025 is a Sunday that is worked, 1 to 8 October are off."""
    assert [NATIONAL.works(day) for day in (FRIDAY, SATURDAY, date(2025, 9, 28), MONDAY, date(2025, 10, 8))] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert [NATIONAL.holiday(day) for day in (SATURDAY, date(2025, 9, 28), date(2025, 10, 1))] == [False, False, True]


@pytest.mark.parametrize(
    ("day", "count", "later", "before"),
    [
        (FRIDAY, 0, FRIDAY, FRIDAY),
        (FRIDAY, 1, date(2025, 9, 28), date(2025, 9, 25)),
        (date(2025, 9, 30), 1, date(2025, 10, 9), MONDAY),
        (date(2025, 10, 4), 1, date(2025, 10, 9), date(2025, 9, 30)),
        (date(2025, 10, 4), 2, date(2025, 10, 10), MONDAY),
        (MONDAY, 2, date(2025, 10, 9), FRIDAY),
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(day, count, later, before):
    """The n-th working day after and before a day."""
    assert (NATIONAL.after(day, count), NATIONAL.before(day, count)) == (later, before)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-07-15", 12, "2026-07-15"),
        ("2025-07-15", 0, "2025-07-15"),
        ("2025-11-15", 1, "2025-12-15"),
    ],
)
def test_months_end_where_the_month_does(day, months, then):
    """A month after 31 January is the last of February."""
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(then)
