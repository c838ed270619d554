"""What the store shows to doors: frozen pictures of rows, taken inside one transaction. Money in fen, clinic times on the hospital's wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorView:
    number: str
    name: str
    title: str
    department: str
    speciality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentView:
    code: str
    name: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTime:
    """One free slot: its start and its number in the session."""

    start: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDoctor:
    """A doctor with how many slots are free on ``day`` and the first of them."""

    doctor: DoctorView
    day: date
    free: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    id: int
    name: str
    identity_masked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    code: str
    status: str
    doctor: DoctorView
    start: datetime
    seq: int
    place: str
    fee_fen: int
    patient: PatientView


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """A place on a session's waiting list. ``place`` counts from 1, 0 when a number is offered: then ``booking`` is held for him
    until ``until`` (hospital's wall), and was offered at ``offered_at`` (UTC).
    """

    id: int
    doctor: DoctorView
    day: date
    period: str
    patient: PatientView
    place: int
    booking: BookingView | None = None
    until: datetime | None = None
    offered_at: datetime | None = None
