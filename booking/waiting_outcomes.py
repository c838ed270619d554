"""What is answered to who waits for a number of a full session. Frozen values, refusals with a ``reason`` as in ``booking.outcomes``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from booking.keeping_outcomes import HoldOver
from booking.outcomes import AlreadyBooked, Booked, NoSuchDoctor, NoSuchTime, NotRegistered
from booking.views import DoctorView, OpenTime, WaitingView


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
