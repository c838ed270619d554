"""What a cell of an imported file may hold, each kind read or refused with the reason. Pure; the reasons are for the file's keeper."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from command_parser.identity import Identity, read_identity
from command_parser.phone import read_phone

_NAME_GAP = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
"""The space that lines up a name of two characters with those of three: 钱 二 is 钱二."""
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
FAR = timedelta(days=366)
_TIME = re.compile(r"(\d{1,2})[:：]?(\d{2})(?::00)?")


class Refused(Exception):
    """Why this row is refused."""


def unspaced(name: str) -> str:
    return _NAME_GAP.sub("", name)


def filled(text: str, column: str, most: int) -> str:
    if not text:
        raise Refused(f"{column}是空的")
    return short(text, column, most)


def short(text: str, column: str, most: int) -> str:
    """``most``: what the roster's column holds."""
    if len(text) > most:
        raise Refused(f"{column}超过 {most} 个字")
    return text


def doctor_number(text: str) -> str:
    """Spreadsheets drop leading zeros: 868 is 00868."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        raise Refused("医生编号应为 5 位数字，例如 00868")
    return text.zfill(5)


def mobile(text: str, home_area: str) -> str | None:
    if not text:
        return None
    _not_rounded(text, "手机号")
    phone = read_phone(text, home_area)
    if phone is None or not phone.mobile:
        raise Refused("手机号不正确，例如 13800138000")
    return phone.e164


def _not_rounded(text: str, column: str) -> None:
    if re.fullmatch(r"[\d.]+E\+?\d+", text, re.IGNORECASE):
        raise Refused(f"{column}被表格软件改成了科学计数法，请把该列设为文本")


def coming_day(text: str, today: date) -> date:
    day = day_of(text)
    if day < today:
        raise Refused(f"日期 {day} 已过")
    if day - today > FAR:
        raise Refused(f"日期 {day} 在一年以后，请核对")
    return day


def day_of(text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise Refused("日期不正确，例如 2026-07-15")


def identity_number(text: str, today: date) -> str:
    _not_rounded(text, "身份证号")
    found = read_identity(text, today)
    if not isinstance(found, Identity):
        raise Refused("身份证号不正确")
    return found.number


def time_of(text: str) -> time:
    found = _TIME.fullmatch(text)
    try:
        if found:
            return time(int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise Refused("开始时间不正确，例如 08:00")


def whole(text: str, column: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise Refused(f"{column}应为 1 到 {most} 的整数")
    return int(text)


def count(text: str, column: str, most: int) -> int | None:
    """Empty says nothing; 0 is a number."""
    if not text:
        return None
    return 0 if text == "0" else whole(text, column, most)


def fen(text: str) -> int:
    """Yuan with at most two decimals, as fen; empty is free of charge."""
    found = re.fullmatch(r"[¥￥]?(\d{1,6})(?:\.(\d{1,2}))?元?", text or "0", re.ASCII)
    if not found:
        raise Refused("费用应为元，最多两位小数，例如 50 或 12.5")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0") or "0")
