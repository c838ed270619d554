"""What is said of waiting for a number, and of a number that is offered. Pure."""

from __future__ import annotations

from datetime import date, datetime

from booking.views import DoctorView, WaitingView
from booking.waiting_outcomes import Waits
from ivr.flows.wording.pictures import PAUSE, doctor, patient_tail
from ivr.speech import zh
from ivr.speech.words import Fixed, Prompt

_HALVES = {"AM": "shangwu", "PM": "xiawu", "EVE": "wanshang", "NIGHT": "wanshang"}


def session(view: DoctorView, day: date, period: str, today: date) -> Prompt:
    """The doctor's half day, which is what one waits for."""
    half = _HALVES.get(period)
    return (*doctor(view), *zh.date(day, today), *((Fixed(half),) if half else ()), PAUSE)


def you_wait(view: DoctorView, start: datetime, tail: str, today: date) -> Prompt:
    """Whose session is waited for, and for whom."""
    who = (Fixed("patient-tail"), *zh.digits(tail), PAUSE)
    return (Fixed("you-wait"), *doctor(view), *zh.date(start.date(), today), Fixed(_half(start)), PAUSE, *who)


def _half(start: datetime) -> str:
    if start.hour < 12:
        return "shangwu"
    return "xiawu" if start.hour < 18 else "wanshang"


def waits(outcome: Waits, today: date) -> Prompt:
    """His place, and how he will hear of a number."""
    if outcome.waiting.booking is not None:
        return (*offer(outcome.waiting, today), Fixed("answer-by-text"))
    nth = (Fixed("di"), *zh.number(outcome.waiting.place), Fixed("wei"), PAUSE)
    return (Fixed("waits"), *nth, Fixed("waits-then"))


def place(view: WaitingView, today: date) -> Prompt:
    nth = (Fixed("di"), *zh.number(view.place), Fixed("wei"), PAUSE)
    return (Fixed("you-wait-for"), *session(view.doctor, view.day, view.period, today), *nth)


def offer(view: WaitingView, today: date) -> Prompt:
    """The number that is kept for him: doctor, time, patient, until when."""
    assert view.booking is not None, "a number is offered"
    tail = (Fixed("patient-tail"), *patient_tail(view.patient.identity_masked), PAUSE)
    until = () if view.until is None else (Fixed("held-until"), *zh.moment(view.until, today), PAUSE)
    return (Fixed("offer-is"), *doctor(view.doctor), *zh.moment(view.booking.start, today), PAUSE, *tail, *until)
