"""What is asked and answered at the hospital's own desk on the day: check-in (取号), marks, marks taken back. Frozen values.

Every refusal carries ``reason``, a code for logs and doors, as in ``booking.outcomes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from booking.rules.ruling import Ruling
from booking.views import BookingView


@dataclass(frozen=True, slots=True)
class ByCode:
    code: str


@dataclass(frozen=True, slots=True)
class ByIdentity:
    """All of today's bookings of the patient with this identity number (normal form)."""

    identity: str


@dataclass(frozen=True, slots=True)
class ByCard:
    """As ``ByIdentity``, for whom the hospital's card belongs to."""

    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """``identity`` and ``name`` as the patient's document says, where it was seen: they must be the booking's. ``came``: when, on the
    hospital's wall, where it is entered later than it happened; None: now.
    """

    hospital: int
    by: ByCode | ByIdentity | ByCard
    identity: str | None = None
    name: str | None = None
    actor: str = "desk"
    trace: str = "-"
    came: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """``at`` (hospital's wall) is when he came first; ``late``: after his time; ``behind``: he waits behind those in time."""

    booking: BookingView
    at: datetime
    late: bool = False
    behind: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """``ruling`` is the hospital's rule (too late, too early); None when the booking itself cannot be picked up: ``status``."""

    booking: BookingView
    ruling: Ruling | None = None

    @property
    def reason(self) -> str:
        return self.booking.status.upper() if self.ruling is None else self.ruling.reason.value


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """A verdict for each booking found, by time."""

    verdicts: tuple[Arrived | Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHere:
    """No booking of that code, or none today of that patient."""

    reason: ClassVar[str] = "NO_SUCH_BOOKING"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThePatient:
    """Real name: ``what`` (identity or name) of the document is not that of whom the number was booked for."""

    reason: ClassVar[str] = "NOT_THE_PATIENT"
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCard:
    reason: ClassVar[str] = "UNKNOWN_CARD"


CheckInOutcome = CheckedIn | NothingHere | NotThePatient | UnknownCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark on one booking; ``why`` is wanted where a mark is taken back."""

    hospital: int
    code: str
    actor: str
    why: str = ""
    trace: str = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """``at`` (hospital's wall) is when the mark was set first; None when it was taken back."""

    booking: BookingView
    at: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMarked:
    """The booking's status does not allow it."""

    reason: ClassVar[str] = "STATUS"
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRestored:
    """The hospital's rules let nobody restore the number of who was taken for absent (``late.reactivate``)."""

    reason: ClassVar[str] = "NOT_RESTORED"
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberGone:
    """The number of a booking whose patient did not come was given to somebody else."""

    reason: ClassVar[str] = "NUMBER_GONE"
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsReason:
    reason: ClassVar[str] = "NEEDS_REASON"


MarkOutcome = Marked | NotMarked | NotRestored | NumberGone | NothingHere | NeedsReason
