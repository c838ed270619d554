"""The day of the visit: check-in (取号), visited, a mark taken back; and the end of bookings whose patient did not come.

Law of this module: every answer is a value of ``booking.visit_outcomes``; the only exception is ``Busy``. A request is answered
alike however often it is put.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from booking.house import House
from booking.rules.arrival import marks
from booking.store.conduct.arriving import Desk, thd_check_in, thd_take_back, thd_visited
from booking.store.conduct.closing import CLOSE_MOST, Closed, thd_close, thd_due
from booking.visit_outcomes import ByCard, ByIdentity, CheckIn, CheckInOutcome, Mark, MarkOutcome, UnknownCard

LOOK_BACK_DAYS = 31
"""A house whose jobs stood still for longer closes older bookings by hand."""
_STOPPED_DAYS = 2
"""Where absence is not marked, bookings stay open for good: only those of stopped clinics are still to be ended."""


class CardReader(Protocol):
    """The hospital's own system, which alone knows whose card a number is."""

    async def identity(self, hospital: int, card: str) -> str | None:
        """The identity number (normal form) of the card's owner; None when there is none."""
        ...


class NoCards:
    """A hospital whose system nobody asks: no card is known."""

    async def identity(self, hospital: int, card: str) -> str | None:
        del hospital, card
        return None


class Visits:
    """One for all doors of a process. ``cards`` looks a hospital card up."""

    def __init__(self, house: House, cards: CardReader | None = None) -> None:
        self._house = house
        self._cards = cards or NoCards()

    async def check_in(self, request: CheckIn) -> CheckInOutcome:
        """Pick the number up, or say why not; again is no error and says when it was first."""
        by = request.by
        if isinstance(by, ByCard):
            identity = await self._cards.identity(request.hospital, by.card)
            if identity is None:
                return UnknownCard()
            by = ByIdentity(identity)
        desk = self._desk(request.hospital, request.came)
        outcome = await self._house.database.run(thd_check_in, self._house.vault, desk, request, by, name="check-in")
        self._house.bell.ring()
        return outcome

    async def visited(self, mark: Mark) -> MarkOutcome:
        """The doctor saw him; again says since when it is known."""
        desk = self._desk(mark.hospital)
        return await self._house.database.run(thd_visited, self._house.vault, desk, mark, name="visited")

    async def take_back(self, mark: Mark) -> MarkOutcome:
        """Undo the latest mark, with a reason."""
        desk = self._desk(mark.hospital)
        return await self._house.database.run(thd_take_back, self._house.vault, desk, mark, name="take-back")

    async def close_unarrived(self, hospital: int, trace: str = "-") -> Closed:
        """End what the rules end by now: today's bookings and those of days on which nobody closed. A job's body."""
        closed = Closed()
        now = self._desk(hospital)
        today = now.wall.date()
        for back in range(LOOK_BACK_DAYS if marks(now.rules) else _STOPPED_DAYS, -1, -1):
            day, after, more = today - timedelta(days=back), None, True
            while more:
                desk = self._desk(hospital)
                due = await self._house.database.look(thd_due, desk, day, after, name="due-to-close")
                closed += await self._close(desk, due.bookings, trace)
                after, more = due.after, due.after is not None
        if closed.bans or closed.released:
            self._house.bell.ring()
        return closed

    async def _close(self, desk: Desk, due: tuple[tuple[int, int], ...], trace: str) -> Closed:
        closed = Closed()
        for first in range(0, len(due), CLOSE_MOST):
            batch = due[first : first + CLOSE_MOST]
            closed += await self._house.database.run(thd_close, self._house.vault, desk, batch, trace, name="close")
        return closed

    def _desk(self, hospital: int, came: datetime | None = None) -> Desk:
        """As it is now, or as it was when he came: what is entered late is judged by when it happened."""
        now = self._house.wall()
        ago = timedelta() if came is None else max(now - came, timedelta())
        return Desk(
            hospital=hospital, rules=self._house.rules.of(hospital), wall=now - ago, at=self._house.naive_utc() - ago
        )
