"""Each row of an import judged by itself: what it puts on the roster, or the one reason why it is refused.

Pure: what already stands (departments, doctors) and today's date are handed in. Column names may be Chinese or English, in any order;
columns nobody asks for are ignored. The reasons are for the person who keeps the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Generic, TypeVar

from booking.reasons import kept_reason
from booking.rules.names import same_name
from booking.store.conduct.blacklist import BlacklistRow
from booking.store.imports.holidays import HolidayRow
from booking.store.roster.roster import DepartmentRow, DoctorRow, SessionRow
from command_parser.identity import Identity, read_identity
from command_parser.phone import read_phone
from hotline.importing.sheet import Line, Sheet, Unreadable

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Rejected:
    line: Line
    reason: str


@dataclass(frozen=True, slots=True)
class Judged(Generic[Row]):
    """``accepted`` in file order. ``header`` is the file's own, for the file of rejected rows."""

    header: tuple[str, ...]
    accepted: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


class _No(Exception):
    """Why this row is refused."""


DEPARTMENT_COLUMNS = {
    "code": ("科室编码", "科室代码", "code"),
    "name": ("科室名称", "科室", "name"),
    "location": ("位置", "location"),
    "campus": ("院区", "campus"),
}
DOCTOR_COLUMNS = {
    "number": ("医生编号", "工号", "number"),
    "name": ("姓名", "医生姓名", "name"),
    "title": ("职称", "title"),
    "department": ("科室编码", "科室代码", "department"),
    "speciality": ("专长", "擅长", "speciality"),
    "phone": ("手机", "手机号", "phone"),
}
SESSION_COLUMNS = {
    "doctor": ("医生编号", "工号", "doctor"),
    "day": ("日期", "出诊日期", "day"),
    "period": ("时段", "午别", "period"),
    "first": ("开始时间", "first"),
    "minutes": ("每号分钟", "minutes"),
    "slots": ("号数", "限号", "slots"),
    "place": ("就诊地点", "诊室", "place"),
    "fee": ("费用", "挂号费", "fee"),
    "type": ("号别", "type"),
    "window": ("窗口预留", "window"),
    "window_minutes": ("提前放开分钟", "window_minutes"),
    "phone_most": ("电话限号", "phone_most"),
    "per_start": ("每时段号数", "per_start"),
}
HOLIDAY_COLUMNS = {
    "day": ("日期", "day"),
    "kind": ("类型", "kind"),
    "name": ("名称", "节日", "name"),
}
BLACKLIST_COLUMNS = {
    "identity": ("身份证号", "身份证", "identity"),
    "name": ("姓名", "name"),
    "reason": ("原因", "事由", "reason"),
    "since": ("起", "开始日期", "since"),
    "until": ("止", "结束日期", "until"),
    "department": ("科室", "科室编码", "department"),
}
_OPTIONAL = {
    "departments": frozenset({"location", "campus"}),
    "doctors": frozenset({"speciality", "phone"}),
    "schedules": frozenset({"place", "fee", "type", "window", "window_minutes", "phone_most", "per_start"}),
    "holidays": frozenset({"name"}),
    "blacklist": frozenset({"since", "until", "department"}),
    "fees": frozenset({"until", "name"}),
}
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
_PERIODS = {"上午": "AM", "AM": "AM", "下午": "PM", "PM": "PM", "夜间": "NIGHT", "晚上": "NIGHT", "NIGHT": "NIGHT"}
_HOURS = {"AM": ("上午", range(13)), "PM": ("下午", range(11, 20)), "NIGHT": ("夜间", range(16, 24))}
_SATURDAY = 5
_NAME_GAP = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
"""The space that lines up a name of two characters with those of three: 钱 二 is 钱二."""
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_FAR = timedelta(days=366)
_TIME = re.compile(r"(\d{1,2})[:：]?(\d{2})(?::00)?")

Fields = Mapping[str, str]


def judge_departments(sheet: Sheet) -> Judged[DepartmentRow]:
    def read(row: Fields) -> tuple[str, DepartmentRow]:
        code = _filled(row["code"], "科室编码", 20)
        return code, DepartmentRow(
            code=code,
            name=_filled(_NAME_GAP.sub("", row["name"]), "科室名称", 60),
            location=_short(row["location"], "位置", 100),
            campus=_short(row["campus"], "院区", 40),
        )

    return _judge(sheet, "departments", DEPARTMENT_COLUMNS, read)


def judge_doctors(sheet: Sheet, departments: Collection[str], home_area: str) -> Judged[DoctorRow]:
    """``departments``: the codes on the roster; ``home_area`` as in ``command_parser.phone``."""

    def read(row: Fields) -> tuple[str, DoctorRow]:
        number = _doctor_number(row["number"])
        if row["department"] not in departments:
            raise _No(f"没有编码为“{row['department']}”的科室")
        doctor = DoctorRow(
            number=number,
            name=_filled(_NAME_GAP.sub("", row["name"]), "姓名", 40),
            title=_filled(row["title"], "职称", 20),
            department_code=row["department"],
            speciality=_short(row["speciality"], "专长", 300),
            phone=_mobile(row["phone"], home_area),
        )
        return number, doctor

    return _judge(sheet, "doctors", DOCTOR_COLUMNS, read)


