"""Phrases that many replies are made of: days and moments, one right example, what can be had instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from booking.views import DoctorView, OpenTime
from command_parser.commands import Book, Change, Register
from command_parser.hints import SAMPLE_DOCTOR, SAMPLE_NAME, booking_text
from command_parser.render import render
from sms_gateway.replies.asked import Asked

LINES_MAX = 4
_WEEKDAYS = "一二三四五六日"


def day_words(day: date) -> str:
    return f"{day.month}月{day.day}日(周{_WEEKDAYS[day.weekday()]})"


def clock_words(at: datetime) -> str:
    """``8:30``"""
    return f"{at.hour}:{at.minute:02}"


def moment_words(start: datetime) -> str:
    return f"{day_words(start.date())}{clock_words(start)}"


def book_example(asked: Asked, doctor: str = SAMPLE_DOCTOR, start: datetime | None = None) -> str:
    """A text that is right in every field: the booking that is to be moved, or the asked name (or the sample's); a time to come."""
    match asked.command:
        case Change(serial=serial):
            return render(Change(serial=serial, when=start or _tomorrow(asked)))
        case Book(name=str(name)) if name:
            pass
        case Register(name=str(name)) if name:
            pass
        case _:
            name = SAMPLE_NAME
    return booking_text(doctor, start or _tomorrow(asked), name)


def _tomorrow(asked: Asked) -> datetime:
    return datetime.combine(asked.today + timedelta(days=1), time(8, 30))


def to_book(asked: Asked) -> str:
    """Both ways to book: step by step, which works in every house, and in one text by the sample's pattern."""
    return f"预约请发 GH，或如 {book_example(asked)}"


def look_up(doctor: DoctorView) -> str:
    return f"查医生时间请发 CX{doctor.number}"


def choices(asked: Asked, doctor: DoctorView, times: Sequence[OpenTime]) -> str:
    """What can be had instead: the nearest free times with one right example, or where else to look."""
    if not times:
        return f"该医生近期没有空号。查同科医生请发 CX{doctor.department}"
    days = times_by_day(times[:3])
    listed = "，".join(f"{day_words(day)}{'、'.join(hours)}" for day, hours in days.items())
    return f"可约：{listed}。请发 {book_example(asked, doctor.number, times[0].start)}"


def times_by_day(times: Sequence[OpenTime]) -> dict[date, list[str]]:
    days: dict[date, list[str]] = {}
    for free in times:
        days.setdefault(free.start.date(), []).append(clock_words(free.start))
    return days
