"""Rows of the year's calendar: days off, and weekends that are worked. Pure, as ``verdicts``."""

from __future__ import annotations

from datetime import date

from booking.store.imports.holidays import HolidayRow
from hotline.importing.cells import FAR, Refused, day_of, short
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Fields, Judged, judge

HOLIDAY_COLUMNS = {
    "day": ("日期", "day"),
    "kind": ("类型", "kind"),
    "name": ("名称", "节日", "name"),
}
_HOLIDAY_OPTIONAL = frozenset({"name"})
_HOLIDAY_KINDS = {
    "休": False,
    "放假": False,
    "休息": False,
    "OFF": False,
    "班": True,
    "上班": True,
    "调休": True,
    "补班": True,
    "WORK": True,
}
_SATURDAY = 5


def judge_holidays(sheet: Sheet, today: date) -> Judged[HolidayRow]:
    """Days already gone are taken as well: a calendar comes by the year."""

    def read(row: Fields) -> tuple[str, HolidayRow]:
        day = day_of(row["day"])
        if abs(day - today) > 2 * FAR:
            raise Refused(f"日期 {day} 离今天两年以上，请核对")
        works = _HOLIDAY_KINDS.get(row["kind"].upper())
        if works is None:
            raise Refused("类型应为 休 或 班")
        if works and day.weekday() < _SATURDAY:
            raise Refused(f"{day} 不是周末，本来就上班，不必标“班”")
        return str(day), HolidayRow(day=day, works=works, name=short(row["name"], "名称", 40))

    return judge(sheet, HOLIDAY_COLUMNS, _HOLIDAY_OPTIONAL, read)
