"""Bans and what led to them, for the staff who answer for it: shown, lifted, forgiven, made by hand, appealed against.

Law of this module: the hospital's rules say who may lift (``unlock``); whoever acts gives a reason, and both are kept. A ban that
runs out needs nobody: ``until`` passes.
"""

from __future__ import annotations

from booking.house import House
from booking.people_outcomes import Complained
from booking.requests import Complain
from booking.rules.service import unlock_terms
from booking.store.conduct.warding import Warding, thd_ban_by_hand, thd_forgive, thd_lift_ban, thd_record
from booking.store.people.complaints import thd_complain
from booking.ward_outcomes import (
    Appeal,
    Appealed,
    AppealOutcome,
    BanOutcome,
    ForgiveOutcome,
    LiftOutcome,
    NewManualBan,
    NotHis,
    Record,
    Staff,
)


class Wardens:
    """One for all doors of a process. Identity numbers come in normal form."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def record(self, hospital: int, identity: str) -> Record:
        """What stands for and against the person, past bans included."""
        now = self._house.wall()
        return await self._house.database.look(thd_record, self._house.vault, hospital, identity, now, name="record")

    async def lift(self, staff: Staff, identity: str, ban: int, why: str) -> LiftOutcome:
        """End one of the person's bans before its time."""
        return await self._house.database.run(
            thd_lift_ban, self._house.vault, self._warding(staff), identity, ban, why, name="lift-ban"
        )

    async def forgive(self, staff: Staff, identity: str, deed: int, why: str) -> ForgiveOutcome:
        """One thing that the person did counts no more; his bans are judged anew."""
        outcome = await self._house.database.run(
            thd_forgive, self._house.vault, self._warding(staff), identity, deed, why, name="forgive"
        )
        self._house.bell.ring()
        return outcome

    async def ban(self, staff: Staff, wanted: NewManualBan) -> BanOutcome:
        """Ban by hand."""
        return await self._house.database.run(
            thd_ban_by_hand, self._house.vault, self._warding(staff), wanted, name="ban"
        )

    async def appeal(self, appeal: Appeal) -> AppealOutcome:
        """Take the person's objection down as a complaint's case, with the day by which the rules promise an answer."""
        hospital = appeal.caller.hospital
        record = await self.record(hospital, appeal.identity)
        if all(each.id != appeal.ban for each in record.standing):
            return NotHis()
        book, today = self._house.rules.of(hospital), self._house.wall().date()
        days = unlock_terms(book).answer_workdays
        answer_by = None if days is None else book.calendar.after(today, days)
        due = "" if answer_by is None else f"，{answer_by}前答复"
        text = f"【申诉：限制{appeal.ban}{due}】{appeal.words}"
        request = Complain(caller=appeal.caller, text=text, key=appeal.key)
        now = self._house.naive_utc()
        case: Complained = await self._house.database.run(
            thd_complain, self._house.vault, self._house.rng, request, now, name="appeal"
        )
        return Appealed(case=case.case, answer_by=answer_by, again=case.again)

    def _warding(self, staff: Staff) -> Warding:
        rules = self._house.rules.of(staff.hospital)
        return Warding(staff=staff, rules=rules, wall=self._house.wall(), at=self._house.naive_utc())
