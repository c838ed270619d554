"""The requests that doors may make of the shared store: find, book, cancel, register, complain.

Law of this module: every answer is a value of the outcome modules; the only exception a door meets is ``Busy``. What a
request changes, the texts that tell of it and its audit row are one transaction; the bell rings after it.
"""

from __future__ import annotations

from datetime import date

from booking.house import House
from booking.keeping_outcomes import Cancelled, CancelOutcome, ChangeOutcome, ConfirmOutcome, NoSuchBooking
from booking.outcomes import Booked, BookOutcome, NoSuchDoctor
from booking.people_outcomes import CaseState, Complained, NoSuchCase, RegisterOutcome
from booking.requests import BookSlot, Caller, CancelBooking, ChangeBooking, Complain, ConfirmBooking, RegisterPhone
from booking.sales import Sales, days_on_sale
from booking.search_outcomes import DoctorTimes, FoundDoctors, NothingFound, SearchOutcome
from booking.store.keeping.holding import thd_confirm
from booking.store.keeping.keeping import thd_booking, thd_bookings_of, thd_cancel, thd_last_doctor
from booking.store.people.complaints import thd_case_state, thd_complain
from booking.store.people.people import thd_opt, thd_patients_of, thd_register
from booking.store.roster.directories import Directories
from booking.store.roster.finding import (
    Span,
    thd_departments,
    thd_doctor,
    thd_doctors_in,
    thd_open_on,
    thd_search,
    thd_times,
)
from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, PatientView


class Reception:
    """One for all doors of a process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._directories = Directories()
        self._sales = Sales(house, self._directories)

    async def book(self, request: BookSlot) -> BookOutcome:
        """Sell the slot, or say why not. The same ``request.key`` again answers with the booking it made.

        An identity number that is new to the hospital makes a record without a name; a caller cannot key one.
        """
        return await self._sales.sell(request)

    async def cancel(self, request: CancelBooking) -> CancelOutcome:
        """Give a booking of the caller's back; its number is free again at once. Again is no error: ``Cancelled(again=True)``."""
        moments = (self._house.wall(), self._house.naive_utc())
        rules = self._house.rules.of(request.caller.hospital)
        outcome = await self._house.database.run(thd_cancel, self._house.vault, rules, request, moments, name="cancel")
        if isinstance(outcome, Cancelled) and not outcome.again:
            self._sales.freed(request.caller.hospital)
        return outcome

    async def confirm(self, request: ConfirmBooking) -> ConfirmOutcome:
        """The caller wants the number that is held for him: now it is booked, and the texts go out. A hold let go is a ``cancel``."""
        now = self._house.naive_utc()
        outcome = await self._house.database.run(thd_confirm, self._house.vault, request, now, name="confirm")
        if isinstance(outcome, Booked) and not outcome.again:
            self._house.bell.ring()
        return outcome

    async def change(self, request: ChangeBooking) -> ChangeOutcome:
        """Move a booking to another time; the old one stands until the new one is won. The same key again changes nothing more."""
        return await self._sales.move(request)

    async def register(self, request: RegisterPhone) -> RegisterOutcome:
        """Join the caller's phone and the patient of this identity number."""
        now = self._house.naive_utc()
        rules = self._house.rules.of(request.caller.hospital)
        return await self._house.database.run(thd_register, self._house.vault, rules, request, now, name="register")

    async def doctor(self, hospital: int, number: str) -> DoctorView | NoSuchDoctor:
        """The doctor of this five-digit number."""
        return await self._house.database.look(thd_doctor, hospital, number, name="doctor")

    async def times(self, hospital: int, doctor_number: str, day: date | None, most: int) -> DoctorTimes | NoSuchDoctor:
        """The doctor's first ``most`` open times on ``day``, or on any day on sale."""
        span = self._span(hospital) if day is None else self._span(hospital).on(day)
        return await self._house.database.look(thd_times, hospital, doctor_number, span, most, name="times")

    async def search(self, hospital: int, words: str, most: int) -> SearchOutcome:
        """A department by name, else doctors by part of the name or by a speciality word."""
        return await self._house.database.look(
            thd_search, self._directories, hospital, words, self._span(hospital), most, name="search"
        )

    async def open_on(self, hospital: int, day: date, most: int) -> FoundDoctors | NothingFound:
        """Who has open times that day, soonest first."""
        return await self._house.database.look(
            thd_open_on, self._directories, hospital, self._span(hospital), day, most, name="open-on"
        )

    async def departments(self, hospital: int) -> tuple[DepartmentView, ...]:
        """All departments, by code."""
        return await self._house.database.look(thd_departments, self._directories, hospital, name="departments")

    async def doctors_in(self, hospital: int, department_code: str, most: int) -> tuple[OpenDoctor, ...]:
        """The department's doctors with open times, each with his first open day; soonest first."""
        span = self._span(hospital)
        return await self._house.database.look(
            thd_doctors_in, self._directories, hospital, department_code, span, most, name="doctors-in"
        )

    async def bookings_of(self, caller: Caller) -> tuple[BookingView, ...]:
        """Live bookings still to come of the patients registered to the phone, or made from it; soonest first."""
        now = self._house.wall()
        return await self._house.database.look(thd_bookings_of, self._house.vault, caller, now, name="bookings-of")

    async def last_doctor(self, caller: Caller) -> DoctorView | None:
        """The doctor of the caller's latest booking, past and cancelled ones included; None when there never was one."""
        return await self._house.database.look(thd_last_doctor, self._house.vault, caller, name="last-doctor")

    async def booking(self, caller: Caller, code: str) -> BookingView | NoSuchBooking:
        """The caller's booking of this code, also when it is cancelled or past."""
        return await self._house.database.look(thd_booking, self._house.vault, caller, code, name="booking")

    async def patients_of(self, caller: Caller) -> tuple[PatientView, ...]:
        """The patients registered to the caller's phone, first registered first."""
        return await self._house.database.look(thd_patients_of, self._house.vault, caller, name="patients-of")

    async def complain(self, request: Complain) -> Complained:
        """Open a case; the same key again gives the same case number."""
        now = self._house.naive_utc()
        return await self._house.database.run(
            thd_complain, self._house.vault, self._house.rng, request, now, name="complain"
        )

    async def case_state(self, hospital: int, case: str) -> CaseState | NoSuchCase:
        """How far a complaint is: ``received`` until somebody works on it."""
        return await self._house.database.look(thd_case_state, hospital, case, name="case-state")

    async def opt(self, caller: Caller, wants: bool) -> None:
        """Whether this phone wants texts beyond answers and notices of its own bookings."""
        await self._house.database.run(thd_opt, self._house.vault, caller, wants, self._house.naive_utc(), name="opt")

    def _span(self, hospital: int) -> Span:
        return days_on_sale(self._house, hospital)