def judge_sessions(sheet: Sheet, doctors: Collection[str], today: date) -> Judged[SessionRow]:
    """``doctors``: the numbers on the roster."""

    def read(row: Fields) -> tuple[str, SessionRow]:
        number = _doctor_number(row["doctor"])
        if number not in doctors:
            raise _No(f"没有编号为 {number} 的医生")
        day = _day(row["day"], today)
        period = _PERIODS.get(row["period"].upper())
        if period is None:
            raise _No("时段应为 上午、下午 或 夜间")
        session = SessionRow(
            doctor=number,
            day=day,
            period=period,
            first=_time(row["first"]),
            minutes_per_slot=_whole(row["minutes"], "每号分钟", 240),
            slots=_whole(row["slots"], "号数", 200),
            place=_short(row["place"], "就诊地点", 100),
            fee_fen=_fen(row["fee"]),
            clinic_type=_short(row["type"], "号别", 20) or "普通",
            window=_count(row["window"], "窗口预留", 200) or 0,
            window_minutes=_count(row["window_minutes"], "提前放开分钟", 7 * 24 * 60),
            phone_most=_count(row["phone_most"], "电话限号", 200),
            per_start=_whole(row["per_start"] or "1", "每时段号数", 200),
        )
        return f"{number} {day} {period}", _ends_that_day(_in_its_period(_has_its_numbers(session)))

    return _judge(sheet, "schedules", SESSION_COLUMNS, read)


def judge_holidays(sheet: Sheet, today: date) -> Judged[HolidayRow]:
    """Days already gone are taken as well: a calendar comes by the year."""

    def read(row: Fields) -> tuple[str, HolidayRow]:
        day = _date(row["day"])
        if abs(day - today) > 2 * _FAR:
            raise _No(f"日期 {day} 离今天两年以上，请核对")
        works = _HOLIDAY_KINDS.get(row["kind"].upper())
        if works is None:
            raise _No("类型应为 休 或 班")
        if works and day.weekday() < _SATURDAY:
            raise _No(f"{day} 不是周末，本来就上班，不必标“班”")
        return str(day), HolidayRow(day=day, works=works, name=_short(row["name"], "名称", 40))

    return _judge(sheet, "holidays", HOLIDAY_COLUMNS, read)


def identities_in(sheet: Sheet, today: date) -> list[str]:
    """The identity numbers of the file that are ones, in normal form."""
    place = _places(sheet.header, BLACKLIST_COLUMNS, _OPTIONAL["blacklist"])["identity"]
    cells = [line.cells[place] for line in sheet.lines if place is not None and place < len(line.cells)]
    return [found.number for cell in cells if isinstance(found := read_identity(cell, today), Identity)]


def judge_blacklist(
    sheet: Sheet, departments: Collection[str], names: Mapping[str, str], today: date
) -> Judged[BlacklistRow]:
    """``departments``: the codes on the roster; ``names``: under which the hospital knows these identity numbers. Another name
    on the list means that one of the two is wrong, and nobody is banned by mistake.
    """

    def read(row: Fields) -> tuple[str, BlacklistRow]:
        identity = _identity(row["identity"], today)
        name = _filled(_NAME_GAP.sub("", row["name"]), "姓名", 40)
        if identity in names and not same_name(names[identity], name):
            raise _No("姓名与该身份证号的就诊登记不一致，请核对")
        if row["department"] and row["department"] not in departments:
            raise _No(f"没有编码为“{row['department']}”的科室")
        since = _date(row["since"]) if row["since"] else None
        until = _date(row["until"]) if row["until"] else None
        if until is not None and until < (since or today):
            raise _No("“止”早于“起”，或已经过去")
        listed = BlacklistRow(
            identity=identity,
            name=name,
            reason=kept_reason(_filled(row["reason"], "原因", 100)),
            since=since,
            until=until,
            department=row["department"],
        )
        return f"{identity} {row['department']}", listed

    return _judge(sheet, "blacklist", BLACKLIST_COLUMNS, read)


def _judge(
    sheet: Sheet, kind: str, columns: Mapping[str, tuple[str, ...]], read: Callable[[Fields], tuple[str, Row]]
) -> Judged[Row]:
    """Rows of one key that say different things are all refused: which of them is meant, only the file's keeper knows."""
    places = _places(sheet.header, columns, _OPTIONAL[kind])
    read_rows: list[tuple[Line, str, Row]] = []
    rejected = []
    for line in sheet.lines:
        cells = {
            name: line.cells[place] if place is not None and place < len(line.cells) else ""
            for name, place in places.items()
        }
        try:
            read_rows.append((line, *read(cells)))
        except _No as no:
            rejected.append(Rejected(line, str(no)))
    accepted, repeated = _told_apart(read_rows)
    rejected = sorted((*rejected, *repeated), key=lambda row: row.line.number)
    return Judged(sheet.header, tuple(accepted), tuple(rejected))


