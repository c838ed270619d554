"""Which question a bare answer belongs to: the one asked last of those it can answer (the dialogue, an offered number, a stop's notice).

Law: a text answers nothing that was asked after it came in. A number may answer any of them, Y and N what is answered by yes or
no. What was understood is said; a question that is still open beside it is put again in the same answer, so that the next
number has one meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from booking.requests import Caller
from booking.stop_clinic import OpenNotice
from booking.views import WaitingView
from sms_gateway import dialogue, stop_words
from sms_gateway.dialogue import YES_NO, Dialogue
from sms_gateway.notices import Notices
from sms_gateway.replies import Asked, offer_words
from sms_gateway.steps import Steps
from sms_gateway.turn import Turn
from sms_gateway.waiting import Waiting

_YES, _NO = frozenset({"1", "Y"}), frozenset({"2", "N"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The dialogue's question and when it was put (UTC)."""

    dialogue: Dialogue
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A bare answer: its words, when it came in (UTC), under which key it acts."""

    words: str
    at: datetime
    caller: Caller
    asked: Asked
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is open on a phone."""

    pending: Pending | None
    offer: WaitingView | None
    notice: OpenNotice | None


class Questions:
    """Raises Busy only."""

    def __init__(self, steps: Steps, waiting: Waiting, notices: Notices) -> None:
        self._steps = steps
        self._waiting = waiting
        self._notices = notices

    async def answer(self, said: Said, pending: Pending | None) -> Turn | None:
        """What the answer does; None when nothing is asked that it could answer."""
        before = await self._waiting.answered_before(said.caller)
        if before is not None:
            return replace(before, pending=None if pending is None else pending.dialogue)
        found = await self._open(said, pending)
        match last_asked(said.words, found):
            case Pending() as kept:
                return await self._steps.proceed(kept.dialogue, said.words, said.caller, said.asked, said.key)
            case WaitingView() as offer:
                yes = said.words in _YES
                turn = await self._waiting.answer(offer, yes, said.caller, said.asked)
                return put_again(turn, replace(found, offer=None))
            case OpenNotice():
                answered = await self._notices.answer(said.words, said.caller)
                return None if answered is None else put_again(answered, replace(found, notice=None))
            case None:
                return None

    async def _open(self, said: Said, pending: Pending | None) -> Open:
        offers = [
            one for one in await self._waiting.offers(said.caller) if one.offered_at and one.offered_at <= said.at
        ]
        notice = await self._notices.open(said.caller) if said.words.isdecimal() else None
        if notice is not None and notice.asked_at > said.at:
            notice = None
        return Open(pending=pending, offer=offers[0] if offers else None, notice=notice)


def last_asked(said: str, found: Open) -> Pending | WaitingView | OpenNotice | None:
    """The question that these words answer."""
    notice = found.notice if said.isdecimal() else None
    if notice is not None and notice.choice != "none":
        return notice  # answered by this very text, before a crash
    asked: list[tuple[datetime, Pending | WaitingView | OpenNotice]] = []
    if found.offer is not None and found.offer.offered_at is not None and said in _YES | _NO:
        asked.append((found.offer.offered_at, found.offer))
    if notice is not None:
        asked.append((notice.asked_at, notice))
    if found.pending is not None and (said.isdecimal() or found.pending.dialogue.step in YES_NO):
        asked.append((found.pending.asked_at, found.pending))
    if not asked:
        return found.pending
    return max(asked, key=lambda one: one[0])[1]


def put_again(turn: Turn, left: Open) -> Turn:
    """The answer, and after it one question that is open still: the dialogue's, else an offer's or a notice's."""
    if turn.pending is not None:  # it asks something itself
        return turn
    if left.pending is not None:
        kept = left.pending.dialogue
        return replace(turn, says=_both(turn.says, dialogue.question(kept)), pending=kept)
    if left.offer is not None:
        return replace(turn, says=_both(turn.says, offer_words(left.offer)))
    if left.notice is not None:
        return replace(turn, says=_both(turn.says, stop_words.asked_again(left.notice)))
    return turn


def _both(first: str, then: str) -> str:
    return f"{first}\n{then}" if first else then
