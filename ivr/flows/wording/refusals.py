"""Why the store refused, in a sentence each. Pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import singledispatch

from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from ivr.flows.wording.pictures import booking
from ivr.speech import zh
from ivr.speech.words import Fixed, Prompt


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
    return () if when is None else (Fixed("bookable-from"), *zh.moment(when, today), zh.PAUSE)


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
        return (Fixed("limit-rule"), *zh.count(outcome.most), Fixed("ge"), zh.PAUSE, *_from(outcome.when, today))
    what = "limit-day" if outcome.what == "patient-day" else "limit-phone"
    counted = Fixed("ge") if outcome.what == "patient-day" else Fixed("wei")
    return (Fixed(what), *zh.count(outcome.most), counted, zh.PAUSE)
