"""Which days are worked: weekends, public holidays, and the weekend days that are worked in their stead (调休). Pure.

The imported holiday table decides; a day that it does not name is worked Monday to Friday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """``named``: a day → whether it is worked (False: a holiday, True: a make-up workday)."""

    named: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether ``day`` is a working day."""
        return self.named.get(day, day.weekday() < SATURDAY)

    def holiday(self, day: date) -> bool:
        """Whether ``day`` is a public holiday (a plain weekend is none)."""
        return self.named.get(day) is False

    def after(self, day: date, working_days: int) -> date:
        """The ``working_days``-th working day after ``day``; ``day`` itself for 0."""
        while working_days:
            day += DAY
            working_days -= self.works(day)
        return day

    def before(self, day: date, working_days: int) -> date:
        """The ``working_days``-th working day before ``day``; ``day`` itself for 0."""
        while working_days:
            day -= DAY
            working_days -= self.works(day)
        return day


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on; the month's last day where it has no such day (31 January + 1: 28 February)."""
    first = date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1) - DAY
    return min(last, first + timedelta(days=day.day - 1))
