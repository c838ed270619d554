"""How a rule book writes times: a time of day, hours that may cross midnight, spans, and deadlines before a visit. Pure.

Law: each has one written form; what ``parse`` reads, ``str`` writes, and reading that again gives the same value. ``parse`` raises
ValueError with a sentence that shows a right example.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from booking.rules.calendar import DAY, Calendar, months_after

MIDNIGHT = 1440
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_SPAN = re.compile(r"(\d{1,4}) (days?|months?)")
_DAYS = re.compile(r"D(?:-(\d{1,3})(wd)?)?(?: (\d{1,2}:\d\d))?")
_MINUTES = re.compile(r"(\d{1,5}) ?min")
FOREVER = datetime(9999, 1, 1)  # noqa: DTZ001 (the hospital's wall)
NEVER = datetime(1, 1, 1)  # noqa: DTZ001 (the hospital's wall)


@dataclass(frozen=True, slots=True, order=True)
class Clock:
    """A time of day in whole minutes; ``24:00`` is the day's end."""

    minutes: int

    @classmethod
    def parse(cls, text: str) -> Clock:
        found = _CLOCK.fullmatch(text.strip())
        minutes = int(found[1]) * 60 + int(found[2]) if found else MIDNIGHT + 1
        if minutes > MIDNIGHT:
            raise ValueError('应为 24 小时制的时刻，例如 "08:30"')
        return cls(minutes)

    def on(self, day: date) -> datetime:
        return datetime.combine(day, time()) + timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Hours:
    """From ``start`` up to, not including, ``end``; over midnight when ``end`` is the earlier."""

    start: Clock
    end: Clock

    @classmethod
    def parse(cls, text: str) -> Hours:
        start, dash, end = text.partition("-")
        if not dash or start.strip() == end.strip():
            raise ValueError('应为起止时刻，例如 "23:40-00:10"')
        return cls(Clock.parse(start), Clock.parse(end))

    def until(self, now: datetime) -> datetime | None:
        """When the hours that ``now`` is in end; None outside them."""
        for day in (now.date() - DAY, now.date()):
            end = self.end.on(day if self.end > self.start else day + DAY)
            if self.start.on(day) <= now < end:
                return end
        return None

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Span:
    """So many days or months; ``month-end``: the rest of the calendar month; ``forever``."""

    count: int
    unit: Literal["days", "months", "month-end", "forever"]

    @classmethod
    def parse(cls, text: str) -> Span:
        if text in {"month-end", "forever"}:
            return cls(0, "month-end" if text == "month-end" else "forever")
        found = _SPAN.fullmatch(text.strip())
        if found is None or not int(found[1]):
            raise ValueError('应为时长，例如 "90 days"、"3 months"、"month-end"（当月剩余）或 "forever"（不限期）')
        return cls(int(found[1]), "months" if found[2].startswith("month") else "days")

    def after(self, moment: datetime) -> datetime:
        """The end of a span that begins at ``moment``; ``FOREVER`` when it has none."""
        match self.unit:
            case "days":
                return moment + timedelta(days=self.count)
            case "months":
                return datetime.combine(months_after(moment.date(), self.count), moment.time())
            case "month-end":
                return datetime.combine(months_after(moment.date().replace(day=1), 1), time())
            case _:
                return FOREVER

    def days(self) -> int:
        """At least so many days as the span can have."""
        return self.count * 31 if self.unit == "months" else self.count

    def __str__(self) -> str:
        return f"{self.count} {self.unit}" if self.count else self.unit


@dataclass(frozen=True, slots=True)
class Visit:
    """What a deadline is reckoned from: when the visit is, and when half days begin."""

    start: datetime
    day: date
    period: str
    calendar: Calendar
    halves: Halves


@dataclass(frozen=True, slots=True)
class Halves:
    """When the half days begin."""

    am: Clock
    pm: Clock
    eve: Clock

    def before(self, day: date, period: str) -> datetime:
        """The beginning of the half day before that one."""
        if period == "AM":
            return self.pm.on(day - DAY)
        return self.am.on(day) if period == "PM" else self.pm.on(day)


@dataclass(frozen=True, slots=True)
class DayBefore:
    """``D-1 15:00``, ``D-2wd 08:00``, ``D 06:00``; without a time: that day's end."""

    days: int
    working: bool
    at: Clock

    def moment(self, visit: Visit) -> datetime:
        day = visit.calendar.before(visit.day, self.days) if self.working else visit.day - timedelta(days=self.days)
        return self.at.on(day)

    def __str__(self) -> str:
        return f"D{f'-{self.days}' if self.days else ''}{'wd' if self.working else ''} {self.at}"


@dataclass(frozen=True, slots=True)
class Before:
    """``30min``: so long before the visit's start; ``start`` is ``0min``."""

    minutes: int

    def moment(self, visit: Visit) -> datetime:
        return visit.start - timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return f"{self.minutes}min"


@dataclass(frozen=True, slots=True)
class HalfDay:
    """``half-day``: the beginning of the half day before the visit's."""

    def moment(self, visit: Visit) -> datetime:
        return visit.halves.before(visit.day, visit.period)

    def __str__(self) -> str:
        return "half-day"


@dataclass(frozen=True, slots=True)
class Never:
    """``never``: it is always too late."""

    def moment(self, visit: Visit) -> datetime:
        del visit
        return NEVER

    def __str__(self) -> str:
        return "never"


@dataclass(frozen=True, slots=True)
class PerHalf:
    """``AM 09:00 / PM 13:30``, with `` / EVE …`` where the evening has its own (else the afternoon's)."""

    am: Simple
    pm: Simple
    eve: Simple | None = None

    def moment(self, visit: Visit) -> datetime:
        if visit.period == "AM":
            return self.am.moment(visit)
        return (self.eve if visit.period == "EVE" and self.eve is not None else self.pm).moment(visit)

    def __str__(self) -> str:
        return f"AM {self.am} / PM {self.pm}" + (f" / EVE {self.eve}" if self.eve is not None else "")


Simple = DayBefore | Before | HalfDay | Never
Deadline = Simple | PerHalf
AT_START = Before(0)
_WORDS: dict[str, Simple] = {"start": AT_START, "half-day": HalfDay(), "never": Never()}
_HINT = '应为截止时刻，例如 "D-1 15:00"、"D-2wd 08:00"（工作日）、"D 06:00"、"30min"、"half-day"、"AM 09:00 / PM 13:30"、"start" 或 "never"'


def parse_deadline(text: str) -> Deadline:
    """The deadline that is written so."""
    if text.startswith("AM "):
        parts = dict(_named_half(part) for part in text.split("/"))
        if not {"AM", "PM"} <= set(parts) <= {"AM", "PM", "EVE"}:
            raise ValueError(_HINT)
        return PerHalf(parts["AM"], parts["PM"], parts.get("EVE"))
    return _simple(text.strip())


def _named_half(part: str) -> tuple[str, Simple]:
    name, _, rest = part.strip().partition(" ")
    return name, _simple(rest.strip())


def _simple(text: str) -> Simple:
    if (word := _WORDS.get(text)) is not None:
        return word
    if (found := _MINUTES.fullmatch(text)) is not None:
        return Before(int(found[1]))
    if (found := _DAYS.fullmatch(text)) is not None:
        at = Clock.parse(found[3]) if found[3] else Clock(MIDNIGHT)
        return DayBefore(int(found[1] or 0), bool(found[2]) and int(found[1] or 0) > 0, at)
    if _CLOCK.fullmatch(text) is not None:
        return DayBefore(0, False, Clock.parse(text))
    raise ValueError(_HINT)
