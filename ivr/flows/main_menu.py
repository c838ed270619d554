"""``agi://host/hotline``: the whole visit of a caller, from the greeting to the good-bye."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ivr.dialog.conversation import ToAgent
from ivr.dialog.question import BACK, menu
from ivr.flows.book import book, book_in_department
from ivr.flows.my_bookings import cancel, my_bookings
from ivr.flows.open_questions import open_questions
from ivr.flows.visit import Visit
from ivr.speech.words import Fixed


async def complain(visit: Visit) -> bool:
    """An agent writes the complaint down."""
    visit.talk.say((Fixed("complaint-to-agent"),))
    raise ToAgent("complaint")


async def repeat(visit: Visit) -> bool:
    return False


Flow = Callable[[Visit], Awaitable[bool]]
_FLOWS: dict[str, Flow] = {
    "1": book,
    "2": my_bookings,
    "3": cancel,
    "4": book_in_department,
    "5": complain,
    "9": repeat,
}
MAIN = menu((Fixed("main-menu"),), _FLOWS)
MAIN_OR_END = menu((Fixed("main-or-end"),), {"9": True}, silent=False)


async def main_menu(visit: Visit) -> None:
    """Returns when the caller has all that was wanted; raises ``ToAgent`` where a person is."""
    visit.talk.say((Fixed("welcome"),))
    await open_questions(visit)
    while True:
        flow = await visit.talk.ask(MAIN)
        if flow is BACK or not await flow(visit):
            continue
        if await visit.talk.ask(MAIN_OR_END) is False:
            await visit.talk.speak((Fixed("goodbye"),))
            return
