"""Replies about a booking that stands, or stood: cancelled, moved, to be paid, past its time."""

from __future__ import annotations

from booking.keeping_outcomes import (
    Cancelled,
    Changed,
    HoldOver,
    NeverCancelled,
    NoSuchBooking,
    NotPaidYet,
    TooLateToCancel,
)
from command_parser.commands import Change
from sms_gateway.replies.asked import Asked, CancelledBefore, words
from sms_gateway.replies.phrases import book_example, moment_words


@words.register
def _(outcome: Cancelled, asked: Asked) -> str:
    return ""


@words.register
def _(outcome: CancelledBefore, asked: Asked) -> str:
    held = outcome.booking
    return f"预约{held.code}（{moment_words(held.start)}{held.doctor.name}医生）此前已取消。再约请发 {book_example(asked, held.doctor.number)}"


@words.register
def _(outcome: Changed, asked: Asked) -> str:
    """A move is told by the text that the store posts with it; a wish for the time that stands already is answered here."""
    held = outcome.booking
    if outcome.before.start != held.start or outcome.before.doctor.number != held.doctor.number:
        return ""
    return f"预约{held.code}就在{moment_words(held.start)}{held.doctor.name}医生，无须改期"


@words.register
def _(outcome: HoldOver, asked: Asked) -> str:
    held = outcome.booking
    return f"为您保留的号（{moment_words(held.start)}{held.doctor.name}医生）已过时限。再约请发 {book_example(asked, held.doctor.number)}"


@words.register
def _(outcome: NotPaidYet, asked: Asked) -> str:
    held = outcome.booking
    return f"{moment_words(held.start)}{held.doctor.name}医生的号已为您保留，付款后才算约成。不要了请发 QX{held.code}"


@words.register
def _(outcome: NoSuchBooking, asked: Asked) -> str:
    return f"没有查到您名下的预约码{outcome.code}。查我的预约请发 CX"


@words.register
def _(outcome: TooLateToCancel, asked: Asked) -> str:
    held = outcome.booking
    until = "" if outcome.until is None else f"（最晚{moment_words(outcome.until)}）"
    return (
        f"预约{held.code}（{moment_words(held.start)}）已过{_verb(asked)}时限{until}，"
        f"请按时就诊或到窗口办理。查我的预约请发 CX"
    )


@words.register
def _(outcome: NeverCancelled, asked: Asked) -> str:
    held = outcome.booking
    return f"预约{held.code}（{moment_words(held.start)}）按本院规定不能{_verb(asked)}，请按时就诊。查我的预约请发 CX"


def _verb(asked: Asked) -> str:
    return "改期" if isinstance(asked.command, Change) else "取消"
