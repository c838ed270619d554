"""Waiting for a number by text (候补): the question that goes with "full", joining, one's places, leaving, and the answer to an offer.

Law: nobody waits who was not asked and said yes; an offer is taken by its own yes alone. A text that is served again after a crash
gets no second effect: joining twice keeps the place, and what the text said to an offer is known by its trace.
"""

from __future__ import annotations

from collections.abc import Sequence

from booking.outcomes import Full
from booking.requests import Caller, JoinWaiting, Known, Named
from booking.views import WaitingView
from booking.waiting_outcomes import NotWaiting
from booking.waiting_room import WaitingRoom
from command_parser.commands import Book, Command
from sms_gateway import dialogue
from sms_gateway.dialogue import WillWait
from sms_gateway.replies import LINES_MAX, Asked, OwnBookings, reason_of, words
from sms_gateway.turn import Turn

_OR_WAIT = "；候补同一班次的空号请回复1"
_SAID_NO = "您已答复不要这个候补号。查预约和候补请发 CX"


class Waiting:
    """Raises Busy only."""

    def __init__(self, room: WaitingRoom) -> None:
        self._room = room

    async def beside(self, command: Command, outcome: object, caller: Caller, asked: Asked) -> Turn | None:
        """What the waiting list adds to the answer of a command; None: nothing."""
        match command, outcome:
            case Book(doctor=doctor, when=when, name=name), Full() as full:
                if not await self._room.may_wait(caller, doctor, when):
                    return None
                pending = dialogue.ask_wait(full.doctor, when, name)
                return Turn(says=words(full, asked) + _OR_WAIT, pending=pending, reason=reason_of(full))
            case _, OwnBookings(bookings=bookings):
                waits = tuple(await self._room.mine(caller))
                places = [one for one in waits if one.booking is None][:LINES_MAX]
                says = words(OwnBookings(bookings, waits), asked)
                return Turn(says=says, pending=dialogue.ask_leave(places) if places else None)
        return None

    async def may_wait(self, caller: Caller, wanted: WillWait) -> bool:
        return await self._room.may_wait(caller, wanted.doctor, wanted.start)

    async def join(self, wanted: WillWait, caller: Caller, asked: Asked, key: str) -> Turn:
        who = Named(wanted.who) if isinstance(wanted.who, str) else Known(wanted.who)
        request = JoinWaiting(caller=caller, doctor=wanted.doctor, who=who, key=key, start=wanted.start)
        return _told(await self._room.join(request), asked)

    async def leave(self, place: int, caller: Caller, asked: Asked) -> Turn:
        return _told(await self._room.leave(caller, place), asked)

    async def offers(self, caller: Caller) -> Sequence[WaitingView]:
        """The numbers that are held for this phone until it answers, the latest offered first."""
        offered = [one for one in await self._room.mine(caller) if one.booking is not None]
        return sorted(offered, key=lambda one: str(one.offered_at), reverse=True)

    async def answer(self, offer: WaitingView, yes: bool, caller: Caller, asked: Asked) -> Turn:
        """Take the number or let the next one have it; a yes is answered by the booking's own confirmation."""
        return _told(await self._room.answer(caller, yes, offer.id), asked)

    async def answered_before(self, caller: Caller) -> Turn | None:
        """This very text has answered an offer, and was not marked so before a crash."""
        said = await self._room.settled_by(caller)
        if said is None:
            return None
        return Turn(says="" if said else _SAID_NO, pending=None)


def _told(outcome: object, asked: Asked) -> Turn:
    reason = "NOT_WAITING" if isinstance(outcome, NotWaiting) else reason_of(outcome)
    return Turn(says=words(outcome, asked), pending=None, reason=reason)
