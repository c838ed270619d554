"""Which time: eight digits, or four for a day and then one of the times read out. What is free is asked of the store before the caller
is asked for more; whether it still is at the end, the booking decides."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from booking.outcomes import NoSuchDoctor
from booking.views import OpenTime
from command_parser.when import parse_day, parse_when
from ivr.dialog.question import BACK, Items, Question, Wrong
from ivr.flows import waiting, wording
from ivr.flows.draft import Draft, Move
from ivr.flows.visit import Visit
from ivr.speech import zh
from ivr.speech.words import Fixed

PLACES = 8
DAY_MOST = 200  # more than a doctor has in a day
NEAREST = 3
OTHER = "8"


def read_when(keys: str, now: datetime) -> datetime | date | Wrong:
    """``07150830`` a moment, ``0715`` a day; the nearest that is not past."""
    found = parse_when(keys, now) or parse_day(keys, now)
    return found if found is not None else Wrong((Fixed("bad-when"),))


def question(now: datetime) -> Question[datetime | date]:
    return Question(
        prompt=(Fixed("key-when"),), again=(Fixed("key-when-again"),), digits=PLACES, read=partial(read_when, now=now)
    )


async def choose_time(visit: Visit, draft: Draft) -> Move:
    """Ends with ``draft.start``, a time that was free a moment ago, or one of a full session that the caller would wait for."""
    offers, draft.offers, draft.waits = draft.offers, (), False
    while True:
        if offers:
            move = await _offer(visit, draft, offers)
            if move is not None:
                return move
        keyed = await visit.talk.ask(question(visit.now))
        if keyed is BACK:
            return Move.BACK
        found = await _look(visit, draft, keyed)
        if isinstance(found, Move):
            return found
        offers = found


async def _offer(visit: Visit, draft: Draft, offers: tuple[OpenTime, ...]) -> Move | None:
    """One of the times read out; None when the caller would rather key another."""
    days = {each.start.date() for each in offers}
    day = days.pop() if len(days) == 1 else None
    head = (Fixed("free-times"), *(zh.date(day, visit.today) if day else ()), wording.PAUSE)
    rows = tuple((wording.time_row(each, day, visit.today), each.start) for each in offers)
    picked = await visit.talk.choose(Items(head=head, rows=rows, extra={OTHER: ((Fixed("other-time"),), None)}))
    if picked is BACK:
        return Move.BACK
    draft.start = picked
    return None if picked is None else Move.ON


async def _look(visit: Visit, draft: Draft, keyed: datetime | date) -> Move | tuple[OpenTime, ...]:
    """Takes the time that was keyed if it is free; else what is free instead."""
    assert draft.doctor is not None
    moment = keyed if isinstance(keyed, datetime) else None
    free = await _free(visit, draft.doctor.number, moment.date() if moment else keyed, DAY_MOST)
    if free is None:
        visit.talk.say((Fixed("no-such-doctor"),))
        return Move.AGAIN
    if moment is not None:
        if any(each.start == moment for each in free):
            draft.start = moment
            return Move.ON
        if await _waits(visit, draft, moment):
            return Move.ON
    elif not free:
        visit.talk.say((Fixed("none-that-day"),))
    return free or await _nearest(visit, draft.doctor.number)


async def _waits(visit: Visit, draft: Draft, moment: datetime) -> bool:
    """The time that was keyed is not to be had: whether the caller would wait for it, where that is possible."""
    draft.start = moment
    if draft.moves or not await waiting.may_wait(visit, draft):
        visit.talk.say((Fixed("not-that-time"),))
        return False
    visit.talk.say((Fixed("sold-out"),))
    draft.waits = await waiting.rather_wait(visit)
    return draft.waits


async def _nearest(visit: Visit, number: str) -> Move | tuple[OpenTime, ...]:
    free = await _free(visit, number, None, NEAREST)
    if not free:
        visit.talk.say((Fixed("nothing-free"),))
        return Move.BACK
    return free


async def _free(visit: Visit, number: str, day: date | None, most: int) -> tuple[OpenTime, ...] | None:
    """The doctor's free times; None when the doctor is no more."""
    times = await visit.talk.patiently(lambda: visit.reception.times(visit.caller.hospital, number, day, most))
    return None if isinstance(times, NoSuchDoctor) else times.open
