"""The store's pictures as prompts: a doctor, a patient, a time, a booking. Pure."""

from __future__ import annotations

from datetime import date, datetime

from booking.views import BookingView, DoctorView, OpenDoctor, OpenTime, PatientView
from ivr.speech import zh
from ivr.speech.words import Fixed, Prompt, Said

PAUSE = zh.PAUSE
TAIL = 4


def doctor(view: DoctorView) -> Prompt:
    """心血管内科 王建国 主任医师; where a name has no sound yet, the doctor's number."""
    return (Said(view.department), PAUSE, Said(view.name, zh.code(view.number)), Said(view.title), PAUSE)


def patient_tail(masked: str) -> Prompt:
    """``110105********002X`` → 零 零 二 X."""
    return zh.digits(masked[-TAIL:])


def patient_row(view: PatientView) -> Prompt:
    return (Fixed("for-tail"), *patient_tail(view.identity_masked), PAUSE)


def time_row(open_time: OpenTime, day: date | None, today: date) -> Prompt:
    """The time alone when all rows are of ``day``, else with its date."""
    start = open_time.start
    return (*(zh.time(start.time()) if start.date() == day else zh.moment(start, today)), PAUSE)


def doctor_row(view: OpenDoctor, today: date) -> Prompt:
    name = Said(view.doctor.name, zh.code(view.doctor.number))
    free = (Fixed("left"), *zh.count(view.free), Fixed("numbers"))
    return (name, Said(view.doctor.title), PAUSE, *zh.date(view.day, today), PAUSE, *free)


def read_back(view: DoctorView, start: datetime, tail: str, today: date) -> Prompt:
    """What will be booked if the caller now presses 1."""
    who = (Fixed("patient-tail"), *zh.digits(tail), PAUSE)
    return (Fixed("you-book"), *doctor(view), *zh.moment(start, today), PAUSE, *who)


def booking(view: BookingView, today: date) -> Prompt:
    code = (Fixed("code-is"), *zh.code(view.code), PAUSE)
    return (*doctor(view.doctor), *zh.moment(view.start, today), PAUSE, *code)
