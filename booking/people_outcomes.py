"""What is answered to who registers a patient or complains. Frozen values, refusals with a ``reason`` as in ``booking.outcomes``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from booking.outcomes import Limit, NotAdmitted
from booking.views import PatientView


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
