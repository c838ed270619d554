"""The waiting list by telephone (候补): asked when a session is sold out, joined after a read-back, left.

Law: nobody is put on a list before the read-back and 1, nor where no text could tell him of a number that is free.
"""

from __future__ import annotations

from booking.outcomes import AlreadyBooked, Full, NoSuchDoctor, NoSuchTime, NotRegistered
from booking.requests import JoinWaiting, Known
from booking.views import WaitingView
from booking.waiting_outcomes import LeftWaiting, NoWaitingList, StillOpen, Waits
from ivr.dialog.question import BACK, confirm
from ivr.flows import wording
from ivr.flows.draft import Draft, Move
from ivr.flows.visit import Visit
from ivr.speech.words import Fixed

_WAIT_OR_NOT = confirm((), (Fixed("wait-or-other"),))


async def may_wait(visit: Visit, draft: Draft) -> bool:
    """Whether the draft's session has a list, and its caller a mobile that can be told."""
    doctor, start = draft.doctor, draft.start
    if doctor is None or start is None or not visit.texts_reach:
        return False
    return await visit.talk.patiently(lambda: visit.room.may_wait(visit.caller, doctor.number, start))


async def rather_wait(visit: Visit) -> bool:
    """Asked before the patient is known: wait for this session, or choose another time."""
    return await visit.talk.ask(_WAIT_OR_NOT) is True


async def join(visit: Visit, draft: Draft) -> Move:
    """Read back, and 1 joins; any other answer leads to another time."""
    assert draft.doctor is not None
    assert draft.start is not None
    assert draft.who is not None
    read_back = wording.you_wait(draft.doctor, draft.start, draft.tail, visit.today)
    draft.waits = False
    answer = await visit.talk.ask(confirm(read_back, (Fixed("confirm-wait"),)))
    if answer is BACK or not answer:
        return Move.OTHER_TIME
    request = JoinWaiting(
        caller=visit.caller, doctor=draft.doctor.number, who=draft.who, key=visit.request_key(), start=draft.start
    )
    match await visit.talk.patiently(lambda: visit.room.join(request)):
        case Waits() as waits:
            visit.talk.say(wording.waits(waits, visit.today))
            return Move.OVER
        case StillOpen(open=times):
            visit.talk.say((Fixed("still-open"),))
            draft.offers = times
            return Move.OTHER_TIME
        case NoWaitingList() | NoSuchTime() | NoSuchDoctor():
            visit.talk.say((Fixed("no-waiting-list"),))
            return Move.OTHER_TIME
        case NotRegistered() as refusal:
            visit.talk.say(wording.refusal(refusal, visit.today))
            return Move.BACK
        case AlreadyBooked() as refusal:
            visit.talk.say(wording.already_booked(refusal, visit.today, known=isinstance(draft.who, Known)))
            return Move.OVER


async def sold_meanwhile(visit: Visit, draft: Draft, full: Full) -> Move:
    """The number was sold between read-back and 1: wait, or another time."""
    visit.talk.say(wording.refusal(full, visit.today))
    draft.offers = full.open
    if not await may_wait(visit, draft):
        return Move.OTHER_TIME
    return await join(visit, draft)


async def leave(visit: Visit, place: WaitingView) -> None:
    """Give the place up, after a read-back and 1."""
    answer = await visit.talk.ask(confirm(wording.place(place, visit.today), (Fixed("confirm-leave"),)))
    if answer is BACK or not answer:
        visit.talk.say((Fixed("place-kept"),))
        return
    outcome = await visit.talk.patiently(lambda: visit.room.leave(visit.caller, place.id))
    visit.talk.say((Fixed("place-left" if isinstance(outcome, LeftWaiting) else "place-over"),))
