"""Waiting for a number of a session that is full (候补): join, leave, answer an offer; and the jobs that end holds and offers.

Law of this module: as at the reception, every answer is a value of ``booking.outcomes`` and ``Busy`` the only exception. An offer
is answered by whoever asks from the phone that waits: by text (Y, N) or by telephone, the one that ends first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from booking.bell import Bell
from booking.clock import Clock, naive_utc, wall
from booking.outcomes import AnswerOutcome, Booked, LeftWaiting, NotWaiting, WaitOutcome
from booking.requests import Caller, Identified, JoinWaiting, Known
from booking.rulebooks import Rules
from booking.rules.service import waiting_terms
from booking.store.database import Store
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ending, thd_end
from booking.store.keeping.holding import EXPIRE_MOST, Confirming, thd_confirm_held, thd_expire_holds
from booking.store.keeping.keeping import ending_by
from booking.store.money.charging import thd_charge_taken
from booking.store.people.people import thd_patient_by_identity
from booking.store.queue.joining import thd_join, thd_may_wait
from booking.store.queue.offering import Hands, thd_offer_free
from booking.store.queue.waiting import END_MOST, thd_end_waiting, thd_leave, thd_mine, thd_offered, thd_settled_by
from booking.store.roster.extra import thd_release_windows
from booking.trace import trace_id
from booking.vault import Vault
from booking.views import WaitingView


class WaitingRoom:
    """One for all doors of a process, and for its jobs."""

    def __init__(  # noqa: PLR0917 - six collaborators, always named by the composition root
        self, database: Store, vault: Vault, clock: Clock, bell: Bell, rng: random.Random, rules: Rules
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._bell = bell
        self._rng = rng
        self._rules = rules

    async def join(self, request: JoinWaiting) -> WaitOutcome:
        """Wait for a number of the session; refused while it has one to sell."""
        if isinstance(request.who, Identified):
            now = naive_utc(self._clock)
            who = request.who.identity
            patient = await self._database.run(
                thd_patient_by_identity, self._vault, request.caller, who, now, name="identity"
            )
            request = replace(request, who=Known(patient.id))
        hands = self._hands(request.caller.hospital, request.caller.trace)
        return await self._database.run(thd_join, self._vault, request, hands, name="wait")

    async def may_wait(self, caller: Caller, doctor: str, start: datetime) -> bool:
        """Whether ``join`` would take somebody for the session that has a number of this doctor at this time."""
        if caller.phone is None or not waiting_terms(self._rules.of(caller.hospital)).open:
            return False
        hands = self._hands(caller.hospital, caller.trace)
        return await self._database.look(thd_may_wait, caller, doctor, start, hands, name="may-wait")

    async def settled_by(self, caller: Caller) -> bool | None:
        """What this very request (its trace) has answered to an offer before: yes, no, or nothing (None)."""
        return await self._database.look(thd_settled_by, self._vault, caller, name="settled-by")

    async def leave(self, caller: Caller, waiting_id: int) -> LeftWaiting | NotWaiting:
        """Wait no more."""
        now = naive_utc(self._clock)
        return await self._database.run(thd_leave, self._vault, caller, waiting_id, now, name="leave")

    async def mine(self, caller: Caller) -> Sequence[WaitingView]:
        """What the caller's phone waits for, and what is offered to it."""
        return await self._database.look(thd_mine, self._vault, caller, name="waits")

    async def answer(self, caller: Caller, yes: bool, waiting_id: int | None = None) -> AnswerOutcome:
        """Take the number that is offered, or let the next one have it; of several the one of ``waiting_id``, or that ends first."""
        ending = ending_by(
            caller, self._rules.of(caller.hospital), (wall(self._clock), naive_utc(self._clock)), rng=self._rng
        )
        outcome = await self._database.run(thd_answer, self._vault, caller, yes, ending, waiting_id, name="answer")
        if not isinstance(outcome, NotWaiting):
            self._bell.ring()
        return outcome

    async def expire(self, hospital: int) -> int:
        """Job: end the holds and offers whose time is over, and offer their numbers on; how many."""
        count = 0
        while True:
            done = await self._database.run(
                thd_expire_holds, self._vault, hospital, self._ending(hospital), name="expire-holds"
            )
            count += done
            if done:
                self._bell.ring()
            if done < EXPIRE_MOST:
                return count

    async def offer(self, hospital: int) -> int:
        """Job: release the window's reserve where it is time, offer what became free to those who wait, and end the waiting for
        sessions that are over; how many offers.
        """
        hands = self._hands(hospital, trace_id.get())
        await self._database.run(thd_release_windows, self._vault, hospital, hands, name="release-windows")
        made, after = 0, 0
        while after >= 0:
            hands = self._hands(hospital, trace_id.get())
            offered, after = await self._database.run(thd_offer_free, self._vault, hospital, hands, after, name="offer")
            made += offered
        ended = END_MOST
        while ended == END_MOST:
            hands = self._hands(hospital, trace_id.get())
            ended = await self._database.run(thd_end_waiting, self._vault, hospital, hands, name="end-waiting")
            if made or ended:
                self._bell.ring()
        return made

    def _hands(self, hospital: int, called: str) -> Hands:
        return Hands(
            rules=self._rules.of(hospital),
            wall=wall(self._clock),
            at=naive_utc(self._clock),
            trace=called,
            rng=self._rng,
        )

    def _ending(self, hospital: int) -> Ending:
        return Ending(
            by="expired",
            actor="job",
            trace=trace_id.get(),
            at=naive_utc(self._clock),
            wall=wall(self._clock),
            rules=self._rules.of(hospital),
            rng=self._rng,
        )


def thd_answer(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, caller: Caller, yes: bool, ending: Ending, waiting_id: int | None = None
) -> AnswerOutcome:
    """What the caller says to this offer, or to that which ends first."""
    offered = thd_offered(conn, vault, caller, waiting_id)
    if offered is None:
        return NotWaiting()
    if yes:
        confirming = Confirming(asking=caller.phone, actor=caller.channel, trace=caller.trace, at=ending.at)
        outcome = thd_confirm_held(conn, vault, caller.hospital, offered.appointment_id, confirming)
        if isinstance(outcome, Booked) and not outcome.again:
            thd_charge_taken(conn, caller.hospital, offered.appointment_id, ending.rules, ending.at)
        return outcome
    if not thd_end(conn, vault, caller.hospital, [offered.appointment_id], ending, only_held=True):
        raise TryAgain  # taken, or over, beside us
    return LeftWaiting(waiting=offered.waiting)