def _told_apart(rows: Sequence[tuple[Line, str, Row]]) -> tuple[list[Row], list[Rejected]]:
    """The rows that stand, and those that repeat or contradict another of the same key."""
    of_key: dict[str, list[tuple[Line, Row]]] = {}
    for line, key, row in rows:
        of_key.setdefault(key, []).append((line, row))
    accepted, rejected = [], []
    for (first, row), *others in of_key.values():
        if any(other != row for _, other in others):
            rejected.append(Rejected(first, f"与第 {others[0][0].number} 行编号相同、内容不同，请只留一行"))
            rejected += [Rejected(line, f"与第 {first.number} 行编号相同、内容不同，请只留一行") for line, _ in others]
        else:
            accepted.append(row)
            rejected += [Rejected(line, f"与第 {first.number} 行重复") for line, _ in others]
    return accepted, rejected


def _places(
    header: tuple[str, ...], columns: Mapping[str, tuple[str, ...]], optional: Collection[str]
) -> dict[str, int | None]:
    names = [cell.lower() for cell in header]
    found = {
        field: next((names.index(alias) for alias in aliases if alias in names), None)
        for field, aliases in columns.items()
    }
    missing = [columns[field][0] for field, place in found.items() if place is None and field not in optional]
    if missing:
        raise Unreadable(f"缺少列：{'、'.join(missing)}（列名应在第一行）")
    return found


def _filled(text: str, column: str, most: int) -> str:
    if not text:
        raise _No(f"{column}是空的")
    return _short(text, column, most)


def _short(text: str, column: str, most: int) -> str:
    """``most``: what the roster's column holds."""
    if len(text) > most:
        raise _No(f"{column}超过 {most} 个字")
    return text


def _doctor_number(text: str) -> str:
    """Spreadsheets drop leading zeros: 868 is 00868."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise _No("医生编号应为 5 位数字，例如 00868")
    return text.zfill(5)


def _mobile(text: str, home_area: str) -> str | None:
    if not text:
        return None
    if re.fullmatch(r"[\d.]+E\+?\d+", text, re.IGNORECASE):
        raise _No("手机号被表格软件改成了科学计数法，请把该列设为文本")
    phone = read_phone(text, home_area)
    if phone is None or not phone.mobile:
        raise _No("手机号不正确，例如 13800138000")
    return phone.e164


def _day(text: str, today: date) -> date:
    day = _date(text)
    if day < today:
        raise _No(f"日期 {day} 已过")
    if day - today > _FAR:
        raise _No(f"日期 {day} 在一年以后，请核对")
    return day


def _date(text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _No("日期不正确，例如 2026-07-15")


def _identity(text: str, today: date) -> str:
    if re.fullmatch(r"[\d.]+E\+?\d+", text, re.IGNORECASE):
        raise _No("身份证号被表格软件改成了科学计数法，请把该列设为文本")
    found = read_identity(text, today)
    if not isinstance(found, Identity):
        raise _No("身份证号不正确")
    return found.number


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    try:
        if found:
            return time(int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise _No("开始时间不正确，例如 08:00")


def _whole(text: str, column: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise _No(f"{column}应为 1 到 {most} 的整数")
    return int(text)


def _count(text: str, column: str, most: int) -> int | None:
    """Empty says nothing; 0 is a number."""
    if not text:
        return None
    return 0 if text == "0" else _whole(text, column, most)


def _fen(text: str) -> int:
    """Yuan with at most two decimals, as fen; empty is free of charge."""
    found = re.fullmatch(r"[¥￥]?(\d{1,6})(?:\.(\d{1,2}))?元?", text or "0", re.ASCII)
    if not found:
        raise _No("费用应为元，最多两位小数，例如 50 或 12.5")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or "0")


def _has_its_numbers(session: SessionRow) -> SessionRow:
    if session.window > session.slots:
        raise _No("窗口预留多于号数")
    if session.window_minutes is not None and not session.window:
        raise _No("没有窗口预留，不必写提前放开分钟")
    return session


def _in_its_period(session: SessionRow) -> SessionRow:
    name, hours = _HOURS[session.period]
    if session.first.hour not in hours:
        raise _No(f"开始时间 {session.first:%H:%M} 不在{name}，请核对时段")
    return session


def _ends_that_day(session: SessionRow) -> SessionRow:
    first = session.first.hour * 60 + session.first.minute
    if first + session.minutes_per_slot * ((session.slots - 1) // session.per_start) >= 24 * 60:
        raise _No("按开始时间和每号分钟推算，最后一号已过午夜")
    return session
