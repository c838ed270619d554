"""A bare number while nothing is pending may answer a stop-clinic notice: the latest that this phone has not answered.

Law: the number acts on one notice, which the answer names; a text that is served again after a crash gets the same answer, because
the store knows what was chosen under the text's own trace.
"""

from __future__ import annotations

from booking.requests import Caller
from booking.stop_clinic import ChoiceTooLate, Chosen, NothingToChoose, OpenNotice, RebookFrom
from booking.stops import Stops
from sms_gateway import dialogue, stop_words
from sms_gateway.replies import reason_of
from sms_gateway.turn import Turn


class Notices:
    """Raises Busy only."""

    def __init__(self, stops: Stops) -> None:
        self._stops = stops

    async def open(self, caller: Caller) -> OpenNotice | None:
        """The notice that a number from this phone answers."""
        return await self._stops.open_notice(caller)

    async def answer(self, said: str, caller: Caller) -> Turn | None:
        """What the number does; None when no notice is open, so that the text is not an answer to one."""
        notice = await self.open(caller) if said.isdecimal() else None
        if notice is None:
            return None
        place = int(said) if len(said) == 1 else 0
        if not 1 <= place <= len(notice.choices):
            return Turn(says=stop_words.asked_again(notice), pending=None, reason="ASKED_AGAIN")
        outcome = await self._stops.choose(caller, notice.booking.code, notice.choices[place - 1])
        return _turn(notice, outcome)


def _turn(notice: OpenNotice, outcome: Chosen | RebookFrom | ChoiceTooLate | NothingToChoose) -> Turn | None:
    match outcome:
        case Chosen():
            return Turn(says=stop_words.chosen(notice, outcome), pending=None)
        case RebookFrom(booking=booking, times=()):
            return Turn(says=stop_words.no_times(booking), pending=None, reason="NOTHING_FOUND")
        case RebookFrom(booking=booking, times=times):
            asked = dialogue.ask_instead(booking, [(near.doctor, near.open.start) for near in times])
            return Turn(says=dialogue.question(asked), pending=asked)
        case ChoiceTooLate():
            return Turn(says=stop_words.too_late(outcome), pending=None, reason=reason_of(outcome))
        case NothingToChoose():  # withdrawn beside us
            return None
