"""The words of stop-clinic notices and reminders: to the patient, signed 【hospital】. Pure.

Law of this module: every text fits two parts of a Chinese text (134 characters) with names of ordinary length, because each part
costs; a name is masked (张*), no reason of the hospital's is told, and what may be answered stands at the end.
"""

from __future__ import annotations

from datetime import datetime

from booking.texts import Letterhead, doctor_words, masked, moment, part_of_day, place_words, sign, who
from booking.views import BookingView, DoctorView

_KEEP_OR_NOT = "回复1保留，2退号(不计违约)，3改约"


def released(head: Letterhead, booking: BookingView) -> str:
    """The session is called off, the booking is over; what was paid goes back."""
    return (
        f"{sign(head)}停诊通知：{who(booking)}{moment(booking.start)}{doctor_words(booking.doctor)}停诊，预约码{booking.code}已退号，"
        f"已付费用退还，不计违约。回复1改约，2不再约"
    )


def substituted(head: Letterhead, booking: BookingView, instead_of: DoctorView) -> str:
    """Another doctor of the same grade comes; ``booking`` shows him already."""
    return (
        f"{sign(head)}替诊通知：{who(booking)}{moment(booking.start)}{doctor_words(instead_of)}停诊，由{doctor_words(booking.doctor)}接诊，"
        f"{booking.seq}号、预约码{booking.code}不变{place_words(booking)}。{_KEEP_OR_NOT}"
    )


def moved(head: Letterhead, booking: BookingView, was: datetime) -> str:
    """Time or room have changed; ``booking`` shows what holds now."""
    when = f"{moment(was)}改为{_clock(booking.start)}" if was != booking.start else moment(booking.start)
    return (
        f"{sign(head)}出诊变更：{who(booking)}{doctor_words(booking.doctor)}{when}{place_words(booking)}，"
        f"{booking.seq}号、预约码{booking.code}不变。{_KEEP_OR_NOT}"
    )


def back_released(head: Letterhead, booking: BookingView) -> str:
    """The stop is withdrawn, his booking was released, and his number is gone: he may book again."""
    return (
        f"{sign(head)}恢复出诊：{who(booking)}{moment(booking.start)}{doctor_words(booking.doctor)}恢复出诊，"
        f"原预约已退，可重新预约，请回复GHDH{booking.doctor.number}"
    )


def back_offered(head: Letterhead, booking: BookingView, until: datetime) -> str:
    """The stop is withdrawn and his number is kept for him until then; ``booking`` is the number held."""
    return (
        f"{sign(head)}恢复出诊：{who(booking)}{moment(booking.start)}{doctor_words(booking.doctor)}恢复出诊，"
        f"原号{booking.seq}号为您保留至{_clock(until)}。要请回复Y，不要请回复N"
    )


def back_kept(head: Letterhead, booking: BookingView) -> str:
    """The stop is withdrawn: doctor, time and room are as they were first."""
    return (
        f"{sign(head)}恢复出诊：{who(booking)}的预约恢复为{moment(booking.start)}{doctor_words(booking.doctor)}{place_words(booking)}，"
        f"{booking.seq}号、预约码{booking.code}不变，取消请回复QX{booking.code}"
    )


def waiting_ended(head: Letterhead, patient: str, doctor: DoctorView, start: datetime) -> str:
    """Who waited for a number of a session that is called off waits no longer."""
    return (
        f"{sign(head)}停诊通知：{masked(patient)}候补的{start.month}月{start.day}日{part_of_day(start)}"
        f"{doctor_words(doctor)}停诊，候补已取消。再约请回复GHDH{doctor.number}"
    )


def reminder(head: Letterhead, booking: BookingView, now: datetime, cancel_until: datetime | None) -> str:
    """The visit to come: when, who, number, where, code; how to give it back and until when (None: not any more)."""
    cancel = f"，不能来请于{_short(cancel_until)}前回复QX{booking.code}" if cancel_until is not None else ""
    return (
        f"{sign(head)}就诊提醒：{who(booking)}{_day(booking.start, now)}{moment(booking.start)}{doctor_words(booking.doctor)}，"
        f"{booking.seq}号{place_words(booking)}，预约码{booking.code}{cancel}"
    )


def _day(start: datetime, now: datetime) -> str:
    return {0: "今天", 1: "明天"}.get((start.date() - now.date()).days, "")


def _clock(at: datetime) -> str:
    return f"{part_of_day(at)}{at.hour}:{at.minute:02d}"


def _short(at: datetime) -> str:
    return f"{at.month}月{at.day}日{at.hour}:{at.minute:02d}"
