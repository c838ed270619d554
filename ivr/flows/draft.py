"""A booking in the making: what has been chosen so far. Nothing of it is in the store until the caller confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from booking.requests import Identified, Known
from booking.views import DoctorView, OpenTime
from ivr.flows.visit import Visit


class Move(Enum):
    """Where a step leads."""

    ON = auto()
    BACK = auto()
    AGAIN = auto()  # from the doctor on
    OTHER_TIME = auto()
    OVER = auto()


@dataclass(slots=True)
class Draft:
    """``offers`` are times to choose among before a time is asked for; ``tail`` the last four places of the patient's identity number;
    ``moves``: a booking is moved, nobody waits; ``waits``: the caller would wait for the session of ``start``, which is full.
    """

    doctor: DoctorView | None = None
    start: datetime | None = None
    offers: tuple[OpenTime, ...] = ()
    who: Known | Identified | None = None
    tail: str = ""
    moves: bool = False
    waits: bool = False


Step = Callable[[Visit, Draft], Awaitable[Move]]
