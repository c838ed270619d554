"""Numbers sold and moved: what is remembered as sold out is refused first, everything else goes through the till in batches.

Law of this module: a refusal that another time would mend tells of other times, looked up once for a whole batch; who lost a race
against an index looks again, three times at most, then it is ``Busy``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from booking.house import House
from booking.keeping_outcomes import Changed, ChangeOutcome, NeverCancelled, TooLateToCancel
from booking.outcomes import Booked, BookOutcome, Busy, Held
from booking.recall import Recall
from booking.refusals import is_full, outcome_of, wants_others
from booking.requests import BookSlot, ChangeBooking, Channel, Identified, Known
from booking.rules.facts import Where
from booking.rules.onsale import sale_days
from booking.store.keeping.moving import NotMoved, thd_change
from booking.store.people.people import thd_patient_by_identity
from booking.store.roster.directories import Directories
from booking.store.roster.finding import NOTHING, Instead, Span, thd_instead
from booking.store.selling.judging import Answer, Refused
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms
from booking.till import Locked, Till, alone

_LONE_TRIES = 3


def days_on_sale(house: House, hospital: int) -> Span:
    """From the first start that may be sold now to the end of the last day on sale."""
    days = sale_days(house.rules.of(hospital), Where(), Channel.SMS, house.wall())
    return Span(after=days.first_start, until=datetime.combine(days.last + timedelta(days=1), time()))


class Sales:
    """One for a reception; ``directories`` are the reception's, too."""

    def __init__(self, house: House, directories: Directories) -> None:
        self._house = house
        self._directories = directories
        self._recall = Recall(house.database, house.vault, house.clock, house.rules)
        self._tills: dict[int, Till[BookSlot, BookOutcome]] = {}

    async def sell(self, request: BookSlot) -> BookOutcome:
        """Sell the slot, or say why not."""
        known = self._recall.answer(request)
        if known is not None:
            return known
        if isinstance(request.who, Identified):
            vault, now = self._house.vault, self._house.naive_utc()
            patient = await self._house.database.run(
                thd_patient_by_identity, vault, request.caller, request.who.identity, now, name="identity"
            )
            request = replace(request, who=Known(patient.id))
        return await self._till(request.caller.hospital).sell(request)

    async def move(self, request: ChangeBooking) -> ChangeOutcome:
        """Move a booking; the old one stands until the new one is won."""
        hospital = request.caller.hospital
        for _ in range(_LONE_TRIES):
            try:
                outcome = await self._house.database.run(
                    thd_change, self._house.vault, self._terms(hospital), request, name="change"
                )
            except NotMoved as kept:
                return await self._kept(hospital, kept.answer)
            except IntegrityError:  # an index refused what the facts allowed: another was quicker, so look again
                continue
            if isinstance(outcome, Changed) and not outcome.again:
                self.freed(hospital)
            return outcome
        raise Busy("others were quicker, three times")

    def freed(self, hospital: int) -> None:
        """This process has just made a number sellable, and texts tell of it."""
        self._recall.freed(hospital)
        self._house.bell.ring()

    def _till(self, hospital: int) -> Till[BookSlot, BookOutcome]:
        if hospital not in self._tills:
            self._tills[hospital] = Till(lambda requests, locked: self._sell(hospital, requests, locked))
        return self._tills[hospital]

    async def _sell(self, hospital: int, requests: Sequence[BookSlot], locked: Locked) -> list[BookOutcome]:
        """Who waited while others bought the last numbers hears so without a transaction of his own."""
        known = [self._recall.answer(request) for request in requests]
        wishes = [request for request, gone in zip(requests, known, strict=True) if gone is None]
        sold = iter(await self._sell_from_store(hospital, wishes, locked) if wishes else ())
        return [next(sold) if gone is None else gone for gone in known]

    async def _sell_from_store(self, hospital: int, requests: Sequence[BookSlot], locked: Locked) -> list[BookOutcome]:
        asked = self._house.database.seconds()
        answers = await self._answers(hospital, requests, locked)
        if any(isinstance(answer, Booked | Held) and not answer.again for answer in answers):
            self._house.bell.ring()
        refused = [answer for answer in answers if isinstance(answer, Refused) and wants_others(answer)]
        instead = await self._instead(hospital, refused)
        told = [outcome_of(answer, instead) for answer in answers]
        if asked is not None and refused:
            await self._recall.learn(hospital, requests, answers, told, asked)
        return told

    async def _instead(self, hospital: int, refused: Sequence[Refused]) -> Instead:
        """What refusals tell of, in one look for all of them; nothing when the store is busy, because bookings of the batch stand."""
        if not refused:
            return NOTHING
        asked = [(each.card.id, each.start) for each in refused]
        full = [(each.card.id, each.start) for each in refused if is_full(each)]
        look = (self._directories, hospital, days_on_sale(self._house, hospital), asked, full)
        try:
            return await self._house.database.look(thd_instead, *look, name="nearest")
        except Busy:
            return NOTHING

    async def _answers(self, hospital: int, requests: Sequence[BookSlot], locked: Locked) -> list[Answer]:
        database = self._house.database
        for _ in range(_LONE_TRIES):
            terms = replace(self._terms(hospital), locked=lambda: database.soon(locked))
            name = "book-alone" if locked is alone else "book"  # a metric of its own tells how often batches fail
            try:
                return await database.run(thd_sell, self._house.vault, terms, requests, name=name)
            except IntegrityError:  # an index refused what the facts allowed: others were quicker, so look again
                if len(requests) > 1:
                    raise
        raise Busy("others were quicker, three times")

    async def _kept(self, hospital: int, answer: Answer | TooLateToCancel | NeverCancelled) -> ChangeOutcome:
        """Why the booking stays where it is."""
        if isinstance(answer, TooLateToCancel | NeverCancelled):
            return answer
        mended = [answer] if isinstance(answer, Refused) and wants_others(answer) else []
        outcome = outcome_of(answer, await self._instead(hospital, mended))
        assert not isinstance(outcome, Booked | Held), "what is won is moved"
        return outcome

    def _terms(self, hospital: int) -> Terms:
        house = self._house
        return Terms(
            hospital=hospital,
            rules=house.rules.of(hospital),
            now=house.wall(),
            now_utc=house.naive_utc(),
            rng=house.rng,
            threads=house.database.seconds() is not None,
        )
