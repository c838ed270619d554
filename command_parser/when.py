"""Days and times as patients give them: month and day without a year, hour and minute of the hospital's wall clock.

The year is the one that makes the date the nearest that is not in the past. Today counts even when the hour has gone by: whether
a time of today may still be booked is a rule of the hospital, not of the calendar. 29 February is the next one there is.
A year that was written must be that same year, so that month and day alone always say the same date again.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

_LEAP_SEARCH: Final = 9
"""Years to look ahead: between 1896 and 1904, or 2096 and 2104, eight years pass without a 29 February."""


def nearest_day(month: int, day: int, today: date) -> date | None:
    """The first such date from ``today`` on, or None when the calendar has no such day."""
    for year in range(today.year, today.year + _LEAP_SEARCH):
        found = _date(year, month, day)
        if found is not None and found >= today:
            return found
    return None


def day_of_year(year: int, month: int, day: int, today: date) -> date | None:
    """The date as written with its year; None when it does not exist, is past, or is not the nearest such date."""
    found = _date(year, month, day)
    return found if found is not None and found == nearest_day(month, day, today) else None


def clock_time(hour: int, minute: int) -> time | None:
    """``(8, 30)`` → 08:30; None when the clock has no such time (24:00 included)."""
    return time(hour, minute) if 0 <= hour < 24 and 0 <= minute < 60 else None


def parse_day(mmdd: str, now: datetime) -> date | None:
    """``"0715"`` → the nearest 15 July not in the past; None for anything but four digits naming a day that exists."""
    if not _is_digits(mmdd, 4):
        return None
    return nearest_day(int(mmdd[:2]), int(mmdd[2:]), now.date())


def parse_when(mmddhhmm: str, now: datetime) -> datetime | None:
    """``"07150830"`` → that moment on the hospital's wall (naive, like ``now``); None for anything but eight digits that make sense."""
    if not _is_digits(mmddhhmm, 8):
        return None
    day = parse_day(mmddhhmm[:4], now)
    at = clock_time(int(mmddhhmm[4:6]), int(mmddhhmm[6:]))
    return None if day is None or at is None else datetime.combine(day, at)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()
