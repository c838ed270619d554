from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.when import clock_time, day_of_year, nearest_day, parse_day, parse_when


def at(wall: str) -> datetime:
    """A moment on the hospital's wall, without a zone."""
    return datetime.fromisoformat(wall)


NOW = at("2026-07-14 09:00")


@pytest.mark.parametrize(
    ("mmddhhmm", "expected"),
    [
        ("07150830", at("2026-07-15 08:30")),
        ("07140830", at("2026-07-14 08:30")),
        ("07130830", at("2027-07-13 08:30")),
        ("12312359", at("2026-12-31 23:59")),
        ("01010000", at("2027-01-01 00:00")),
        ("02290900", at("2028-02-29 09:00")),
    ],
)
def test_the_year_is_the_nearest_not_in_the_past(mmddhhmm: str, expected: datetime) -> None:
    """A date without a year is the next such date; today counts even when the hour has gone by."""
    assert parse_when(mmddhhmm, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0715083",
        "071508300",
        "07322430",
        "02300900",
        "00150830",
        "13010830",
        "07152400",
        "07150860",
        "0715083x",
        "０７１５０８３０",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    """Digits that no calendar or clock shows are refused."""
    assert parse_when(text, NOW) is None


def test_days_alone() -> None:
    """MMDD alone follows the same rule."""
    assert parse_day("0715", NOW) == date(2026, 7, 15)
    assert parse_day("0230", NOW) is None
    assert parse_day("715", NOW) is None


def test_the_leap_day_is_found_across_a_century_without_one() -> None:
    """29 February after 2096 is in 2104."""
    assert nearest_day(2, 29, date(2097, 1, 1)) == date(2104, 2, 29)


def test_the_end_of_the_calendar_is_no_error() -> None:
    """Even on the last day a datetime knows, an impossible date is only None."""
    assert nearest_day(1, 1, date(9999, 12, 31)) is None


def test_a_written_year_must_be_the_nearest() -> None:
    """A year that has gone by, or lies further ahead than the next such date, is refused rather than guessed at."""
    today = NOW.date()
    assert day_of_year(2026, 7, 15, today) == date(2026, 7, 15)
    assert day_of_year(2025, 7, 15, today) is None
    assert day_of_year(2027, 7, 15, today) is None
    assert day_of_year(2026, 2, 30, today) is None


def test_clock_times() -> None:
    """24:00 and 8:60 are on no clock."""
    assert clock_time(8, 30) == time(8, 30)
    assert clock_time(24, 0) is None
    assert clock_time(8, 60) is None


@given(st.datetimes(at("2000-01-01 00:00"), at("2400-01-01 00:00")), st.dates(date(2000, 1, 1), date(2004, 12, 31)))
def test_every_date_is_found_again(now: datetime, day: date) -> None:
    """Whatever today is, each month and day lead to a date from today on, and to the first such one."""
    found = parse_day(f"{day:%m%d}", now)
    assert found is not None
    assert found >= now.date()
    assert (found.month, found.day) == (day.month, day.day)
    assert (found - now.date()).days <= (366 if (day.month, day.day) != (2, 29) else 8 * 366)
