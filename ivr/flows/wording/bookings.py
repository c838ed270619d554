"""What is said of a booking: made, kept, moved, cancelled, or not; and when its doctor cannot come. Pure."""

from __future__ import annotations

from datetime import date, datetime

from booking.keeping_outcomes import Cancelled, CancelOutcome, Changed, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import AlreadyBooked, Booked, BookOutcome, Held
from booking.stop_clinic import MOVE, RELEASE, SUBSTITUTE, NearTime, OpenNotice
from booking.views import BookingView
from ivr.flows.wording.pictures import PAUSE, booking, doctor
from ivr.flows.wording.refusals import refusal
from ivr.speech import zh
from ivr.speech.words import Fixed, Prompt, Said

_NOTICE_WORDS = {RELEASE: "notice-release", SUBSTITUTE: "notice-substitute", MOVE: "notice-move"}
_CANCEL_WORDS = {
    Cancelled: "cancelled",
    NoSuchBooking: "not-yours",
    TooLateToCancel: "too-late",
    NeverCancelled: "never-cancelled",
}


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


def cancelled(outcome: CancelOutcome, today: date) -> Prompt:
    until = outcome.until if isinstance(outcome, TooLateToCancel) else None
    return (Fixed(_CANCEL_WORDS[type(outcome)]), *_at_latest(until, today))


def _at_latest(until: datetime | None, today: date) -> Prompt:
    return () if until is None else (Fixed("at-latest"), *zh.moment(until, today), PAUSE)


def notice(found: OpenNotice, today: date) -> Prompt:
    """What has changed and what may be chosen, by the numbers of the text."""
    keys = Fixed("release-choices") if found.action == RELEASE else Fixed("notice-choices")
    return (Fixed(_NOTICE_WORDS[found.action]), *booking(found.booking, today), keys)


def near_row(near: NearTime, today: date) -> Prompt:
    return (*doctor(near.doctor), *zh.moment(near.open.start, today), PAUSE)
