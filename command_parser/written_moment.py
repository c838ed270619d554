"""Dates and times written out among other fields: ``7月15日上午8:30``, ``07-15 08:30``, ``2026/7/15``, ``明天下午2点半``.

``read_moment`` takes them out of the atoms wherever they stand, date and time together or apart, and leaves a ``WHEN`` in their
place. The reader walks the atoms once and looks a fixed number of them ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from command_parser.atoms import COMMA, SPACE, Atom, Kind
from command_parser.cursor import Cursor
from command_parser.moment import Moment, day_on

WHEN: Final = Atom(Kind.WHEN, "")

_DATE_MARKS: Final = frozenset("-/.")
_RANGE_MARKS: Final = frozenset("-~至到")
_WEEKDAYS: Final = frozenset(f"{week}{day}" for week in ("周", "星期", "礼拜") for day in "一二三四五六日天")
_HALF_HOUR: Final = 30
_QUARTER: Final = 15


def read_moment(atoms: list[Atom], today: date, key: int = 0) -> Moment:
    """Take date and time out of ``atoms``. ``key`` is the width of the number that may be glued in front (doctor 5, booking code 8)."""
    reader = _Reader(atoms=atoms, today=today, key=key)
    while reader.at < len(atoms):
        reader.step()
    return reader.moment()


@dataclass(slots=True, kw_only=True)
class _Reader(Cursor):
    """Walks the atoms once; each step moves ``at`` forward by what it used."""

    today: date
    key: int
    day: date | None = None
    clock: tuple[int, int] | None = None
    period: str | None = None
    faulty: bool = False
    many: bool = False

    def moment(self) -> Moment:
        return Moment(
            today=self.today,
            day=self.day,
            clock=self.clock,
            period=self.period,
            faulty=self.faulty,
            many=self.many,
            rest=tuple(self.rest),
        )

    def step(self) -> None:
        atom = self.peek()
        match atom.kind:
            case Kind.NUMBER:
                if not (self._units() or self._colon() or self._marked()):
                    self.keep(atom)
            case Kind.PERIOD:
                self.period = atom.text
                self._used(1)
            case Kind.DAY:
                self._found_day(self.today + timedelta(days=int(atom.text)), 1)
            case Kind.UNIT:
                self._unit_as_word(atom)
            case _:
                self.keep(atom)

    def _used(self, count: int) -> None:
        self.keep(WHEN, count)

    def _unit_as_word(self, atom: Atom) -> None:
        """No number of a date went before: the character belongs to a word (时迁, 年华)."""
        following = self.peek(1)
        if following.kind is Kind.WORD:
            self.keep(Atom(Kind.WORD, atom.text + following.text), 2)
        else:
            self.keep(Atom(Kind.WORD, atom.text))

    # -- 年 月 日 点 分 -------------------------------------------------------------------------------------------------

    def _units(self) -> bool:
        unit = self.peek(1)
        if unit.kind is not Kind.UNIT:
            return False
        match unit.text:
            case "年":
                return self._year_unit()
            case "月":
                return self._month_unit(None)
            case "点" | "时":
                return self._hour_unit()
            case "岁":
                self.at += 2
                return True
            case "日" | "号" if self.small(0) is not None:
                self.faulty = True
                self._used(2)
                return True
        return False

    def _year_unit(self) -> bool:
        text = self.peek().text
        year = text[-4:] if len(text) in (4, self.key + 4) else text
        ahead = 3 if self.peek(2) == SPACE else 2
        if len(year) not in (2, 4) or self.small(ahead) is None or self.peek(ahead + 1) != Atom(Kind.UNIT, "月"):
            return False
        self.leave_head(text, year)
        self.at += ahead
        return self._month_unit(int(year) if len(year) == 4 else 2000 + int(year))

    def _month_unit(self, year: int | None) -> bool:
        text = self.peek().text
        month = self.last_part(text, (self.key,))
        if month is None:
            return False
        self.leave_head(text, month)
        ahead = 3 if self.peek(2) == SPACE else 2
        day = self.small(ahead)
        if day is None:
            self.faulty = True
            self._used(2)
            return True
        ends = self.peek(ahead + 1) in (Atom(Kind.UNIT, "日"), Atom(Kind.UNIT, "号"))
        self._found_day(day_on(year, int(month), day, self.today), ahead + 1 + ends)
        return True

    def _hour_unit(self) -> bool:
        text = self.peek().text
        hour = self.last_part(text, self._time_heads())
        if hour is None:
            return False
        self.leave_head(text, hour)
        minute, count = self._minutes()
        self._found_clock(int(hour), minute, count)
        return True

    def _minutes(self) -> tuple[int, int]:
        """The minutes after ``8点`` and how many atoms both take."""
        following = self.peek(2)
        if following.kind is Kind.UNIT:
            return (_HALF_HOUR if following.text == "半" else 0), 3
        minute = self.small(2)
        if minute is None:
            return 0, 2
        unit = self.peek(3)
        if unit == Atom(Kind.UNIT, "刻"):
            return minute * _QUARTER, 4
        return minute, 4 if unit == Atom(Kind.UNIT, "分") else 3

    def _time_heads(self) -> tuple[int, ...]:
        """What may be glued in front of an hour: MMDD unless the day is known, with or without the key before it."""
        return (self.key,) if self.day is not None else (4, self.key + 4)

    # -- 8:30, 07-15, 2026/7/15 ----------------------------------------------------------------------------------------

    def _colon(self) -> bool:
        text = self.peek().text
        minute = self.small(2)
        if self.peek(1) != Atom(Kind.MARK, ":") or minute is None:
            return False
        hour = self.last_part(text, self._time_heads())
        if hour is None:
            return False
        self.leave_head(text, hour)
        seconds = self.peek(3) == Atom(Kind.MARK, ":") and self.small(4) is not None
        self._found_clock(int(hour), minute, 5 if seconds else 4 if self.peek(3) == Atom(Kind.UNIT, "分") else 3)
        return True

    def _marked(self) -> bool:
        text, mark, second = self.peek().text, self.peek(1), self.small(2)
        if mark.kind is not Kind.MARK or mark.text not in _DATE_MARKS or second is None:
            return False
        third = self.small(4) if self.peek(3) == mark else None
        if third is not None and len(text) in (4, self.key + 4) and text[-4:].startswith("20"):
            self.leave_head(text, text[-4:])
            self._found_day(day_on(int(text[-4:]), second, third, self.today), 5)
            return True
        first = self.last_part(text, (self.key,))
        if first is None or (self.day is not None and self.clock is not None):
            return False
        self.leave_head(text, first)
        if self.day is None:
            self._found_day(day_on(None, int(first), second, self.today), 3)
        else:
            self._found_clock(int(first), second, 3)
        return True

    # -- what was found ------------------------------------------------------------------------------------------------

    def _found_day(self, day: date | None, count: int) -> None:
        self.many = self.many or self.day is not None
        self.faulty = self.faulty or day is None
        self.day = day
        self._used(count)
        self._skip_weekday()

    def _found_clock(self, hour: int, minute: int, count: int) -> None:
        self.faulty = self.faulty or self.clock is not None
        self.clock = (hour, minute)
        self._used(count)
        self._skip_end_of_range()

    def _skip_weekday(self) -> None:
        """Past ``(周三)`` between date and time; elsewhere 周三 may well be somebody's name."""
        ahead = 0
        while self.peek(ahead) in (SPACE, COMMA):
            ahead += 1
        if self.peek(ahead).kind is not Kind.WORD or self.peek(ahead).text not in _WEEKDAYS:
            return
        ahead += 1
        while self.peek(ahead) in (SPACE, COMMA):
            ahead += 1
        if self.peek(ahead).kind in (Kind.NUMBER, Kind.PERIOD):
            self.at += ahead

    def _skip_end_of_range(self) -> None:
        """Past the ``-9:00`` of ``8:30-9:00``: a booking is for the time at which the slot starts."""
        mark = 1 if self.peek() == SPACE else 0
        end = mark + (2 if self.peek(mark + 1) == SPACE else 1)
        if self.peek(mark).text not in _RANGE_MARKS or self.small(end) is None:
            return
        following = self.peek(end + 1)
        if following == Atom(Kind.MARK, ":") and self.small(end + 2) is not None:
            self.at += end + 3
        elif following in (Atom(Kind.UNIT, "点"), Atom(Kind.UNIT, "时")):
            self.at += end + 2
        elif following in (SPACE, COMMA):
            self.at += end + 1
