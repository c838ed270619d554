"""Stop-clinic for those who announce it and those whom it meets: announced, decided, carried out in batches, answered.

Law of this module: announcing and deciding are one short transaction each; telling patients goes on in batches, here at once
and, after a crash, by the job ``finish-stops``, until everybody is told exactly once.
"""

from __future__ import annotations

from datetime import datetime

from booking.house import House
from booking.outcomes import Booked, BookOutcome
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Known
from booking.rules.service import stop_terms
from booking.search_outcomes import DoctorTimes
from booking.stop_clinic import (
    Announced,
    Choice,
    ChoiceTooLate,
    ChooseOutcome,
    Concerned,
    Decided,
    NearTime,
    NotAnnounced,
    NotDecided,
    NothingToChoose,
    OpenNotice,
    RebookFrom,
    StopPlan,
    StopView,
    ToPhone,
)
from booking.store.stops.choices import Wanted, thd_booked_for, thd_choose, thd_open_notice, thd_rebooked
from booking.store.stops.listing import thd_stop_view, thd_stops, thd_to_finish
from booking.store.stops.phone_back import thd_find_unreached, thd_not_answered, thd_phoned, thd_to_phone
from booking.store.stops.plans import Moments, thd_plan
from booking.store.stops.stopping import thd_announce, thd_decide, thd_withdraw
from booking.store.stops.telling import BATCH_MOST, thd_tell_some
from booking.trace import trace_id
from booking.views import OpenTime

SAME_DOCTOR_MOST, DEPARTMENT_MOST = 4, 3
UNREACHED_MOST = 500
_JOB = "job"


