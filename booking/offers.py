"""The words of holds, waiting lists and moved bookings: to the patient, to the doctor, signed 【hospital】. Pure.

Law of this module: a name is masked (张*); an offer tells until when the number is kept and which two answers there are; a moved
booking tells both times and that its code stays.
"""

from __future__ import annotations

from datetime import date, datetime

from booking.texts import Letterhead, doctor_words, fee_words, masked, moment, period_words, place_words, sign, who
from booking.views import BookingView, DoctorView


def offered(head: Letterhead, booking: BookingView, until: datetime) -> str:
    """A number of the session he waits for is free and kept for him."""
    return (
        f"{sign(head)}候补有号：{who(booking)}{_what(booking)}，{booking.seq}号{fee_words(booking)}，"
        f"为您保留到{until.hour}:{until.minute:02d}。要请回复Y，不要请回复N，逾期让给下一位"
    )


def offer_lapsed(head: Letterhead, booking: BookingView) -> str:
    """He did not answer in time."""
    return f"{sign(head)}{who(booking)}候补的{_what(booking)}未在时限内答复，已让给下一位，候补结束"


def hold_lapsed(head: Letterhead, booking: BookingView) -> str:
    """A number that was kept for him was not confirmed in time."""
    return (
        f"{sign(head)}为{who(booking)}保留的{_what(booking)}已过时限，未预约成功，号已放出。"
        f"再约请回复GHDH{booking.doctor.number}"
    )


def waiting_over(head: Letterhead, patient: str, doctor: DoctorView, day: date, period: str) -> str:
    """The session is not sold any more, and he got no number."""
    return (
        f"{sign(head)}{masked(patient)}候补的{day.month}月{day.day}日{period_words(period)}"
        f"{doctor_words(doctor)}已停止预约，没有空出的号，候补结束。再约请回复GHDH{doctor.number}"
    )


def changed(head: Letterhead, booking: BookingView, before: BookingView) -> str:
    """What the patient keeps of a booking that was moved: both times, and the code that stays his."""
    was = "" if before.doctor.number == booking.doctor.number else doctor_words(before.doctor)
    return (
        f"{sign(head)}{who(booking)}的预约已由{moment(before.start)}{was}改到{_what(booking)}，{booking.seq}号{place_words(booking)}"
        f"{fee_words(booking)}。预约码仍为{booking.code}，取消请回复QX{booking.code}"
    )


def doctor_changed(head: Letterhead, booking: BookingView, before: BookingView) -> str:
    """What the doctor hears of a booking that stays his at another time."""
    return (
        f"{sign(head)}{booking.doctor.name}医生：预约改期，{who(booking)}由{moment(before.start)} {before.seq}号"
        f"改到{moment(booking.start)} {booking.seq}号"
    )


def _what(booking: BookingView) -> str:
    return f"{moment(booking.start)}{doctor_words(booking.doctor)}"
