"""A batch's answers as doors hear them: which refusal a ruling is, and the open times that it may be mended with."""

from __future__ import annotations

from datetime import datetime

from booking.outcomes import (
    Blacklisted,
    BookOutcome,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Limit,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    WrongChannel,
)
from booking.rules.ruling import Reason, Ruling
from booking.store.roster.finding import Instead
from booking.store.selling.judging import Answer, Refused
from booking.views import DoctorView, OpenTime

_OTHERS = frozenset({Reason.FULL, Reason.CUTOFF, Reason.CLINIC_STOPPED, Reason.NOT_ON_SALE, Reason.CHANNEL})


def wants_others(answer: Refused) -> bool:
    """Whether another time of the same doctor would help."""
    return answer.ruling is None or answer.ruling.reason in _OTHERS


def is_full(answer: Refused) -> bool:
    """Whether a colleague's time would help, too."""
    return answer.ruling is not None and answer.ruling.reason is Reason.FULL


def outcome_of(answer: Answer, instead: Instead) -> BookOutcome:
    """What the door is told."""
    if not isinstance(answer, Refused):
        return answer
    doctor, wish = answer.card.view, (answer.card.id, answer.start)
    open_ = instead.near.get(wish, ())
    if answer.ruling is None:
        return NoSuchTime(doctor=doctor, open=open_)
    if answer.ruling.reason is Reason.FULL:
        return Full(doctor=doctor, open=open_, others=instead.others.get(wish, ()))
    return _of_time(answer.ruling, doctor, answer.start, open_) or _of_patient(answer.ruling)


def _of_time(ruling: Ruling, doctor: DoctorView, start: datetime, open_: tuple[OpenTime, ...]) -> BookOutcome | None:
    match ruling.reason:
        case Reason.CUTOFF:
            return Cutoff(doctor=doctor, start=start, open=open_)
        case Reason.CLINIC_STOPPED:
            return ClinicStopped(doctor=doctor, open=open_)
        case Reason.NOT_OPEN_YET:
            return NotOpenYet(doctor=doctor, start=start, when=ruling.when)
        case Reason.CHANNEL:
            return WrongChannel(doctor=doctor, open=open_)
        case Reason.NOT_ON_SALE:
            return NoSuchTime(doctor=doctor, open=open_)
        case _:
            return None


def _of_patient(ruling: Ruling) -> BookOutcome:
    match ruling.reason:
        case Reason.CLOSED:
            return Closed(when=ruling.when)
        case Reason.BLACKLISTED:
            return Blacklisted(until=ruling.when, rule=ruling.rule)
        case Reason.LIMIT:
            return _limit(ruling)
        case reason:
            return NotAdmitted(reason=str(reason), rule=ruling.rule)


def _limit(ruling: Ruling) -> Limit:
    daily = ruling.per == "visit-day" and ruling.scope in {"", "all"}
    return Limit(
        what="patient-day" if daily else "rule",
        most=ruling.most or 0,
        scope=ruling.scope,
        per=ruling.per,
        when=ruling.when,
    )
