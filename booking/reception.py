"""The requests that doors may make of the shared store: find, book, cancel, register, complain.

Law of this module: every answer is a value of ``booking.outcomes``; the only exception a door meets is ``Busy``. What a
request changes, the texts that tell of it and its audit row are one transaction; the bell rings after it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from booking.bell import Bell
from booking.clock import Clock, naive_utc, wall
from booking.outcomes import (
    Booked,
    BookOutcome,
    Busy,
    Cancelled,
    CancelOutcome,
    CaseState,
    Changed,
    ChangeOutcome,
    Complained,
    ConfirmOutcome,
    DoctorTimes,
    FoundDoctors,
    Held,
    NeverCancelled,
    NoSuchBooking,
    NoSuchCase,
    NoSuchDoctor,
    NothingFound,
    RegisterOutcome,
    SearchOutcome,
    TooLateToCancel,
)
from booking.recall import Recall
from booking.refusals import is_full, outcome_of, wants_others
from booking.requests import (
    BookSlot,
    Caller,
    CancelBooking,
    ChangeBooking,
    Channel,
    Complain,
    ConfirmBooking,
    Identified,
    Known,
    RegisterPhone,
)
from booking.rulebooks import Rules
from booking.rules.facts import Where
from booking.rules.onsale import sale_days
from booking.store.database import Store
from booking.store.keeping.holding import thd_confirm
from booking.store.keeping.keeping import thd_booking, thd_bookings_of, thd_cancel, thd_last_doctor
from booking.store.keeping.moving import NotMoved, thd_change
from booking.store.people.complaints import thd_case_state, thd_complain
from booking.store.people.people import thd_opt, thd_patient_by_identity, thd_patients_of, thd_register
from booking.store.roster.directories import Directories
from booking.store.roster.finding import (
    NOTHING,
    Instead,
    Span,
    thd_departments,
    thd_doctor,
    thd_doctors_in,
    thd_instead,
    thd_open_on,
    thd_search,
    thd_times,
)
from booking.store.selling.selling import Answer, Refused, Terms, thd_sell
from booking.till import Locked, Till, alone
from booking.vault import Vault
from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, PatientView

_LONE_TRIES = 3


class Reception:
    """One for all doors of a process. ``rng`` draws booking codes: a SystemRandom outside tests."""

    def __init__(  # noqa: PLR0917 - six collaborators, always named by the composition root
        self, database: Store, vault: Vault, clock: Clock, bell: Bell, rng: random.Random, rules: Rules
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._bell = bell
        self._rng = rng
        self._rules = rules
        self._directories = Directories()
        self._recall = Recall(database, vault, clock, rules)
        self._tills: dict[int, Till[BookSlot, BookOutcome]] = {}

    async def book(self, request: BookSlot) -> BookOutcome:
        """Sell the slot, or say why not. The same ``request.key`` again answers with the booking it made.

        An identity number that is new to the hospital makes a record without a name; a caller cannot key one.
        """
        known = self._recall.answer(request)
        if known is not None:
            return known
        if isinstance(request.who, Identified):
            patient = await self.patient_by_identity(request.caller, request.who.identity)
            request = replace(request, who=Known(patient.id))
        return await self._till(request.caller.hospital).sell(request)

    async def cancel(self, request: CancelBooking) -> CancelOutcome:
        """Give a booking of the caller's back; its number is free again at once. Again is no error: ``Cancelled(again=True)``."""
        moments = (wall(self._clock), naive_utc(self._clock))
        rules = self._rules.of(request.caller.hospital)
        outcome = await self._database.run(thd_cancel, self._vault, rules, request, moments, name="cancel")
        if isinstance(outcome, Cancelled) and not outcome.again:
            self._recall.freed(request.caller.hospital)
            self._bell.ring()
        return outcome

    async def confirm(self, request: ConfirmBooking) -> ConfirmOutcome:
        """The caller wants the number that is held for him: now it is booked, and the texts go out. A hold let go is a ``cancel``."""
        now = naive_utc(self._clock)
        outcome = await self._database.run(thd_confirm, self._vault, request, now, name="confirm")
        if isinstance(outcome, Booked) and not outcome.again:
            self._bell.ring()
        return outcome

    async def change(self, request: ChangeBooking) -> ChangeOutcome:
        """Move a booking to another time; the old one stands until the new one is won. The same key again changes nothing more."""
        hospital = request.caller.hospital
        for _ in range(_LONE_TRIES):
            try:
                outcome = await self._database.run(
                    thd_change, self._vault, self._terms(hospital), request, name="change"
                )
            except NotMoved as kept:
                return await self._kept(hospital, kept.answer)
            except IntegrityError:  # an index refused what the facts allowed: another was quicker, so look again
                continue
            if isinstance(outcome, Changed) and not outcome.again:
                self._recall.freed(hospital)
                self._bell.ring()
            return outcome
        raise Busy("others were quicker, three times")

    async def register(self, request: RegisterPhone) -> RegisterOutcome:
        """Join the caller's phone and the patient of this identity number."""
        now = naive_utc(self._clock)
        rules = self._rules.of(request.caller.hospital)
        return await self._database.run(thd_register, self._vault, rules, request, now, name="register")

    async def doctor(self, hospital: int, number: str) -> DoctorView | NoSuchDoctor:
        """The doctor of this five-digit number."""
        return await self._database.look(thd_doctor, hospital, number, name="doctor")

    async def times(self, hospital: int, doctor_number: str, day: date | None, most: int) -> DoctorTimes | NoSuchDoctor:
        """The doctor's first ``most`` open times on ``day``, or on any day on sale."""
        span = self._span(hospital) if day is None else self._span(hospital).on(day)
        return await self._database.look(thd_times, hospital, doctor_number, span, most, name="times")

    async def search(self, hospital: int, words: str, most: int) -> SearchOutcome:
        """A department by name, else doctors by part of the name or by a speciality word."""
        return await self._database.look(
            thd_search, self._directories, hospital, words, self._span(hospital), most, name="search"
        )

    async def open_on(self, hospital: int, day: date, most: int) -> FoundDoctors | NothingFound:
        """Who has open times that day, soonest first."""
        return await self._database.look(
            thd_open_on, self._directories, hospital, self._span(hospital), day, most, name="open-on"
        )

    async def departments(self, hospital: int) -> tuple[DepartmentView, ...]:
        """All departments, by code."""
        return await self._database.look(thd_departments, self._directories, hospital, name="departments")

    async def doctors_in(self, hospital: int, department_code: str, most: int) -> tuple[OpenDoctor, ...]:
        """The department's doctors with open times, each with his first open day; soonest first."""
        span = self._span(hospital)
        return await self._database.look(
            thd_doctors_in, self._directories, hospital, department_code, span, most, name="doctors-in"
        )

    async def bookings_of(self, caller: Caller) -> tuple[BookingView, ...]:
        """Live bookings still to come of the patients registered to the phone, or made from it; soonest first."""
        now = wall(self._clock)
        return await self._database.look(thd_bookings_of, self._vault, caller, now, name="bookings-of")

    async def last_doctor(self, caller: Caller) -> DoctorView | None:
        """The doctor of the caller's latest booking, past and cancelled ones included; None when there never was one."""
        return await self._database.look(thd_last_doctor, self._vault, caller, name="last-doctor")

    async def booking(self, caller: Caller, code: str) -> BookingView | NoSuchBooking:
        """The caller's booking of this code, also when it is cancelled or past."""
        return await self._database.look(thd_booking, self._vault, caller, code, name="booking")

    async def patients_of(self, caller: Caller) -> tuple[PatientView, ...]:
        """The patients registered to the caller's phone, first registered first."""
        return await self._database.look(thd_patients_of, self._vault, caller, name="patients-of")

    async def patient_by_identity(self, caller: Caller, identity: str) -> PatientView:
        """The patient of this identity number, made when new; the name is masked unless the phone has him registered."""
        now = naive_utc(self._clock)
        return await self._database.run(thd_patient_by_identity, self._vault, caller, identity, now, name="identity")

    async def complain(self, request: Complain) -> Complained:
        """Open a case; the same key again gives the same case number."""
        now = naive_utc(self._clock)
        return await self._database.run(thd_complain, self._vault, self._rng, request, now, name="complain")

    async def case_state(self, hospital: int, case: str) -> CaseState | NoSuchCase:
        """How far a complaint is: ``received`` until somebody works on it."""
        return await self._database.look(thd_case_state, hospital, case, name="case-state")

    async def opt(self, caller: Caller, wants: bool) -> None:
        """Whether this phone wants texts beyond answers and notices of its own bookings."""
        await self._database.run(thd_opt, self._vault, caller, wants, naive_utc(self._clock), name="opt")

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
        asked = self._database.seconds()
        answers = await self._answers(hospital, requests, locked)
        if any(isinstance(answer, Booked | Held) and not answer.again for answer in answers):
            self._bell.ring()
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
        look = (self._directories, hospital, self._span(hospital), asked, full)
        try:
            return await self._database.look(thd_instead, *look, name="nearest")
        except Busy:
            return NOTHING

    async def _answers(self, hospital: int, requests: Sequence[BookSlot], locked: Locked) -> list[Answer]:
        for _ in range(_LONE_TRIES):
            terms = replace(self._terms(hospital), locked=lambda: self._database.soon(locked))
            name = "book-alone" if locked is alone else "book"  # a metric of its own tells how often batches fail
            try:
                return await self._database.run(thd_sell, self._vault, terms, requests, name=name)
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
        return Terms(
            hospital=hospital,
            rules=self._rules.of(hospital),
            now=wall(self._clock),
            now_utc=naive_utc(self._clock),
            rng=self._rng,
            threads=self._database.seconds() is not None,
        )

    def _span(self, hospital: int) -> Span:
        days = sale_days(self._rules.of(hospital), Where(), Channel.SMS, wall(self._clock))
        return Span(after=days.first_start, until=datetime.combine(days.last + timedelta(days=1), time()))
