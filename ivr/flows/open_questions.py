"""What the hospital has asked this caller and he has not answered: numbers offered to who waits, notices of a doctor who cannot come.

Law: said before the main menu, each with its choices; 9 and * leave it open, and nothing is given back before a read-back and 1.
The keys are those that answer the text of the same notice. A store that cannot tell now does not keep a caller from the menu.
"""

from __future__ import annotations

from datetime import datetime

from booking.keeping_outcomes import HoldOver
from booking.outcomes import Booked, BookOutcome
from booking.stop_clinic import (
    RELEASE,
    Choice,
    ChoiceTooLate,
    Chosen,
    NearTime,
    NothingToChoose,
    OpenNotice,
    RebookFrom,
)
from booking.views import WaitingView
from booking.waiting_outcomes import LeftWaiting, NotWaiting
from ivr.dialog.question import BACK, Items, confirm, menu
from ivr.flows import wording
from ivr.flows.visit import Visit
from ivr.speech.words import Fixed, Prompt

LATER = "9"
OFFERS_MOST = NOTICES_MOST = 3


async def open_questions(visit: Visit) -> None:
    if visit.caller.phone is None:
        return
    for offer in await _offers(visit):
        await _answer_offer(visit, offer)
    for _ in range(NOTICES_MOST):
        notice = await visit.talk.if_it_can(lambda: visit.stops.open_notice(visit.caller))
        if notice is None or notice.choice != "none" or not await _answer_notice(visit, notice):
            return


async def _offers(visit: Visit) -> list[WaitingView]:
    """Those that end first, first."""
    waits = await visit.talk.if_it_can(lambda: visit.room.mine(visit.caller))
    offers = [each for each in waits or () if each.booking is not None and (each.until or visit.now) > visit.now]
    return sorted(offers, key=lambda each: each.until or visit.now)[:OFFERS_MOST]


async def _answer_offer(visit: Visit, offer: WaitingView) -> None:
    prompt = (*wording.offer(offer, visit.today), Fixed("offer-choices"))
    answer = await visit.talk.ask(menu(prompt, {"1": True, "2": False, LATER: None}))
    if answer is BACK or answer is None:
        return
    match await visit.talk.patiently(lambda: visit.room.answer(visit.caller, answer, offer.id)):
        case Booked() as booked:
            visit.talk.say(wording.booked(booked, visit.today, texted=visit.texts_reach))
        case LeftWaiting():
            visit.talk.say((Fixed("offer-left"),))
        case HoldOver() | NotWaiting():
            visit.talk.say((Fixed("offer-over"),))


async def _answer_notice(visit: Visit, notice: OpenNotice) -> bool:
    """False when it stays open: the caller goes on to the menu."""
    choices: dict[str, Choice | None] = {str(nth): choice for nth, choice in enumerate(notice.choices, start=1)}
    question = menu(wording.notice(notice, visit.today), {**choices, LATER: None})
    choice = await visit.talk.ask(question)
    if choice is BACK or choice is None:
        return False
    if choice is Choice.GIVE_BACK and notice.action != RELEASE and not await _gives_back(visit, notice):
        return False
    outcome = await visit.talk.patiently(lambda: visit.stops.choose(visit.caller, notice.booking.code, choice))
    match outcome:
        case RebookFrom():
            return await _rebook(visit, outcome)
        case Chosen():
            visit.talk.say(_done(notice, outcome.choice))
        case ChoiceTooLate() | NothingToChoose():
            visit.talk.say((Fixed("notice-over"),))
    return True


def _done(notice: OpenNotice, choice: Choice) -> Prompt:
    if choice is Choice.KEEP:
        return (Fixed("kept"),)
    return (Fixed("notice-noted"),) if notice.action == RELEASE else (Fixed("cancelled"), Fixed("not-counted"))


async def _gives_back(visit: Visit, notice: OpenNotice) -> bool:
    read_back = (Fixed("you-cancel"), *wording.booking(notice.booking, visit.today))
    if await visit.talk.ask(confirm(read_back, (Fixed("confirm-give-back"),))) is True:
        return True
    visit.talk.say((Fixed("kept"),))
    return False


async def _rebook(visit: Visit, found: RebookFrom) -> bool:
    """Another time of the doctor or of a colleague; what stood stands until it is won."""
    if not found.times:
        visit.talk.say((Fixed("no-near"),))
        return False
    rows = tuple((wording.near_row(each, visit.today), each) for each in found.times)
    picked = await visit.talk.choose(Items(head=(Fixed("which-time"),), rows=rows))
    if picked is BACK:
        return False
    tail = found.booking.patient.identity_masked
    read_back = wording.read_back(picked.doctor, picked.open.start, tail[-wording.TAIL :], visit.today)
    if await visit.talk.ask(confirm(read_back, (Fixed("confirm-rebook"),))) is not True:
        return False
    outcome = await _booked(visit, found.booking.code, picked)
    if isinstance(outcome, ChoiceTooLate | NothingToChoose):
        visit.talk.say((Fixed("notice-over"),))
        return True
    if isinstance(outcome, Booked):
        visit.talk.say(wording.booked(outcome, visit.today, texted=visit.texts_reach))
        return True
    visit.talk.say(wording.not_booked(outcome, visit.today))
    return False


async def _booked(visit: Visit, code: str, picked: NearTime) -> BookOutcome | ChoiceTooLate | NothingToChoose:
    key, doctor = visit.request_key(), picked.doctor.number
    start: datetime = picked.open.start
    return await visit.talk.patiently(lambda: visit.stops.rebook(visit.caller, code, doctor, start, key))
