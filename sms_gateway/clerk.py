"""Carries a command out through the reception, on behalf of one phone.

Law: the request's key is the text's own (``sms:<inbox id>``), so that a text that is served again after a crash gets the same answer
and never a second booking. What this house does not do by text is answered honestly (``NotOffered``), never silently.
"""

from __future__ import annotations

from booking.keeping_outcomes import Cancelled
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, ChangeBooking, Complain, Named, RegisterPhone
from booking.store.database import Store
from booking.store.mail.deeds import thd_cancelled_by
from command_parser.commands import (
    Book,
    Cancel,
    Change,
    Command,
    Complaint,
    ComplaintState,
    Help,
    OptIn,
    OptOut,
    QueryDate,
    QueryDept,
    QueryDoctor,
    QueryOwn,
    Rate,
    Register,
)
from sms_gateway.replies import LINES_MAX, CancelledBefore, HelpWanted, NoQuestion, NotOffered, Opted, OwnBookings

TIMES_MAX = 12


class Clerk:
    """Every command but the dialogue's own; an answer that reaches him belongs to no question, and is told so."""

    def __init__(self, reception: Reception, database: Store) -> None:
        self._reception = reception
        self._database = database

    async def serve(self, command: Command, caller: Caller, key: str) -> object:
        """An outcome that ``replies.words`` has words for. Raises Busy only."""
        match command:
            case Book() | Cancel() | Change() | Register() | Complaint():
                return await self._change(command, caller, key)
            case QueryOwn() | QueryDoctor() | QueryDept() | QueryDate() | ComplaintState():
                return await self._look(command, caller)
            case OptOut() | OptIn():
                wants = isinstance(command, OptIn)
                await self._reception.opt(caller, wants)
                return Opted(wants)
            case Help():
                return HelpWanted()
            case Rate():
                return NotOffered()
            case _:
                return NoQuestion()

    async def _change(self, command: Book | Cancel | Change | Register | Complaint, caller: Caller, key: str) -> object:
        match command:
            case Book(doctor=doctor, when=when, name=name):
                asked = BookSlot(caller=caller, doctor=doctor, start=when, who=Named(name), key=key)
                return await self._reception.book(asked)
            case Cancel(serial=serial):
                return await self._cancel(CancelBooking(caller=caller, code=serial, key=key))
            case Change(serial=serial, when=when):
                change = ChangeBooking(caller=caller, code=serial, start=when, key=key)
                return await self._reception.change(change)
            case Register(id=identity, name=name):
                return await self._reception.register(RegisterPhone(caller=caller, identity=identity, name=name))
            case Complaint(text=text):
                return await self._reception.complain(Complain(caller=caller, text=text, key=key))

    async def _cancel(self, asked: CancelBooking) -> object:
        """Cancelled by this very text before a crash: its answer is posted. Cancelled by another: this text still wants one."""
        outcome = await self._reception.cancel(asked)
        if isinstance(outcome, Cancelled) and outcome.again:
            caller = asked.caller
            if not await self._database.look(thd_cancelled_by, caller.hospital, asked.code, caller.trace):
                return CancelledBefore(outcome.booking)
        return outcome

    async def _look(
        self, command: QueryOwn | QueryDoctor | QueryDept | QueryDate | ComplaintState, caller: Caller
    ) -> object:
        hospital = caller.hospital
        match command:
            case QueryOwn():
                return OwnBookings(await self._reception.bookings_of(caller))
            case QueryDoctor(doctor=doctor):
                return await self._reception.times(hospital, doctor, None, TIMES_MAX)
            case QueryDept(dept=words):
                return await self._reception.search(hospital, words, LINES_MAX)
            case QueryDate(date=day):
                return await self._reception.open_on(hospital, day, LINES_MAX)
            case ComplaintState(case=case):
                return await self._reception.case_state(hospital, case)
