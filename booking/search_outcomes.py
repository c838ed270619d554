"""What is found for who looks for a doctor or a time. Frozen values; nothing found has a ``reason`` as in ``booking.outcomes``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from booking.views import DepartmentView, DoctorView, OpenDoctor, OpenTime


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
