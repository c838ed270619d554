"""The words of the texts that go with a booking, to the patient and to the doctor, and the pieces that every text is made of.

Pure, short, signed 【hospital】.

Law of this module: a patient's name is masked (张*), an identity number never appears, and a patient's text always tells the
code and how to give the number back. The text to the patient is also the answer to the text that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from booking.views import BookingView, DoctorView
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


def sign(head: Letterhead) -> str:
    """``【仁和】``, with which each text begins."""
    return f"【{head.short_name}】"


def masked(name: str) -> str:
    """``张三`` → ``张*``; 患者 for one whose name is not known."""
    return mask_name(name) or "患者"


def who(booking: BookingView) -> str:
    """Whose booking it is, masked."""
    return masked(booking.patient.name)


def doctor_words(doctor: DoctorView) -> str:
    """``内科王医师``: department, name and title."""
    return f"{doctor.department}{doctor.name}{doctor.title}"


def place_words(booking: BookingView) -> str:
    """``，二楼3诊室``; nothing when the room is not known."""
    return f"，{booking.place}" if booking.place else ""


def fee_words(booking: BookingView) -> str:
    """``，50元``; nothing when the visit is free."""
    return f"，{yuan(booking.fee_fen)}" if booking.fee_fen else ""


def confirmation(head: Letterhead, booking: BookingView) -> str:
    """What the patient keeps: who, when, number, where, code, fee, how to cancel."""
    return (
        f"{sign(head)}{who(booking)}已预约{moment(booking.start)}{doctor_words(booking.doctor)}，{booking.seq}号{place_words(booking)}{fee_words(booking)}。"
        f"预约码{booking.code}，取消请回复QX{booking.code}"
    )


def cancelled(head: Letterhead, booking: BookingView) -> str:
    """The number was given back."""
    return (
        f"{sign(head)}{who(booking)}{moment(booking.start)}{doctor_words(booking.doctor)}的预约已取消，"
        f"预约码{booking.code}作废。再约请回复GHDH{booking.doctor.number}"
    )


def doctor_booked(head: Letterhead, booking: BookingView) -> str:
    """What the doctor hears of a new booking."""
    return f"{sign(head)}{booking.doctor.name}医生：新预约{moment(booking.start)}，{booking.seq}号，{who(booking)}"


def doctor_cancelled(head: Letterhead, booking: BookingView) -> str:
    """What the doctor hears of a booking given back."""
    return f"{sign(head)}{booking.doctor.name}医生：预约取消{moment(booking.start)}，{booking.seq}号，{who(booking)}"
