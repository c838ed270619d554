"""A command plus who asks: what a door may put to ``booking.reception``. Frozen values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    SMS = "sms"
    PHONE = "phone"
    AGENT = "agent"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: ``phone`` in E.164 (``+8613800138000``) or None when withheld; ``trace`` is the call's or text's id."""

    hospital: int
    phone: str | None
    channel: Channel
    trace: str = "-"


@dataclass(frozen=True, slots=True)
class Named:
    """The patient of this name among those registered to the caller's phone."""

    name: str


@dataclass(frozen=True, slots=True)
class Identified:
    """The patient with this identity number (normal form); need not be registered to the caller's phone."""

    identity: str


@dataclass(frozen=True, slots=True)
class Known:
    patient: int


Who = Named | Identified | Known


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSlot:
    """``key`` is the request's own name (``sms:41``, ``call:1732…-1``): the same key again gives the same answer, never a second booking.

    ``hold``: keep the number so long for a patient who decides or pays, and confirm nothing yet. ``instead_of``: the appointment
    whose place this one takes, in the transaction that ends it; who moves it words the texts, none go out with the booking.
    """

    caller: Caller
    doctor: str
    start: datetime
    who: Who
    key: str
    hold: timedelta | None = None
    instead_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBooking:
    caller: Caller
    code: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmBooking:
    """The number held for the caller under this code is wanted."""

    caller: Caller
    code: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBooking:
    """The caller's booking of this code to another time of the same doctor, or of ``doctor``. The code stays his."""

    caller: Caller
    code: str
    start: datetime
    key: str
    doctor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinWaiting:
    """Wait for a number of the doctor's session of this day and ``period``, or of the session that has a number at ``start``."""

    caller: Caller
    doctor: str
    who: Who
    key: str
    start: datetime | None = None
    day: date | None = None
    period: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPhone:
    caller: Caller
    identity: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complain:
    caller: Caller
    text: str
    key: str
