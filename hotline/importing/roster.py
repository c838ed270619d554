"""Rows of the roster: departments, doctors, their sessions. Pure, as ``verdicts``."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from booking.store.roster.roster import DepartmentRow, DoctorRow, SessionRow
from hotline.importing.cells import (
    Refused,
    coming_day,
    count,
    doctor_number,
    fen,
    filled,
    mobile,
    short,
    time_of,
    unspaced,
    whole,
)
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Fields, Judged, judge

DEPARTMENT_COLUMNS = {
    "code": ("科室编码", "科室代码", "code"),
    "name": ("科室名称", "科室", "name"),
    "location": ("位置", "location"),
    "campus": ("院区", "campus"),
}
_DEPARTMENT_OPTIONAL = frozenset({"location", "campus"})
DOCTOR_COLUMNS = {
    "number": ("医生编号", "工号", "number"),
    "name": ("姓名", "医生姓名", "name"),
    "title": ("职称", "title"),
    "department": ("科室编码", "科室代码", "department"),
    "speciality": ("专长", "擅长", "speciality"),
    "phone": ("手机", "手机号", "phone"),
}
_DOCTOR_OPTIONAL = frozenset({"speciality", "phone"})
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
_SESSION_OPTIONAL = frozenset({"place", "fee", "type", "window", "window_minutes", "phone_most", "per_start"})
_PERIODS = {"上午": "AM", "AM": "AM", "下午": "PM", "PM": "PM", "夜间": "NIGHT", "晚上": "NIGHT", "NIGHT": "NIGHT"}
_HOURS = {"AM": ("上午", range(13)), "PM": ("下午", range(11, 20)), "NIGHT": ("夜间", range(16, 24))}


def judge_departments(sheet: Sheet) -> Judged[DepartmentRow]:
    def read(row: Fields) -> tuple[str, DepartmentRow]:
        code = filled(row["code"], "科室编码", 20)
        return code, DepartmentRow(
            code=code,
            name=filled(unspaced(row["name"]), "科室名称", 60),
            location=short(row["location"], "位置", 100),
            campus=short(row["campus"], "院区", 40),
        )

    return judge(sheet, DEPARTMENT_COLUMNS, _DEPARTMENT_OPTIONAL, read)


def judge_doctors(sheet: Sheet, departments: Collection[str], home_area: str) -> Judged[DoctorRow]:
    """``departments``: the codes on the roster; ``home_area`` as in ``command_parser.phone``."""

    def read(row: Fields) -> tuple[str, DoctorRow]:
        number = doctor_number(row["number"])
        if row["department"] not in departments:
            raise Refused(f"没有编码为“{row['department']}”的科室")
        doctor = DoctorRow(
            number=number,
            name=filled(unspaced(row["name"]), "姓名", 40),
            title=filled(row["title"], "职称", 20),
            department_code=row["department"],
            speciality=short(row["speciality"], "专长", 300),
            phone=mobile(row["phone"], home_area),
        )
        return number, doctor

    return judge(sheet, DOCTOR_COLUMNS, _DOCTOR_OPTIONAL, read)


def judge_sessions(sheet: Sheet, doctors: Collection[str], today: date) -> Judged[SessionRow]:
    """``doctors``: the numbers on the roster."""

    def read(row: Fields) -> tuple[str, SessionRow]:
        number = doctor_number(row["doctor"])
        if number not in doctors:
            raise Refused(f"没有编号为 {number} 的医生")
        day = coming_day(row["day"], today)
        period = _PERIODS.get(row["period"].upper())
        if period is None:
            raise Refused("时段应为 上午、下午 或 夜间")
        session = SessionRow(
            doctor=number,
            day=day,
            period=period,
            first=time_of(row["first"]),
            minutes_per_slot=whole(row["minutes"], "每号分钟", 240),
            slots=whole(row["slots"], "号数", 200),
            place=short(row["place"], "就诊地点", 100),
            fee_fen=fen(row["fee"]),
            clinic_type=short(row["type"], "号别", 20) or "普通",
            window=count(row["window"], "窗口预留", 200) or 0,
            window_minutes=count(row["window_minutes"], "提前放开分钟", 7 * 24 * 60),
            phone_most=count(row["phone_most"], "电话限号", 200),
            per_start=whole(row["per_start"] or "1", "每时段号数", 200),
        )
        return f"{number} {day} {period}", _ends_that_day(_in_its_period(_has_its_numbers(session)))

    return judge(sheet, SESSION_COLUMNS, _SESSION_OPTIONAL, read)


def _has_its_numbers(session: SessionRow) -> SessionRow:
    if session.window > session.slots:
        raise Refused("窗口预留多于号数")
    if session.window_minutes is not None and not session.window:
        raise Refused("没有窗口预留，不必写提前放开分钟")
    return session


def _in_its_period(session: SessionRow) -> SessionRow:
    name, hours = _HOURS[session.period]
    if session.first.hour not in hours:
        raise Refused(f"开始时间 {session.first:%H:%M} 不在{name}，请核对时段")
    return session


def _ends_that_day(session: SessionRow) -> SessionRow:
    first = session.first.hour * 60 + session.first.minute
    if first + session.minutes_per_slot * ((session.slots - 1) // session.per_start) >= 24 * 60:
        raise Refused("按开始时间和每号分钟推算，最后一号已过午夜")
    return session
