"""What an answer may lean on, the outcomes that only a text can have, and the function that every outcome's words hang on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import ClassVar

from booking.views import BookingView, WaitingView
from command_parser.commands import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the answer may lean on: today on the hospital's wall, and the command (None when the text was no command)."""

    today: date
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class OwnBookings:
    """What the phone has: its bookings, its places on waiting lists (an offered number comes first), and more to ask if it has any."""

    bookings: tuple[BookingView, ...]
    waits: tuple[WaitingView, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpWanted:
    pass


@dataclass(frozen=True, slots=True)
class Opted:
    wants: bool


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """A bare number while nothing was asked: help, never an action."""

    reason: ClassVar[str] = "NO_QUESTION"


@dataclass(frozen=True, slots=True)
class CancelledBefore:
    """An earlier text (or call) had cancelled it: the store posts nothing, so it is told here."""

    reason: ClassVar[str] = "CANCELLED_BEFORE"
    booking: BookingView


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The command is understood, but this house does not do it by text (yet): say so, and name the way that works."""

    reason: ClassVar[str] = "NOT_OFFERED"


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Parts of a long text never came: nothing is done on half a text."""

    reason: ClassVar[str] = "INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Fault:
    """Our own fault, after all retries."""

    reason: ClassVar[str] = "FAULT"


def reason_of(outcome: object) -> str:
    """The code that the inbox row, logs and metrics carry: a refusal's own, ``OK`` for everything that was granted or told."""
    return str(getattr(outcome, "reason", "OK"))


@singledispatch
def words(outcome: object, asked: Asked) -> str:
    """The sentence for an outcome; every member of ``booking.outcomes`` and of this package has one (a missing one is a bug)."""
    raise TypeError(f"no words for {type(outcome).__name__}")
