"""Waiting for a number of a session that is full (候补): join, leave, answer an offer; and the jobs that end holds and offers.

Law of this module: as at the reception, every answer is a value of ``waiting_outcomes`` and ``Busy`` the only exception. An offer
is answered by whoever asks from the phone that waits: by text (Y, N) or by telephone, the one that ends first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from booking.house import House
from booking.requests import Caller, Identified, JoinWaiting, Known
from booking.rules.service import waiting_terms
from booking.store.keeping.ending import Ending
from booking.store.keeping.holding import EXPIRE_MOST, thd_expire_holds
from booking.store.keeping.keeping import ending_by
from booking.store.people.people import thd_patient_by_identity
from booking.store.queue.answering import thd_answer
from booking.store.queue.joining import thd_join, thd_may_wait
from booking.store.queue.offering import Hands, thd_offer_free
from booking.store.queue.waiting import END_MOST, thd_end_waiting, thd_leave, thd_mine, thd_settled_by
from booking.store.roster.extra import thd_release_windows
from booking.trace import trace_id
from booking.views import WaitingView
from booking.waiting_outcomes import AnswerOutcome, LeftWaiting, NotWaiting, WaitOutcome


class WaitingRoom:
    """One for all doors of a process, and for its jobs."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def join(self, request: JoinWaiting) -> WaitOutcome:
        """Wait for a number of the session; refused while it has one to sell."""
        if isinstance(request.who, Identified):
            now = self._house.naive_utc()
            who = request.who.identity
            patient = await self._house.database.run(
                thd_patient_by_identity, self._house.vault, request.caller, who, now, name="identity"
            )
            request = replace(request, who=Known(patient.id))
        hands = self._hands(request.caller.hospital, request.caller.trace)
        return await self._house.database.run(thd_join, self._house.vault, request, hands, name="wait")

    async def may_wait(self, caller: Caller, doctor: str, start: datetime) -> bool:
        """Whether ``join`` would take somebody for the session that has a number of this doctor at this time."""
        if caller.phone is None or not waiting_terms(self._house.rules.of(caller.hospital)).open:
            return False
        hands = self._hands(caller.hospital, caller.trace)
        return await self._house.database.look(thd_may_wait, caller, doctor, start, hands, name="may-wait")

    async def settled_by(self, caller: Caller) -> bool | None:
        """What this very request (its trace) has answered to an offer before: yes, no, or nothing (None)."""
        return await self._house.database.look(thd_settled_by, self._house.vault, caller, name="settled-by")

    async def leave(self, caller: Caller, waiting_id: int) -> LeftWaiting | NotWaiting:
        """Wait no more."""
        now = self._house.naive_utc()
        return await self._house.database.run(thd_leave, self._house.vault, caller, waiting_id, now, name="leave")

    async def mine(self, caller: Caller) -> Sequence[WaitingView]:
        """What the caller's phone waits for, and what is offered to it."""
        return await self._house.database.look(thd_mine, self._house.vault, caller, name="waits")

    async def answer(self, caller: Caller, yes: bool, waiting_id: int | None = None) -> AnswerOutcome:
        """Take the number that is offered, or let the next one have it; of several the one of ``waiting_id``, or that ends first."""
        ending = ending_by(
            caller,
            self._house.rules.of(caller.hospital),
            (self._house.wall(), self._house.naive_utc()),
            rng=self._house.rng,
        )
        outcome = await self._house.database.run(
            thd_answer, self._house.vault, caller, yes, ending, waiting_id, name="answer"
        )
        if not isinstance(outcome, NotWaiting):
            self._house.bell.ring()
        return outcome

    async def expire(self, hospital: int) -> int:
        """Job: end the holds and offers whose time is over, and offer their numbers on; how many."""
        count = 0
        while True:
            done = await self._house.database.run(
                thd_expire_holds, self._house.vault, hospital, self._ending(hospital), name="expire-holds"
            )
            count += done
            if done:
                self._house.bell.ring()
            if done < EXPIRE_MOST:
                return count

    async def offer(self, hospital: int) -> int:
        """Job: release the window's reserve where it is time, offer what became free to those who wait, and end the waiting for
        sessions that are over; how many offers.
        """
        hands = self._hands(hospital, trace_id.get())
        await self._house.database.run(thd_release_windows, self._house.vault, hospital, hands, name="release-windows")
        made, after = 0, 0
        while after >= 0:
            hands = self._hands(hospital, trace_id.get())
            offered, after = await self._house.database.run(
                thd_offer_free, self._house.vault, hospital, hands, after, name="offer"
            )
            made += offered
        ended = END_MOST
        while ended == END_MOST:
            hands = self._hands(hospital, trace_id.get())
            ended = await self._house.database.run(
                thd_end_waiting, self._house.vault, hospital, hands, name="end-waiting"
            )
            if made or ended:
                self._house.bell.ring()
        return made

    def _hands(self, hospital: int, called: str) -> Hands:
        return Hands(
            rules=self._house.rules.of(hospital),
            wall=self._house.wall(),
            at=self._house.naive_utc(),
            trace=called,
            rng=self._house.rng,
        )

    def _ending(self, hospital: int) -> Ending:
        return Ending(
            by="expired",
            actor="job",
            trace=trace_id.get(),
            at=self._house.naive_utc(),
            wall=self._house.wall(),
            rules=self._house.rules.of(hospital),
            rng=self._house.rng,
        )
