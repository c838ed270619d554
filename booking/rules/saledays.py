"""Which days one maker's rules sell in one minute: window, release, days of the week, cut-offs. Worked out once a minute a place."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking.rules.calendar import DAY, Calendar, months_after
from booking.rules.moments import Clock
from booking.rules.policy import Terms, Window
from booking.rules.ruling import ALLOWED, Reason, Ruling

SATURDAY, SUNDAY = 5, 6


class Sale:
    """All times of the rules are whole minutes, so that what is said of a day holds for the whole minute ``minute``."""

    __slots__ = ("_days", "calendar", "first", "last", "minute", "open_from", "shut_through", "terms", "today")

    def __init__(self, terms: Terms, calendar: Calendar, minute: datetime) -> None:
        self.terms = terms
        self.calendar = calendar
        self.minute = minute
        self.today = minute.date()
        window = terms.window
        self.first = (
            calendar.after(self.today, window.from_)
            if window.from_unit == "workday"
            else self.today + timedelta(days=window.from_)
        )
        self.last = last_day(window, calendar, minute)
        self.shut_through = _shut_through(terms, calendar, minute)
        self.open_from = _open_from(terms, minute)
        self._days: dict[date, Ruling] = {}

    def of(self, day: date) -> Ruling:
        """What is said of every number of ``day``; its rule is bare of maker and layer."""
        ruling = self._days.get(day)
        if ruling is None:
            ruling = self._days[day] = self._judge(day)
        return ruling

    def _judge(self, day: date) -> Ruling:
        if (closed := _kind_of_day(self.terms.window, self.calendar, day)) is not None:
            return Ruling(reason=Reason.NOT_ON_SALE, rule=closed)
        if day > self.last:
            return self._not_yet(day)
        if day < self.today:
            return Ruling(reason=Reason.CUTOFF, rule="booking.before")
        if day == self.today and not self.terms.booking.same_day:
            return Ruling(reason=Reason.NOT_ON_SALE, rule="booking.same_day")
        if day < self.first:
            return Ruling(reason=Reason.NOT_ON_SALE, rule="window.from")
        if self.today < day <= self.shut_through:
            return Ruling(reason=Reason.CUTOFF, rule="booking.next_day_cutoff")
        return ALLOWED

    def _not_yet(self, day: date) -> Ruling:
        """Later today it is only the release that is waited for; else the day lies beyond the window."""
        opens = opening(self.terms.window, self.calendar, day, self.today)
        if opens is not None and opens.date() == self.today:
            return Ruling(reason=Reason.NOT_OPEN_YET, rule="window.release", when=opens)
        return Ruling(reason=Reason.NOT_ON_SALE, rule="window.to", when=opens)

    def same_day_shut(self, half: str) -> bool:
        """Whether today's numbers of that half day are past their own cut-off."""
        booking = self.terms.booking
        cutoff = booking.same_day_am if half == "AM" else booking.same_day_pm
        return cutoff is not None and self.minute >= cutoff.on(self.today)

    def nevers(self) -> frozenset[date]:
        """The days between the first and the last that are not sold."""
        days = ((self.last - self.today).days + 1) if self.last >= self.today else 0
        window = (self.today + timedelta(days=each) for each in range(days))
        return frozenset(day for day in window if not self.of(day).allowed)


def last_day(window: Window, calendar: Calendar, now: datetime) -> date:
    """The furthest day on sale: a day less before the hour of release. Before the first day: none is."""
    unreleased = window.release is not None and now < window.release.on(now.date())
    back, today = window.count_today + unreleased, now.date()
    match window.to_unit:
        case "month":
            return months_after(today, window.to) - timedelta(days=back)
        case "workday" if window.to >= back:
            return calendar.after(today, window.to - back)
        case _:
            return today + timedelta(days=window.to - back)


def opening(window: Window, calendar: Calendar, day: date, today: date) -> datetime | None:
    """When ``day`` comes into the window, from today on; None when not before the day itself is over."""
    release = window.release or Clock(0)
    at = today
    while at <= day:
        if last_day(window, calendar, release.on(at)) >= day:
            return release.on(at)
        at += DAY
    return None


def _kind_of_day(window: Window, calendar: Calendar, day: date) -> str | None:
    """The flag by which a day of that kind is never sold."""
    if calendar.holiday(day) and not window.holiday:
        return "window.holiday"
    if calendar.named.get(day):
        return None
    if day.weekday() == SATURDAY and not window.saturday:
        return "window.saturday"
    return "window.sunday" if day.weekday() == SUNDAY and not window.sunday else None


def _shut_through(terms: Terms, calendar: Calendar, now: datetime) -> date:
    """The last day that the next-day cut-off has closed; today when it has closed none."""
    cutoff, today = terms.booking.next_day_cutoff, now.date()
    if cutoff is None:
        return today
    past = now >= cutoff.on(today)
    if terms.booking.bridge:
        return calendar.after(today, 1) if past or not calendar.works(today) else today
    return today + DAY if past else today


def _open_from(terms: Terms, now: datetime) -> datetime | None:
    """When booking, shut at this hour, opens again; None while it is open."""
    until = None
    at = now
    for _ in range(len(terms.booking.closed)):
        for hours in terms.booking.closed:
            if (end := hours.until(at)) is not None:
                until = at = end
    return until
