"""What ``booking.reception`` answers: a small family of frozen values. Expected refusals are values; exceptions are bugs and outages.

Every refusal carries ``reason``, the code that logs, metrics, the API and tests use; doors turn the value into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, OpenTime, PatientView, WaitingView


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    booking: BookingView
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchBooking:
    """No booking has that code, or it is not the caller's: both sound alike, so that codes cannot be fished for."""

    reason: ClassVar[str] = "NOT_YOURS"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLateToCancel:
    """``until`` is when it ceased to be possible (hospital's wall), None when the rules name no moment."""

    reason: ClassVar[str] = "TOO_LATE_TO_CANCEL"
    booking: BookingView
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverCancelled:
    """This hospital takes no booking of that kind back."""

    reason: ClassVar[str] = "NEVER_CANCELLED"
    booking: BookingView


CancelOutcome = Cancelled | NoSuchBooking | TooLateToCancel | NeverCancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOver:
    """The number was held, but is so no more: confirmed too late, or let go."""

    reason: ClassVar[str] = "HOLD_OVER"
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPaidYet:
    """The number is held until it is paid: the payment confirms it, nobody's word."""

    reason: ClassVar[str] = "NOT_PAID"
    booking: BookingView


ConfirmOutcome = Booked | NoSuchBooking | HoldOver | NotPaidYet


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The booking stands at its new time, under its old code. ``again``: it was there already, nothing new happened."""

    booking: BookingView
    before: BookingView
    again: bool = False


ChangeOutcome = Changed | NoSuchBooking | TooLateToCancel | NeverCancelled | BookRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The patient is on the session's waiting list, at this ``place``. ``again``: he was already."""

    waiting: WaitingView
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """Nobody need wait: the session has numbers to sell."""

    reason: ClassVar[str] = "STILL_OPEN"
    doctor: DoctorView
    open: tuple[OpenTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWaitingList:
    """The hospital keeps none, or the session is not sold any more."""

    reason: ClassVar[str] = "NO_WAITING_LIST"
    doctor: DoctorView


WaitOutcome = Waits | StillOpen | NoWaitingList | NoSuchDoctor | NoSuchTime | NotRegistered | AlreadyBooked


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWaiting:
    """No offer is open for this phone, or it waits for nothing of that kind."""

    reason: ClassVar[str] = "NOT_WAITING"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWaiting:
    """The patient waits no more; a number that was held for him is the next one's."""

    waiting: WaitingView


AnswerOutcome = Booked | LeftWaiting | HoldOver | NotWaiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """``again``: the phone already had this patient."""

    patient: PatientView
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsName:
    """A new patient needs a name with the identity number."""

    reason: ClassVar[str] = "MISSING_NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMismatch:
    """The identity number is on record under another name: nothing is changed, an agent decides."""

    reason: ClassVar[str] = "NAME_MISMATCH"


RegisterOutcome = Registered | NeedsName | NameMismatch | Limit | NotAdmitted


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorTimes:
    """``total`` counts every free slot; ``open`` holds the first few."""

    doctor: DoctorView
    open: tuple[OpenTime, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDepartment:
    department: DepartmentView
    doctors: tuple[OpenDoctor, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDoctors:
    """Doctors found by name or speciality, or (``QueryDate``) open on a day; ``total`` counts all, ``doctors`` holds the first few."""

    doctors: tuple[OpenDoctor, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingFound:
    reason: ClassVar[str] = "NOTHING_FOUND"
    words: str


SearchOutcome = FoundDepartment | FoundDoctors | NothingFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Complained:
    case: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    case: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchCase:
    reason: ClassVar[str] = "NO_SUCH_CASE"
    case: str


class Busy(Exception):
    """The store cannot answer now (outage, queue full, retries used up). Nothing was done, or it was done under the request's
    key: the same request may be put again."""
