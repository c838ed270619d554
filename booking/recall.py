"""The memory of what is sold out, between the doors and the till: asked first, fed by refusals, checked against the stock's version.

Law of this module: it asks the database beside the doors' requests, never before one of them; when it is not answered, memory
runs out by itself (``booking.soldout``). A store whose jobs have no threads has no rush, and no memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from twisted.internet.defer import Deferred

from booking.clock import Clock, wall
from booking.outcomes import BookOutcome, Busy, Full
from booking.requests import BookSlot, Identified, Known
from booking.rulebooks import Rules
from booking.rules.facts import Offer
from booking.rules.onsale import slot_ruling
from booking.soldout import RUSH, WITHOUT_S, Gone, SoldOut, Wish, life_s
from booking.store.database import Store
from booking.store.roster.stock import thd_version
from booking.store.selling.holders import ClinicDay, Holders, thd_holders
from booking.store.selling.judging import Answer, Refused
from booking.vault import Vault


class Recall:
    """One a process."""

    def __init__(self, database: Store, vault: Vault, clock: Clock, rules: Rules) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._sold_out: dict[int, SoldOut] = {}
        self._checking: set[int] = set()

    def answer(self, request: BookSlot) -> Full | None:
        """What this request may be told from memory."""
        hospital = request.caller.hospital
        sold_out, now = self._sold_out.get(hospital), self._database.seconds()
        if not sold_out or now is None:
            return None
        gone = sold_out.find(_wish(request), self._rules.of(hospital), now)
        if sold_out.wants_check(now) and hospital not in self._checking:
            self._checking.add(hospital)
            Deferred.fromCoroutine(self._check(hospital, sold_out, now))
        return gone.outcome if gone is not None and self._is_stranger(request, gone) else None

    async def learn(
        self,
        hospital: int,
        requests: Sequence[BookSlot],
        answers: Sequence[Answer],
        told: Sequence[BookOutcome],
        asked: float,
    ) -> None:
        """Remember what a batch was refused as full; ``asked`` is when it was begun."""
        full: dict[Wish, _Lesson] = {}
        for request, answer, outcome in zip(requests, answers, told, strict=True):
            if isinstance(outcome, Full) and isinstance(answer, Refused) and answer.offer is not None:
                full[_wish(request)] = _Lesson(outcome, answer.offer, answer.stock, (answer.card.id, answer.offer.day))
        if sum(isinstance(outcome, Full) for outcome in told) < RUSH or not full:
            return
        try:
            wanted = {lesson.day for lesson in full.values()}
            holders = await self._database.look(thd_holders, hospital, wanted, name="holders")
        except Busy:
            return
        self._remember(hospital, full, holders, asked)

    def _remember(
        self, hospital: int, full: Mapping[Wish, _Lesson], holders: Mapping[ClinicDay, Holders], asked: float
    ) -> None:
        sold_out = self._sold_out.setdefault(hospital, SoldOut())
        rules = self._rules.of(hospital)
        end = wall(self._clock) + timedelta(seconds=WITHOUT_S)
        for wish, lesson in full.items():
            if slot_ruling(rules, lesson.offer, wish[2], end).allowed:  # else a cut-off is about to speak
                gone = Gone(
                    outcome=lesson.outcome,
                    phones=frozenset(holders[lesson.day].phones),
                    patients=frozenset(holders[lesson.day].patients),
                    rules=rules,
                    stock=lesson.stock,
                    until=asked + life_s(lesson.outcome),
                )
                sold_out.remember(wish, gone, asked)

    def freed(self, hospital: int) -> None:
        """This process has just made a number sellable."""
        if hospital in self._sold_out:
            self._sold_out[hospital].forget()

    async def _check(self, hospital: int, sold_out: SoldOut, asked: float) -> None:
        try:
            sold_out.checked(await self._database.look(thd_version, hospital, name="stock"), asked)
        except Busy:
            pass  # memory that is not checked runs out
        finally:
            self._checking.discard(hospital)

    def _is_stranger(self, request: BookSlot, gone: Gone) -> bool:
        """Whether this request cannot be of one who holds a number there."""
        if isinstance(request.who, Known) and request.who.patient in gone.patients:
            return False
        phone = request.caller.phone
        if phone is None:
            return isinstance(request.who, Known)
        return not isinstance(request.who, Identified) and self._vault.fingerprint(phone) not in gone.phones


@dataclass(frozen=True, slots=True)
class _Lesson:
    outcome: Full
    offer: Offer
    stock: int
    day: ClinicDay


def _wish(request: BookSlot) -> Wish:
    return request.doctor, request.start, request.caller.channel
