"""A note of the emergency script, and what its caller is told when it cannot simply be booked. Pure.

Each text names one reason and shows one right example, built around what was keyed. Nothing personal is in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any

from booking.clock import HOSPITAL_ZONE
from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Held,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from booking.texts import moment
from booking.views import OpenTime
from command_parser.fields import DOCTOR_DIGITS
from command_parser.hints import SAMPLE_IDENTITY, SAMPLE_NAME, booking_text
from command_parser.phone import read_phone
from command_parser.when import parse_when

SIZE_MOST = 4096  # bytes; a note has some 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """``phone`` in E.164, a mobile; ``keyed``: the caller keyed it, so it proves nothing; ``start`` on the hospital's wall."""

    phone: str
    keyed: bool
    doctor: str
    start: datetime


@dataclass(frozen=True, slots=True)
class BadNote:
    """``why`` is a word for the log, nothing of the note's own."""

    why: str


def read_note(data: bytes) -> Note | BadNote:
    """Never raises. The year of the time is the nearest as of the call, however late the note is read."""
    if len(data) > SIZE_MOST:
        return BadNote("too long")
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return BadNote("not JSON")
    if not isinstance(fields, dict):
        return BadNote("not an object")
    return _note(fields)


def _note(fields: dict[str, Any]) -> Note | BadNote:
    caller, doctor, when, at = (str(fields.get(name, "")) for name in ("caller", "doctor", "when", "at"))
    phone = read_phone(caller)
    if phone is None or not phone.mobile:
        return BadNote("no mobile number")
    if len(doctor) != DOCTOR_DIGITS or not (doctor.isascii() and doctor.isdigit()):
        return BadNote("no doctor's number")
    called = _wall(at)
    if called is None:
        return BadNote("no time of the call")
    start = parse_when(when, called)
    if start is None:
        return BadNote("no such time")
    return Note(phone=phone.e164, keyed=fields.get("keyed") is not False, doctor=doctor, start=start)


def _wall(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(HOSPITAL_ZONE).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class NotAlone:
    """Several patients are registered to the phone: the caller must say which."""


@dataclass(frozen=True, slots=True)
class Unproved:
    """The number was keyed, not presented by the exchange: its owner must confirm."""


def text_for(outcome: object, note: Note, sign: str) -> str:
    """What the caller is texted; empty for a booking, whose confirmation is already on its way."""
    if isinstance(outcome, Booked):
        return ""
    return f"【{sign}】您在系统检修时来电预约{note.doctor}号医生{moment(note.start)}，{_reason(outcome, note)}"


@singledispatch
def _reason(outcome: object, note: Note) -> str:
    raise TypeError(f"no words for {type(outcome).__name__}")


@_reason.register
def _(_outcome: NotAlone, note: Note) -> str:
    return f"此手机登记了多位就诊人，还没有预约。请回复就诊人，例如：{booking_text(note.doctor, note.start)}"


@_reason.register
def _(_outcome: Unproved, note: Note) -> str:
    return f"还没有预约。如需预约请回复，例如：{booking_text(note.doctor, note.start)}"


@_reason.register
def _(_outcome: NotRegistered, note: Note) -> str:
    return f"此手机还没有登记就诊人，没有预约。请先登记，例如：ZC{SAMPLE_IDENTITY}{SAMPLE_NAME}，再回复{booking_text(note.doctor, note.start)}"


@_reason.register
def _(_outcome: NoSuchDoctor, note: Note) -> str:
    return "没有这个工号的医生，没有预约。请按科室查询，例如：CX心血管内科"


@_reason.register(NoSuchTime)
@_reason.register(Full)
@_reason.register(Cutoff)
@_reason.register(ClinicStopped)
def _(outcome: NoSuchTime | Full | Cutoff | ClinicStopped, note: Note) -> str:
    why = {NoSuchTime: "该时间没有号", Full: "该时间已约满", Cutoff: "该时间已停止预约", ClinicStopped: "该时间停诊"}[
        type(outcome)
    ]
    return f"{why}，没有预约。{_instead(note.doctor, outcome.open)}"


def _instead(doctor: str, free: tuple[OpenTime, ...]) -> str:
    if not free:
        return f"查询空余时间请回复：CX{doctor}"
    return f"可以改约，例如：{booking_text(doctor, free[0].start)}"


@_reason.register
def _(outcome: Held, note: Note) -> str:
    code = outcome.booking.code
    return f"号已保留到{moment(outcome.until)}，逾期不留，预约码{code}。不要了请回复：QX{code}"


@_reason.register
def _(outcome: NotOpenYet, note: Note) -> str:
    return f"该日的号还没有放出，没有预约。{_once_open(outcome.when, note)}"


@_reason.register
def _(outcome: Closed, note: Note) -> str:
    return f"现在不办理预约，没有预约。{_once_open(outcome.when, note)}"


def _once_open(when: datetime | None, note: Note) -> str:
    if when is None:
        return f"查询空余时间请回复：CX{note.doctor}"
    return f"{moment(when)}起请回复，例如：{booking_text(note.doctor, note.start)}"


@_reason.register
def _(outcome: WrongChannel, note: Note) -> str:
    return f"该时间的号请到窗口办理，没有预约。{_instead(note.doctor, outcome.open)}"


@_reason.register(Blacklisted)
@_reason.register(NotAdmitted)
def _(outcome: Blacklisted | NotAdmitted, note: Note) -> str:
    return "按本院规定，该就诊人现在不能用电话或短信预约，没有预约。请带身份证到窗口办理"


@_reason.register
def _(outcome: AlreadyBooked, note: Note) -> str:
    return f"您在该时段已有预约，预约码{outcome.booking.code}。取消请回复：QX{outcome.booking.code}"


@_reason.register
def _(outcome: Limit, note: Note) -> str:
    return f"预约数已达上限{outcome.most}个，没有预约。查询您的预约请回复：CX"
