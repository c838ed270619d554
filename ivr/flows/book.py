"""Booking: doctor, time, patient, read-back, and only then the store.

Law: nothing is written before the caller has heard the read-back and pressed 1. From then on the booking stands, whether or
not the caller waits for the code: the text brings it.
"""

from __future__ import annotations

from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    BookOutcome,
    BookRefusal,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Held,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from booking.requests import BookSlot, Known
from ivr.dialog.question import BACK, confirm, menu
from ivr.flows import waiting, wording
from ivr.flows.doctor import by_department, by_number, same_doctor
from ivr.flows.draft import Draft, Move, Step
from ivr.flows.patient import choose_patient
from ivr.flows.visit import Visit
from ivr.flows.when import choose_time
from ivr.speech.words import Fixed

AFTER: dict[type[BookRefusal], Move] = {
    NoSuchDoctor: Move.AGAIN,
    NoSuchTime: Move.OTHER_TIME,
    Full: Move.OTHER_TIME,
    Cutoff: Move.OTHER_TIME,
    ClinicStopped: Move.OTHER_TIME,
    NotOpenYet: Move.OTHER_TIME,
    WrongChannel: Move.OTHER_TIME,
    NotRegistered: Move.BACK,
    AlreadyBooked: Move.OVER,
    Limit: Move.OVER,
    Closed: Move.OVER,
    Blacklisted: Move.OVER,
    NotAdmitted: Move.OVER,
}
"""Where each refusal can be mended."""

_WAYS: dict[str, Step] = {"1": by_number, "2": by_department, "3": same_doctor}
_MENU = menu((Fixed("book-menu"),), _WAYS)


async def book(visit: Visit) -> bool:
    """True when something was settled, False when the caller went back."""
    while True:
        way = await visit.talk.ask(_MENU)
        if way is BACK:
            return False
        if await walk(visit, way):
            return True


async def book_in_department(visit: Visit) -> bool:
    return await walk(visit, by_department)


async def walk(visit: Visit, first: Step) -> bool:
    """The steps to a booking, in both directions; False when the caller steps back out of the first."""
    steps = (first, choose_time, choose_patient, settle)
    draft = Draft()
    at = 0
    while at >= 0:
        match await steps[at](visit, draft):
            case Move.ON:
                at += 1
            case Move.BACK:
                at -= 1
            case Move.OTHER_TIME:
                at = steps.index(choose_time)
            case Move.AGAIN:
                draft, at = Draft(), 0
            case _:
                return True
    return False


async def settle(visit: Visit, draft: Draft) -> Move:
    if draft.waits:
        return await waiting.join(visit, draft)
    assert draft.doctor is not None
    assert draft.start is not None
    read_back = wording.read_back(draft.doctor, draft.start, draft.tail, visit.today)
    answer = await visit.talk.ask(confirm(read_back, (Fixed("confirm-book"),)))
    if answer is BACK:
        return Move.BACK
    if not answer:
        return Move.AGAIN
    outcome = await _request(visit, draft)
    if isinstance(outcome, Full):
        return await waiting.sold_meanwhile(visit, draft, outcome)
    return _tell(visit, draft, outcome)


async def _request(visit: Visit, draft: Draft) -> BookOutcome:
    """Puts the confirmed draft to the store: under one key, however often it is busy."""
    doctor, start, who = draft.doctor, draft.start, draft.who
    assert doctor is not None
    assert start is not None
    assert who is not None
    request = BookSlot(caller=visit.caller, doctor=doctor.number, start=start, who=who, key=visit.request_key())
    return await visit.talk.patiently(lambda: visit.reception.book(request))


def _tell(visit: Visit, draft: Draft, outcome: BookOutcome) -> Move:
    """What came of it in words, and where to go on."""
    if isinstance(outcome, Booked):
        visit.talk.say(wording.booked(outcome, visit.today, texted=visit.texts_reach))
        return Move.OVER
    if isinstance(outcome, Held):
        visit.talk.say(wording.held(outcome, visit.today))
        return Move.OVER
    if isinstance(outcome, AlreadyBooked):
        visit.talk.say(wording.already_booked(outcome, visit.today, known=isinstance(draft.who, Known)))
        return AFTER[AlreadyBooked]
    visit.talk.say(wording.refusal(outcome, visit.today))
    if isinstance(outcome, NoSuchTime | Cutoff | ClinicStopped | WrongChannel):
        draft.offers = outcome.open
    return AFTER[type(outcome)]