class Stops:
    """One for a process. Raises Busy only; what cannot be done is a value of ``booking.stop_clinic``."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reception = Reception(house)

    async def concerned(self, plan: StopPlan) -> Concerned | NotAnnounced:
        """Whom the plan would concern; changes nothing."""
        approval = stop_terms(self._house.rules.of(plan.hospital)).approval
        return await self._house.database.look(thd_plan, plan, self._moments(plan.by), approval, name="stop-plan")

    async def announce(self, plan: StopPlan) -> Announced | NotAnnounced:
        """Take the numbers off sale; where the hospital asks for no approval, tell all patients, too."""
        approval = stop_terms(self._house.rules.of(plan.hospital)).approval
        moments = self._moments(plan.by)
        announced = await self._house.database.run(thd_announce, plan, moments, approval, name="stop-announce")
        if isinstance(announced, Announced) and not approval:
            await self.carry_out(plan.hospital, announced.stop, plan.by)
        return announced

    async def decide(self, hospital: int, stop: int, by: str, *, approve: bool) -> Decided | NotDecided:
        """Another person than who announced it approves (and it is carried out) or refuses."""
        decided = await self._house.database.run(
            thd_decide, hospital, stop, approve, self._moments(by), name="stop-decide"
        )
        if isinstance(decided, Decided):
            await self.carry_out(hospital, stop, by)
        return decided

    async def withdraw(self, hospital: int, stop: int, by: str) -> Decided | NotDecided:
        """The doctor comes after all: whoever was told the contrary is told so, then the numbers are on sale again."""
        withdrawn = await self._house.database.run(
            thd_withdraw, hospital, stop, self._moments(by), name="stop-withdraw"
        )
        if isinstance(withdrawn, Decided):
            await self.carry_out(hospital, stop, by)
        return withdrawn

    async def carry_out(self, hospital: int, stop: int, by: str = _JOB) -> None:
        """Batch after batch until nothing is left; safe to run again, and beside another."""
        rules = self._house.rules.of(hospital)
        more = True
        while more:
            more = await self._house.database.run(
                thd_tell_some, self._house.vault, rules, hospital, stop, self._moments(by), BATCH_MOST, name="stop-tell"
            )
            self._house.bell.ring()

    async def finish(self, hospital: int) -> int:
        """The job: stops that were left half done; how many were looked after."""
        today = self._house.wall().date()
        found = await self._house.database.look(thd_to_finish, hospital, today, name="stops-to-finish")
        for stop in found:
            await self.carry_out(hospital, stop)
        return len(found)

    async def stops(self, hospital: int) -> tuple[StopView, ...]:
        """Stops of today's and coming sessions, the latest first."""
        return await self._house.database.look(thd_stops, hospital, self._house.wall().date(), name="stops")

    async def stop(self, hospital: int, stop: int) -> StopView | None:
        return await self._house.database.look(thd_stop_view, hospital, stop, name="stop")

    # What patients answer

    async def open_notice(self, caller: Caller) -> OpenNotice | None:
        """The notice that a bare number from this phone answers: the latest that nobody has answered."""
        return await self._house.database.look(
            thd_open_notice, self._house.vault, caller, self._house.wall(), name="open-notice"
        )

    async def choose(self, caller: Caller, code: str, choice: Choice) -> ChooseOutcome:
        """Keep or give back at once; for another time, the nearest ones, of which ``rebook`` takes one."""
        moments = self._moments(caller.channel, caller.trace)
        rules = self._house.rules.of(caller.hospital)
        chosen = await self._house.database.run(
            thd_choose, self._house.vault, rules, caller, code, choice, moments, name="stop-choose"
        )
        if not isinstance(chosen, Wanted):
            self._house.bell.ring()
            return chosen
        return RebookFrom(booking=chosen.booking, times=await self._near(caller.hospital, chosen))

    async def rebook(
        self, caller: Caller, code: str, doctor: str, start: datetime, key: str
    ) -> BookOutcome | NothingToChoose | ChoiceTooLate:
        """Book this time instead, under the house's rules; only then does a booking that still stood end. ``key`` as for a booking."""
        moments = self._moments(caller.channel, caller.trace)
        rules = self._house.rules.of(caller.hospital)
        wanted = await self._house.database.look(
            thd_choose, self._house.vault, rules, caller, code, Choice.REBOOK, moments, name="stop-rebook"
        )
        if isinstance(wanted, ChoiceTooLate):
            return await self._booked_before(wanted, (caller, doctor, start, key))
        if not isinstance(wanted, Wanted):
            return NothingToChoose()
        asked = BookSlot(caller=caller, doctor=doctor, start=start, who=Known(wanted.patient), key=key)
        outcome = await self._reception.book(asked)
        if isinstance(outcome, Booked):
            await self._house.database.run(
                thd_rebooked, self._house.vault, rules, caller, code, self._moments(caller.channel, caller.trace),
                name="stop-rebooked",
            )  # fmt: skip
            self._house.bell.ring()
        return outcome

    # Patients whom no text reaches

    async def find_unreached(self, hospital: int) -> int:
        """The job: notices whose text failed become due for a call."""
        today = self._house.wall().date()
        return await self._house.database.run(thd_find_unreached, hospital, today, UNREACHED_MOST, name="unreached")

    async def to_phone(self, hospital: int, by: str) -> tuple[ToPhone, ...]:
        """Whom to phone, with numbers in full: the reading is noted."""
        return await self._house.database.run(
            thd_to_phone, self._house.vault, hospital, self._moments(by), name="to-phone"
        )

    async def phoned(self, hospital: int, code: str, by: str, note: str) -> bool | None:
        """True: ticked off; False: was before; None: no such patient on the list."""
        return await self._house.database.run(thd_phoned, hospital, code, note, self._moments(by), name="phoned")

    async def not_answered(self, hospital: int, code: str, by: str, note: str) -> bool | None:
        """Nobody answered: the notice goes by text instead, when one reaches him."""
        done = await self._house.database.run(
            thd_not_answered, self._house.vault, hospital, code, note, self._moments(by), name="not-answered"
        )
        self._house.bell.ring()
        return done

    async def _near(self, hospital: int, wanted: Wanted) -> tuple[NearTime, ...]:
        own = await self._reception.times(hospital, wanted.doctor, None, SAME_DOCTOR_MOST)
        times = [NearTime(doctor=own.doctor, open=one) for one in own.open] if isinstance(own, DoctorTimes) else []
        name = own.doctor.department if isinstance(own, DoctorTimes) else wanted.booking.doctor.department
        codes = [one.code for one in await self._reception.departments(hospital) if one.name == name]
        for code in codes[:1]:
            others = await self._reception.doctors_in(hospital, code, DEPARTMENT_MOST + 1)
            found = [one for one in others if one.doctor.number != wanted.doctor][:DEPARTMENT_MOST]
            times += [NearTime(doctor=one.doctor, open=OpenTime(start=one.first, seq=0)) for one in found]
        return tuple(times)

    async def _booked_before(
        self, late: ChoiceTooLate, asked: tuple[Caller, str, datetime, str]
    ) -> BookOutcome | ChoiceTooLate:
        """The same request again, after a crash, has booked already and hears so."""
        caller, doctor, start, key = asked
        patient = await self._house.database.look(thd_booked_for, caller.hospital, key, name="stop-booked-for")
        if patient is None:
            return late
        return await self._reception.book(
            BookSlot(caller=caller, doctor=doctor, start=start, who=Known(patient), key=key)
        )

    def _moments(self, by: str, trace: str | None = None) -> Moments:
        now, on_wall = self._house.naive_utc(), self._house.wall()
        return Moments(at=now, wall=on_wall, by=by, trace=trace or trace_id.get(), rng=self._house.rng)
