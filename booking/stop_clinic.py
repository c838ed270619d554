"""Stop-clinic (停诊) in values: what is planned, whom it concerns, what was told and chosen. Pure.

Law of this module: a stop does one of three things. *release* ends the bookings (the hospital's doing: never counted against a
patient), *substitute* gives the session to another doctor of the same grade, *move* shifts its time or changes its room. A
patient whose booking stands may keep it or give it back, one whose booking was released may book again or leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar

from booking.views import BookingView, DoctorView, OpenTime


class Choice(StrEnum):
    KEEP = "keep"
    REBOOK = "rebook"
    GIVE_BACK = "giveback"


RELEASE, SUBSTITUTE, MOVE = "release", "substitute", "move"
CHOICES: dict[str, tuple[Choice, ...]] = {
    RELEASE: (Choice.REBOOK, Choice.GIVE_BACK),
    SUBSTITUTE: (Choice.KEEP, Choice.GIVE_BACK, Choice.REBOOK),
    MOVE: (Choice.KEEP, Choice.GIVE_BACK, Choice.REBOOK),
}
"""What a notice offers, in the order of the numbers that answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlan:
    """What somebody wants to announce. ``since``/``until``: only the numbers from this time on, and before that one (release
    only). ``substitute`` is the other doctor's number; ``shift_minutes`` (later, or earlier when negative) and ``place`` a move.
    """

    hospital: int
    doctor: str
    day: date
    period: str
    action: str
    by: str
    reason: str = ""
    since: time | None = None
    until: time | None = None
    substitute: str | None = None
    shift_minutes: int = 0
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """Whom a plan touches: its numbers still on sale or sold, live bookings, of them only held, patients waiting."""

    doctor: DoctorView
    numbers: int
    bookings: int
    held: int
    waiting: int
    approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """A stop as lists show it. ``told``: notices written; ``unreached``: of them still to be phoned."""

    id: int
    doctor: DoctorView
    day: date
    period: str
    action: str
    status: str
    since: datetime | None
    until: datetime | None
    substitute: DoctorView | None
    shift_minutes: int
    place: str | None
    reason: str
    by: str
    decided_by: str | None
    told: int
    unreached: int
    chosen: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """``status`` announced: another person must approve it; else it is being done, and ``done`` when everybody is told."""

    stop: int
    status: str
    concerned: Concerned


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnnounced:
    """Why a plan is no plan: NO_DOCTOR, NO_SESSION, NO_NUMBERS, PAST, ALREADY_STOPPED, ANOTHER_STOP, PART_OF_MOVE, NO_SUBSTITUTE,
    SAME_DOCTOR, OTHER_GRADE, SUBSTITUTE_BUSY, NO_CHANGE, OTHER_DAY, BAD_ACTION."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    stop: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDecided:
    """NO_STOP, SAME_PERSON (who announced may not approve), NOT_WAITING (for approval), NOT_STANDING (to be withdrawn),
    OVERTAKEN (a later stop of that session stands: that one first), SESSION_TAKEN (the doctor has another session there now)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNotice:
    """A notice that may still be answered by this phone. ``booking`` shows the doctor and time as they are now; ``ended``: it was
    released or has been given back since; ``asked_at`` (UTC): when it was told."""

    stop: int
    action: str
    choice: str
    ended: bool
    booking: BookingView
    asked_at: datetime

    @property
    def choices(self) -> tuple[Choice, ...]:
        return CHOICES[self.action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """``again``: this had been chosen before; nothing new happened."""

    choice: Choice
    booking: BookingView
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NearTime:
    doctor: DoctorView
    open: OpenTime


@dataclass(frozen=True, slots=True, kw_only=True)
class RebookFrom:
    """The nearest times of the same doctor, then of the department (none: nothing is open); ``Stops.rebook`` takes one."""

    booking: BookingView
    times: tuple[NearTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToChoose:
    """No notice of the caller's stands open under that code, or the choice is not one that it offers."""

    reason: ClassVar[str] = "NOTHING_TO_CHOOSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceTooLate:
    """The visit's time has come, or the booking has ended otherwise: there is nothing left to choose."""

    reason: ClassVar[str] = "TOO_LATE_TO_CHOOSE"
    booking: BookingView


ChooseOutcome = Chosen | RebookFrom | NothingToChoose | ChoiceTooLate


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPhone:
    """A patient whom no text has reached. ``phones``: those known of him, the booking's own first."""

    code: str
    patient: str
    phones: tuple[str, ...]
    doctor: DoctorView
    start: datetime
    action: str
    since: datetime
    state: str
    note: str | None
