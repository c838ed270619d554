"""Moving a booking to another time of its doctor: choose among the times read out (or key one), hear it read back, 1.

Law: the booking stands where it is until the new time is won; nothing is moved before the read-back and 1.
"""

from __future__ import annotations

from booking.keeping_outcomes import Changed, NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import ClinicStopped, Cutoff, Full, NoSuchDoctor, NoSuchTime, WrongChannel
from booking.requests import ChangeBooking
from booking.views import BookingView, OpenTime
from ivr.dialog.question import BACK, confirm
from ivr.flows import wording
from ivr.flows.draft import Draft, Move
from ivr.flows.visit import Visit
from ivr.flows.when import choose_time
from ivr.speech.words import Fixed

TIMES_MOST = 12


async def change(visit: Visit, booking: BookingView) -> None:
    """Until it is moved, cannot be, or the caller keeps it."""
    draft = Draft(doctor=booking.doctor, moves=True, offers=await _times(visit, booking))
    while await choose_time(visit, draft) is Move.ON:
        assert draft.start is not None
        question = confirm(wording.you_move(booking, draft.start, visit.today), (Fixed("confirm-move"),))
        answer = await visit.talk.ask(question)
        if answer is BACK:
            continue
        if not answer:
            break
        if await _moved(visit, booking, draft):
            return
    visit.talk.say((Fixed("kept"),))


async def _times(visit: Visit, booking: BookingView) -> tuple[OpenTime, ...]:
    times = await visit.talk.patiently(
        lambda: visit.reception.times(visit.caller.hospital, booking.doctor.number, None, TIMES_MOST)
    )
    return () if isinstance(times, NoSuchDoctor) else times.open


async def _moved(visit: Visit, booking: BookingView, draft: Draft) -> bool:
    """True when there is nothing more to do; else another time is to be chosen."""
    assert draft.start is not None
    request = ChangeBooking(caller=visit.caller, code=booking.code, start=draft.start, key=visit.request_key())
    outcome = await visit.talk.patiently(lambda: visit.reception.change(request))
    match outcome:
        case Changed():
            visit.talk.say(wording.moved(outcome, visit.today, texted=visit.texts_reach))
            return True
        case TooLateToCancel() | NeverCancelled() | NoSuchBooking():
            visit.talk.say(wording.not_moved(outcome, visit.today))
            return True
        case NoSuchTime() | Full() | Cutoff() | ClinicStopped() | WrongChannel():
            visit.talk.say(wording.refusal(outcome, visit.today))
            draft.offers = outcome.open
            return False
        case _:
            visit.talk.say((*wording.refusal(outcome, visit.today), Fixed("kept")))
            return True
