"""What flows say about the store's pictures and refusals. Pure: views and outcomes in, prompts out.

A patient is told apart by the last four places of the identity number: names of patients are never spoken text.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import singledispatch

from booking.keeping_outcomes import Cancelled, CancelOutcome, Changed, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    BookOutcome,
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
from booking.stop_clinic import MOVE, RELEASE, SUBSTITUTE, NearTime, OpenNotice
from booking.views import BookingView, DoctorView, OpenDoctor, OpenTime, PatientView, WaitingView
from booking.waiting_outcomes import Waits
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


def booked(outcome: Booked, today: date, *, texted: bool) -> Prompt:
    """All the caller needs on the day; the code twice, because it is being written down."""
    view = outcome.booking
    code = zh.code(view.code)
    return (
        Fixed("booked"),
        *zh.moment(view.start, today),
        PAUSE,
        *zh.ordinal(view.seq),
        PAUSE,
        Fixed("place-is"),
        Said(view.place),
        PAUSE,
        Fixed("fee-is"),
        *zh.money(view.fee_fen),
        PAUSE,
        *(Fixed("code-is"), *code, PAUSE, Fixed("once-more"), *code, PAUSE),
        *((Fixed("text-follows"),) if texted else ()),
        Fixed("bring-identity"),
    )


def held(outcome: Held, today: date) -> Prompt:
    """Kept, not booked: until when, and the code to give it back or to pay under."""
    view = outcome.booking
    until = (Fixed("held-until"), *zh.moment(outcome.until, today), PAUSE)
    return (*until, *zh.moment(view.start, today), PAUSE, Fixed("code-is"), *zh.code(view.code), PAUSE)


def already_booked(outcome: AlreadyBooked, today: date, *, known: bool) -> Prompt:
    """Whoever keys somebody's identity number must not learn where and when that person is treated."""
    return refusal(outcome, today) if known else (Fixed("patient-has-booking"),)


def not_booked(outcome: BookOutcome, today: date) -> Prompt:
    """Kept only, or refused."""
    return held(outcome, today) if isinstance(outcome, Held) else refusal(outcome, today)


# Moving


def you_move(view: BookingView, start: datetime, today: date) -> Prompt:
    """What will be moved, and where to, if the caller now presses 1."""
    return (Fixed("you-move"), *booking(view, today), Fixed("move-to"), *zh.moment(start, today), PAUSE)


def moved(outcome: Changed, today: date, *, texted: bool) -> Prompt:
    """The new time and number; the code is the old one."""
    view = outcome.booking
    if outcome.before.start == view.start and outcome.before.doctor.number == view.doctor.number:
        return (Fixed("already-there"),)
    when = (*zh.moment(view.start, today), PAUSE, *zh.ordinal(view.seq), PAUSE)
    place = (Fixed("place-is"), Said(view.place), PAUSE)
    return (Fixed("moved"), *when, *place, *((Fixed("text-follows"),) if texted else ()))


def not_moved(outcome: TooLateToCancel | NeverCancelled | NoSuchBooking, today: date) -> Prompt:
    if isinstance(outcome, TooLateToCancel):
        return (Fixed("too-late-move"), *_at_latest(outcome.until, today))
    return (Fixed("never-moved" if isinstance(outcome, NeverCancelled) else "not-yours"),)


# Waiting


def session(view: DoctorView, day: date, period: str, today: date) -> Prompt:
    """The doctor's half day, which is what one waits for."""
    half = _HALVES.get(period)
    return (*doctor(view), *zh.date(day, today), *((Fixed(half),) if half else ()), PAUSE)


_HALVES = {"AM": "shangwu", "PM": "xiawu", "EVE": "wanshang", "NIGHT": "wanshang"}


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


# A doctor who cannot come

_NOTICE_WORDS = {RELEASE: "notice-release", SUBSTITUTE: "notice-substitute", MOVE: "notice-move"}


def notice(found: OpenNotice, today: date) -> Prompt:
    """What has changed and what may be chosen, by the numbers of the text."""
    keys = Fixed("release-choices") if found.action == RELEASE else Fixed("notice-choices")
    return (Fixed(_NOTICE_WORDS[found.action]), *booking(found.booking, today), keys)


def near_row(near: NearTime, today: date) -> Prompt:
    return (*doctor(near.doctor), *zh.moment(near.open.start, today), PAUSE)


_CANCEL_WORDS = {
    Cancelled: "cancelled",
    NoSuchBooking: "not-yours",
    TooLateToCancel: "too-late",
    NeverCancelled: "never-cancelled",
}


def cancelled(outcome: CancelOutcome, today: date) -> Prompt:
    until = outcome.until if isinstance(outcome, TooLateToCancel) else None
    return (Fixed(_CANCEL_WORDS[type(outcome)]), *_at_latest(until, today))


def _at_latest(until: datetime | None, today: date) -> Prompt:
    return () if until is None else (Fixed("at-latest"), *zh.moment(until, today), PAUSE)


@singledispatch
def refusal(outcome: object, today: date) -> Prompt:
    """Why the store refused, in a sentence."""
    raise TypeError(f"no words for {type(outcome).__name__}")


@refusal.register
def _(outcome: NoSuchDoctor, today: date) -> Prompt:
    return (Fixed("no-such-doctor"),)


@refusal.register
def _(outcome: NoSuchTime, today: date) -> Prompt:
    return (Fixed("not-that-time"),)


@refusal.register
def _(outcome: Full, today: date) -> Prompt:
    return (Fixed("full"),)


@refusal.register
def _(outcome: Cutoff, today: date) -> Prompt:
    return (Fixed("cutoff"),)


@refusal.register
def _(outcome: ClinicStopped, today: date) -> Prompt:
    return (Fixed("clinic-stopped"),)


@refusal.register
def _(outcome: NotRegistered, today: date) -> Prompt:
    return (Fixed("not-registered"),)


@refusal.register
def _(outcome: AlreadyBooked, today: date) -> Prompt:
    return (Fixed("already-booked"), *booking(outcome.booking, today))


@refusal.register
def _(outcome: NotOpenYet, today: date) -> Prompt:
    return (Fixed("not-open-yet"), *_from(outcome.when, today))


@refusal.register
def _(outcome: Closed, today: date) -> Prompt:
    return (Fixed("closed-now"), *_from(outcome.when, today))


def _from(when: datetime | None, today: date) -> Prompt:
    return () if when is None else (Fixed("bookable-from"), *zh.moment(when, today), PAUSE)


@refusal.register
def _(outcome: WrongChannel, today: date) -> Prompt:
    return (Fixed("wrong-channel"),)


@refusal.register
def _(outcome: Blacklisted, today: date) -> Prompt:
    return (Fixed("blacklisted"), *_from(outcome.until, today))


@refusal.register
def _(outcome: NotAdmitted, today: date) -> Prompt:
    return (Fixed("not-admitted"),)


@refusal.register
def _(outcome: Limit, today: date) -> Prompt:
    if outcome.what == "rule":
        return (Fixed("limit-rule"), *zh.count(outcome.most), Fixed("ge"), PAUSE, *_from(outcome.when, today))
    what = "limit-day" if outcome.what == "patient-day" else "limit-phone"
    counted = Fixed("ge") if outcome.what == "patient-day" else Fixed("wei")
    return (Fixed(what), *zh.count(outcome.most), counted, PAUSE)
