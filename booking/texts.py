"""The words of the texts that go with a booking: to the patient, to the doctor. Pure, short, signed 【hospital】.

Law of this module: a patient's name is masked (张*), an identity number never appears, and a patient's text always tells the
code and how to give the number back. The text to the patient is also the answer to the text that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from booking.views import BookingView
from command_parser.masking import mask_name

_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whose texts these are: the hospital's id, its full name, its short name for the signature."""

    hospital: int
    name: str
    short_name: str


@lru_cache(maxsize=1_024)  # in a rush all texts name the same few
def moment(start: datetime) -> str:
    """``7月15日(周三)上午8:30``: what the patient reads as the time to come."""
    return f"{start.month}月{start.day}日(周{_WEEKDAYS[start.weekday()]}){part_of_day(start)}{start.hour}:{start.minute:02d}"


def part_of_day(start: datetime) -> str:
    """上午 before noon, 下午 before 18:00, 晚上 after."""
    if start.hour < 12:
        return "上午"
    return "下午" if start.hour < 18 else "晚上"


def period_words(period: str) -> str:
    """The part of the day of a session; nothing for a session that the house names otherwise."""
    return {"AM": "上午", "PM": "下午", "NIGHT": "晚上", "EVE": "晚上"}.get(period, "")


@lru_cache(maxsize=256)
def yuan(fen: int) -> str:
    """``5000`` → ``50元``, ``1250`` → ``12.5元``."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "元"


def confirmation(head: Letterhead, booking: BookingView) -> str:
    """What the patient keeps: who, when, number, where, code, fee, how to cancel."""
    fee = f"，{yuan(booking.fee_fen)}" if booking.fee_fen else ""
    return (
        f"{_sign(head)}{_who(booking)}已预约{moment(booking.start)}{_doctor(booking)}，{booking.seq}号{_place(booking)}{fee}。"
        f"预约码{booking.code}，取消请回复QX{booking.code}"
    )


def cancelled(head: Letterhead, booking: BookingView) -> str:
    """The number was given back."""
    return (
        f"{_sign(head)}{_who(booking)}{moment(booking.start)}{_doctor(booking)}的预约已取消，"
        f"预约码{booking.code}作废。再约请回复GHDH{booking.doctor.number}"
    )


def doctor_booked(head: Letterhead, booking: BookingView) -> str:
    """What the doctor hears of a new booking."""
    return f"{_sign(head)}{booking.doctor.name}医生：新预约{moment(booking.start)}，{booking.seq}号，{_who(booking)}"


def doctor_cancelled(head: Letterhead, booking: BookingView) -> str:
    """What the doctor hears of a booking given back."""
    return f"{_sign(head)}{booking.doctor.name}医生：预约取消{moment(booking.start)}，{booking.seq}号，{_who(booking)}"


def _sign(head: Letterhead) -> str:
    return f"【{head.short_name}】"


def _who(booking: BookingView) -> str:
    return mask_name(booking.patient.name) or "患者"


def _doctor(booking: BookingView) -> str:
    return f"{booking.doctor.department}{booking.doctor.name}{booking.doctor.title}"


def _place(booking: BookingView) -> str:
    return f"，{booking.place}" if booking.place else ""
