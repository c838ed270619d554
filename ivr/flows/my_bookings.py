"""The caller's own bookings and places on waiting lists; cancelling or moving one: chosen from them, or named by its code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from booking.keeping_outcomes import NoSuchBooking
from booking.requests import CancelBooking
from booking.views import BookingView, WaitingView
from command_parser.serial import is_serial
from ivr.dialog.conversation import ToAgent
from ivr.dialog.question import BACK, STRIKES, Items, Question, Wrong, menu
from ivr.flows import waiting, wording
from ivr.flows.change import change
from ivr.flows.visit import Visit
from ivr.speech import zh
from ivr.speech.words import Fixed, Prompt

CODE_PLACES = 8
BY_CODE = "8"


class Other(Enum):
    """What a caller may mean instead of one of the bookings."""

    NOTHING = auto()
    BY_CODE = auto()
    MOVE = auto()


Picked = BookingView | WaitingView | Other


def read_code(keys: str) -> str | Wrong:
    return keys if is_serial(keys) else Wrong((Fixed("bad-code"),))


CODE = Question(
    prompt=(Fixed("key-code"),), again=(Fixed("key-code-again"),), digits=CODE_PLACES, read=read_code, unhurried=True
)


async def my_bookings(visit: Visit) -> bool:
    """Reads them out; a key leads to cancelling or moving the one it stands behind, or to leaving that list. True unless the caller
    went back.
    """
    found = await _own(visit)
    places = await _places(visit)
    if not found and not places:
        visit.talk.say((Fixed("no-bookings" if visit.caller.phone else "number-hidden"),))
        return True
    picked = await visit.talk.choose(_items(visit, found, places), silent=Other.NOTHING)
    if picked is BACK:
        return False
    if isinstance(picked, WaitingView):
        await waiting.leave(visit, picked)
        return True
    return await _cancel(visit, picked) if isinstance(picked, BookingView) else True


async def cancel(visit: Visit) -> bool:
    """Without a number to know the caller by, no code is the caller's: an agent finds out whose it is."""
    if visit.caller.phone is None:
        visit.talk.say((Fixed("number-hidden"),))
        raise ToAgent("number-hidden")
    found = await _own(visit)
    if not found:
        return await _cancel_by_code(visit)
    while True:
        items = _items(visit, found, extra={BY_CODE: ((Fixed("by-code"),), Other.BY_CODE)})
        picked = await visit.talk.choose(items)
        if picked is BACK:
            return False
        if isinstance(picked, BookingView):
            return await _cancel(visit, picked)
        if await _cancel_by_code(visit):
            return True


async def _own(visit: Visit) -> tuple[BookingView, ...]:
    if visit.caller.phone is None:
        return ()
    found = await visit.talk.patiently(lambda: visit.reception.bookings_of(visit.caller))
    return tuple(each for each in found if each.status != "held")  # a number that is only kept is no booking


async def _places(visit: Visit) -> tuple[WaitingView, ...]:
    if visit.caller.phone is None:
        return ()
    waits = await visit.talk.patiently(lambda: visit.room.mine(visit.caller))
    return tuple(each for each in waits if each.booking is None)


def _items(
    visit: Visit,
    found: tuple[BookingView, ...],
    places: tuple[WaitingView, ...] = (),
    extra: Mapping[str, tuple[Prompt, Picked]] | None = None,
) -> Items[Picked]:
    head = (Fixed("you-have"), *zh.count(len(found)), Fixed("bookings"))
    rows: list[tuple[Prompt, Picked]] = [
        ((*wording.booking(each, visit.today), Fixed("cancel-it")), each) for each in found
    ]
    rows += [((*wording.place(each, visit.today), Fixed("leave-it")), each) for each in places]
    return Items(head=head, rows=tuple(rows), extra=extra or {})


async def _cancel_by_code(visit: Visit) -> bool:
    """Three codes that are not the caller's lead to an agent: codes cannot be fished for."""
    for _ in range(STRIKES):
        code = await visit.talk.ask(CODE)
        if code is BACK:
            return False
        found = await visit.talk.patiently(lambda code=code: visit.reception.booking(visit.caller, code))  # type: ignore[misc]
        if not isinstance(found, NoSuchBooking):
            return await _cancel(visit, found)
        visit.talk.say((Fixed("not-yours"),))
    raise ToAgent("wrong-codes")


async def _cancel(visit: Visit, booking: BookingView) -> bool:
    """1 cancels, 2 keeps, 3 moves it to another time."""
    read_back = (Fixed("you-cancel"), *wording.booking(booking, visit.today), Fixed("confirm-cancel"))
    answer = await visit.talk.ask(menu(read_back, {"1": True, "2": False, "3": Other.MOVE}))
    if answer is Other.MOVE:
        await change(visit, booking)
        return True
    if answer is BACK or not answer:
        visit.talk.say((Fixed("kept"),))
        return True
    request = CancelBooking(caller=visit.caller, code=booking.code, key=visit.request_key())
    outcome = await visit.talk.patiently(lambda: visit.reception.cancel(request))
    visit.talk.say(wording.cancelled(outcome, visit.today))
    return True
