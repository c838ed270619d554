"""One caller's visit: the conversation, who asks, the store that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from booking.clock import Clock, wall
from booking.reception import Reception
from booking.requests import Caller
from booking.stops import Stops
from booking.waiting_room import WaitingRoom
from ivr.dialog.conversation import Conversation


@dataclass(slots=True, kw_only=True)
class Visit:
    """``caller.trace`` is the call's trace; its requests to the store are numbered, so that each has a key of its own.

    ``texts_reach``: the caller's number is a mobile, so a text may be promised.
    """

    talk: Conversation
    caller: Caller
    reception: Reception
    room: WaitingRoom
    stops: Stops
    clock: Clock
    texts_reach: bool = False
    _requests: count[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        """The hospital's wall clock."""
        return wall(self.clock)

    @property
    def today(self) -> date:
        return self.now.date()

    def request_key(self) -> str:
        """The name of the next request. Keep it for every repetition of that request: the store grants one name once."""
        return f"call:{self.caller.trace}-{next(self._requests)}"
