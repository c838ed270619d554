"""What is answered to who wants a number: a small family of frozen values. Expected refusals are values; exceptions are bugs and outages.

Every refusal carries ``reason``, the code that logs, metrics, the API and tests use; doors turn the value into words. What becomes of
a booking is in ``keeping_outcomes``, of who waits in ``waiting_outcomes``; ``search_outcomes`` and ``people_outcomes`` are the rest
of what ``booking.reception`` answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from booking.views import BookingView, DoctorView, OpenDoctor, OpenTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """``again``: this very request was granted before (its key was seen); nothing new happened."""

    booking: BookingView
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The number is kept for the patient until then (hospital's wall); ``again`` as in ``Booked``."""

    booking: BookingView
    until: datetime
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchDoctor:
    reason: ClassVar[str] = "BAD_DOCTOR_NO"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchTime:
    """The doctor has no slot at that time; ``open`` are the nearest free ones (at most 3)."""

    reason: ClassVar[str] = "NO_SUCH_TIME"
    doctor: DoctorView
    open: tuple[OpenTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """``open`` are the doctor's nearest free times, ``others`` who else of his department is open that day (at most 3 of each)."""

    reason: ClassVar[str] = "FULL"
    doctor: DoctorView
    open: tuple[OpenTime, ...]
    others: tuple[OpenDoctor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """The time is past, or too near to be sold."""

    reason: ClassVar[str] = "CUTOFF"
    doctor: DoctorView
    start: datetime
    open: tuple[OpenTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicStopped:
    reason: ClassVar[str] = "CLINIC_STOPPED"
    doctor: DoctorView
    open: tuple[OpenTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRegistered:
    """The caller's phone has no patient, or none of the name that was given (``name``), or ``several`` of that name: then a name
    does not tell who is meant, and nobody is booked in another's place.
    """

    reason: ClassVar[str] = "NOT_REGISTERED"
    name: str | None
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyBooked:
    """The patient already holds a live booking in that session."""

    reason: ClassVar[str] = "ALREADY_BOOKED"
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """``what``: ``patient-day``, ``phone-patients``, ``phone-changes`` or, for any other limit of the rules, ``rule``; ``most`` is the
    number allowed, ``scope`` and ``per`` are the rule's own words (``department``, ``week``), ``when`` is from when it would be allowed.
    """

    reason: ClassVar[str] = "LIMIT"
    what: str
    most: int
    scope: str = ""
    per: str = ""
    when: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpenYet:
    """The day is not released yet; ``when`` it will be (hospital's wall)."""

    reason: ClassVar[str] = "NOT_OPEN_YET"
    doctor: DoctorView
    start: datetime
    when: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Booking is shut at this hour; it opens again at ``when``."""

    reason: ClassVar[str] = "CLOSED"
    when: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongChannel:
    """What is left at that time is not sold through this channel (the window's reserve, a telephone's quota); ``open`` is."""

    reason: ClassVar[str] = "CHANNEL"
    doctor: DoctorView
    open: tuple[OpenTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blacklisted:
    """The patient, or the phone, may not book until then; None: until a window lifts it. ``rule`` says why."""

    reason: ClassVar[str] = "BLACKLISTED"
    until: datetime | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAdmitted:
    """This patient is not booked this way: too young, without guardian or document of his own, or not of the callers admitted."""

    reason: str
    rule: str


BookRefusal = (
    NoSuchDoctor
    | NoSuchTime
    | Full
    | Cutoff
    | ClinicStopped
    | NotRegistered
    | AlreadyBooked
    | Limit
    | NotOpenYet
    | Closed
    | WrongChannel
    | Blacklisted
    | NotAdmitted
)


BookOutcome = Booked | Held | BookRefusal


class Busy(Exception):
    """The store cannot answer now (outage, queue full, retries used up). Nothing was done, or it was done under the request's
    key: the same request may be put again."""
