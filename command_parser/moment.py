"""A date and a time as they were written, possibly in pieces, and what they come to together.

``written_moment`` finds what is spelled out (``7月15日``, ``8:30``); plain runs of digits belong to the command, which hands those that are
not its key number to ``Moment.resolve``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from command_parser.atoms import Atom
from command_parser.commands import Reason
from command_parser.when import clock_time, day_of_year, nearest_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``day`` and ``clock`` (hour, minute as written) where they were found. ``faulty``: something written cannot be a date or time;
    ``many``: more than one date. ``rest``: the other atoms."""

    today: date
    day: date | None = None
    clock: tuple[int, int] | None = None
    period: str | None = None
    faulty: bool = False
    many: bool = False
    rest: tuple[Atom, ...] = ()

    @property
    def empty(self) -> bool:
        return self.day is None and self.clock is None and self.period is None and not self.faulty

    def resolve(self, digits: str) -> datetime | Reason:
        """The moment, with ``digits`` (MMDDHHMM, MMDD, HHMM, with a year or not) supplying what was not written out."""
        if self.many:
            return Reason.SEVERAL_COMMANDS
        if self.empty and not digits:
            return Reason.MISSING_DATETIME
        whole = self._with(digits) if digits else self
        at = whole._time()
        if whole.faulty or whole.day is None or at is None:
            return Reason.BAD_DATETIME
        return datetime.combine(whole.day, at)

    def day_in(self, digits: str) -> date | None:
        """The date alone: written out, or ``digits`` as MMDD, YYYYMMDD or MMDDHHMM."""
        whole = self._with(digits) if digits else self
        return None if whole.faulty or whole.many else whole.day

    def _with(self, digits: str) -> Moment:
        bad = replace(self, faulty=True)
        match len(digits):
            case 3 | 4 if self.day is not None:
                return bad if self.clock else replace(self, clock=_clock(digits))
            case 4:
                return self._on(digits)
            case 8 if self.day is None and self.clock is None and not _dated_year(digits):
                return replace(self._on(digits[:4]), clock=_clock(digits[4:]))
            case 8 if self.day is None:
                return self._on(digits[4:], int(digits[:4]))
            case 12 if self.day is None and self.clock is None:
                return replace(self._on(digits[4:8], int(digits[:4])), clock=_clock(digits[8:]))
        return bad

    def _on(self, mmdd: str, year: int | None = None) -> Moment:
        day = day_on(year, int(mmdd[:2]), int(mmdd[2:]), self.today)
        return replace(self, day=day, faulty=self.faulty or day is None)

    def _time(self) -> time | None:
        if self.clock is None:
            return None
        hour, minute = self.clock
        if self.period == "AM" and hour > 12:
            return None
        afternoon = self.period == "PM" or (self.period == "NOON" and hour < 3)
        return clock_time(hour + 12 if afternoon and 0 < hour < 12 else hour, minute)


def day_on(year: int | None, month: int, day: int, today: date) -> date | None:
    """The date; its year is the nearest, or the one written where that is the same."""
    return nearest_day(month, day, today) if year is None else day_of_year(year, month, day, today)


def _clock(digits: str) -> tuple[int, int]:
    return int(digits[:-2]), int(digits[-2:])


def _dated_year(digits: str) -> bool:
    """``20260715`` is a date with its year: there is no month 20."""
    return digits.startswith("20")
