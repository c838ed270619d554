"""What becomes of a booking: given back, confirmed, moved. Frozen values, their refusals with a ``reason`` as in ``booking.outcomes``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from booking.outcomes import Booked, BookRefusal
from booking.views import BookingView


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
